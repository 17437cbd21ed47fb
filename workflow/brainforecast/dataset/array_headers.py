"""Shapes and types of the arrays in a file, by its header alone: .npy and safetensors, without numpy."""

import json
import math
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

NPY_SIGNATURE = b"\x93NUMPY"
LONGEST_NPY_HEADER = 10_000  # bytes, as numpy has it
NPY_TYPE = re.compile(r"""['"]descr['"]\s*:\s*['"]([<>|=]?)([a-zA-Z?])(\d{0,6})['"]""")
# a type of several values, which no reader takes
NPY_RECORDS = re.compile(r"""['"]descr['"]\s*:\s*(\[[^\]]{0,200}\]?)""")
NPY_SHAPE = re.compile(r"""['"]shape['"]\s*:\s*\(\s*((?:\d{1,15}L?\s*(?:,\s*\d{1,15}L?\s*)*,?\s*)?)\)""")
NPY_ORDER = re.compile(r"""['"]fortran_order['"]\s*:\s*(?:True|False)""")
NPY_ENTRY = "|".join(pattern.pattern for pattern in (NPY_TYPE, NPY_RECORDS, NPY_SHAPE, NPY_ORDER))
NPY_HEADER = re.compile(rf"\{{\s*(?:(?:{NPY_ENTRY})\s*,\s*){{2}}(?:{NPY_ENTRY})\s*(?:,\s*)?\}}\s*")
LONGEST_HEADER = 100_000_000  # bytes; that of safetensors is never longer
BITS = {  # of a value, by safetensors' name of its type
    "F64": 64, "I64": 64, "U64": 64, "C64": 64, "F32": 32, "I32": 32, "U32": 32, "F16": 16, "BF16": 16, "I16": 16,
    "U16": 16, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "F8_E8M0": 8, "I8": 8, "U8": 8,
    "BOOL": 8, "F6_E2M3": 6, "F6_E3M2": 6, "F4": 4,
}  # fmt: skip


@dataclass(frozen=True)
class ArrayHeader:
    """One array: `shape`, and `dtype` as its file spells it, such as ``<f4`` or ``BF16``."""

    shape: tuple[int, ...]
    dtype: str

    @property
    def kind(self) -> str:
        """Of a .npy file: f, i, u or b for real numbers and booleans; another letter for what is none."""
        return self.dtype.lstrip("<>|=")[:1].replace("?", "b")


@dataclass(frozen=True)
class TensorHeaders:
    """The arrays of a safetensors file by name, and its metadata."""

    arrays: Mapping[str, ArrayHeader]
    metadata: Mapping[str, str] = field(default_factory=dict)


def npy_header(path: str | Path) -> ArrayHeader:
    """Read the header of a .npy file: a Python literal, of which no more is read than a type and a shape.

    Raises
    ------
    ValueError : no .npy file, or a truncated one.
    """
    path = Path(path)
    with open(path, "rb") as file:
        start = file.read(12)
        if start.startswith(b"PK"):
            raise ValueError("no .npy file but an archive of arrays (.npz); np.save writes one array")
        if not start.startswith(NPY_SIGNATURE) or len(start) < 12:
            raise ValueError("no .npy file")
        at, layout = (10, "<H") if start[6] == 1 else (12, "<I")
        length = struct.unpack_from(layout, start, 8)[0]
        if length > LONGEST_NPY_HEADER:
            raise ValueError(f"a .npy file with a header of {length:,} bytes")
        file.seek(at)
        header = file.read(length).decode("latin-1")
    kind, shape = NPY_TYPE.search(header), NPY_SHAPE.search(header)
    records = NPY_RECORDS.search(header)
    is_whole = NPY_HEADER.fullmatch(header) and NPY_ORDER.search(header)
    if not is_whole or not (kind or records) or not shape:
        raise ValueError("a .npy file with a broken header")
    sizes = tuple(int(size) for size in re.findall(r"\d+", shape[1]))
    if not kind:
        return ArrayHeader(sizes, records[1])
    n_bytes = 1 if kind[2] == "?" else int(kind[3] or 0) * (4 if kind[2] == "U" else 1)
    _require_bytes(path, at + length + math.prod(sizes) * n_bytes)
    return ArrayHeader(sizes, "".join(kind.groups()))


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
        if length > min(LONGEST_HEADER, Path(path).stat().st_size):
            raise ValueError("no safetensors file, or a truncated one")
        try:
            header = json.loads(file.read(length).decode(), object_pairs_hook=_once_each)
            metadata = header.pop("__metadata__", {})
            if not all(isinstance(text, str) for text in metadata.values()):
                raise ValueError("metadata that are no texts")
            arrays = {name: ArrayHeader(_shape(one["shape"]), one["dtype"]) for name, one in header.items()}
            end = _end_of_values(arrays, {name: one["data_offsets"] for name, one in header.items()})
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise ValueError("no safetensors file, or a truncated one") from error
    return TensorHeaders(arrays, metadata), 8 + length + end


def _once_each(pairs: Sequence[tuple[str, object]]) -> dict:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)


def _shape(lengths: Sequence[int]) -> tuple[int, ...]:
    if not isinstance(lengths, list | tuple) or not all(type(n) is int and n >= 0 for n in lengths):
        raise ValueError(f"a shape of {lengths}")
    return tuple(lengths)


def _end_of_values(arrays: Mapping[str, ArrayHeader], offsets: Mapping[str, Sequence[int]]) -> int:
    """Where the values of all arrays end: each has the bytes of its shape, and starts where the one before it ends."""
    end = 0
    for name in sorted(arrays, key=lambda name: tuple(offsets[name])):
        bits = math.prod(arrays[name].shape) * BITS[arrays[name].dtype]
        if list(offsets[name]) != [end, end + bits // 8] or bits % 8:
            raise ValueError(f"values of {name} that overlap, or are not as many as its shape says")
        end += bits // 8
    return end


def _require_bytes(path: Path, n_bytes: int) -> None:
    if path.stat().st_size < n_bytes:
        raise ValueError(f"a truncated file: {path.stat().st_size:,} of {n_bytes:,} bytes")
