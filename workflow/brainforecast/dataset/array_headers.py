"""Shapes and types of the arrays in a file, by its header alone: .npy and safetensors, without numpy."""

import ast
import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

NPY_SIGNATURE = b"\x93NUMPY"
LONGEST_HEADER = 100_000_000  # bytes; that of safetensors is never longer


@dataclass(frozen=True)
class ArrayHeader:
    """One array: `shape`, and `dtype` as its file spells it, such as ``<f4`` or ``BF16``."""

    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class TensorHeaders:
    """The arrays of a safetensors file by name, and its metadata."""

    arrays: Mapping[str, ArrayHeader]
    metadata: Mapping[str, str] = field(default_factory=dict)


def npy_header(path: str | Path) -> ArrayHeader:
    """Read the header of a .npy file, which is a Python literal.

    Raises
    ------
    ValueError : no .npy file, or a truncated one.
    """
    path = Path(path)
    with open(path, "rb") as file:
        start = file.read(12)
        if not start.startswith(NPY_SIGNATURE) or len(start) < 12:
            raise ValueError("no .npy file")
        at, layout = (10, "<H") if start[6] == 1 else (12, "<I")
        length = struct.unpack_from(layout, start, 8)[0]
        file.seek(at)
        try:
            header = ast.literal_eval(file.read(length).decode("latin-1").strip())
            shape, dtype = tuple(map(int, header["shape"])), header["descr"]
        except (SyntaxError, TypeError, KeyError) as error:
            raise ValueError("a .npy file with a broken header") from error
    size = dtype[2:] if isinstance(dtype, str) else ""
    if size.isdecimal() and dtype[1] in "biuf":  # as many bytes as its last digits say
        _require_bytes(path, at + length + math.prod(shape) * int(size))
    return ArrayHeader(shape, str(dtype))


def safetensors_headers(path: str | Path) -> TensorHeaders:
    """Read the header of a safetensors file, which is JSON.

    Raises
    ------
    ValueError : no safetensors file, or a truncated one.
    """
    headers, n_bytes = read_safetensors_header(path)
    _require_bytes(Path(path), n_bytes)
    return headers


def read_safetensors_header(path: str | Path) -> tuple[TensorHeaders, int]:
    """Read the header of a safetensors file, and the bytes that the complete file has.

    Raises
    ------
    ValueError : no safetensors file, or one whose header is truncated.
    """
    with open(path, "rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else LONGEST_HEADER + 1
        if length > LONGEST_HEADER:
            raise ValueError("no safetensors file")
        try:
            header = dict(json.loads(file.read(length)))
            metadata = header.pop("__metadata__", None) or {}
            arrays = {name: ArrayHeader(tuple(one["shape"]), one["dtype"]) for name, one in header.items()}
            end = max((one["data_offsets"][1] for one in header.values()), default=0)
        except (ValueError, TypeError, LookupError) as error:
            raise ValueError("no safetensors file, or a truncated one") from error
    return TensorHeaders(arrays, metadata), 8 + length + end


def _require_bytes(path: Path, n_bytes: int) -> None:
    if path.stat().st_size < n_bytes:
        raise ValueError(f"a truncated file: {path.stat().st_size:,} of {n_bytes:,} bytes")
