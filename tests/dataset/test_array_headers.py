"""Headers of arrays, compared with what NumPy and safetensors write; files that are none, or cut."""

import json

import numpy as np
import pytest
import torch
from numpy.lib import format as npy
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch

from brainforecast.dataset.array_headers import npy_header, safetensors_headers


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<f2", "|b1", "<i8"])
def test_an_array(tmp_path, version, dtype):
    """Of any version of the format, type and order."""
    array = np.asfortranarray(np.zeros((3, 4, 2), dtype))
    with open(tmp_path / "a.npy", "wb") as file:
        npy.write_array(file, array, version)
    header = npy_header(tmp_path / "a.npy")
    assert (header.shape, header.dtype) == ((3, 4, 2), dtype)


def test_tensors_and_their_metadata(tmp_path):
    """Name, shape and type of each; also a type that NumPy lacks."""
    save_file({"a": np.zeros((2, 3), np.float32), "b": np.zeros(4, np.int64)}, tmp_path / "a", {"words": "[]"})
    found = safetensors_headers(tmp_path / "a")
    assert {name: (one.shape, one.dtype) for name, one in found.arrays.items()} == {
        "a": ((2, 3), "F32"),
        "b": ((4,), "I64"),
    }
    assert found.metadata == {"words": "[]"}
    save_torch({"a": torch.zeros(2, 3, dtype=torch.bfloat16)}, tmp_path / "b")
    assert safetensors_headers(tmp_path / "b").arrays["a"].dtype == "BF16"


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00\x76\x00{", b"PK\x03\x04" + bytes(40)])
def test_no_npy_file(tmp_path, content):
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(ValueError, match="npy file"):
        npy_header(tmp_path / "a.npy")


@pytest.mark.parametrize(
    "content", [b"", b"\x02" + bytes(7) + b"[]", b"\x09" + bytes(7) + b'{"a": {}}', b"\xff" * 30, bytes(7) + b"\x80{}"]
)
def test_no_safetensors_file(tmp_path, content):
    """No mapping, no shape, a header of more bytes than there can be."""
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ValueError, match="no safetensors file"):
        safetensors_headers(tmp_path / "a")


ONE = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}


@pytest.mark.parametrize(
    "header",
    [
        {"a": ONE, "b": ONE},
        {"a": ONE | {"data_offsets": [0, 10**12]}},
        {"a": ONE | {"shape": [2**62, 4]}},
        {"a": ONE | {"shape": [-2, -2]}},
        {"a": ONE | {"shape": [2.0, 2]}},
        {"a": ONE | {"shape": [True, 4]}},
        {"a": ONE | {"dtype": "F128"}},
        {"a": ONE | {"dtype": ["F32"]}},
        {"a": ONE | {"data_offsets": [16, 0]}},
        {"a": ONE | {"data_offsets": [8, 24]}},
        {"a": ONE | {"data_offsets": [0]}},
        {"a": ONE, "__metadata__": {"words": 1}},
        {"a": ONE, "__metadata__": ["words"]},
    ],
)
def test_headers_that_promise_what_cannot_be(tmp_path, header):
    """safetensors refuses them too; here before a job, and before anything is allocated."""
    text = json.dumps(header).encode()
    (tmp_path / "a").write_bytes(len(text).to_bytes(8, "little") + text + bytes(16))
    with pytest.raises(ValueError, match="no safetensors file"):
        safetensors_headers(tmp_path / "a")
    with pytest.raises(SafetensorError):
        safe_open(tmp_path / "a", framework="np")


@pytest.mark.parametrize(
    "shape",
    [
        "(" + "1" * 99 + "x)",
        "(1" + " " * 5000 + "x)",
        "(2, 2), 'shape': (4, 1)",
        "(2, 2), }",
        "(2, 2.0)",
        "'22'",
        "(-2, -2)",
        "(True, 4)",
        "(" * 4000,
        "None",
        "2",
    ],
    ids=lambda shape: shape[:9],
)
def test_npy_shapes_that_are_none(tmp_path, shape):
    """Whole numbers from 0 on, in a tuple."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(16))
    with pytest.raises(ValueError, match="npy file with a broken header"):
        npy_header(path)


def test_a_file_that_is_cut(tmp_path):
    """By the bytes that its header announces."""
    np.save(tmp_path / "a.npy", np.zeros((10, 10)))
    save_file({"a": np.zeros((10, 10))}, tmp_path / "b")
    for name, read in (("a.npy", npy_header), ("b", safetensors_headers)):
        path = tmp_path / name
        read(path)
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(ValueError, match=r"truncated file: [0-9]{3} of [0-9]{3} bytes"):
            read(path)
