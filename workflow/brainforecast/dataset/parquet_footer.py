"""Find the rows and columns of a Parquet file without pyarrow, which planning does not load.

The file ends in its footer, the footer's length and "PAR1". The footer is a struct of Thrift's compact protocol: its
field 2 is the schema, a list of elements depth first, its field 3 the number of rows. Of an element, field 1 is the
type, 4 the name and 5 the number of elements inside.
"""

import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

MAGIC = b"PAR1"
SCHEMA, N_ROWS = 2, 3  # fields of the footer
TYPE, NAME, N_CHILDREN = 1, 4, 5  # fields of an element of the schema
TEXT = 6  # type of a column of bytes of any length
LONGEST_VARINT = 63  # bits
MOST_VALUES = 2**21  # before the groups of rows: each of a hundred thousand columns has five
TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)


def parquet_shape(path: str | Path) -> tuple[int, dict[str, str]]:
    """Find the number of rows, and the kind of each column: ``number``, ``text`` or, of several values a row, ``list``.

    Raises
    ------
    ValueError : no Parquet file, or a truncated one.
    """
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 8))
        end = file.read()
        if size < 12 or end[4:] != MAGIC:
            raise ValueError("no Parquet file, or a truncated one")
        (length,) = struct.unpack("<I", end[:4])
        if length > size - 8:
            raise ValueError("no Parquet file, or a truncated one")
        file.seek(size - 8 - length)
        reader = _Reader(file.read(length))
    try:
        footer = reader.struct(last=N_ROWS)  # the groups of rows come after: of many columns, they are long
        if type(footer[N_ROWS]) is not int or footer[N_ROWS] < 0:
            raise ValueError("no number of rows")
        return footer[N_ROWS], dict(_columns(footer[SCHEMA]))
    except (IndexError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ValueError("a Parquet file with a broken footer") from error


def _columns(schema: Sequence[Mapping]) -> Iterator[tuple[str, str]]:
    """Name and kind of each column: the elements right below the first one."""
    at = 1
    while at < len(schema):
        element = schema[at]
        end = _end(schema, at)
        kind = "list" if end > at + 1 else "text" if element.get(TYPE) == TEXT else "number"
        yield element[NAME].decode(), kind
        at = end


def _end(schema: Sequence[Mapping], at: int) -> int:
    """Index of the element after all that lie inside the one at `at`."""
    after = at + 1
    for _ in range(schema[at].get(N_CHILDREN, 0)):
        after = _end(schema, after)
    return after


class _Reader:
    """Read values of Thrift's compact protocol, one after the other."""

    def __init__(self, content: bytes):
        self.content, self.at, self.n_values = content, 0, 0

    def struct(self, last: int | None = None) -> dict[int, object]:
        """Values by the number of their field, up to the `last` one wanted."""
        fields, number = {}, 0
        while number != last and (head := self._byte()):
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            fields[number] = self._value(head & 15)
        return fields

    def _value(self, kind: int) -> object:
        self.n_values += 1
        if self.n_values > MOST_VALUES:
            raise ValueError("too many values")
        if kind in (TRUE, FALSE):
            return kind == TRUE
        if kind in (I16, I32, I64):
            return self._zigzag()
        if kind in (BYTE, DOUBLE, BINARY):
            return self._take({BYTE: 1, DOUBLE: 8}.get(kind) or self._varint())
        if kind in (LIST, SET):
            head = self._byte()
            n = self._varint() if head >> 4 == 15 else head >> 4
            return [self._element(head & 15) for _ in range(n)]
        if kind == STRUCT:
            return self.struct()
        raise ValueError(f"type {kind}")  # a footer has no maps

    def _element(self, kind: int) -> object:
        return self._byte() == TRUE if kind in (TRUE, FALSE) else self._value(kind)

    def _zigzag(self) -> int:
        number = self._varint()
        return number >> 1 ^ -(number & 1)

    def _varint(self) -> int:
        number, shift = 0, 0
        while True:
            byte = self._byte()
            number |= (byte & 127) << shift
            shift += 7
            if not byte & 128:
                return number
            if shift > LONGEST_VARINT:
                raise ValueError("a number without an end")

    def _byte(self) -> int:
        return self._take(1)[0]

    def _take(self, n: int) -> bytes:
        taken = self.content[self.at : self.at + n]
        if len(taken) < n:
            raise ValueError("its end is missing")
        self.at += n
        return taken
