"""The runs of a dataset, on disk or in its list of scans.

`plan` chooses among them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from brainforecast.dataset.bids import MISSING, parse_name, parse_whole_number, read_numbered_rows
from brainforecast.dataset.choices import OtherFile, Wanted, looks_like_run
from brainforecast.dataset.events import read_story_end
from brainforecast.dataset.formats import FORMATS
from brainforecast.dataset.labels import require_label, require_part
from brainforecast.dataset.layout import Layout
from brainforecast.dataset.participants import require_subject
from brainforecast.errors import BadInput

BEFORE_RUN = ("acq", "ce", "trc", "stain", "rec", "dir")  # order of entities in a name, as BIDS has it
AFTER_RUN = ("echo", "flip", "inv", "mt", "part")
AFTER_SPACE = ("cohort", "atlas", "seg", "scale", "res", "den", "label", "stat")


@dataclass(frozen=True)
class Scan:
    """A run of the dataset, used or not.

    `bids_path` is its file in the dataset, or the name that BIDS would give it, which sidecars and events belong to;
    `paths` are where its data are or will be, by hemisphere. `is_local` is false for a run to download.
    """

    subject: str
    story: str
    run: str | None
    entities: Mapping[str, str]
    paths: Mapping[str | None, Path]
    bids_path: Path
    is_local: bool = True

    @property
    def task(self) -> str:
        """The task in its name; its story, unless the config calls that otherwise."""
        return self.entities["task"]

    @property
    def session(self) -> str | None:
        """Its session, if it has one."""
        return self.entities.get("ses")

    @property
    def path(self) -> Path:
        """Its file, of the left hemisphere if it has two."""
        return self.paths[min(self.paths, key=str)]

    @property
    def order(self) -> tuple:
        """Sort key of the runs of one subject and story: session, run, name."""
        return run_order(self.session), run_order(self.run), self.bids_path.name


@dataclass(frozen=True)
class Found:
    """The runs of a config that are on disk, and the files beside them that are runs of another."""

    scans: tuple[Scan, ...]
    others: tuple[OtherFile, ...] = ()


@dataclass(frozen=True)
class RunNames:
    """How the files of a config's runs are named: by its pattern, else by BIDS.

    Entities have the order of BIDS, but in files with a desc- the hemisphere is last, as AFNI's are named.

    Parameters
    ----------
    before, after : entities of the config between task and run, and between run and desc.
    """

    hemispheres: tuple[str | None, ...]
    pattern: str | None
    session: str | None
    before: str
    after: Mapping[str | None, str]

    @classmethod
    def from_config(cls, dataset: Mapping) -> "RunNames":
        """The names of the section `dataset` of a config."""
        response, entities = FORMATS[dataset["response"]], dict(Wanted.from_config(dataset).entities)
        desc, session = entities.pop("desc"), entities.pop("ses", None)
        chosen = {key: value for key, value in entities.items() if value and key not in ("space", "run")}
        later = sorted(chosen.keys() - {*BEFORE_RUN, *AFTER_RUN}, key=[*AFTER_SPACE, *sorted(chosen)].index)
        usual = parse_name(response.file_name.replace("{run}", "")).suffix
        named = next((suffix for suffix in response.suffixes if suffix), None)
        suffix = usual or (None if desc and None in response.suffixes else named)
        after = {}
        for hemi in response.hemispheres:
            pairs = [*((key, chosen.get(key)) for key in AFTER_RUN), ("hemi", None if desc else hemi)]
            pairs += [("space", entities.get("space")), ("hemi", hemi if desc else None)]
            pairs += [*((key, chosen[key]) for key in later), ("desc", desc)]
            after[hemi] = _joined(pairs) + (f"_{suffix}" if suffix else "") + f".{response.extension}"
        before = _joined([(key, chosen.get(key)) for key in BEFORE_RUN])
        return cls(response.hemispheres, dataset.get("files"), session, before, after)

    def paths(self, subject: str, task: str, run: str | None, session: str | None) -> dict[str | None, str]:
        """Paths of a run's files under the folder of the runs, by hemisphere."""
        session = session or self.session
        if self.pattern:
            parts = {"subject": subject, "story": task, "session": session or "", "run": run or ""}
            return {hemi: self.pattern.format(hemi=hemi, **parts) for hemi in self.hemispheres}
        ses, run = f"ses-{session}" if session else None, f"_run-{run}" if run else ""
        folder = f"sub-{subject}/{ses}/func" if ses else f"sub-{subject}/func"
        start = f"{folder}/sub-{subject}{f'_{ses}' if ses else ''}_task-{task}{self.before}{run}"
        return {hemi: f"{start}{self.after[hemi]}" for hemi in self.hemispheres}


def run_order(run: str | None) -> tuple[int, str]:
    """Sort key of labels of runs and sessions: no label first, 2 before 10."""
    return (int(run) if (run or "").isdecimal() else -1, run or "")


def run_paths(
    dataset: Mapping, subject: str, task: str, run: str | None = None, session: str | None = None
) -> dict[str | None, str]:
    """Paths of a run's files under the folder of the runs, by hemisphere (None for one file of the whole brain)."""
    return RunNames.from_config(dataset).paths(subject, task, run, session)


