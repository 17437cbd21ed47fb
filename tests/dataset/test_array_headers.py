"""Headers of arrays, compared with what NumPy and safetensors write; files that are none, or cut."""

import numpy as np
import pytest
import torch
from numpy.lib import format as npy
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
    "content", [b"", b"\x02\x00\x00\x00\x00\x00\x00\x00[]", b"\x09" + bytes(7) + b'{"a": {}}', b"\xff" * 30]
)
def test_no_safetensors_file(tmp_path, content):
    """`[]` is an empty file of tensors, and passes as one without any."""
    (tmp_path / "a").write_bytes(content)
    if content.endswith(b"[]"):
        assert not safetensors_headers(tmp_path / "a").arrays
        return
    with pytest.raises(ValueError, match="no safetensors file"):
        safetensors_headers(tmp_path / "a")


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
