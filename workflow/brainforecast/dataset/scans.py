"""The runs a dataset has, on disk or in its list of scans, and the lists of runs that its makers advise against.

Standard library only, as `plan`, which chooses among them.
"""

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from brainforecast.dataset.bids import MISSING, known_subject, parse_name, read_json, read_story_end, read_tsv
from brainforecast.dataset.formats import HEMIS, KINDS, NAMES
from brainforecast.errors import BadInput


@dataclass(frozen=True)
class Scan:
    """A run before it is known whether it is used.

    `bids_path` is its file in the dataset, where sidecars and events are looked for; `paths` say where its data are or
    will be, by hemisphere. `is_local` is false for a run that is fetched.
    """

    subject: str
    story: str
    run: str | None
    entities: Mapping[str, str]
    paths: Mapping[str | None, Path]
    bids_path: Path
    is_local: bool = True

    @property
    def order(self) -> tuple:
        """Sort key of the runs of one subject and story: session, run, name."""
        return self.entities.get("ses", ""), run_order(self.run), self.bids_path.name


def run_order(run: str | None) -> tuple[int, str]:
    """Sort key of run labels: 2 before 10, no label first."""
    return (int(run) if (run or "").isdecimal() else -1, run or "")


def run_paths(dataset: Mapping, subject: str, story: str, run: str | None = None) -> dict[str | None, str]:
    """Path of a run's files under the dataset's root, by hemisphere (None for a table of regions)."""
    response = dataset["response"]
    parts = {"subject": subject, "story": story, "run": f"_run-{run}" if run else ""}
    parts |= {"space": dataset.get("space"), "desc": dataset.get("desc")}
    return {hemi: f"sub-{subject}/func/{NAMES[response].format(hemi=hemi, **parts)}" for hemi in HEMIS[response]}


def find_scans(dataset: Mapping, subjects: Sequence[str]) -> list[Scan]:
    """Runs of the dataset's response, space and desc in the folders of the subjects, sessions included."""
    root, found = Path(dataset["root"]), {}
    for subject in subjects:
        for folder in (root / f"sub-{subject}/func", *sorted(root.glob(f"sub-{subject}/ses-*/func"))):
            for name in sorted(os.listdir(folder)) if folder.is_dir() else ():
                entities = _wanted_entities(name, dataset)
                if entities and entities["sub"] == subject:
                    hemi = entities.pop("hemi", None)
                    found.setdefault((subject, *entities.items()), (entities, {}))[1][hemi] = folder / name
    return [
        Scan(entities["sub"], entities["task"], entities.get("run"), entities, paths, next(iter(paths.values())))
        for entities, paths in found.values()
    ]


def list_scans(dataset: Mapping, participants: Sequence[str], resources: str) -> list[Scan]:
    """Runs of the dataset's own list of scans: used in place where on disk, else planned in `resources`.

    A run that was fetched stays a run to fetch, so that the plan is the same before and after.
    """
    root = Path(dataset["root"])
    table, scans = root / dataset["scans"], []
    for number, row in enumerate(read_tsv(table, ["participant_id", "task", "run"]), start=2):
        subject = known_subject(row["participant_id"], participants, f"{table} row {number}")
        run = None if row["run"] in MISSING else row["run"]
        inner = run_paths(dataset, subject, row["task"], run)
        is_local = all((root / path).is_file() for path in inner.values())
        base = root if is_local else Path(resources) / dataset["name"]
        paths = {hemi: base / path for hemi, path in inner.items()}
        entities = {"sub": subject, "task": row["task"]} | ({"run": run} if run else {})
        scans.append(Scan(subject, row["task"], run, entities, paths, root / next(iter(inner.values())), is_local))
    return scans


def expected_volumes(dataset: Mapping, path: str, tr: float) -> tuple[int | None, int | None]:
    """Volumes of a run to fetch: as the list of scans says in a column ``n_trs``, and at least, until its story ends.

    Parameters
    ----------
    path : of the run under ``dataset.root``.
    tr : repetition time in seconds; with the last row ``story`` of the run's events.
    """
    root, name = Path(dataset["root"]), parse_name(Path(path).name).entities
    wanted = (name["sub"], name["task"], name.get("run", ""))
    rows = read_tsv(root / dataset["scans"], ["participant_id", "task", "run"])
    lengths = {_scan_key(row): row["n_trs"] for row in rows if row.get("n_trs", "") not in MISSING}
    end = read_story_end(root / path, root)
    return int(lengths[wanted]) if wanted in lengths else None, None if end is None else math.floor(end / tr + 1e-9)


