"""Plan which runs are used, why others are not, and where each story starts in its runs."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from brainforecast.dataset.alignment_files import TABLE
from brainforecast.dataset.alignment_notes import alignment_notes, transcript_notes
from brainforecast.dataset.alignments import first_onset, last_offset, section_names
from brainforecast.dataset.bids import parse_whole_number, read_tsv
from brainforecast.dataset.events import read_events
from brainforecast.dataset.exclusions import Exclusion
from brainforecast.dataset.formats import count_volumes
from brainforecast.dataset.layout import Layout
from brainforecast.dataset.notes import Notes
from brainforecast.dataset.onsets import Recording, align_story, require_known_onsets, trim_tails
from brainforecast.dataset.parts import spans_of
from brainforecast.dataset.pointers import pointer_of
from brainforecast.dataset.scans import Scan, run_order, run_paths
from brainforecast.dataset.selection import Selection, select_runs
from brainforecast.dataset.sidecars import common_tr, read_timing, start_notes
from brainforecast.dataset.sides import check_sides
from brainforecast.dataset.stimuli import Stimulus
from brainforecast.errors import BadInput

LONGEST_STORY_SET = 48  # characters


@dataclass(frozen=True)
class Run:
    """One run that is used.

    `paths` are its files, hemisphere L before R. Of its `n_volumes`, `n_dropped` at the start are not used, `n_trs`
    after them are, and the rest is a silent tail; both are None where the length is not yet known, of a run to download
    or to simulate. `task` is the one in its name where `story` has another.
    """

    subject: str
    story: str
    run: str | None
    paths: tuple[str, ...]
    n_dropped: int
    n_trs: int | None
    n_volumes: int | None = None
    session: str | None = None
    task: str | None = None


@dataclass(frozen=True)
class Story:
    """Files of a story's words; `shift` (s) makes the alignment's times relative to the first volume kept.

    Of a story that is a part of another, `section` is the section of the alignment whose rows are its words, or `span`
    the start and end, in s on the clock of the alignment, between which they are; None for all rows.
    """

    alignment: str
    transcript: str | None
    shift: float
    section: str | None = None
    span: tuple[float, float] | None = None


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


def make_plan(
    dataset: Mapping,
    *,
    resources: str = "resources",
    stimuli: str = "resources",
    alignments: Mapping | None = None,
) -> Plan:
    """Plan the runs of a dataset.

    Parameters
    ----------
    dataset : the config's section of that name.
    resources : folder for runs that are downloaded (`scans.list_scans`), as ``<resources>/<name>/<path>``.
    stimuli : the same for alignments and transcripts (`stimuli.find_stimuli`).
    alignments : the config's section `stimuli`; None for its defaults.

    Raises
    ------
    BadInput : a wrong table, file name or config value; runs among which the config has to choose; no run left.
    """
    notes, layout = Notes(), Layout.from_config(dataset)
    selection = select_runs(dataset, alignments or {}, layout, notes, resources=resources, stimuli=stimuli)
    _require_content(selection.scans)
    known = {name for scan in selection.scans for name in (scan.task, scan.story)}
    unused = {row.story for row in selection.exclusions if row.story}
    require_known_onsets(dataset, sorted({*known, *unused, *selection.stimuli}))
    timings = {scan.path: read_timing(scan.bids_path, layout) for scan in selection.scans}
    tr = common_tr(timings, dataset.get("tr"), notes)
    label = dataset.get("onset_event") or "story"
    recordings: dict[str, list[Recording]] = defaultdict(list)
    for scan in sorted(selection.scans, key=lambda scan: (scan.subject, scan.order)):
        n_volumes = count_volumes(scan.path) if scan.is_local else None
        events = read_events(scan.bids_path, layout, label)
        recordings[scan.story].append(Recording(scan, n_volumes, timings[scan.path].start, events))
    return _assemble(dataset, selection, recordings, tr, notes)


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

    What is wrong in the table is reported by the job that plants it; raise where there is none.
    """
    if not Path(path).is_file():
        raise BadInput("config key simulation.regions", f"no file {path}", "a table of regions")
    layers = defaultdict(set)
    for row in read_tsv(path, ["kind", "planted_depth", "planted_source"]):
        depth = parse_whole_number(row["planted_depth"])
        if depth is not None and depth >= 0:
            layers[row["planted_source"] if row["kind"] == "forecast" else row["kind"]].add(depth)
    return {what: sorted(layers[what]) for what in sorted(layers)}


def plan_rows(plan: Plan) -> list[dict]:
    """Tabulate the plan: one row per run, used or not, and per subject without runs.

    Keys are subject, session, story, run, used (yes or no), reason and n_trs.
    """
    used = [(run, {"used": "yes", "reason": None, "n_trs": run.n_trs}) for runs in plan.runs.values() for run in runs]
    unused = [(row, {"used": "no", "reason": row.reason, "n_trs": None}) for row in plan.exclusions]
    keys = ("subject", "session", "story", "run")
    rows = [{key: getattr(run, key) for key in keys} | values for run, values in [*used, *unused]]
    return sorted(
        rows,
        key=lambda row: (row["subject"], row["story"] or "", run_order(row["session"]), run_order(row["run"])),
    )


