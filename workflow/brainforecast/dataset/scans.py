"""The runs of a dataset, on disk or in its list of scans, and the lists of runs to exclude.

`plan` chooses among them.
"""

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from brainforecast.dataset.bids import MISSING, parse_name, read_json, read_story_end, read_tsv, require_subject
from brainforecast.dataset.formats import FORMATS
from brainforecast.errors import BadInput


@dataclass(frozen=True)
class Scan:
    """A run of the dataset, used or not.

    `bids_path` is its file in the dataset, which sidecars and events belong to; `paths` are where its data are or will
    be, by hemisphere. `is_local` is false for a run to download.
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
    """Sort key of run labels: no label first, 2 before 10."""
    return (int(run) if (run or "").isdecimal() else -1, run or "")


def run_paths(dataset: Mapping, subject: str, story: str, run: str | None = None) -> dict[str | None, str]:
    """Paths of a run's files under the dataset's root, by hemisphere (None for one file of the whole brain)."""
    response = FORMATS[dataset["response"]]
    parts = {"subject": subject, "story": story, "run": f"_run-{run}" if run else ""}
    parts |= {"space": dataset.get("space"), "desc": dataset.get("desc")}
    folder = f"sub-{subject}/func"
    return {hemi: f"{folder}/{response.file_name.format(hemi=hemi, **parts)}" for hemi in response.hemispheres}


def find_scans(dataset: Mapping, subjects: Sequence[str]) -> list[Scan]:
    """Find the runs of the dataset's response, space and desc in the subjects' folders, with or without sessions."""
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
    """Read the runs of ``dataset.scans``: at their path under ``dataset.root`` if they are there, else to download.

    A run keeps its download path once it is there, so that the plan is the same before and after.

    Parameters
    ----------
    resources : folder for downloads, as ``<resources>/<name>/<path>``.
    """
    root = Path(dataset["root"])
    table, scans = root / dataset["scans"], []
    for number, row in enumerate(read_tsv(table, ["participant_id", "task", "run"]), start=2):
        subject = require_subject(row["participant_id"], participants, f"{table} row {number}")
        run = None if row["run"] in MISSING else row["run"]
        inner = run_paths(dataset, subject, row["task"], run)
        is_local = all((root / path).is_file() for path in inner.values())
        base = root if is_local else Path(resources) / dataset["name"]
        paths = {hemi: base / path for hemi, path in inner.items()}
        entities = {"sub": subject, "task": row["task"]} | ({"run": run} if run else {})
        scans.append(Scan(subject, row["task"], run, entities, paths, root / next(iter(inner.values())), is_local))
    return scans


def expected_volumes(dataset: Mapping, path: str, tr: float) -> tuple[int | None, int | None]:
    """Find out how many volumes a run to download has.

    Parameters
    ----------
    path : of the run under ``dataset.root``.
    tr : s.

    Returns
    -------
    n_volumes : column ``n_trs`` of the list of scans; None where it has none.
    min_volumes : volumes until the last ``story`` event of the run ends; None without events.
    """
    root, entities = Path(dataset["root"]), parse_name(Path(path).name).entities
    key = (entities["sub"], entities["task"], entities.get("run", ""))
    rows = read_tsv(root / dataset["scans"], ["participant_id", "task", "run"])
    lengths = {_scan_key(row): row["n_trs"] for row in rows if row.get("n_trs", "") not in MISSING}
    end = read_story_end(root / path, root)
    return int(lengths[key]) if key in lengths else None, None if end is None else math.floor(end / tr + 1e-9)


def require_hemispheres(scan: Scan, dataset: Mapping) -> None:
    """Raise where a run lacks a hemisphere."""
    missing = [hemi for hemi in FORMATS[dataset["response"]].hemispheres if hemi not in scan.paths]
    if missing:
        found = f"no hemisphere {missing[0]} of this run next to it"
        raise BadInput(scan.bids_path, found, "both hemispheres, L and R")


def read_exclusions(dataset: Mapping, participants: Sequence[str]) -> tuple[Callable[[Scan], str | None], list[str]]:
    """Read the lists of runs to exclude.

    A ``.tsv`` has a column participant_id and may have task, run and reason; a ``.json`` is
    ``{task: {subject: [scan names]}}``. A path is relative to the dataset or, if not found there, to the working
    directory.

    Returns
    -------
    reason : function of a scan: why it is excluded, or None.
    notes : sentences on subjects in the lists who are not participants.
    """
    rows: list[tuple[dict[str, str], str]] = []
    for name in dataset.get("exclusions") or ():
        inside = Path(dataset["root"]) / name
        path = inside if inside.is_file() else Path(name)
        rows += _rows_of_json(path) if path.suffix == ".json" else _rows_of_table(path)
    unknown = [subject for subject in {entities["sub"]: None for entities, _ in rows} if subject not in participants]
    by_subject: dict[str, list] = {}
    for entities, reason in rows:
        by_subject.setdefault(entities["sub"], []).append((entities, reason))

    def reason(scan: Scan) -> str | None:
        matches = (why for entities, why in by_subject.get(scan.subject, ()) if _describes(entities, scan))
        return next(matches, None)

    return reason, [f"exclusions name sub-{subject}, who is not in participants.tsv" for subject in unknown]


def _scan_key(row: Mapping[str, str]) -> tuple[str, str, str]:
    run = "" if row["run"] in MISSING else row["run"]
    return row["participant_id"].removeprefix("sub-"), row["task"], run


def _wanted_entities(name: str, dataset: Mapping) -> dict[str, str] | None:
    response = FORMATS[dataset["response"]]
    if not name.endswith(f".{response.extension}"):
        return None
    parts = parse_name(name)
    if not parts or parts.extension != response.extension or parts.suffix not in response.suffixes:
        return None
    wanted = {key: dataset[key] for key in ("space", "desc") if dataset.get(key)}
    fits = wanted.items() <= parts.entities.items() and {"sub", "task"} <= parts.entities.keys()
    hemi_fits = parts.entities.get("hemi") in response.hemispheres
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
