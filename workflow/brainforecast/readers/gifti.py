"""Read GIfTI files: arrays, metadata and labels; what an array declares bounds what is decoded for it.

A reader of our own, because a header of a few bytes can declare or unpack to more than any memory, or name other files.
"""

import base64
import binascii
import io
import math
import sys
import warnings
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from brainforecast.dataset.nifti_header import open_image
from brainforecast.dataset.xml_files import parse_xml, whole_number
from brainforecast.errors import BadInput

EXPECTED = "a complete GIfTI file"
MOST_VALUES = 10**8  # of an array: 600 volumes of 164k vertices in one
MOST_TEXT = 2**26  # characters of metadata and names
TYPES = {f"NIFTI_TYPE_{kind.upper()}": np.dtype(kind) for kind in (
    "uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64",
)}  # fmt: skip
ENDIAN = {"BigEndian": ">", "LittleEndian": "<", "GIFTI_ENDIAN_BIG": ">", "GIFTI_ENDIAN_LITTLE": "<"}
ORDERS = {"RowMajorOrder": "C", "ColumnMajorOrder": "F"}
ENCODINGS = ("ASCII", "Base64Binary", "GZipBase64Binary", "ExternalFileBinary")
READ = ("Data", "Name", "Value", "Label")  # elements whose text is read


@dataclass
class GiftiArray:
    """One array: `intent` as the file spells it, its shape by its attributes, its values and its metadata."""

    intent: str
    shape: tuple[int, ...]
    attributes: Mapping[str, str]
    data: np.ndarray | None = None
    meta: dict[str, str] = field(default_factory=dict)


@dataclass
class GiftiFile:
    """All arrays of a file, its metadata, and the name of each label."""

    arrays: list[GiftiArray] = field(default_factory=list)
    meta: dict[str, str] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)


def read_gifti(path: str | Path, check: Callable[[GiftiArray], None] = lambda array: None) -> GiftiFile:
    """Read a GIfTI file, compressed or not.

    Parameters
    ----------
    check : looks at each array before its values are decoded, and raises BadInput where it must not be there.

    Raises
    ------
    BadInput : no such file; XML that is broken or declares entities; an array that has not the values that it declares;
        another number of arrays than the file declares; values in a file that does not lie beside this one.
    """
    path = Path(path)
    parsing = _Parsing(path, check)
    with open_image(path, EXPECTED) as file:
        parse_xml(file, path, EXPECTED, size=path.stat().st_size, start=parsing.start, end=parsing.end,
                  text=parsing.add)  # fmt: skip
    found, declared = parsing.found, parsing.declared
    if declared is None or any(array.data is None for array in found.arrays):
        raise BadInput(path, "no GIfTI file" if declared is None else "an array without data", EXPECTED)
    if declared not in ("any", str(len(found.arrays))):
        expected = f"{declared or 'a number'}, as its header declares; is the file complete?"
        raise BadInput(path, f"{len(found.arrays)} arrays", expected)
    return found


def one_column(array: GiftiArray, path: str | Path) -> np.ndarray:
    """The values of an array with one for each vertex, (n_vertices,)."""
    if array.data.ndim == 1 or array.data.shape == (len(array.data), 1):
        return array.data.ravel()
    raise BadInput(path, f"an array of {described(array.shape)} values", "one value for each vertex")


def described(shape: tuple[int, ...]) -> str:
    """A shape in words."""
    return " x ".join(f"{n:,}" for n in shape)


class _Parsing:
    """What was found so far, and the elements that the parser is in."""

    def __init__(self, path: Path, check: Callable[[GiftiArray], None]):
        self.path, self.check = path, check
        self.found, self.declared = GiftiFile(), None
        self.inside: list[str] = []
        self.pieces: list[str] = []
        self.n_pieces, self.most, self.n_text = 0, 0, 0
        self.key = self.name = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        parent = self.inside[-1] if self.inside else None
        if parent in READ or (parent is None) != (name == "GIFTI"):
            raise BadInput(self.path, f"an element {name} in {parent or 'the place of GIFTI'}", EXPECTED)
        self.inside.append(name)
        self.pieces, self.n_pieces, self.most = [], 0, MOST_TEXT
        if name == "GIFTI":
            self.declared = attributes.get("NumberOfDataArrays", "any").strip()
        elif name == "DataArray":
            self.found.arrays.append(self._array(attributes))
        elif name == "Data" and parent == "DataArray":
            array = self.found.arrays[-1]
            if array.data is not None:
                raise BadInput(self.path, "an array with data twice", EXPECTED)
            is_text = array.attributes.get("Encoding") == "ASCII"
            n_bytes = math.prod(array.shape) * (32 if is_text else 2 * TYPES[array.attributes["DataType"]].itemsize)
            self.most = 2**16 + n_bytes  # in letters, with spaces; base64 takes 4 for 3 bytes
        elif name == "Label":
            self.key = attributes.get("Key", attributes.get("Index", "")).strip()

    def add(self, text: str) -> None:
        if not self.inside or self.inside[-1] not in READ:
            return
        self.n_pieces += len(text)
        if self.n_pieces > self.most:
            raise BadInput(self.path, f"more than {self.most:,} letters in {self.inside[-1]}", "those that it declares")
        self.pieces.append(text)

    def end(self, name: str) -> None:
        self.inside.pop()
        text = "".join(self.pieces) if name in READ else ""
        self.pieces = []
        if name == "Data":
            if self.inside[-1] == "DataArray":
                self.found.arrays[-1].data = _decode(text, self.found.arrays[-1], self.path)
            return
        self.n_text += len(text)
        if self.n_text > MOST_TEXT:
            raise BadInput(self.path, f"more than {MOST_TEXT:,} letters of metadata", EXPECTED)
        if name == "Name":
            self.name = text.strip()
        elif name == "Value" and self.inside[-2:] == ["MetaData", "MD"]:
            self._meta()[self.name] = text.strip()
        elif name == "Label":
            self._add_label(text.strip())

    def _array(self, attributes: Mapping[str, str]) -> GiftiArray:
        if self.inside != ["GIFTI", "DataArray"]:
            raise BadInput(self.path, "an array within another element", EXPECTED)
        n = whole_number(attributes, "Dimensionality", self.path, most=6)
        shape = tuple(whole_number(attributes, f"Dim{i}", self.path, most=MOST_VALUES) for i in range(n))
        if f"Dim{n}" in attributes or not shape or not 1 <= math.prod(shape) <= MOST_VALUES:
            found = f"an array of {n} dimensions, {described(shape) or 'none'} values"
            raise BadInput(self.path, found, f"from 1 to {MOST_VALUES:,} values, a number for each dimension")
        intent = attributes.get("Intent", "NIFTI_INTENT_NONE")
        if not intent.startswith("NIFTI_INTENT_"):
            raise BadInput(self.path, f"an array of intent {intent}", "an intent of GIfTI")
        _choose(attributes, "DataType", TYPES, self.path)
        array = GiftiArray(intent, shape, attributes)
        self.check(array)
        return array

    def _meta(self) -> dict[str, str]:
        return self.found.arrays[-1].meta if "DataArray" in self.inside else self.found.meta

    def _add_label(self, text: str) -> None:
        digits = self.key.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= 10):
            raise BadInput(self.path, f"a label with key {self.key or 'nothing'}", "a whole number")
        if self.found.labels.setdefault(int(self.key), text) != text:
            found = f"labels {self.found.labels[int(self.key)]} and {text} with key {self.key}"
            raise BadInput(self.path, found, "a key for each label")


