"""Parse XML, of which GIfTI files and the headers of CIFTI files are made, within bounds.

Entities are refused: a few lines of them stand for gigabytes, or for another file. A document type, which most GIfTI
files name, is never fetched.
"""

import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, NoReturn
from xml.parsers import expat

from brainforecast.errors import BadInput

BLOCK = 2**18  # bytes read at once
LONGEST_PIECE = 2**22  # bytes of one tag or comment, which expat keeps whole and looks through after each block
FREE, LARGEST_RATIO = 2**27, 20  # bytes of XML, and for each byte of the file; compressed files of labels reach 10


def parse_xml(
    file: BinaryIO,
    path: str | Path,
    expected: str,
    *,
    size: int,
    start: Callable[[str, Mapping[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
    is_enough: Callable[[], bool] = lambda: False,
) -> None:
    """Parse XML in any encoding, and call `start` with each element's name and attributes, `end`, and `text`.

    Parameters
    ----------
    path, expected : for the message.
    size : bytes of the file on disk, which may be compressed.
    is_enough : whether to stop, after each block.

    Raises
    ------
    BadInput : XML that is not well-formed or has no end, entities, more bytes than a file of this size can need.
    """
    parser, n_bytes = expat.ParserCreate(), 0
    parser.buffer_text, parser.buffer_size = True, BLOCK
    parser.StartElementHandler = start
    if end is not None:
        parser.EndElementHandler = end
    if text is not None:
        parser.CharacterDataHandler = text

    def refuse(name: str, *_: object) -> NoReturn:
        raise BadInput(path, f"XML that declares an entity, {name}", f"{expected}, which needs none")

    parser.EntityDeclHandler = refuse
    while not is_enough():
        block = _read(file, path, size, expected)
        n_bytes += len(block)
        try:
            parser.Parse(block, not block)
        except (expat.ExpatError, LookupError, UnicodeError) as error:  # of an encoding that there is not, too
            raise _broken(path, size, error, expected) from error
        except ValueError as error:
            if isinstance(error, BadInput) or "encoding" not in str(error):
                raise
            raise _broken(path, size, error, expected) from error
        if not block:
            return
        if n_bytes - max(parser.CurrentByteIndex, 0) > LONGEST_PIECE:
            raise BadInput(path, f"a tag or comment of more than {LONGEST_PIECE:,} bytes", expected)
        if n_bytes > FREE + LARGEST_RATIO * size:
            raise BadInput(path, f"more than {n_bytes:,} bytes in a compressed file of {size:,}", expected)


def whole_number(attributes: Mapping[str, str], name: str, path: str | Path, *, most: int = 2**31 - 1) -> int:
    """An attribute that is a whole number from 0 to `most`."""
    value = attributes.get(name, "nothing").strip()
    if not (value.isascii() and value.isdecimal() and len(value) < 20 and int(value) <= most):
        raise BadInput(path, f"{name} = {value}", f"a whole number up to {most:,}")
    return int(value)


def _read(file: BinaryIO, path: str | Path, size: int, expected: str) -> bytes:
    try:
        return file.read(BLOCK)
    except (EOFError, OSError, zlib.error) as error:
        raise _broken(path, size, error, expected) from error


def _broken(path: str | Path, size: int, error: Exception, expected: str) -> BadInput:
    return BadInput(path, f"a truncated file of {size:,} bytes, or no XML ({error})", expected)
