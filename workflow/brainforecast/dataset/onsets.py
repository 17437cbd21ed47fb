"""Align a story with its runs: how many volumes to drop, and by how many seconds to shift the words."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from brainforecast.dataset.alignments import first_onset
from brainforecast.dataset.bids import read_story_onset
from brainforecast.dataset.scans import Scan
from brainforecast.errors import BadInput


def align_story(
    alignment: Path | None, scans: Sequence[Scan], dataset: Mapping, tr: float
) -> tuple[list[int], float, list[str]]:
    """Compute where one story starts in each of its runs.

    ``dataset.onsets`` wins: it gives the volumes to drop, and word times stay as in the alignment. Else, with events,
    the audio starts `shift` seconds into a run: the time of its first ``story`` event minus that of the first word.
    Whole TRs of the shift are dropped as volumes, the rest is added to the word times. The first run sets that rest;
    the others drop the number of volumes that comes nearest to it. With neither, audio and run start together.

    Parameters
    ----------
    alignment : of the story; None where it still has to be downloaded. Then ``dataset.onsets`` needs no alignment, but
        events need its first word.
    scans : runs of the story.
    tr : s.

    Returns
    -------
    n_dropped : per run.
    shift : s, added to the alignment's times.
    notes : sentences on runs whose events disagree by more than one TR.
    """
    story, onsets = scans[0].story, dataset.get("onsets") or {}
    if alignment is None and story in onsets:
        return [onsets[story]] * len(scans), 0.0, []
    shifts = _shifts_by_events(alignment, scans, Path(dataset["root"]))
    onset = onsets.get(story)
    if onset is not None:
        return [onset] * len(scans), 0.0, _disagreements(story, shifts, onset, tr)
    known = [shift for shift in shifts if shift is not None]
    if not known:
        return [0] * len(scans), 0.0, []
    # a shift of 4.5 s is 3 TRs of 1.5 s however the division rounds
    shift = known[0] - max(0, math.floor(known[0] / tr + 1e-9)) * tr
    n_dropped = [0 if own is None else max(0, round((own - shift) / tr)) for own in shifts]
    return n_dropped, shift, _misaligned(story, shifts, n_dropped, shift, tr)


def _shifts_by_events(alignment: Path | None, scans: Sequence[Scan], root: Path) -> list[float | None]:
    """Seconds from the start of each run to the start of the audio, by the run's events."""
    onsets = [read_story_onset(scan.bids_path, root) for scan in scans]
    if all(onset is None for onset in onsets):
        return [None] * len(scans)
    if alignment is None:
        found = "no onset, and no alignment here whose first word could be matched to the story event in events.tsv"
        raise BadInput(f"dataset.onsets {scans[0].story}", found, f"TRs to drop, or the alignment under {root}/stimuli")
    first = first_onset(alignment)
    return [None if onset is None else onset - first for onset in onsets]


def _disagreements(story: str, shifts: Sequence[float | None], onset: int, tr: float) -> list[str]:
    far = [shift for shift in shifts if shift is not None and abs(shift - onset * tr) > tr]
    if not far:
        return []
    by_config = f"{onset} TRs ({onset * tr:.1f} s) into the run by dataset.onsets"
    by_events = f"{far[0]:.1f} s by events.tsv, in {len(far)} of {len(shifts)} runs"
    return [f"{story}: the audio starts {by_config}, but {by_events}; dataset.onsets is used"]


def _misaligned(
    story: str, shifts: Sequence[float | None], n_dropped: Sequence[int], shift: float, tr: float
) -> list[str]:
    rows = zip(shifts, n_dropped, strict=True)
    off = [own for own, n in rows if own is None or abs(own - n * tr - shift) > tr]
    if not off:
        return []
    return [f"{story}: {len(off)} of {len(shifts)} runs have no events, or start later than events.tsv says"]
