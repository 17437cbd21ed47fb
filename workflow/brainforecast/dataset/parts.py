"""A story whose runs are its parts: which parts there are, and where the words of each are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from brainforecast.dataset.alignment_files import find_alignment
from brainforecast.dataset.alignment_rows import AlignmentOptions
from brainforecast.dataset.alignments import section_names
from brainforecast.dataset.notes import Notes
from brainforecast.dataset.repeats import as_parts, parts_note, require_one_choice
from brainforecast.dataset.scans import Scan
from brainforecast.dataset.stories import Choice
from brainforecast.errors import BadInput

WHERE = "dataset.repeated_runs: parts"


def split_into_parts(
    scans: Sequence[Scan], choices: Mapping[str, Choice], root: Path, stimuli: Mapping, notes: Notes
) -> tuple[list[Scan], dict[str, Choice]]:
    """Make stories with several runs of one subject one story a run, each with its own words.

    The words of part k are in an alignment of their own, by ``{run}`` (k) or ``{story}`` in ``stimuli.words`` or at the
    usual places of ``<story><k>``; else they are the k-th section of the alignment of the whole; else, on one clock
    without a column of sections, those between the ends of the runs.

    Parameters
    ----------
    scans : with their stories, of one task or, by ``dataset.stories``, one run each.
    choices : by story; without one, a story is its task.
    stimuli : the config's section.

    Returns
    -------
    scans : with the parts as their stories.
    parts : by story.

    Raises
    ------
    BadInput : subjects with different numbers of runs, or another number of sections than of runs.
    """
    several, labels = [], defaultdict(set)
    for scan in scans:
        labels[scan.story, scan.subject].add((scan.session, scan.run))  # files of one run are chosen from below
    longest: dict[str, int] = {}
    for (story, _), runs in labels.items():
        longest[story] = max(len(runs), longest.get(story, 0))
    chosen, parts = {}, {}
    for story, n in longest.items():
        choice = choices.get(story, Choice(story, story))
        if n > 1 and choice.run is None:
            found = _parts(choice, n, root, stimuli)
            several += [story] if found else []
            chosen[story] = found
    whole = [scan for scan in scans if scan.story in several]
    require_one_choice(whole, are_parts=True)
    split, n_parts = as_parts(whole)
    for story, n in n_parts.items():
        notes.extend([parts_note(story, n, [scan for scan in scans if scan.story == story])])
        parts |= {part.name: part for part in chosen[story]}
    taken = next((story for story in longest if story in parts), None)
    if taken:
        raise BadInput(WHERE, f"{taken} as a part and as a story", "other names, by dataset.stories")
    return [*(scan for scan in scans if scan.story not in several), *split], parts


def spans_of(lengths: Sequence[Sequence[int]], tr: float) -> list[tuple[float, float]]:
    """Start and end, in s, of each part of a story on one clock, by the lengths of its runs.

    Parameters
    ----------
    lengths : volumes of the parts in order, of each subject.

    Raises
    ------
    BadInput : subjects whose runs end at different times.
    """
    ends = [[sum(own[:k]) for k in range(len(own) + 1)] for own in lengths]
    for own in ends[1:]:
        if any(abs(a - b) > 1 for a, b in zip(own, ends[0], strict=True)):
            found = f"runs that end after {own[1:]} and after {ends[0][1:]} volumes, on one clock without sections"
            raise BadInput(WHERE, found, "a column of sections, named in stimuli.columns.section")
    return [(start * tr, end * tr) for start, end in pairwise(ends[0])]


def _parts(choice: Choice, n: int, root: Path, stimuli: Mapping) -> list[Choice]:
    """The parts of a story with n runs; none where it has no alignment."""
    pattern = choice.words or stimuli.get("words")
    parts = [replace(choice, name=f"{choice.name}{k}", run=str(k), part=k) for k in range(1, n + 1)]
    if not pattern or "{run}" in pattern or "{story}" in pattern:
        own = [find_alignment(root, part.name, pattern, task=part.task, run=part.run) for part in parts]
        if all(own):
            return parts
        if pattern and "{run}" in pattern:
            return []
    whole = find_alignment(root, choice.name, pattern, task=choice.task, run=None)
    if whole is None:
        return []
    words = str(whole.relative_to(root))
    sections = section_names(whole, AlignmentOptions.from_config(stimuli))
    if not sections:
        return [replace(part, words=words, run=None, is_cut=True) for part in parts]
    if len(sections) != n:
        found = f"{n} runs of {choice.task}, but {len(sections)} sections in {whole} ({', '.join(sections[:12])})"
        raise BadInput(WHERE, found, "as many sections as runs of each subject")
    return [replace(part, words=words, run=None, section=name) for part, name in zip(parts, sections, strict=True)]
