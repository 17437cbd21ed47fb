"""Read FreeSurfer's binary files and its .label; each count in a file is compared with the bytes that are there."""

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from brainforecast.dataset.bids import read_text
from brainforecast.dataset.nifti_header import open_image
from brainforecast.errors import BadInput

TRIANGLES, QUADS, NEW_QUADS, VALUES = 0xFFFFFE, 0xFFFFFF, 0xFFFFFD, 0xFFFFFF  # first three bytes of files
LONGEST_NAME = 4096  # bytes
MOST_REGIONS = 10**6
NAMES_VERSION = -2  # of the table of colours that is written since 2005


class FreeSurferFile:
    """An open file whose counts are believed only as far as it has bytes for them."""

    def __init__(self, file: BinaryIO, path: str | Path, expected: str):
        self.file, self.path, self.expected = file, path, expected
        self.size, self.at = file.seek(0, 2), file.seek(0)

    def array(self, count: int, dtype: str) -> np.ndarray:
        """The next `count` values."""
        n_bytes = count * np.dtype(dtype).itemsize
        if count < 0 or n_bytes > self.size - self.at:
            raise BadInput(self.path, f"{count:,} values promised where it ends, or no such file", self.expected)
        self.at += n_bytes
        return np.frombuffer(bytearray(self.file.read(n_bytes)), dtype)

    def line(self) -> None:
        """Pass over a line."""
        self.at += len(self.file.readline(LONGEST_NAME))

    def integer(self) -> int:
        """The next integer, of 4 bytes."""
        return int(self.array(1, ">i4")[0])

    def magic(self) -> int:
        """The next integer of 3 bytes."""
        return int.from_bytes(self.array(3, "u1").tobytes(), "big")

    def name(self) -> str:
        """The next name, after its length."""
        length = self.integer()
        if length > LONGEST_NAME:
            raise BadInput(self.path, f"a name of {length:,} bytes", self.expected)
        raw = self.array(length, "u1").tobytes().partition(b"\0")[0]
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise BadInput(self.path, f"a name in no UTF-8, {raw!r}", self.expected) from error


@contextmanager
def _open(path: str | Path, expected: str) -> Iterator[FreeSurferFile]:
    with open_image(Path(path), expected) as file:
        yield FreeSurferFile(file, path, expected)


def read_annot(path: str | Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Read the labels of a hemisphere.

    Returns
    -------
    colours : (n_vertices,) int64, red + 256 green + 65536 blue; 0 where a vertex has none.
    numbers : (n_regions,) int64, the colour of each name; names : (n_regions,).

    Raises
    ------
    BadInput : a file that is truncated or no .annot; a vertex that is missing or there twice.
    """
    with _open(path, "a complete .annot file") as file:
        n = file.integer()
        vertices, colours = file.array(2 * n, ">i4").reshape(-1, 2).T.astype(np.int64)
        order = np.argsort(vertices, kind="stable")
        if not n or not np.array_equal(vertices[order], np.arange(n)):
            raise BadInput(path, f"{n:,} vertices that are not numbered from 0", f"{file.expected}: each vertex once")
        if file.integer() == 0:
            raise BadInput(path, "no table of colours", file.expected)
        n_entries = file.integer()
        is_new = n_entries < 0
        if is_new:
            if n_entries != NAMES_VERSION:
                raise BadInput(path, f"a table of colours of version {-n_entries}", "version 1 or 2")
            if not 0 <= (largest := file.integer()) <= MOST_REGIONS:  # number of an entry
                raise BadInput(path, f"a table of {largest:,} colours", f"up to {MOST_REGIONS:,}")
        file.name()
        names, table = [], []
        for _ in range(file.integer() if is_new else n_entries):
            if is_new:
                file.integer()
            names.append(file.name())
            table.append(file.array(4, ">i4")[:3])
        colour = np.array(table, dtype=np.int64).reshape(-1, 3)
        if ((colour < 0) | (colour > 255)).any():
            raise BadInput(path, "a colour that is none", "red, green and blue from 0 to 255")
        return colours[order], colour @ np.array([1, 2**8, 2**16]), names


def read_geometry(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Read a mesh: coordinates in mm (n_vertices, 3) float64, triangles (n_triangles, 3)."""
    with _open(path, "a complete FreeSurfer surface") as file:
        magic = file.magic()
        if magic == TRIANGLES:
            for _ in range(2):  # who made it, and an empty line
                file.line()
            n_vertices, n_triangles = file.integer(), file.integer()
            with np.errstate(invalid="ignore"):  # numbers that are none are refused by the caller
                points = file.array(3 * n_vertices, ">f4").reshape(-1, 3).astype(np.float64)
            return points, file.array(3 * n_triangles, ">i4").reshape(-1, 3)
        if magic not in (QUADS, NEW_QUADS):
            raise BadInput(path, "no FreeSurfer surface", file.expected)
        n_vertices, n_quads = file.magic(), file.magic()
        needed = 9 + n_vertices * 3 * (2 if magic == QUADS else 4) + n_quads * 12
        if needed > file.size:
            raise BadInput(path, f"{file.size:,} of {needed:,} bytes", file.expected)
    from nibabel.freesurfer import read_geometry as read_quads  # of the last century

    return read_quads(path)


def read_depths(path: str | Path) -> np.ndarray:
    """Read a value for each vertex, such as the sulcal depth, (n_vertices,)."""
    with _open(path, "a complete file of FreeSurfer's values per vertex") as file:
        n = file.magic()
        if n == VALUES:
            n_vertices, _, n_values = struct.unpack(">3i", file.array(12, "u1").tobytes())
            if n_values != 1:
                raise BadInput(path, f"{n_values:,} values for each vertex", "one")
            return file.array(n_vertices, ">f4")
        if file.size != 6 + 2 * n:  # hundredths, in files of the last century
            raise BadInput(path, "a file that is not FreeSurfer's values per vertex", file.expected)
        file.magic()
        return file.array(n, ">i2") / 100


def read_label(path: str | Path) -> np.ndarray:
    """Read the vertices of a .label file, (n,): a comment, their number, and a row for each, which starts with it."""
    lines = [line.split() for line in read_text(path).splitlines()[1:]]
    rows = [line[0] for line in lines if line] if lines and lines[0] else []  # the number is in the second line
    wrong = [row for row in rows if not re.fullmatch(r"[0-9]{1,9}", row)]
    if not rows or wrong or int(rows[0]) != len(rows) - 1:
        found = f"vertex {wrong[0]}" if wrong else f"{max(0, len(rows) - 1):,} of {rows[0] if rows else 'no'} vertices"
        raise BadInput(path, found, "a complete .label file: a comment, a number of vertices, and a row for each")
    return np.array([int(row) for row in rows[1:]], dtype=np.int64)
