"""What sidecars say of the time of a run's volumes: the repetition time, and when the first volume was acquired."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from brainforecast.dataset.bids import is_number
from brainforecast.dataset.layout import Layout
from brainforecast.dataset.notes import Notes
from brainforecast.errors import BadInput

LONGEST_TR = 30.0  # s; longer ones are milliseconds
SHORTEST_TR = 0.05  # s; shorter ones are in a larger unit
LATEST_START = 120.0  # s
SAME_TR = 1e-3  # relative: less than one volume in the thousand of a long run
KEYS = ("RepetitionTime", "VolumeTiming", "SamplingFrequency", "StartTime")


@dataclass(frozen=True)
class Timing:
    """Times of a run's volumes by its sidecars.

    `tr` is in s, None where no sidecar has it; `start` is StartTime, the time in s of the first volume's values after
    the acquisition began. `source` is the key that gave `tr`, and where it is.
    """

    tr: float | None
    start: float
    source: str | None = None
    key: str | None = None


def read_timing(path: Path, layout: Layout) -> Timing:
    """Read the times of a run's volumes; each key from the nearest sidecar that has it.

    Without RepetitionTime, VolumeTiming gives it if its times are regular, else SamplingFrequency.

    Raises
    ------
    BadInput : a value that is no number of seconds, volumes at irregular times.
    """
    found: dict[str, tuple[str, object]] = {}
    for sidecar, content in layout.sidecars_of(path):
        for key in KEYS:
            if key not in found and content.get(key) is not None:
                found[key] = (f"{sidecar} {key}", content[key])
    start = _start(*found["StartTime"]) if "StartTime" in found else 0.0
    by_times = _tr_of_times(*found["VolumeTiming"]) if "VolumeTiming" in found else None
    for key, read in (("RepetitionTime", _tr), ("VolumeTiming", lambda *_: by_times), ("SamplingFrequency", _inverse)):
        if key in found:
            where, value = found[key]
            return Timing(read(where, value), start, where, key)
    return Timing(None, start)


def common_tr(timings: Mapping[Path, Timing], given: float | None, notes: Notes) -> float:
    """Find the repetition time of all runs, in s; sidecars win over the config.

    Times that differ by less than `SAME_TR` are one, the most frequent.

    Parameters
    ----------
    timings : of each run, by a file of it.
    given : config ``dataset.tr``.

    Raises
    ------
    BadInput : runs of different repetition times, a run without one, milliseconds.
    """
    if given is not None:
        require_tr("dataset.tr", given)
    trs = {}
    for path, timing in timings.items():
        if timing.tr is None and given is None:
            raise BadInput(path, "no RepetitionTime in a sidecar and no dataset.tr", "a repetition time in s")
        trs[path] = given if timing.tr is None else timing.tr
    counts = Counter(trs.values())
    tr = max(counts, key=lambda one: (counts[one], -len(f"{one}")))  # of equally frequent ones, the one in fewer digits
    for path, other in trs.items():
        if not math.isclose(tr, other, rel_tol=SAME_TR):
            raise BadInput(path, f"a repetition time of {other} s", f"{tr} s, as in {_name_with(tr, trs)}")
    if len(counts) > 1:
        each = ", ".join(f"{other} s ({n} runs)" for other, n in sorted(counts.items()))
        notes.extend([f"repetition times of {each}, equal to 1 in {1 / SAME_TR:.0f}: {tr} s is used"])
    by_sidecar = [timing for timing in timings.values() if timing.tr is not None]
    if given and by_sidecar and given != tr:
        notes.extend([f"dataset.tr is {given} s, but the sidecars say {tr} s; the sidecars are used"])
    other_key = next((timing for timing in by_sidecar if timing.key != "RepetitionTime"), None)
    if other_key:
        notes.extend([f"the repetition time, {tr:g} s, is from {other_key.key}: no sidecar has RepetitionTime"])
    return float(tr)


def start_notes(story: str, starts: Sequence[float]) -> list[str]:
    """Say by how much StartTime moves the words of a story; nothing where no run has one.

    Parameters
    ----------
    starts : StartTime of each of its runs, s.
    """
    if not any(starts):
        return []
    latest, spread = max(starts), max(starts) - min(starts)
    each = f" (they are between {min(starts):g} and {latest:g} s: runs that begin earlier drop more volumes)"
    where = each if spread > 1e-3 else ""
    return [f"{story}: the words are moved {latest:g} s earlier{where}, by StartTime of the sidecars"]


def require_tr(where: str, tr: object) -> float:
    """Return a repetition time; raise where it is no number of seconds."""
    if not is_number(tr) or tr <= 0:
        raise BadInput(where, _spelled(tr), f"seconds, above 0 and at most {LONGEST_TR:g}")
    if tr < SHORTEST_TR:
        raise BadInput(where, _spelled(tr), f"seconds, at least {SHORTEST_TR:g}")
    if tr > LONGEST_TR:
        raise BadInput(where, _spelled(tr), f"seconds: {tr / 1000:g}, if these are milliseconds")
    return float(tr)


def _tr(where: str, value: object) -> float:
    return require_tr(where, value)


def _inverse(where: str, value: object) -> float:
    if not is_number(value) or value <= 0:
        raise BadInput(where, _spelled(value), "volumes per second, above 0")
    return require_tr(where, 1 / value)


def _start(where: str, value: object) -> float:
    if not is_number(value) or abs(value) > LATEST_START:
        raise BadInput(where, _spelled(value), f"seconds, at most {LATEST_START:g}")
    return float(value)


def _tr_of_times(where: str, times: object) -> float:
    """The one step between the times of the volumes; raise where they have several."""
    if not isinstance(times, list) or len(times) < 2 or not all(map(is_number, times)):
        raise BadInput(where, _spelled(times), "the time of each volume, s")
    steps = [after - before for before, after in pairwise(times)]
    if not math.isclose(min(steps), max(steps), rel_tol=SAME_TR):
        raise BadInput(where, f"steps from {min(steps):g} to {max(steps):g} s", "volumes at regular times")
    return require_tr(where, steps[0])


def _spelled(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _name_with(tr: float, trs: Mapping[Path, float]) -> str:
    return next(path.name for path, own in trs.items() if own == tr)
