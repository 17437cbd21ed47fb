"""The subjects of a dataset, as its table of participants lists them and as its folders do."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path

from brainforecast.dataset.bids import read_numbered_rows, read_text, split_lines
from brainforecast.dataset.labels import require_part
from brainforecast.errors import BadInput, nearest

SHOWN = 5  # names in a note


def read_participants(root: Path) -> list[str]:
    """Read the subjects of ``participants.tsv``, in its order, without ``sub-``.

    Raises
    ------
    BadInput : no table or none in it, a row without a subject or with one that cannot name a folder, a subject with two
        rows.
    """
    path, subjects = root / "participants.tsv", []
    for number, row in read_numbered_rows(path, ["participant_id"]):
        subject = row["participant_id"].removeprefix("sub-")
        if not subject:
            raise BadInput(f"{path} row {number}", "no participant_id", "a subject, such as sub-01")
        require_part(f"{path} row {number}", "subject", subject)
        if subject in subjects:
            raise BadInput(f"{path} row {number}", f"sub-{subject} a second time", "one row per subject")
        subjects.append(subject)
    if not subjects:
        raise BadInput(path, "no subject below its header", "one row per subject")
    return subjects


def participants_notes(root: Path) -> list[str]:
    """Say which blanks in ``participants.tsv`` are passed over: rows that spreadsheets leave, spaces around names."""
    path = root / "participants.tsv"
    header, *lines = split_lines(read_text(path))
    column = [cell.strip() for cell in header.split("\t")].index("participant_id")
    cells = [line.split("\t") for line in lines]
    n_blank = sum(bool(row) and not any(cell.strip() for cell in row) for row in cells)
    n_spaced = sum(row[column] != row[column].strip() for row in cells if len(row) > column and row[column].strip())
    what = [f"{n_blank} blank rows"] * (n_blank > 0) + [f"the spaces around {n_spaced} names"] * (n_spaced > 0)
    return [f"{path.name}: {' and '.join(what)} are passed over"] if what else []


def subject_folders(folder: Path) -> list[str]:
    """Subjects that have a folder ``sub-*``, in alphabetical order."""
    names = sorted(os.listdir(folder)) if folder.is_dir() else []
    return [name.removeprefix("sub-") for name in names if name.startswith("sub-") and (folder / name).is_dir()]


def unlisted_notes(folders: Collection[str], participants: Sequence[str]) -> list[str]:
    """Say which folders of subjects are not read, because participants.tsv does not list them."""
    unlisted = [subject for subject in folders if subject not in set(participants)]
    if not unlisted:
        return []
    names = ", ".join(f"sub-{subject}" for subject in unlisted[:SHOWN])
    more = f" and {len(unlisted) - SHOWN} more" if len(unlisted) > SHOWN else ""
    return [f"folders of subjects that participants.tsv does not list are not read: {names}{more}"]


def require_subject(subject: str, participants: Sequence[str], where: str) -> str:
    """Return the subject without ``sub-``; raise where it is not one of the participants."""
    subject = str(subject).removeprefix("sub-")
    if subject not in participants:
        closest = nearest(subject, participants)
        raise BadInput(where, f"sub-{subject}", f"a subject of participants.tsv; nearest is {closest}")
    return subject