def _require_content(scans: Sequence[Scan]) -> None:
    """Raise where pointers lie in the place of runs."""
    paths = [path for scan in scans if scan.is_local for path in scan.paths.values()]
    pointers = [(path, pointer) for path in paths if (pointer := pointer_of(path))]
    if pointers:
        path, pointer = pointers[0]
        others = f"; so are {len(pointers) - 1} more of {len(paths)} files" if len(pointers) > 1 else ""
        raise BadInput(path, f"{pointer}{others}", "the run itself")


def _assemble(
    dataset: Mapping, selection: Selection, recordings: Mapping[str, list[Recording]], tr: float, notes: Notes
) -> Plan:
    stimuli = _with_spans(selection, recordings, tr, notes)
    runs, stories = {}, {}
    for story, stimulus in stimuli.items():
        of_story = recordings.get(story)
        if not of_story:
            notes.extend([f"{story}: no run is used"] if dataset.get("stories") else [])
            continue
        _require_one_clock(story, stimulus, of_story)
        options = stimulus.options
        origin = options.span[0] if options.span else 0.0  # where the audio of a run begins on the alignment's clock
        start = align_story(story, of_story, partial(_first_onset, stimulus, origin), dataset, tr, notes)
        notes.extend(start_notes(story, [run.start for run in of_story]))
        transcript = str(stimulus.transcript) if stimulus.transcript else None
        shift = start.shift - origin
        stories[story] = Story(str(stimulus.alignment), transcript, shift, options.section, options.span)
        n_kept = [_count_kept(run, n) for run, n in zip(of_story, start.n_dropped, strict=True)]
        if stimulus.is_local and any(n_kept):
            end = last_offset(stimulus.alignment, options)
            check_sides([[*run.scan.paths.values()] for run in of_story], n_kept, dataset, end + shift, tr)
            n_kept = trim_tails(story, n_kept, end, shift, dataset, tr, notes)
        for run, n_dropped, n_trs in zip(of_story, start.n_dropped, n_kept, strict=True):
            runs.setdefault(run.scan.subject, []).append(_run(run, n_dropped, n_trs))
    local = {story: stimuli[story] for story in stories if stimuli[story].is_local}
    notes.extend(alignment_notes({story: (own.alignment, own.options) for story, own in local.items()}))
    notes.extend(transcript_notes({story: (own.alignment, own.transcript) for story, own in local.items()}))
    order = {scan.subject: None for scan in selection.scans}
    return Plan(
        {subject: tuple(runs[subject]) for subject in order}, stories, tr, selection.exclusions, notes.sentences()
    )


def _with_spans(
    selection: Selection, recordings: Mapping[str, list[Recording]], tr: float, notes: Notes
) -> dict[str, Stimulus]:
    """The alignments; a part that is cut from the clock of a whole story is read between the ends of its runs."""
    stimuli = dict(selection.stimuli)
    cut: dict[str, list[str]] = defaultdict(list)
    for name, part in selection.parts.items():
        if part.is_cut:
            cut[name.removesuffix(str(part.part))].append(name)
    for story, parts in cut.items():
        by_subject: dict[str, list[int | None]] = defaultdict(list)
        for name in parts:
            for run in recordings[name]:
                by_subject[run.scan.subject].append(run.n_volumes)
        complete = [own for own in by_subject.values() if len(own) == len(parts)]
        spans = spans_of(complete, tr)
        ends = ", ".join(f"{end:g}" for _, end in spans)
        notes.extend([f"{story}: its words are on one clock, which is cut where the runs end, at {ends} s"])
        for name, span in zip(parts, spans, strict=True):
            stimuli[name] = replace(stimuli[name], options=replace(stimuli[name].options, span=span))
    return stimuli


def _require_one_clock(story: str, stimulus: Stimulus, runs: Sequence[Recording]) -> None:
    """Raise where a story is read as a whole, but its table has sections that each start anew."""
    if not stimulus.is_local or stimulus.options.section or stimulus.options.span:
        return
    try:
        first_onset(stimulus.alignment, stimulus.options)
    except BadInput as error:
        sections = section_names(stimulus.alignment, stimulus.options)
        if len(sections) < 2:
            raise
        scan = runs[0].scan
        found = f"{len(sections)} sections that each start anew, read as one story"
        entry = f"{{{story}{sections[0]}: {{task: {scan.task}, run: ..., section: {sections[0]}}}, ...}}"
        expected = f"dataset.repeated_runs: parts, or each as a story: dataset.stories: {entry}"
        raise BadInput(stimulus.alignment, found, expected) from error


def _first_onset(stimulus: Stimulus, origin: float) -> float | None:
    """Onset of the first word, s after the audio of its run begins; None where the alignment is not here."""
    return first_onset(stimulus.alignment, stimulus.options) - origin if stimulus.is_local else None


def _count_kept(run: Recording, n_dropped: int) -> int | None:
    if run.n_volumes is None:
        return None
    if run.n_volumes <= n_dropped:
        expected = f"more than the {n_dropped} dropped before the story starts"
        raise BadInput(run.scan.path, f"{run.n_volumes} volumes", expected)
    return run.n_volumes - n_dropped


def _run(recording: Recording, n_dropped: int, n_trs: int | None) -> Run:
    scan = recording.scan
    paths = tuple(str(scan.paths[hemi]) for hemi in sorted(scan.paths, key=str))
    return Run(
        scan.subject, scan.story, scan.run, paths, n_dropped, n_trs, recording.n_volumes, scan.session, scan.task
    )
