"""The lists of runs to exclude, and the runs that are not used for any reason."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from brainforecast.dataset.bids import MISSING, parse_name, read_json, read_tsv
from brainforecast.dataset.notes import Notes
from brainforecast.dataset.scans import Scan
from brainforecast.errors import BadInput

KEYS = {"task": "task", "run": "run", "session": "ses"}  # column of a list: the entity it names


@dataclass(frozen=True)
class Exclusion:
    """A run that is not used or, where `story` is None, a subject."""

    subject: str
    story: str | None
    run: str | None
    reason: str
    session: str | None = None


@dataclass(frozen=True)
class Row:
    """A row of a list: the entities that its runs have, and why they are excluded."""

    entities: Mapping[str, str]
    reason: str


@dataclass(frozen=True)
class Exclusions:
    """The rows of all lists, by subject, and which subjects the dataset has."""

    participants: frozenset[str]
    rows: Mapping[str, list[Row]] = field(default_factory=dict)

    def reason(self, scan: Scan) -> str | None:
        """Why a run is excluded; None where it is not."""
        return next((row.reason for row in self.rows.get(scan.subject, ()) if _describes(row.entities, scan)), None)

    def whole_subjects(self, scans: Sequence[Scan]) -> set[str]:
        """Subjects with runs of which none is left."""
        return {scan.subject for scan in scans} - {scan.subject for scan in scans if not self.reason(scan)}

    def notes(self, scans: Sequence[Scan], subjects: Sequence[str]) -> tuple[str, ...]:
        """Say which rows exclude nothing: of subjects who are no participants, of runs that are not there.

        Parameters
        ----------
        scans : every run of the `subjects`, who are wanted.
        """
        notes, of_subject = Notes(), defaultdict(list)
        for scan in scans:
            of_subject[scan.subject].append(scan)
        for subject, rows in self.rows.items():
            if subject not in self.participants:
                notes.extend([f"exclusions name sub-{subject}, who is not in participants.tsv"])
            for row in rows if subject in set(subjects) else ():
                if not any(_describes(row.entities, scan) for scan in of_subject[subject]):
                    name = "_".join(f"{key}-{value}" for key, value in row.entities.items())
                    notes.count("rows of exclusions that no run has: {}", name)
        return notes.sentences()


def read_exclusions(dataset: Mapping, root: Path, participants: Sequence[str]) -> Exclusions:
    """Read the lists of runs to exclude.

    A ``.tsv`` has a column participant_id and may have task, run, session and reason; a ``.json`` is
    ``{task: {subject: [scan names]}}``. A path is relative to the dataset or, if not found there, to the working
    directory.
    """
    rows: dict[str, list[Row]] = defaultdict(list)
    for name in dataset.get("exclusions") or ():
        inside = root / name
        path = inside if inside.is_file() else Path(name)
        for row in _rows_of_json(path) if path.suffix == ".json" else _rows_of_table(path):
            rows[row.entities["sub"]].append(row)
    return Exclusions(frozenset(participants), rows)


def _rows_of_table(path: Path) -> list[Row]:
    return [
        Row(
            {"sub": row["participant_id"].removeprefix("sub-")} | _named_entities(row),
            row["reason"] if row.get("reason", "") not in MISSING else f"listed in {path.name}",
        )
        for row in read_tsv(path, ["participant_id"])
    ]


def _named_entities(row: Mapping[str, str]) -> dict[str, str]:
    named = {key: row.get(column, "") for column, key in KEYS.items()}
    return {key: value.removeprefix(f"{key}-") for key, value in named.items() if value not in MISSING}


def _rows_of_json(path: Path) -> list[Row]:
    rows = []
    for task, subjects in read_json(path).items():
        for names in _of_kind(subjects, dict, path, task).values():
            for name in _of_kind(names, list, path, task):
                parts = parse_name(_of_kind(name, str, path, task))
                if not parts or parts.entities.get("task") != task or "sub" not in parts.entities:
                    raise BadInput(f"{path} {task}", f"scan {name}", f"a name such as sub-01_task-{task}_run-1")
                rows.append(Row(parts.entities, f"listed in {path.name}"))
    return rows


def _of_kind(value: object, kind: type, path: Path, task: str):
    """The value; raise where it is of another kind than the list has there."""
    if not isinstance(value, kind):
        raise BadInput(f"{path} {task}", f"a JSON {type(value).__name__}", "{task: {subject: [scan names]}}")
    return value


def _describes(entities: Mapping[str, str], scan: Scan) -> bool:
    own = {**scan.entities, "run": (scan.run or "").lstrip("0")}
    return all(own.get(key) == (value.lstrip("0") if key == "run" else value) for key, value in entities.items())
