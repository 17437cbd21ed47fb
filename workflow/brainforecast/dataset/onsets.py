"""Align a story with its runs: how many volumes to drop and to keep, and by how many seconds to shift the words.

Runs whose length is known when planning are cut there. Of a run that is still to be fetched or simulated, the job that
reads it cuts the end likewise, to ``min(n_volumes - n_dropped, volumes_to_keep(last_offset, shift, tr, tail))`` volumes
with the end of the last word on the clock of the alignment and the story's shift, or with a shift of 0 where the words
are already on the clock of the first volume kept, as in ``words/<story>.parquet``.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from brainforecast.dataset.events import Events
from brainforecast.dataset.notes import Notes
from brainforecast.dataset.scans import Scan
from brainforecast.errors import BadInput, nearest

SILENCE = 30.0  # s after the last word, above which a silent end of a run is noted
ROUNDING = 1e-9  # volumes: a shift of 4.5 s is 3 TRs of 1.5 s however the division rounds


@dataclass(frozen=True)
class Recording:
    """One run of a story, and what its tables say of its time.

    Parameters
    ----------
    scan : the run.
    n_volumes : of its file; None where it is not here to be counted.
    start : StartTime of its sidecars, s.
    events : of the run; None without a table of events.
    """

    scan: Scan
    n_volumes: int | None
    start: float
    events: Events | None


@dataclass(frozen=True)
class StoryStart:
    """How a story and its runs are aligned.

    `n_dropped` has the volumes that are dropped at the start of each run; `shift`, in s, is added to the alignment's
    times, which are then relative to the first volume kept.
    """

    n_dropped: tuple[int, ...]
    shift: float


def align_story(
    story: str,
    runs: Sequence[Recording],
    first_onset: Callable[[], float | None],
    dataset: Mapping,
    tr: float,
    notes: Notes,
) -> StoryStart:
    """Compute where one story starts in each of its runs.

    ``dataset.onsets`` wins: it gives the volumes to drop, and word times stay as in the alignment. Else, with events,
    the audio starts some seconds into a run: at its row ``dataset.onset_event`` where that marks the audio, else as
    long before it as the first word is into the audio (``dataset.onset_marks``). Whole TRs of that are dropped as
    volumes, the rest is added to the word times. The first run sets that rest, or the one that starts latest after the
    audio; the others drop the number of volumes that comes nearest to it. With neither, audio and run start together.
    StartTime is taken off the times of the words in all three.

    Parameters
    ----------
    first_onset : gives the onset of the first word in s; None where the alignment still has to be downloaded. Then
        ``dataset.onsets`` needs no alignment, but events need its first word.
    tr : s.

    Raises
    ------
    BadInput : events of which none is named as ``dataset.onset_event`` is, or without an onset in seconds, unless
        ``dataset.onsets`` is given; events without an alignment.
    """
    onset = configured_onset(story, runs[0].scan.task, dataset)
    _note_other_rows(runs, dataset.get("onset_event") or "story", notes)
    if onset is not None:
        notes.extend(_disagreements(story, _compared(runs, first_onset), onset, tr))
    shifts = _shifts_by_events(story, runs, first_onset, dataset, tr, notes) if onset is None else [None]
    if all(shift is None for shift in shifts):
        first = max(run.start for run in runs)  # the others drop the volumes that this run does not have
        missing = max(0, -(onset or 0))  # volumes of the audio before the files begin, which were cut
        n_dropped = (max(0, (onset or 0) + missing + round((first - run.start) / tr)) for run in runs)
        return StoryStart(tuple(n_dropped), 0.0 - first - missing * tr)
    clocks = [None if shift is None else shift - run.start for shift, run in zip(shifts, runs, strict=True)]
    known = [clock for clock in clocks if clock is not None]
    first = min(known) if min(known) < 0 else known[0]  # where audio starts before a run, the others drop volumes
    shift = first - max(0, math.floor(first / tr + ROUNDING)) * tr
    n_dropped = [0 if own is None else max(0, round((own - shift) / tr)) for own in clocks]
    notes.extend(_misaligned(story, clocks, n_dropped, shift, tr))
    return StoryStart(tuple(n_dropped), shift)


def configured_onset(story: str, task: str, dataset: Mapping) -> int | None:
    """Volumes to drop by ``dataset.onsets``: of the story, of the task whose part it is, or of all; None without."""
    onsets = dataset.get("onsets")
    if onsets is None or isinstance(onsets, int):
        return onsets
    return onsets.get(story, onsets.get(task))


def require_known_onsets(dataset: Mapping, known: Sequence[str]) -> None:
    """Raise where ``dataset.onsets`` names a story that is not there."""
    onsets = dataset.get("onsets")
    for story in onsets if isinstance(onsets, Mapping) else ():
        if story not in known:
            expected = f"a story of the dataset; nearest is {nearest(story, known)}"
            raise BadInput("dataset.onsets", f"{story}, which is no story", expected)


def volumes_to_keep(last_offset: float, shift: float, tr: float, tail: float) -> int:
    """Number of volumes, after those dropped, until `tail` seconds after the last word.

    Parameters
    ----------
    last_offset : end of the last word, s on the clock of its times.
    shift : s, from that clock to that of the first volume kept.
    """
    return max(1, math.ceil((last_offset + shift + tail) / tr - ROUNDING))


def trim_tails(
    story: str,
    n_kept: Sequence[int | None],
    last_offset: float,
    shift: float,
    dataset: Mapping,
    tr: float,
    notes: Notes,
) -> list[int | None]:
    """Cut the silent ends of a story's runs; without ``dataset.tail``, note where they are long.

    Parameters
    ----------
    n_kept : volumes of each run without those dropped at its start; None where they are not known.

    Returns
    -------
    n_trs : volumes that are used.
    """
    tail, known, end = dataset.get("tail"), [n for n in n_kept if n is not None], last_offset + shift
    if not known:
        return list(n_kept)
    late = [end - n * tr for n in known if end > (n + 1) * tr]
    if late:
        when = f"up to {max(late):.1f} s after the end of {len(late)} of {len(n_kept)} runs"
        notes.extend([f"{story}: its last word ends {when}"])
    if tail is None:
        silent = [n * tr - end for n in known if n * tr - end > SILENCE]
        if silent:
            after = f"up to {max(silent):.0f} s after its last word in {len(silent)} of {len(n_kept)} runs"
            notes.extend([f"{story}: silence of {after} is scored too; dataset.tail: 12 leaves it out"])
        return list(n_kept)
    longest = volumes_to_keep(last_offset, shift, tr, tail)
    cut = [n - longest for n in known if n > longest]
    if cut:
        amount = f"{min(cut)} to {max(cut)}" if min(cut) < max(cut) else f"{cut[0]}"
        where = f"at the end of {len(cut)} of {len(n_kept)} runs"
        notes.extend([f"{story}: {amount} volumes {where} are left out, more than {tail:g} s after its last word"])
    return [None if n is None else min(n, longest) for n in n_kept]


def _shifts_by_events(
    story: str,
    runs: Sequence[Recording],
    first_onset: Callable[[], float | None],
    dataset: Mapping,
    tr: float,
    notes: Notes,
) -> list[float | None]:
    """Seconds from the start of each run to the start of the audio, by the run's events; None where they do not say."""
    label = dataset.get("onset_event") or "story"
    starts = [_story_start(story, run, label, tr, notes) for run in runs]
    if all(start is None for start in starts) or dataset.get("onset_marks") == "audio":
        return starts
    first = first_onset()
    if first is None:
        found = "no onset, and no alignment here whose first word could be matched to the story event in events.tsv"
        raise BadInput(f"dataset.onsets {story}", found, "TRs to drop, or the alignment under dataset.root")
    if first > tr:
        taken = f"rows {label} of events.tsv are taken for the onset of the first word, {first:.1f} s into the audio"
        notes.extend([f"{story}: {taken}; where they are the start of the audio: dataset.onset_marks: audio"])
    return [None if start is None else start - first for start in starts]


