"""Choose the runs that are used: of the stories of the config, aligned, not excluded, no repetition of another."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from brainforecast.dataset.alignment_files import aligned_stories
from brainforecast.dataset.bids import MISSING, read_tsv
from brainforecast.dataset.choices import deeper_folder, describe_folders, describe_nearest, describe_other_files
from brainforecast.dataset.exclusions import Exclusion, read_exclusions
from brainforecast.dataset.labels import require_label, require_readable
from brainforecast.dataset.layout import Layout
from brainforecast.dataset.notes import Notes
from brainforecast.dataset.participants import (
    participants_notes,
    read_participants,
    require_subject,
    subject_folders,
    unlisted_notes,
)
from brainforecast.dataset.parts import split_into_parts
from brainforecast.dataset.patterns import find_by_pattern
from brainforecast.dataset.repeats import repeated_notes, require_one_choice, varying_notes, why_repeated
from brainforecast.dataset.scans import Found, Scan, find_scans, list_scans, require_hemispheres, run_paths
from brainforecast.dataset.stimuli import Stimulus, find_stimuli
from brainforecast.dataset.stories import Choice, assign, read_choices, require_name
from brainforecast.errors import BadInput


@dataclass(frozen=True)
class Selection:
    """The runs that are used, the alignment of each story, its parts, and what is not used."""

    scans: tuple[Scan, ...]
    stimuli: Mapping[str, Stimulus]
    parts: Mapping[str, Choice]
    exclusions: tuple[Exclusion, ...]


def select_runs(
    dataset: Mapping, alignments: Mapping, layout: Layout, notes: Notes, *, resources: str, stimuli: str
) -> Selection:
    """Choose the runs of a dataset (`plan.make_plan` has the parameters)."""
    participants = read_participants(layout.root)
    notes.extend(participants_notes(layout.root))
    wanted = [require_subject(subject, participants, "dataset.subjects") for subject in dataset.get("subjects") or ()]
    subjects = [subject for subject in participants if subject in wanted or not wanted]
    choices, excluded = read_choices(dataset), read_exclusions(dataset, layout.root, participants)
    found = _find(dataset, alignments, layout, participants, subjects, choices, resources)
    scans = [scan for scan in found.scans if scan.subject in set(subjects)]
    if not scans:
        raise BadInput(*_no_runs(dataset, layout, subjects, found))
    assigned, others = assign(scans, choices)
    parts: dict[str, Choice] = {}
    whole: set[str] = set()  # subjects without any run left, whose runs may be too few to be parts
    if dataset.get("repeated_runs") == "parts":
        whole = excluded.whole_subjects(assigned)
        own = [scan for scan in assigned if scan.subject not in whole]
        own, parts = split_into_parts(own, choices, layout.root, alignments, notes)
        assigned = [*own, *(scan for scan in assigned if scan.subject in whole)]
    stories = _stories(choices, parts, layout.root, alignments)
    aligned = find_stimuli(
        {**dataset, "stories": stories}, {scan.task for scan in scans}, f"{stimuli}/{dataset['name']}", alignments
    )
    is_named = "story not in dataset.stories" if choices else "no alignment"
    unaligned = [scan for scan in assigned if scan.story not in aligned and scan.subject not in whole]
    unused = [Exclusion(scan.subject, scan.story, scan.run, is_named, scan.session) for scan in [*others, *unaligned]]
    candidates = [scan for scan in assigned if scan.story in aligned or scan.subject in whole]
    kept, refused = _leave_out(candidates, excluded.reason)
    notes.extend(excluded.notes([*assigned, *others], subjects))
    require_one_choice(kept, are_parts=False)
    which = dataset.get("repeated_runs", "last")
    one = which if which in ("first", "all") else "last"
    notes.extend(repeated_notes(kept, None if which == "parts" else which))
    kept, repeated = _leave_out(kept, why_repeated(kept, one))
    if not kept:
        found_text = _describe_unused(scans, unused + refused)
        raise BadInput(layout.runs, found_text, f"runs such as {_example(dataset, subjects)}")
    for scan in kept:
        require_hemispheres(scan, dataset)
        _require_names(scan)
    _note_unused(kept, unaligned, found, layout, participants, notes)
    without_runs = _subjects_without_runs(subjects, scans, kept)
    missing = _listed_without_run(layout.root, subjects, scans)
    exclusions = (*unused, *refused, *repeated, *without_runs, *missing)
    return Selection(tuple(kept), aligned, parts, exclusions)


def _find(
    dataset: Mapping,
    alignments: Mapping,
    layout: Layout,
    participants: Sequence[str],
    subjects: Sequence[str],
    choices: Mapping[str, Choice],
    resources: str,
) -> Found:
    if dataset.get("scans"):
        return Found(tuple(list_scans(dataset, layout, participants, resources)))
    if dataset.get("files"):
        tasks = [choice.task for choice in choices.values()] or aligned_stories(layout.root, alignments.get("words"))
        return Found(tuple(find_by_pattern(dataset, layout, list(dict.fromkeys(tasks)), list(subjects))))
    return find_scans(dataset, layout, subjects)


def _stories(
    choices: Mapping[str, Choice], parts: Mapping[str, Choice], root: Path, alignments: Mapping
) -> dict[str, dict] | None:
    """The stories to look for, as ``dataset.stories`` names them; None for every one with an alignment."""
    if not choices and not parts:
        return None
    named = dict(choices)
    if not choices:
        named = {story: Choice(story, story) for story in aligned_stories(root, alignments.get("words"))}
    split = {part.name.removesuffix(str(part.part)) for part in parts.values()}
    of_story = {story: [part for part in parts.values() if part.name == f"{story}{part.part}"] for story in split}
    stories: dict[str, Choice] = {}
    for story in [*named, *(story for story in of_story if story not in named)]:
        own = of_story.get(story) or ([named[story]] if story not in parts else [])
        stories |= {choice.name: choice for choice in own}
    return {story: choice.as_config() for story, choice in stories.items()}


def _require_names(scan: Scan) -> None:
    """Raise where a run that is used cannot stand in the paths of results, or be an input."""
    for path in scan.paths.values():
        require_readable(path)
    require_label(scan.path, "subject", scan.subject)
    require_name(scan.story, scan.path)


def _leave_out(scans: Sequence[Scan], why: Callable[[Scan], str | None]) -> tuple[list[Scan], list[Exclusion]]:
    reasons = [(scan, why(scan)) for scan in scans]
    unused = [Exclusion(scan.subject, scan.story, scan.run, reason, scan.session) for scan, reason in reasons if reason]
    return [scan for scan, reason in reasons if not reason], unused


def _note_unused(
    kept: Sequence[Scan],
    unaligned: Sequence[Scan],
    found: Found,
    layout: Layout,
    participants: Sequence[str],
    notes: Notes,
) -> None:
    """Count what lies beside the runs that are used: runs of other tasks, files of other spaces, other subjects."""
    notes.extend(varying_notes(kept))
    for scan in unaligned:
        notes.count("runs of tasks without an alignment are not used: {}", scan.task)
    tasks = {scan.task for scan in kept}
    for labels, n in Counter(other.labels for other in found.others if other.entities["task"] in tasks).items():
        notes.count("files of the same tasks that are not read, by how they differ from the config: {}", labels, n)
    folders = {*subject_folders(layout.runs), *(scan.subject for scan in found.scans)}
    notes.extend(unlisted_notes(sorted(folders), participants))


def _subjects_without_runs(subjects: Sequence[str], scans: Sequence[Scan], kept: Sequence[Scan]) -> list[Exclusion]:
    found, used = {scan.subject for scan in scans}, {scan.subject for scan in kept}
    return [
        Exclusion(subject, None, None, "no run left" if subject in found else "no run on disk")
        for subject in subjects
        if subject not in used
    ]


def _listed_without_run(root: Path, subjects: Sequence[str], scans: Sequence[Scan]) -> list[Exclusion]:
    """Stories that participants.tsv lists for a subject, in its column task if there is one, but that have no run."""
    found, missing = {(scan.subject, scan.task) for scan in scans}, []
    for row in read_tsv(root / "participants.tsv", ["participant_id"]):
        subject = row["participant_id"].removeprefix("sub-")
        for story in dict.fromkeys(row.get("task", "").split(",")):
            if subject in subjects and story not in MISSING and (subject, story) not in found:
                missing.append(Exclusion(subject, story, None, "listed in participants.tsv, but there is no run"))
    return missing


def _no_runs(dataset: Mapping, layout: Layout, subjects: Sequence[str], found: Found) -> tuple[object, str, str]:
    """Where, what was found and what was expected, where no file is a run of the config."""
    folders = subject_folders(layout.runs)
    if not dataset.get("scans") and not dataset.get("files") and not set(subjects) & set(folders):
        table = layout.root / "participants.tsv"
        return (table if folders else layout.runs, *describe_folders(subjects, folders, layout.runs))
    example = _example(dataset, subjects)
    expected = f"runs such as {example}{describe_nearest(found.others)}"
    deeper = deeper_folder(layout.runs) if layout.runs == layout.root else None
    if not found.others and not deeper:
        own = [layout.runs / f"sub-{subject}" for subject in subjects]
        own += [folder for subject in subjects for folder in layout.run_folders(subject)]
        expected += describe_other_files(layout.runs, own, Path(example).name)
    other = f"; runs may lie in {deeper} (dataset.derivatives)" if deeper else ""
    return layout.runs, "no run of any subject", expected + other


def _describe_unused(scans: Sequence[Scan], unused: Sequence[Exclusion]) -> str:
    first = f"sub-{unused[0].subject} {unused[0].story}: {unused[0].reason}"
    return f"no run left of {len(scans)} (first: {first})"


def _example(dataset: Mapping, subjects: Sequence[str]) -> str:
    return next(iter(run_paths(dataset, next(iter(subjects), "01"), "<story>").values()))