def find_scans(dataset: Mapping, layout: Layout, subjects: Sequence[str]) -> Found:
    """Find the runs of the dataset's response, space, desc and entities in the subjects' folders, in any session.

    Raises
    ------
    BadInput : two files that are the same run.
    """
    wanted, runs, others = Wanted.from_config(dataset), {}, []
    for subject in subjects:
        for folder in layout.run_folders(subject):
            for name, parts in layout.named_files(folder):
                if not looks_like_run(name, parts) or parts.entities["sub"] != subject:
                    continue
                differences = wanted.differences(parts)
                if differences:
                    others.append(OtherFile(folder / name, parts.entities, differences))
                else:
                    entities = {key: value for key, value in parts.entities.items() if key != "hemi"}
                    _, paths = runs.setdefault(frozenset(entities.items()), (entities, {}))
                    _add(paths, parts.entities.get("hemi"), folder / name)
    scans = [
        Scan(entities["sub"], entities["task"], entities.get("run"), entities, paths, next(iter(paths.values())))
        for entities, paths in runs.values()
    ]
    return Found(tuple(scans), tuple(others))


def list_scans(dataset: Mapping, layout: Layout, participants: Sequence[str], resources: str) -> list[Scan]:
    """Read the runs of ``dataset.scans``: at their path in the folder of the runs if they are there, else to download.

    A run keeps its download path once it is there, so that the plan is the same before and after.

    Parameters
    ----------
    resources : folder for downloads, as ``<resources>/<name>/<path>``.

    Raises
    ------
    BadInput : a subject that is no participant; a label that cannot stand in a file's name.
    """
    table, scans, names = layout.root / dataset["scans"], [], RunNames.from_config(dataset)
    chosen = {key: value for key, value in Wanted.from_config(dataset).entities.items() if value}
    for number, row in read_numbered_rows(table, ["participant_id", "task", "run"]):
        subject = require_subject(row["participant_id"], participants, f"{table} row {number}")
        run, session = (None if row.get(key, "") in MISSING else row[key] for key in ("run", "session"))
        _require_labels(f"{table} row {number}", names, {"task": row["task"], "run": run, "session": session})
        inner = names.paths(subject, row["task"], run, session)
        is_local = all((layout.runs / path).is_file() for path in inner.values())
        base = layout.runs if is_local else Path(resources) / dataset["name"]
        paths = {hemi: base / path for hemi, path in inner.items()}
        labels = {"sub": subject, "ses": session, "task": row["task"], "run": run}
        entities = chosen | {key: value for key, value in labels.items() if value}
        bids_path = layout.runs / next(iter(inner.values()))
        scans.append(Scan(subject, row["task"], run, entities, paths, bids_path, is_local))
    return scans


def expected_volumes(dataset: Mapping, path: str, tr: float) -> tuple[int | None, int | None]:
    """Find out how many volumes a run to download has.

    Parameters
    ----------
    path : of the run under the folder of the runs.
    tr : s.

    Returns
    -------
    n_volumes : column ``n_trs`` of the list of scans; None where it has none.
    min_volumes : volumes until the last event ``dataset.onset_event`` of the run ends; None without events.
    """
    root, entities = Path(dataset["root"]), parse_name(Path(path).name).entities
    runs = Path(dataset.get("derivatives") or root)
    key = (entities["sub"], entities["task"], entities.get("run", ""))
    table = root / dataset["scans"]
    rows = read_numbered_rows(table, ["participant_id", "task", "run"])
    lengths = {_scan_key(row): (n, row["n_trs"]) for n, row in rows if row.get("n_trs", "") not in MISSING}
    end = read_story_end(runs / path, Layout(root, runs), dataset.get("onset_event") or "story")
    n_volumes = _whole_number(table, *lengths[key]) if key in lengths else None
    return n_volumes, None if end is None else math.floor(end / tr + 1e-9)


def require_hemispheres(scan: Scan, dataset: Mapping) -> None:
    """Raise where a run lacks a hemisphere."""
    missing = [hemi for hemi in FORMATS[dataset["response"]].hemispheres if hemi not in scan.paths]
    if missing:
        found = f"no hemisphere {missing[0]} of this run next to it"
        raise BadInput(scan.path, found, "both hemispheres, L and R")


def _require_labels(where: str, names: RunNames, labels: Mapping[str, str | None]) -> None:
    """Raise where labels are none of BIDS or, with a pattern of one's own, cannot be parts of a file's name."""
    require = require_part if names.pattern else require_label
    for what, label in labels.items():
        if label is not None:
            require(where, what, label)


def _add(paths: dict, hemi: str | None, path: Path) -> None:
    if hemi in paths:
        raise BadInput(path, f"a second file of the same run, beside {paths[hemi].name}", "one file of each run")
    paths[hemi] = path


def _whole_number(table: Path, number: int, text: str) -> int:
    n_volumes = parse_whole_number(text)
    if n_volumes is None or n_volumes < 1:
        raise BadInput(f"{table} row {number}", f"n_trs {text}", "a number of volumes")
    return n_volumes


def _scan_key(row: Mapping[str, str]) -> tuple[str, str, str]:
    run = "" if row["run"] in MISSING else row["run"]
    return row["participant_id"].removeprefix("sub-"), row["task"], run


def _joined(pairs: Sequence[tuple[str, str | None]]) -> str:
    return "".join(f"_{key}-{value}" for key, value in pairs if value)
