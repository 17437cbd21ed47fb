"""Where a story starts in its runs: volumes to drop, and the seconds that remain. Standard library only, as `plan`."""

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
    """Place one story in its runs.

    ``dataset.onsets`` wins: so many volumes dropped, words on the clock of the audio. Else, with events, the audio
    starts `shift` seconds into a run, where the events say that speech starts minus the first word's time: whole TRs
    of it are dropped, the rest shifts the words. The first run sets that rest; the others drop the nearest number of
    volumes to it. With neither, audio and run start together.

    An alignment that is still to be fetched is None: ``dataset.onsets`` then stand alone, events need its first word.

    Returns
    -------
    n_dropped : per run.
    shift : seconds added to the alignment's times.
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
    return n_dropped, shift, _misplaced(story, shifts, n_dropped, shift, tr)


def _shifts_by_events(alignment: Path | None, scans: Sequence[Scan], root: Path) -> list[float | None]:
    """Seconds from the start of each run to the start of the audio, as the run's events have it."""
    onsets = [read_story_onset(scan.bids_path, root) for scan in scans]
    if all(onset is None for onset in onsets):
        return [None] * len(scans)
    if alignment is None:
        found = "nothing, where events.tsv has a row story and the alignment with its first word is not here"
        raise BadInput(f"dataset.onsets {scans[0].story}", found, f"TRs to drop, or the alignment under {root}/stimuli")
    first = first_onset(alignment)
    return [None if onset is None else onset - first for onset in onsets]


def _disagreements(story: str, shifts: Sequence[float | None], onset: int, tr: float) -> list[str]:
    far = [shift for shift in shifts if shift is not None and abs(shift - onset * tr) > tr]
    if not far:
        return []
    place = f"{onset} TRs ({onset * tr:.1f} s) into the run by dataset.onsets, {far[0]:.1f} s by events.tsv"
    return [f"{story}: the audio starts {place}, in {len(far)} of {len(shifts)} runs; dataset.onsets is followed"]


def _misplaced(
    story: str, shifts: Sequence[float | None], n_dropped: Sequence[int], shift: float, tr: float
) -> list[str]:
    rows = zip(shifts, n_dropped, strict=True)
    off = [own for own, n in rows if own is None or abs(own - n * tr - shift) > tr]
    return [f"{story}: {len(off)} of {len(shifts)} runs have no events, or start later than theirs say"] if off else []