def _story_start(story: str, run: Recording, label: str, tr: float, notes: Notes) -> float | None:
    """When the story starts, s after its run began, by the events of the run; None where they do not say."""
    events = run.events
    if events is None or not events.rows:
        _require_no_other_label(events, label)
        reason = "no events.tsv" if events is None else "nothing in events.tsv that could be used"
        reason = reason if events is None or events.has_labels else "an events.tsv without a column trial_type"
        together = "audio and run are taken to start together, in runs of {}"
        notes.count(f"{reason}, and no dataset.onsets: {together}", story)
        return None
    seconds = events.start.seconds
    if run.n_volumes is not None and seconds >= run.n_volumes * tr:
        expected = f"seconds, before the run of {run.n_volumes} volumes ends at {run.n_volumes * tr:g} s"
        raise BadInput(events.start.where, f"onset {seconds:g}", expected)
    if len(events.rows) > 1:
        used = "of which the earliest that lasts is used, in runs of {}"
        notes.count(f"several rows {label} in events.tsv, {used}", story)
    if seconds < 0:
        notes.count("the story starts before its run, by events.tsv, in runs of {}", story)
    return seconds


def _require_no_other_label(events: Events | None, label: str) -> None:
    if events and events.other_labels:
        closest = nearest(label, events.other_labels)
        expected = f"a row {label}, or another dataset.onset_event (nearest: {closest}), or dataset.onsets"
        raise BadInput(events.path, f"trial_type {', '.join(events.other_labels)}", expected)


def _compared(runs: Sequence[Recording], first_onset: Callable[[], float | None]) -> list[float | None]:
    """Where the audio starts by events, where those are sound: they are only compared with ``dataset.onsets``."""
    starts = []
    for run in runs:
        try:
            starts.append(run.events.start.seconds if run.events and run.events.start else None)
        except BadInput:
            starts.append(None)
    first = None if all(start is None for start in starts) else first_onset()
    return [None if start is None or first is None else start - first for start in starts]


def _note_other_rows(runs: Sequence[Recording], label: str, notes: Notes) -> None:
    for run in runs:
        for other, n in (run.events.others if run.events and run.events.has_labels else {}).items():
            notes.count(f"rows of events.tsv beside {label} are not used: {{}}", other, n)


def _disagreements(story: str, shifts: Sequence[float | None], onset: int, tr: float) -> list[str]:
    far = [shift for shift in shifts if shift is not None and abs(shift - onset * tr) > tr]
    if not far:
        return []
    by_config = f"{onset} TRs ({onset * tr:.1f} s) into the run by dataset.onsets"
    by_events = f"{far[0]:.1f} s by events.tsv, in {len(far)} of {len(shifts)} runs"
    return [f"{story}: the audio starts {by_config}, but {by_events}; dataset.onsets is used"]


def _misaligned(
    story: str, clocks: Sequence[float | None], n_dropped: Sequence[int], shift: float, tr: float
) -> list[str]:
    rows = zip(clocks, n_dropped, strict=True)
    off = [own for own, n in rows if own is None or abs(own - n * tr - shift) > tr]
    if not off:
        return []
    return [f"{story}: {len(off)} of {len(clocks)} runs have no events, or start later than events.tsv says"]
