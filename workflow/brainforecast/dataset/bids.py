"""Names, tables and JSON files of a BIDS dataset.

All of this runs while the workflow is planned, on hundreds of runs: it opens few files and reads little of each.
"""

import csv
import io
import json
import math
import re
import stat
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from brainforecast.dataset.pointers import LONGEST, pointer_of
from brainforecast.errors import BadInput, printable

MISSING = ("", "n/a")
LARGEST_TEXT = 2**26  # bytes of a file that is read whole: as lists of words, it takes ten times as much memory
WHOLE = re.compile(r"-?[0-9]{1,18}")
SURROGATES = ("\\ud", "\\uD")  # halves of a character, as JSON spells them


@dataclass(frozen=True)
class Name:
    """The parts of a BIDS file name: ``sub-01_task-pieman_bold.nii.gz`` has two entities, a suffix, an extension."""

    entities: dict[str, str]
    suffix: str | None
    extension: str


def parse_name(name: str) -> Name | None:
    """Split a BIDS file name into its parts; None where the name is not one.

    Labels go to tables and notes: what cannot be printed in them, such as bytes that are not UTF-8, is its code.
    """
    stem, _, extension = name.partition(".")
    *pairs, last = stem.split("_")
    suffix = None if "-" in last else last
    entities = dict(pair.split("-", 1) for pair in [*pairs, *([] if suffix else [last])] if "-" in pair)
    if any("-" not in pair for pair in pairs):
        return None
    return Name({printable(key): printable(label) for key, label in entities.items()}, suffix, extension)


def read_tsv(path: str | Path, required: Sequence[str] = ()) -> list[dict[str, str]]:
    """Read the rows of a tab-separated table with a header, as `read_numbered_rows` does, without their numbers."""
    return [row for _, row in read_numbered_rows(path, required)]


def read_numbered_rows(path: str | Path, required: Sequence[str] = ()) -> list[tuple[int, dict[str, str]]]:
    """Read the rows of a tab-separated table with a header; BIDS tables have no quoting.

    Spaces around a cell and rows of empty cells, which spreadsheets leave, are passed over.

    Returns
    -------
    rows : number in the file (the header is 1) and cells by column.

    Raises
    ------
    BadInput : no such file, no header, a required column is missing, two columns of one name, a row with too many or
        too few columns.
    """
    header, *rows = [line.split("\t") for line in split_lines(read_text(path))] or [[]]
    header = [column.strip() for column in header]
    for column in required:
        if column not in header:
            expected = f"a column {column}, in a table whose columns are separated by tabs"
            raise BadInput(f"{path} row 1", f"columns {', '.join(filter(None, header)) or 'none'}", expected)
    require_names_once(f"{path} row 1", header)
    numbered = [(number, [cell.strip() for cell in row]) for number, row in enumerate(rows, start=2)]
    filled = [(number, row) for number, row in numbered if any(row)]
    for number, row in filled:
        if len(row) != len(header):
            raise BadInput(f"{path} row {number}", f"{len(row)} columns", f"{len(header)} as in the header")
    return [(number, dict(zip(header, row, strict=True))) for number, row in filled]


def read_csv(path: str | Path, text: str, delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> list[list[str]]:
    """The rows of a table of comma-separated values; those of empty lines have no cells.

    Raises
    ------
    BadInput : quotation marks that are not in pairs, so that a cell goes on in the next line.
    """
    expected = "quotation marks in pairs around a cell"
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, strict=True))
    except csv.Error as error:
        raise BadInput(path, f"a table that cannot be read ({error})", expected) from error
    for number, row in enumerate(rows, start=1):
        if any("\n" in cell or "\r" in cell for cell in row):
            raise BadInput(f"{path} row {number}", "a line break inside a cell", expected)
    return rows


def require_names_once(where: str, header: Sequence[str]) -> None:
    """Raise where two columns have one name; columns without a name, which spreadsheets leave, do not count."""
    if len(set(header)) < len(header):
        for column, n in Counter(filter(None, header)).items():
            if n > 1:
                raise BadInput(where, f"column {column} twice", "names of columns that differ")


