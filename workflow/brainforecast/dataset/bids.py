"""Names, tables and JSON files of a BIDS dataset.

All of this runs while the workflow is planned, on hundreds of runs: it opens few files and reads little of each.
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from brainforecast.dataset.pointers import LONGEST, pointer_of
from brainforecast.errors import BadInput

MISSING = ("", "n/a")


@dataclass(frozen=True)
class Name:
    """The parts of a BIDS file name: ``sub-01_task-pieman_bold.nii.gz`` has two entities, a suffix, an extension."""

    entities: dict[str, str]
    suffix: str | None
    extension: str


def parse_name(name: str) -> Name | None:
    """Split a BIDS file name into its parts; None where the name is not one."""
    stem, _, extension = name.partition(".")
    *pairs, last = stem.split("_")
    suffix = None if "-" in last else last
    entities = dict(pair.split("-", 1) for pair in [*pairs, *([] if suffix else [last])] if "-" in pair)
    if any("-" not in pair for pair in pairs):
        return None
    return Name(entities, suffix, extension)


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
    BadInput : no such file, no header, a required column is missing, a row with too many or too few columns.
    """
    lines = io.StringIO(read_text(path), newline="")
    header, *rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)) or [[]]
    header = [column.strip() for column in header]
    for column in required:
        if column not in header:
            expected = f"a column {column}, in a table whose columns are separated by tabs"
            raise BadInput(f"{path} row 1", f"columns {', '.join(filter(None, header)) or 'none'}", expected)
    numbered = [(number, [cell.strip() for cell in row]) for number, row in enumerate(rows, start=2)]
    filled = [(number, row) for number, row in numbered if any(row)]
    for number, row in filled:
        if len(row) != len(header):
            raise BadInput(f"{path} row {number}", f"{len(row)} columns", f"{len(header)} as in the header")
    return [(number, dict(zip(header, row, strict=True))) for number, row in filled]


def read_text(path: str | Path) -> str:
    """Read a text file that must exist and be UTF-8, no pointer to a file elsewhere; a byte order mark is skipped."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        found = pointer_of(path) or error.strerror
        raise BadInput(path, found, "a file that can be read") from error
    require_content(path, len(content))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(path, f"bytes that are not UTF-8 (at {error.start})", "a text file in UTF-8") from error


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
    try:
        content = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise BadInput(f"{path} line {error.lineno}", f"invalid JSON ({error.msg})", "a JSON object") from error
    if not isinstance(content, dict):
        raise BadInput(path, f"a JSON {type(content).__name__}", "a JSON object")
    return content
