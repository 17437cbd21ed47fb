"""Find the shape of the matrix in an HDF5 file without h5py, which planning does not load.

Only what is needed for that is followed: groups as h5py and PyTables write them by default, and links in a group's
header. The shape of any other file is known when it is read (`readers`), with h5py, which also checks this one.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

SIGNATURE = b"\x89HDF\r\n\x1a\n"
UNDEFINED = 2**64 - 1
MOST_READS = 50_000  # of parts of a file: several for each dataset
LONGEST_BLOCK = 2048  # bytes that are looked at before the signature
DATASPACE, LINK, CONTINUATION, SYMBOL_TABLE = 0x01, 0x06, 0x10, 0x11  # types of messages in an object's header


def matrix_shape(path: str | Path, key: str = "data") -> tuple[int, ...] | None:
    """Find the shape of the dataset `key` of the root group, or of its only dataset.

    Returns
    -------
    None for a file of another structure, or without such a dataset.

    Raises
    ------
    ValueError : no HDF5 file, or a truncated one.
    """
    with open(path, "rb") as file:
        if file.read(8) != SIGNATURE:
            if SIGNATURE in file.read(LONGEST_BLOCK):
                return None  # after a block of the user's, as MATLAB writes it
            raise ValueError("no HDF5 file")
        try:
            shapes = {name: shape for name, shape in _shapes(_Reader(file)) if shape is not None}
        except _OtherStructure:
            return None
        except (struct.error, IndexError) as error:
            raise ValueError("a truncated HDF5 file") from error
    if key in shapes:
        return shapes[key]
    return next(iter(shapes.values())) if len(shapes) == 1 else None


class _OtherStructure(Exception):
    """A file whose structure is not followed here."""


class _Reader:
    """Read numbers of an open file whose addresses and lengths have 8 bytes, as all do that are written today.

    Addresses are those of the file, and it is read no more often than needed for a file of many datasets: one whose
    parts lead in circles is left to h5py.
    """

    def __init__(self, file: BinaryIO):
        self.file, self.size, self.n_reads = file, file.seek(0, 2), 0

    def unpack(self, layout: str, at: int) -> tuple:
        return struct.unpack(f"<{layout}", self.bytes(at, struct.calcsize(f"<{layout}")))

    def bytes(self, at: int, length: int) -> bytes:
        self.n_reads += 1
        if self.n_reads > MOST_READS:
            raise _OtherStructure
        if at > self.size:
            raise IndexError(at)
        self.file.seek(at)
        return self.file.read(min(length, self.size - at))


def _shapes(reader: _Reader) -> Iterator[tuple[str, tuple[int, ...] | None]]:
    """Name and shape of each member of the root group; the shape of a group is None."""
    version = reader.unpack("B", 8)[0]
    sizes, root = (13, 24 + 4 * (version == 1) + 40) if version < 2 else (9, 36)
    if version > 3 or reader.unpack("2B", sizes) != (8, 8):
        return
    for name, address in _members(reader, reader.unpack("Q", root)[0]):
        if address == UNDEFINED:  # a link that is no hard one: only h5py follows it
            raise _OtherStructure
        spaces = [data for kind, data in _messages(reader, address) if kind == DATASPACE]
        yield name, _dimensions(spaces[0]) if spaces else None


def _members(reader: _Reader, group: int) -> Iterator[tuple[str, int]]:
    """Name and header address of each member of a group."""
    for kind, data in _messages(reader, group):
        if kind == SYMBOL_TABLE:
            tree, heap = struct.unpack("<2Q", data[:16])
            yield from _table_members(reader, tree, reader.unpack("Q", heap + 24)[0])
        elif kind == LINK:
            flags, start = data[1], 2 + bool(data[1] & 8) + 8 * bool(data[1] & 4) + bool(data[1] & 16)
            width = 1 << (flags & 3)
            length = int.from_bytes(data[start : start + width], "little")
            name = data[start + width : start + width + length]
            is_hard = not flags & 8 or data[2] == 0
            address = struct.unpack("<Q", data[start + width + length :][:8])[0] if is_hard else UNDEFINED
            yield name.decode(errors="replace"), address


def _table_members(reader: _Reader, node: int, names: int) -> Iterator[tuple[str, int]]:
    """Members of a group in a symbol table: a tree of nodes, whose leaves list names and addresses."""
    nodes = [node]
    while nodes:
        node = nodes.pop()
        n, is_tree = reader.unpack("H", node + 6)[0], reader.bytes(node, 4) == b"TREE"
        for i in range(n):
            if is_tree:
                nodes += reader.unpack("Q", node + 24 + 16 * i + 8)
            else:
                offset, address = reader.unpack("2Q", node + 8 + 40 * i)
                yield reader.bytes(names + offset, 256).split(b"\0")[0].decode(errors="replace"), address


def _messages(reader: _Reader, header: int) -> Iterator[tuple[int, bytes]]:
    """Type and content of each message of an object's header, in either version."""
    if reader.bytes(header, 4) == b"OHDR":
        flags = reader.unpack("B", header + 5)[0]
        start = header + 6 + 16 * bool(flags & 32) + 4 * bool(flags & 16)
        width = 1 << (flags & 3)
        length = int.from_bytes(reader.bytes(start, width), "little")
        layout, blocks = ("BHB", 2 * bool(flags & 4)), [(start + width, length)]
    else:
        layout, blocks = ("HHB", 3), [(header + 16, reader.unpack("I", header + 8)[0])]
    size = struct.calcsize(f"<{layout[0]}") + layout[1]
    while blocks:
        at, length = blocks.pop(0)
        end = at + length
        while at + size <= end:
            kind, n, _ = reader.unpack(layout[0], at)
            data = reader.bytes(at + size, n)
            if kind == CONTINUATION:
                address, extent = struct.unpack("<2Q", data[:16])
                is_new = layout[0] == "BHB"  # its blocks have a signature before and a checksum after
                blocks.append((address + 4 * is_new, extent - 8 * is_new))
            yield kind, data
            at += size + n


def _dimensions(message: bytes) -> tuple[int, ...]:
    version, n_dimensions = message[0], message[1]
    start = 8 if version == 1 else 4
    return struct.unpack(f"<{n_dimensions}Q", message[start : start + 8 * n_dimensions])
