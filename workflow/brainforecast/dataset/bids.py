"""Names, tables, sidecars and events of a BIDS dataset.

All of this runs while the workflow is planned, on hundreds of runs: it opens few files and reads little of each.
"""

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from brainforecast.errors import BadInput, nearest

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
    """Read the rows of a tab-separated table with a header; BIDS tables have no quoting.

    Raises
    ------
    BadInput : no such file, no header, a required column is missing, a row with too many or too few columns.
    """
    lines = io.StringIO(read_text(path), newline="")
    header, *rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)) or [[]]
    for column in required:
        if column not in header:
            raise BadInput(f"{path} row 1", f"columns {', '.join(header) or 'none'}", f"a column {column}")
    for number, row in enumerate(rows, start=2):
        if row and len(row) != len(header):
            raise BadInput(f"{path} row {number}", f"{len(row)} columns", f"{len(header)} as in the header")
    return [dict(zip(header, row, strict=True)) for row in rows if row]


def read_text(path: str | Path) -> str:
    """Read a text file that must exist and be UTF-8; a byte order mark is skipped."""
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(path, f"bytes that are not UTF-8 (at {error.start})", "a text file in UTF-8") from error
    except OSError as error:
        raise BadInput(path, error.strerror, "a file that can be read") from error


def read_participants(root: Path) -> list[str]:
    """Read the subjects of ``participants.tsv``, in its order, without ``sub-``."""
    path, subjects = root / "participants.tsv", []
    for number, row in enumerate(read_tsv(path, ["participant_id"]), start=2):
        subject = row["participant_id"].removeprefix("sub-")
        if subject in subjects:
            raise BadInput(f"{path} row {number}", f"sub-{subject} a second time", "one row per subject")
        subjects.append(subject)
    return subjects


def find_inherited(path: Path, root: Path, suffixes: Sequence[str | None], extension: str) -> Iterator[Path]:
    """Find the files that describe the run at `path` by BIDS inheritance, nearest first.

    They are in the run's folder or above it, up to `root`; their entities are a subset of the run's.
    """
    run = parse_name(path.name).entities.items()
    folder = path.parent
    while folder.is_relative_to(root):
        names = os.listdir(folder) if folder.is_dir() else []
        parsed = [(name, parse_name(name)) for name in names if name.endswith(f".{extension}")]
        matching = [
            (len(parts.entities), name)
            for name, parts in parsed
            if parts and parts.extension == extension and parts.suffix in suffixes and parts.entities.items() <= run
        ]
        yield from (folder / name for _, name in sorted(matching, reverse=True))
        folder = folder.parent


def read_tr(path_to_run: str | Path, root: str | Path) -> float | None:
    """Read the repetition time, in s, from the nearest sidecar that has one; None where none has."""
    path = Path(path_to_run)
    for sidecar in find_inherited(path, Path(root), (parse_name(path.name).suffix, None, "bold"), "json"):
        tr = read_json(sidecar).get("RepetitionTime")
        if tr is None:
            continue
        if not isinstance(tr, int | float) or not 0 < tr < 60:
            raise BadInput(f"{sidecar} RepetitionTime", tr, "seconds, between 0 and 60")
        return float(tr)
    return None


def read_json(path: str | Path) -> dict:
    """Read a JSON file that holds an object."""
    try:
        content = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise BadInput(f"{path} line {error.lineno}", f"invalid JSON ({error.msg})", "a JSON object") from error
    if not isinstance(content, dict):
        raise BadInput(path, f"a JSON {type(content).__name__}", "a JSON object")
    return content


def read_story_onset(path_to_run: Path, root: Path) -> float | None:
    """Read when speech starts, in s from the start of the run: its first ``story`` event; None without events."""
    for path in find_inherited(path_to_run, root, ("events",), "tsv"):
        for number, row in enumerate(read_tsv(path, ["onset", "trial_type"]), start=2):
            if row["trial_type"] == "story":
                return _seconds(f"{path} row {number}", row["onset"])
    return None


def read_story_end(path_to_run: Path, root: Path) -> float | None:
    """Read when speech ends, in s from the start of the run: its last ``story`` event; None without events."""
    for path in find_inherited(path_to_run, root, ("events",), "tsv"):
        rows = [row for row in read_tsv(path, ["onset", "trial_type"]) if row["trial_type"] == "story"]
        ends = [
            _seconds(path, row["onset"]) + _seconds(path, row["duration"])
            for row in rows
            if row.get("duration", "") not in MISSING
        ]
        if ends:
            return max(ends)
    return None


def require_subject(subject: str, participants: Sequence[str], where: str) -> str:
    """Return the subject without ``sub-``; raise where it is not one of the participants."""
    subject = str(subject).removeprefix("sub-")
    if subject not in participants:
        closest = nearest(subject, participants)
        raise BadInput(where, f"sub-{subject}", f"a subject of participants.tsv; nearest is {closest}")
    return subject


def _seconds(where: str | Path, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadInput(where, f"onset {text}", "seconds") from None
