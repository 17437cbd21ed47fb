"""Headers of NIfTI images, by which CIFTI files begin too: what they promise is compared with the size of the file.

No image library, because this runs while planning; and before one reads the file, because it would trust the header.
"""

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from brainforecast.errors import BadInput

MOST_VOXELS = 2**26  # of a volume: the brain has 2**21 of 1 mm
LARGEST_RATIO = 1032  # bytes that deflate makes of one
LONGEST_EXTENSIONS = 2**28  # bytes between the header and the values of a compressed file
CIFTI_XML = 32  # code of the extension
# size of the header: its magic, where it is, where dimensions, type, bits and offset of the values are, and their types
LAYOUTS = {
    348: (b"n+1\0", 344, "8h", 40, "2h", 70, "f", 108),
    540: (b"n+2\0\r\n\x1a\n", 4, "8q", 16, "2h", 12, "q", 168),
}
BITS = {2: 8, 4: 16, 8: 32, 16: 32, 32: 64, 64: 64, 128: 24, 256: 8, 512: 16, 768: 32, 1024: 64, 1280: 64, 1536: 128,
        1792: 128, 2048: 256, 2304: 32}  # fmt: skip
EXPECTED = "a complete NIfTI image"


@dataclass(frozen=True)
class NiftiHeader:
    """What a header says.

    Parameters
    ----------
    shape : as it is in the header.
    start : of the values, bytes; n_bytes : of the complete file, uncompressed.
    order, size : byte order (``<`` or ``>``) and bytes of the header itself.
    """

    shape: tuple[int, ...]
    start: int
    n_bytes: int
    order: str
    size: int


def read_nifti_header(path: str | Path, expected: str = EXPECTED) -> NiftiHeader:
    """Read the header of a NIfTI-1 or NIfTI-2 image in one file, compressed (``.gz``) or not.

    Parameters
    ----------
    expected : for the message.

    Raises
    ------
    BadInput : no such header, or one whose numbers cannot be: dimensions below 1, a volume of more than `MOST_VOXELS`,
        a type of values that there is not, more bytes than the file has, or can have where it is compressed.
    """
    path = Path(path)
    size = path.stat().st_size
    try:
        with open_image(path) as file:
            raw = file.read(540)
        header = _parse(raw, path)
    except (struct.error, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadInput(path, f"a truncated file of {size:,} bytes, or no NIfTI image", expected) from error
    if path.suffix != ".gz" and size < header.n_bytes:
        raise BadInput(path, f"{size:,} of {header.n_bytes:,} bytes", expected)
    if path.suffix == ".gz" and header.n_bytes > LARGEST_RATIO * (size + 100):
        found = f"a header that promises {header.n_bytes:,} bytes in a compressed file of {size:,}"
        raise BadInput(path, found, expected)
    return header


def read_extensions(path: str | Path, header: NiftiHeader, expected: str = EXPECTED) -> list[tuple[int, bytes]]:
    """Code and content of each extension between a header and its values.

    Raises
    ------
    BadInput : one that has no place there.
    """
    path, found = Path(path), []
    try:
        with open_image(path) as file:
            file.seek(header.size)
            has_any, at = file.read(4)[0], header.size + 4
            while has_any and header.start - at >= 16:
                size, code = struct.unpack(f"{header.order}2i", file.read(8))
                if not 8 <= size <= header.start - at:
                    raise BadInput(path, f"an extension of {size:,} bytes in the header", expected)
                content = file.read(size - 8)
                found.append((code, content))
                at += size
                if len(content) < size - 8:
                    raise EOFError
    except (struct.error, IndexError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadInput(path, "a file that ends in its header", expected) from error
    return found


def open_image(path: Path, expected: str = EXPECTED) -> BinaryIO:
    """Open a file that may be compressed, by its name, as image libraries do."""
    try:
        return gzip.open(path) if path.suffix == ".gz" else open(path, "rb")
    except FileNotFoundError as error:
        raise BadInput(path, "no such file", expected) from error
    except OSError as error:
        raise BadInput(path, error.strerror, f"{expected} that can be read") from error


def _parse(raw: bytes, path: Path) -> NiftiHeader:
    for order in "<>":
        size = struct.unpack_from(f"{order}i", raw)[0]
        if size not in LAYOUTS:
            continue
        magic, at_magic, dims, at_dims, kind, at_kind, offset, at_offset = LAYOUTS[size]
        n_dimensions, *shape = struct.unpack_from(order + dims, raw, at_dims)
        if not 1 <= n_dimensions <= 7 or raw[at_magic : at_magic + len(magic)] != magic:
            continue
        shape = tuple(shape[:n_dimensions])
        datatype, bits = struct.unpack_from(order + kind, raw, at_kind)
        start = struct.unpack_from(order + offset, raw, at_offset)[0]
        if min(shape) < 1 or math.prod(shape[:3]) > MOST_VOXELS:
            found = f"{' x '.join(map(str, shape))} values"
            raise BadInput(path, found, f"dimensions from 1 on, and at most {MOST_VOXELS:,} voxels in a volume")
        if BITS.get(datatype) is None or bits not in (0, BITS[datatype]):
            raise BadInput(path, f"values of type {datatype} and {bits} bits", "a type of NIfTI, and its bits")
        if not size + 4 <= start <= LONGEST_EXTENSIONS or start != int(start):
            raise BadInput(path, f"values that start at byte {start:g}", f"from {size + 4} on, after the header")
        n_bytes = int(start) + math.prod(shape) * BITS[datatype] // 8
        return NiftiHeader(shape, int(start), n_bytes, order, size)
    raise BadInput(path, "no NIfTI image", "a NIfTI-1 or NIfTI-2 header")