def _decode(text: str, array: GiftiArray, path: Path) -> np.ndarray:
    """The values of an array, in its shape."""
    attributes, n = array.attributes, math.prod(array.shape)
    encoding = _choose(attributes, "Encoding", dict(zip(ENCODINGS, ENCODINGS, strict=True)), path, "GZipBase64Binary")
    native = "LittleEndian" if sys.byteorder == "little" else "BigEndian"
    dtype = TYPES[attributes["DataType"]].newbyteorder(_choose(attributes, "Endian", ENDIAN, path, native))
    order = _choose(attributes, "ArrayIndexingOrder", ORDERS, path, "RowMajorOrder")
    if encoding == "ASCII":
        values = _numbers(text, dtype, path)
    elif encoding == "ExternalFileBinary":
        values = _beside(attributes, dtype, n, path)
    else:
        content = _unpack(text, encoding, n * dtype.itemsize, path)
        values = np.frombuffer(bytearray(content), dtype)
    if values.size != n:
        raise BadInput(path, f"an array of {values.size:,} values", f"{n:,}, as it declares")
    return values.reshape(array.shape, order=order)


def _unpack(text: str, encoding: str, n_bytes: int, path: Path) -> bytes:
    """Bytes from letters; of compressed ones never more than `n_bytes`."""
    expected = f"{n_bytes:,} bytes, as an array declares"
    try:
        content = base64.b64decode(text.encode("ascii").translate(None, b" \t\r\n"), validate=True)
        if encoding == "GZipBase64Binary":
            unpacking = zlib.decompressobj()
            content = unpacking.decompress(content, n_bytes) + unpacking.decompress(unpacking.unconsumed_tail, 1)
            if len(content) <= n_bytes and not unpacking.eof:
                raise BadInput(path, "an array that is truncated", expected)
    except (UnicodeEncodeError, binascii.Error, zlib.error) as error:
        raise BadInput(path, f"an array that is broken ({error})", expected) from error
    if len(content) != n_bytes:
        more = "more than " if len(content) > n_bytes else ""
        raise BadInput(path, f"an array of {more}{min(len(content), n_bytes):,} bytes", expected)
    return content


def _numbers(text: str, dtype: np.dtype, path: Path) -> np.ndarray:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of an array without any number, or numbers that do not fit the type
            # lines are rows, of column-major arrays too: so nibabel writes them
            return np.loadtxt(io.StringIO(text), dtype=dtype, ndmin=1)
    except (ValueError, OverflowError, Warning) as error:
        raise BadInput(path, f"an array that is broken ({error})", "numbers, as it declares") from error


def _beside(attributes: Mapping[str, str], dtype: np.dtype, n: int, path: Path) -> np.ndarray:
    """Values from the file that an array names, which must lie in the same folder."""
    name = attributes.get("ExternalFileName", "")
    if not name or name in (".", "..") or "\0" in name or Path(name).name != name or "\\" in name:
        raise BadInput(path, f"values in a file {name or 'without a name'}", "a file in the same folder, or none")
    start = whole_number({"ExternalFileOffset": attributes.get("ExternalFileOffset") or "0"}, "ExternalFileOffset",
                         path, most=2**60)  # fmt: skip
    other = path.with_name(name)
    if not other.is_file() or other.stat().st_size < start + n * dtype.itemsize:
        found = f"{other.stat().st_size:,} bytes" if other.is_file() else "no such file"
        raise BadInput(other, found, f"{n:,} values from byte {start:,} on, as {path.name} declares")
    return np.fromfile(other, dtype, count=n, offset=start)


def _choose(attributes: Mapping[str, str], name: str, known: Mapping, path: Path, default: str = "nothing"):
    value = attributes.get(name, default)
    if value not in known:
        raise BadInput(path, f"{name} = {value}", f"one of {', '.join(known)}")
    return known[value]