def split_lines(text: str) -> list[str]:
    """The lines of a text, which end as in any system's files; ``str.splitlines`` cuts at other characters too."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines if lines[-1] else lines[:-1]


def read_text(path: str | Path, most: int = LARGEST_TEXT) -> str:
    """Read a text file that must exist and be UTF-8, no pointer to a file elsewhere; a byte order mark is skipped.

    Parameters
    ----------
    most : bytes of the largest file that is read.
    """
    content = read_bytes(path, most)
    require_content(path, len(content))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(path, f"bytes that are not UTF-8 (at {error.start})", "a text file in UTF-8") from error
    require_no_nul(path, text)
    return text


def read_bytes(path: str | Path, most: int = LARGEST_TEXT) -> bytes:
    """Read a file of at most `most` bytes; raise where there is none, or something else, such as a device."""
    try:
        state = Path(path).stat()
        if not stat.S_ISREG(state.st_mode):
            raise BadInput(path, "a folder" if stat.S_ISDIR(state.st_mode) else "no file of data", "a file")
        if state.st_size > most:
            raise BadInput(path, f"{state.st_size:,} bytes", f"at most {most:,} in a text file")
        return Path(path).read_bytes()
    except OSError as error:
        found = pointer_of(path) or error.strerror
        raise BadInput(path, found, "a file that can be read") from error


def require_no_nul(path: str | Path, text: str) -> None:
    """Raise where a text has a character that no text has: the file is another, or has lost its content."""
    if "\0" in text:
        raise BadInput(f"{path} line {text.count(chr(10), 0, text.index(chr(0))) + 1}", "a NUL character", "text")


def require_content(path: str | Path, n_bytes: int = 0) -> None:
    """Raise where a pointer of git-annex or git-lfs lies in the place of a file.

    Parameters
    ----------
    n_bytes : of the file, if known; no pointer is longer than `LONGEST`.
    """
    pointer = pointer_of(path) if n_bytes <= LONGEST else None
    if pointer:
        raise BadInput(path, pointer, "the content of the file")


def read_json(path: str | Path) -> dict:
    """Read a JSON file that holds an object."""
    content = parse_json(path, read_text(path), "a JSON object")
    if not isinstance(content, dict):
        raise BadInput(path, f"a JSON {type(content).__name__}", "a JSON object")
    return content


def parse_json(path: str | Path, text: str, expected: str) -> object:
    """Parse JSON.

    Raises
    ------
    BadInput : invalid JSON, a key twice in an object with two values, a whole number of thousands of digits, lists or
        objects inside hundreds of others, halves of characters.
    """

    def once(pairs: list[tuple[str, object]]) -> dict:
        content = dict(pairs)
        if len(content) < len(pairs):
            for key, value in pairs:
                if content[key] != value:
                    raise BadInput(path, f"two values of {key} in one object", "each key once")
        return content

    try:
        content = json.loads(text, object_pairs_hook=once)
        if any(mark in text for mark in SURROGATES):
            json.dumps(content, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise BadInput(f"{path} line {error.lineno}", f"invalid JSON ({error.msg})", expected) from error
    except UnicodeEncodeError as error:
        raise BadInput(path, "half of a character (\\ud800 to \\udfff)", f"{expected} of whole characters") from error
    except RecursionError as error:
        raise BadInput(path, "hundreds of lists or objects inside each other", expected) from error
    except ValueError as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(path, "a number of thousands of digits", expected) from error  # all else is a JSONDecodeError
    return content


def parse_number(text: str) -> float | None:
    """A cell as a finite number; None where it is none. ``1_000`` is a number to Python, and to nobody else."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None


def parse_whole_number(text: str) -> int | None:
    """A cell as a whole number of up to 18 digits, which NumPy holds too; None where it is none."""
    return int(text) if WHOLE.fullmatch(text) else None


def is_number(value: object) -> bool:
    """Whether a value of JSON is a finite number: no truth value, and no larger than a float can be."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
