"""Folds in which no word is spoken, found before any job runs: their scores would be NaN.

Folds are computed here without arrays, as stretches of volumes of each story; `encoding.folds` makes the same masks.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from pathlib import Path

from brainforecast.dataset.alignment_rows import AlignmentOptions
from brainforecast.dataset.alignments import word_times
from brainforecast.dataset.plan import Plan
from brainforecast.errors import BadInput

STORIES_HELD_OUT = 3  # stories from which on strict folds hold out whole ones


@dataclass(frozen=True)
class Stretch:
    """Volumes `start` to `stop` (excluded) of the story number `story` of a story set."""

    story: int
    start: int
    stop: int


@dataclass(frozen=True)
class FoldStretches:
    """The volumes that are fitted on, and those that are held out."""

    train: tuple[Stretch, ...]
    test: tuple[Stretch, ...]


def check_silent_folds(config: Mapping, plan: Plan) -> None:
    """Check that words reach the test part and the training part of every fold, where volumes and words are known.

    Parameters
    ----------
    config : checked; plan : its runs.

    Raises
    ------
    BadInput : the first fold with a silent part: its subject, story and seconds, and what can be done.
    """
    encoding = config["encoding"]
    rows = {}
    for subjects in plan.story_sets.values():
        runs = plan.runs[subjects[0]]
        n_trs = [run.n_trs for run in runs]
        local = all(Path(plan.stories[run.story].alignment).is_file() for run in runs)
        if not all(n_trs) or not local:
            continue
        for story in {run.story for run in runs} - rows.keys():
            rows[story] = _rows_of_words(config, plan, story)
        spoken = [_within(rows[run.story], run.n_trs, encoding["row_offset"]) for run in runs]
        for number, fold in enumerate(fold_stretches(n_trs, encoding["folds"]), start=1):
            for part, verb in ((fold.test, "scored on"), (fold.train, "fitted on")):
                if not any(_is_reached(spoken[stretch.story], stretch, encoding["delays"]) for stretch in part):
                    _refuse(number, verb, part, [run.story for run in runs], subjects, plan, encoding["folds"])


def fold_stretches(n_trs: Sequence[int], folds: Mapping) -> list[FoldStretches]:
    """The folds of one story set.

    Parameters
    ----------
    n_trs : volumes of each story; folds : config `encoding.folds`.
    """
    n_folds, strict = folds["n_folds"], folds["scheme"] == "strict"
    if strict and len(n_trs) >= STORIES_HELD_OUT:
        tests = _whole_stories(n_trs, n_folds)
    else:
        tests = [_split_by_story(start, stop, n_trs) for start, stop in _contiguous_chunks(sum(n_trs), n_folds)]
    gap = folds["gap"] if strict else 0
    return [FoldStretches(tuple(_without(n_trs, test, gap)), tuple(test)) for test in tests]


def _contiguous_chunks(n: int, n_folds: int) -> Iterator[tuple[int, int]]:
    """Start and stop of each chunk; the first n % n_folds chunks are one row longer."""
    size, longer = divmod(n, n_folds)
    start = 0
    for fold in range(n_folds):
        stop = start + size + (fold < longer)
        yield start, stop
        start = stop


def _whole_stories(n_trs: Sequence[int], n_folds: int) -> list[list[Stretch]]:
    """Whole stories: the longest first, each to the fold that has the fewest volumes."""
    held, tests = [0] * min(n_folds, len(n_trs)), [[] for _ in range(min(n_folds, len(n_trs)))]
    for story in sorted(range(len(n_trs)), key=lambda story: (-n_trs[story], story)):
        fold = held.index(min(held))
        tests[fold].append(Stretch(story, 0, n_trs[story]))
        held[fold] += n_trs[story]
    return [sorted(test, key=lambda stretch: stretch.story) for test in tests]


def _split_by_story(start: int, stop: int, n_trs: Sequence[int]) -> list[Stretch]:
    """Rows of the concatenated stories as stretches of single stories."""
    found, first = [], 0
    for story, n in enumerate(n_trs):
        low, high = max(start - first, 0), min(stop - first, n)
        if low < high:
            found.append(Stretch(story, low, high))
        first += n
    return found


def _without(n_trs: Sequence[int], test: Sequence[Stretch], gap: int) -> Iterator[Stretch]:
    """What is left of every story without the test part and `gap` volumes on both sides of it."""
    for story, n in enumerate(n_trs):
        start = 0
        for held in sorted((held for held in test if held.story == story), key=lambda held: held.start):
            if start < held.start - gap:
                yield Stretch(story, start, held.start - gap)
            start = held.stop + gap
        if start < n:
            yield Stretch(story, start, n)


def _rows_of_words(config: Mapping, plan: Plan, story: str) -> list[int]:
    """The volume in which each word of a story starts, from the first one kept, sorted."""
    planned = plan.stories[story]
    options = AlignmentOptions.from_config(config.get("stimuli"), planned.section, planned.span)
    onsets = (onset for onset, _ in word_times(planned.alignment, options))
    return sorted(floor((onset + planned.shift) / plan.tr) for onset in onsets)


def _within(volumes: Sequence[int], n_trs: int, row_offset: int) -> list[int]:
    """Rows of the design with words: words outside the run have none (`encoding.delays.words_to_trs`)."""
    return [volume + row_offset for volume in volumes if 0 <= volume < n_trs and volume + row_offset < n_trs]


def _is_reached(rows: Sequence[int], stretch: Stretch, delays: Sequence[int]) -> bool:
    """Whether some row of a stretch has words in one of its delays; `rows` are sorted."""
    for delay in delays:
        index = bisect_left(rows, stretch.start - delay)
        if index < len(rows) and rows[index] < stretch.stop - delay:
            return True
    return False


def _refuse(
    number: int,
    verb: str,
    part: Sequence[Stretch],
    stories: Sequence[str],
    subjects: Sequence[str],
    plan: Plan,
    folds: Mapping,
) -> None:
    seconds = ", ".join(f"{stories[one.story]} {one.start * plan.tr:g} to {one.stop * plan.tr:g} s" for one in part[:3])
    others = f" and {len(subjects) - 1} more" if len(subjects) > 1 else ""
    found = f"fold {number} of sub-{subjects[0]}{others} {verb} {seconds or 'nothing'}, where no word is spoken"
    expected = (
        f"words in every fold: dataset.tail leaves out the silence after a story (12 s keep the response), fewer folds "
        f"than {folds['n_folds']} are longer"
    )
    raise BadInput("config key encoding.folds.n_folds", found, expected)
