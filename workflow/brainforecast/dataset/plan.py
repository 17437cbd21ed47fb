"""Plan which runs are used, why others are not, and where each story starts in its runs."""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path

from brainforecast.dataset.alignments import TABLE
from brainforecast.dataset.bids import MISSING, read_participants, read_tr, read_tsv, require_subject
from brainforecast.dataset.formats import count_volumes
from brainforecast.dataset.onsets import align_story
from brainforecast.dataset.scans import (
    Scan,
    find_scans,
    list_scans,
    read_exclusions,
    require_hemispheres,
    run_order,
    run_paths,
)
from brainforecast.dataset.stimuli import Stimulus, find_stimuli
from brainforecast.errors import BadInput

LONGEST_STORY_SET = 48  # characters


@dataclass(frozen=True)
class Run:
    """One run that is used.

    `paths` are its files, hemisphere L before R. Of its `n_volumes`, `n_dropped` at the start are not used, `n_trs` after
    them are, and the rest is a silent tail; both are None where the length is not yet known, of a run to download or to
    simulate.
    """

    subject: str
    story: str
    run: str | None
    paths: tuple[str, ...]
    n_dropped: int
    n_trs: int | None
    n_volumes: int | None = None


@dataclass(frozen=True)
class Story:
    """Files of a story's words; `shift` (s) makes the alignment's times relative to the first volume kept."""

    alignment: str
    transcript: str | None
    shift: float


@dataclass(frozen=True)
class Exclusion:
    """A run that is not used or, where `story` is None, a subject."""

    subject: str
    story: str | None
    run: str | None
    reason: str