def require_hemispheres(scan: Scan, dataset: Mapping) -> None:
    """Raise where a run that is used misses a hemisphere."""
    missing = [hemi for hemi in HEMIS[dataset["response"]] if hemi not in scan.paths]
    if missing:
        raise BadInput(scan.bids_path, f"no hemisphere {missing[0]} of this run beside it", "both hemispheres, L and R")


def read_exclusions(dataset: Mapping, participants: Sequence[str]) -> tuple[Callable[[Scan], str | None], list[str]]:
    """Read the lists of runs to leave out.

    A ``.tsv`` has participant_id, and if wanted task, run, reason; a ``.json`` is ``{task: {subject: [scan names]}}``.
    A path is looked for in the dataset, then from the working directory.

    Returns
    -------
    reason : function of a scan: why it is left out, or None.
    notes : rows that name no participant.
    """
    rows: list[tuple[dict[str, str], str]] = []
    for name in dataset.get("exclusions") or ():
        inside = Path(dataset["root"]) / name
        path = inside if inside.is_file() else Path(name)
        rows += _rows_of_json(path) if path.suffix == ".json" else _rows_of_table(path)
    strangers = [subject for subject in {entities["sub"]: None for entities, _ in rows} if subject not in participants]
    by_subject: dict[str, list] = {}
    for entities, reason in rows:
        by_subject.setdefault(entities["sub"], []).append((entities, reason))

    def reason(scan: Scan) -> str | None:
        matches = (why for entities, why in by_subject.get(scan.subject, ()) if _describes(entities, scan))
        return next(matches, None)

    return reason, [f"exclusions name sub-{subject}, who is not in participants.tsv" for subject in strangers]


def _scan_key(row: Mapping[str, str]) -> tuple[str, str, str]:
    run = "" if row["run"] in MISSING else row["run"]
    return row["participant_id"].removeprefix("sub-"), row["task"], run


def _wanted_entities(name: str, dataset: Mapping) -> dict[str, str] | None:
    extension, suffixes = KINDS[dataset["response"]]
    if not name.endswith(f".{extension}"):
        return None
    parts = parse_name(name)
    if not parts or parts.extension != extension or parts.suffix not in suffixes:
        return None
    wanted = {key: dataset[key] for key in ("space", "desc") if dataset.get(key)}
    fits = wanted.items() <= parts.entities.items() and {"sub", "task"} <= parts.entities.keys()
    hemi_fits = parts.entities.get("hemi") in HEMIS[dataset["response"]]
    return dict(parts.entities) if fits and hemi_fits else None


def _rows_of_table(path: Path) -> list[tuple[dict[str, str], str]]:
    return [
        (
            {"sub": row["participant_id"].removeprefix("sub-")}
            | {key: row[key] for key in ("task", "run") if row.get(key, "") not in MISSING},
            row["reason"] if row.get("reason", "") not in MISSING else f"listed in {path.name}",
        )
        for row in read_tsv(path, ["participant_id"])
    ]


def _rows_of_json(path: Path) -> list[tuple[dict[str, str], str]]:
    rows = []
    for task, subjects in read_json(path).items():
        for names in subjects.values():
            for name in names:
                parts = parse_name(name)
                if not parts or parts.entities.get("task") != task or "sub" not in parts.entities:
                    raise BadInput(f"{path} {task}", f"scan {name}", f"a name such as sub-01_task-{task}_run-1")
                rows.append((parts.entities, f"listed in {path.name}"))
    return rows


def _describes(entities: Mapping[str, str], scan: Scan) -> bool:
    own = {**scan.entities, "run": (scan.run or "").lstrip("0")}
    return all(own.get(key) == (value.lstrip("0") if key == "run" else value) for key, value in entities.items())