@dataclass(frozen=True)
class Plan:
    """The runs of each subject, in the order of the stories, and what is not used.

    `tr` is in seconds; `notes` are sentences for the report.
    """

    runs: Mapping[str, tuple[Run, ...]]
    stories: Mapping[str, Story]
    tr: float
    exclusions: tuple[Exclusion, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def subjects(self) -> list[str]:
        """Subjects with at least one run, in the order of the participants' table."""
        return list(self.runs)

    def story_set(self, subject: str) -> str:
        """Name the stories of a subject, in order, with their lengths where known; many stories are named by a hash."""
        stories = [(run.story, run.n_trs) for run in self.runs[subject]]
        # the hyphen separates the digits of a story's name from those of its length
        parts = [f"{story}{'-' if n and story[-1].isdigit() else ''}{n or ''}" for story, n in stories]
        name = "+".join(parts)
        if len(name) <= LONGEST_STORY_SET:
            return name
        return f"{len(stories)}stories-{hashlib.sha1(name.encode()).hexdigest()[:8]}"

    @cached_property
    def story_sets(self) -> dict[str, list[str]]:
        """Subjects of each story set; they share one design."""
        sets: dict[str, list[str]] = {}
        for subject in self.runs:
            sets.setdefault(self.story_set(subject), []).append(subject)
        return sets


def make_plan(dataset: Mapping, *, resources: str = "resources", stimuli: str = "resources") -> Plan:
    """Plan the runs of a dataset.

    Parameters
    ----------
    dataset : the config's section of that name.
    resources : folder for runs that are downloaded (`scans.list_scans`), as ``<resources>/<name>/<path>``.
    stimuli : the same for alignments and transcripts (`stimuli.find_stimuli`).

    Raises
    ------
    BadInput : a wrong table, file name or config value; no run left.
    """
    root = Path(dataset["root"])
    participants = read_participants(root)
    wanted = [require_subject(subject, participants, "dataset.subjects") for subject in dataset.get("subjects") or ()]
    subjects = [subject for subject in participants if subject in wanted or not wanted]
    exclusion, notes = read_exclusions(dataset, participants)
    scans = list_scans(dataset, participants, resources) if dataset.get("scans") else find_scans(dataset, subjects)
    scans = [scan for scan in scans if scan.subject in set(subjects)]
    aligned = find_stimuli(dataset, {scan.story for scan in scans}, f"{stimuli}/{dataset['name']}")
    kept, unused = _leave_out(scans, lambda scan: _why_unused(scan, aligned, dataset))
    kept, refused = _leave_out(kept, exclusion)
    kept, repeated = _leave_out(kept, _why_repeated(kept, dataset.get("repeated_runs", "last")))
    if not kept:
        raise BadInput(root, _describe_unused(scans, unused + refused), f"runs such as {_example(dataset, subjects)}")
    without_runs = _subjects_without_runs(subjects, scans, kept)
    missing = _listed_without_run(root, subjects, scans)
    return _assemble(dataset, kept, aligned, (*unused, *refused, *repeated, *without_runs, *missing), notes)


def plan_simulation(dataset: Mapping, simulation: Mapping) -> Plan:
    """Plan the runs that the simulation will write: each subject has every story, from the first volume on."""
    root, runs = dataset["root"], {}
    for number in range(1, simulation["n_listeners"] + 1):
        subject = f"{number:02d}"
        paths = {story: run_paths(dataset, subject, story).values() for story in simulation["stories"]}
        runs[subject] = tuple(
            Run(subject, story, None, tuple(f"{root}/{path}" for path in paths[story]), 0, None) for story in paths
        )
    stories = {story: Story(f"{root}/{TABLE.format(story=story)}", None, 0.0) for story in simulation["stories"]}
    return Plan(runs, stories, float(simulation["tr"]))


def planted_layers(path: str | Path) -> dict[str, list[int]]:
    """Read the layers in the table of planted regions, by the source of windows ahead, else by the kind of region.

    What is wrong in the table is reported by the job that plants it.
    """
    layers = defaultdict(set)
    with open(path, newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if (row.get("planted_depth") or "").isdigit():
                is_ahead = row["kind"] == "forecast"
                layers[row["planted_source"] if is_ahead else row["kind"]].add(int(row["planted_depth"]))
    return {what: sorted(layers[what]) for what in sorted(layers)}


def plan_rows(plan: Plan) -> list[dict]:
    """Tabulate the plan: one row per run, used or not, and per subject without runs.

    Keys are subject, story, run, used (yes or no), reason and n_trs.
    """
    used = [
        {"subject": run.subject, "story": run.story, "run": run.run, "used": "yes", "reason": None, "n_trs": run.n_trs}
        for runs in plan.runs.values()
        for run in runs
    ]
    unused = [
        {"subject": row.subject, "story": row.story, "run": row.run, "used": "no", "reason": row.reason, "n_trs": None}
        for row in plan.exclusions
    ]
    return sorted(used + unused, key=lambda row: (row["subject"], row["story"] or "", run_order(row["run"])))


def _leave_out(scans: Sequence[Scan], why: Callable[[Scan], str | None]) -> tuple[list[Scan], list[Exclusion]]:
    reasons = [(scan, why(scan)) for scan in scans]
    unused = [Exclusion(scan.subject, scan.story, scan.run, reason) for scan, reason in reasons if reason]
    return [scan for scan, reason in reasons if not reason], unused


def _why_unused(scan: Scan, aligned: Mapping, dataset: Mapping) -> str | None:
    if scan.story in aligned:
        return None
    return "story not in dataset.stories" if dataset.get("stories") else "no alignment"


def _why_repeated(scans: Sequence[Scan], which: str) -> Callable[[Scan], str | None]:
    def of_story(scan: Scan) -> tuple[str, str]:
        return scan.subject, scan.story

    chosen = {}
    for key, runs in groupby(sorted(scans, key=of_story), key=of_story):
        ordered = sorted(runs, key=lambda scan: scan.order)
        chosen[key] = ordered if which == "all" else ordered[:1] if which == "first" else ordered[-1:]
    return lambda scan: None if scan in chosen[of_story(scan)] else f"repeated run: the {which} is used"


def _subjects_without_runs(subjects: Sequence[str], scans: Sequence[Scan], kept: Sequence[Scan]) -> list[Exclusion]:
    found, used = {scan.subject for scan in scans}, {scan.subject for scan in kept}
    return [
        Exclusion(subject, None, None, "no run left" if subject in found else "no run on disk")
        for subject in subjects
        if subject not in used
    ]


def _listed_without_run(root: Path, subjects: Sequence[str], scans: Sequence[Scan]) -> list[Exclusion]:
    """Stories that participants.tsv lists for a subject, in its column task if there is one, but that have no run."""
    found, missing = {(scan.subject, scan.story) for scan in scans}, []
    for row in read_tsv(root / "participants.tsv", ["participant_id"]):
        subject = row["participant_id"].removeprefix("sub-")
        for story in dict.fromkeys(row.get("task", "").split(",")):
            if subject in subjects and story not in MISSING and (subject, story) not in found:
                missing.append(Exclusion(subject, story, None, "listed in participants.tsv, but there is no run"))
    return missing


def _describe_unused(scans: Sequence[Scan], unused: Sequence[Exclusion]) -> str:
    if not scans:
        return "no run of any subject"
    return f"no run left of {len(scans)} (first: sub-{unused[0].subject} {unused[0].story}: {unused[0].reason})"


def _example(dataset: Mapping, subjects: Sequence[str]) -> str:
    return next(iter(run_paths(dataset, next(iter(subjects), "01"), "<story>").values()))


def _assemble(
    dataset: Mapping, kept: list[Scan], aligned: Mapping[str, Stimulus], exclusions: tuple, notes: list[str]
) -> Plan:
    for scan in kept:
        require_hemispheres(scan, dataset)
    tr, tr_notes = _common_tr(kept, dataset)
    runs, stories, story_notes = {}, {}, []
    for story, stimulus in aligned.items():
        scans = sorted((scan for scan in kept if scan.story == story), key=lambda scan: (scan.subject, scan.order))
        if not scans:
            story_notes += [f"{story}: no run is used"] if dataset.get("stories") else []
            continue
        n_dropped, shift, onset_notes = align_story(
            stimulus.alignment if stimulus.is_local else None, scans, dataset, tr
        )
        transcript = str(stimulus.transcript) if stimulus.transcript else None
        stories[story] = Story(str(stimulus.alignment), transcript, shift)
        story_notes += onset_notes
        for scan, n in zip(scans, n_dropped, strict=True):
            runs.setdefault(scan.subject, []).append(_run(scan, n))
    order = {scan.subject: None for scan in kept}
    runs = {subject: tuple(runs[subject]) for subject in order}
    return Plan(runs, stories, tr, exclusions, (*notes, *tr_notes, *story_notes))


def _common_tr(scans: Sequence[Scan], dataset: Mapping) -> tuple[float, list[str]]:
    """Find the repetition time of all runs, in s; sidecars win over the config."""
    root, given, trs = Path(dataset["root"]), dataset.get("tr"), {}
    for scan in scans:
        tr = read_tr(scan.bids_path, root) or given
        if tr is None:
            raise BadInput(scan.bids_path, "no RepetitionTime in a sidecar and no dataset.tr", "a repetition time in s")
        trs.setdefault(tr, scan.bids_path)
    if len(trs) > 1:
        (tr, path), (other_tr, other_path), *_ = trs.items()
        raise BadInput(other_path, f"a repetition time of {other_tr} s", f"{tr} s, as in {path.name}")
    tr = float(next(iter(trs)))
    differs = given and given != tr
    return tr, [f"dataset.tr is {given} s, but the sidecars say {tr} s; the sidecars are used"] if differs else []


def _run(scan: Scan, n_dropped: int) -> Run:
    paths = tuple(str(scan.paths[hemi]) for hemi in sorted(scan.paths, key=str))
    if not scan.is_local:
        return Run(scan.subject, scan.story, scan.run, paths, n_dropped, None)
    n_volumes = count_volumes(paths[0])
    if n_volumes <= n_dropped:
        raise BadInput(paths[0], f"{n_volumes} volumes", f"more than the {n_dropped} dropped before the story starts")
    return Run(scan.subject, scan.story, scan.run, paths, n_dropped, n_volumes - n_dropped, n_volumes)
