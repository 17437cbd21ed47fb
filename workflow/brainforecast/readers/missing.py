"""Missing volumes: n/a (NaN) in every target of a run, as censored ones are, or in many; and values in their place.

A target that is n/a in every volume, as the medial wall of a surface, does not count: it is masked as a target. So is
a target that is n/a in a few volumes which have the others. A volume that lacks more than MOST_LOST of the targets, and
more than one, would cost more than it holds: `dataset.missing_volumes` decides what is done with it.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from brainforecast.errors import BadInput

logger = logging.getLogger("brainforecast")

STOP, MASK, INTERPOLATE = "stop", "mask", "interpolate"
MOST_LOST = 0.10  # of the targets that are measured in the run: a volume n/a in more of them is missing
MOST_INTERPOLATED = 0.25  # of the volumes of a run: with more, what is scored was hardly measured
MOST_LISTED = 12  # volumes named in a line


@dataclass(frozen=True)
class CompletedRun:
    """A run whose missing volumes have been decided on.

    values : (n_volumes, n_targets); used : (n_volumes,) bool, false for missing volumes that are masked;
    n_interpolated : missing volumes that are not; notes : sentences on volumes that cost targets.
    """

    values: np.ndarray
    used: np.ndarray
    n_interpolated: int = 0
    notes: tuple[str, ...] = ()


def complete_run(run: np.ndarray, wanted: np.ndarray, mode: str, path: str) -> CompletedRun:
    """Find the missing volumes of a run, and stop, mask or interpolate them.

    Parameters
    ----------
    run : (n_volumes, n_targets) float32; may be changed in place where values are missing.
    wanted : (n_volumes,) bool, volumes of the story that are not censored yet; others that lack a target are not used.
    mode : config `dataset.missing_volumes`.
    path : of the run, for messages.

    Raises
    ------
    BadInput : mode `stop` and a missing volume among those wanted; all of them missing, in any mode.
    """
    finite = np.isfinite(run)
    every = np.ones(len(run), bool)
    if finite.all():
        return CompletedRun(run, every)
    measured = finite[wanted].any(axis=0)
    n_measured = int(measured.sum())
    if not n_measured:
        if wanted.any():
            raise BadInput(path, f"all of its {wanted.sum()} volumes n/a in every target", "a run that was measured")
        return CompletedRun(run, every)
    lost = n_measured - finite[:, measured].sum(axis=1)
    is_many = (lost > max(1, MOST_LOST * n_measured)) | (lost == n_measured)
    missing = np.where(wanted, is_many, lost > 0)
    decided = missing & wanted
    if decided.any() and mode == STOP:
        raise _stop(lost, decided, n_measured, path)
    if missing[wanted].all():
        raise BadInput(path, f"all of its {decided.sum()} volumes n/a in many targets", "a run that was measured")
    if mode == INTERPOLATE and decided.sum() > MOST_INTERPOLATED * wanted.sum():
        found = f"{decided.sum()} of its {wanted.sum()} volumes missing"
        expected = (
            f"at most {MOST_INTERPOLATED:.0%} to interpolate; or dataset.missing_volumes: mask, or the run excluded"
        )
        raise BadInput(path, found, expected)
    few = wanted & ~missing & (lost > 0)
    notes = _note_lost_targets(finite[:, measured], few, wanted & ~missing, path) if few.any() else ()
    is_masked = missing if mode == MASK else missing & ~wanted
    run = run if run.flags.writeable else run.copy()  # pandas gives some that are not
    fill_rows(run, ~missing, np.where(is_masked[:, None], True, ~finite))
    if decided.any():
        verb = "masked" if mode == MASK else "interpolated"
        logger.info("%s: %s n/a in %s of %d targets, %s", path, name_volumes(decided, path), _most(lost[decided]),
                    n_measured, verb)  # fmt: skip
    return CompletedRun(run, ~is_masked, int((decided & ~is_masked).sum()), notes)


def fill_rows(run: np.ndarray, source: np.ndarray, filled: np.ndarray | None = None) -> None:
    """Fill in the rows that are no `source`, in place: on the line between the nearest that are, at the ends as these.

    Parameters
    ----------
    run : (n_volumes, n_targets); a target that is NaN in a source row beside them stays NaN.
    source : (n_volumes,) bool, at least one of them.
    filled : (n_volumes, n_targets) bool, which values of those rows are filled in; None: all.
    """
    rows, known = np.flatnonzero(~source), np.flatnonzero(source)
    after = np.searchsorted(known, rows)
    before, after = known[np.maximum(after - 1, 0)], known[np.minimum(after, len(known) - 1)]
    before = np.where(before > rows, after, before)
    for row, first, last in zip(rows, before, after, strict=True):
        weight = np.float32((row - first) / (last - first) if last > first else 0)
        values = (1 - weight) * run[first] + weight * run[last] if weight else run[first]
        run[row] = values if filled is None else np.where(filled[row], values, run[row])


def name_volumes(is_named: np.ndarray, path: str) -> str:
    """Name volumes, counted from 0; those of a table by their rows in the file too."""
    volumes = np.flatnonzero(is_named).tolist()
    text = f"{'volumes' if len(volumes) > 1 else 'volume'} {_list(volumes)} (the first is 0"
    rows = f"; {'rows' if len(volumes) > 1 else 'row'} {_list([volume + 2 for volume in volumes])} of the file"
    return f"{text}{rows if str(path).endswith('.tsv') else ''})"


def _stop(lost: np.ndarray, missing: np.ndarray, n_measured: int, path: str) -> BadInput:
    whole = missing & (lost == n_measured)
    if whole.any():
        found = f"{name_volumes(whole, path)} n/a in every target"
    else:
        found = f"{name_volumes(missing, path)} n/a in {_most(lost[missing])} of {n_measured} targets"
    others = f" and {(missing & ~whole).sum()} n/a in many" if whole.any() and (missing & ~whole).any() else ""
    expected = "numbers; or dataset.missing_volumes: mask (neither fitted on nor scored) or interpolate"
    return BadInput(path, f"{found}{others}", expected)


def _note_lost_targets(finite: np.ndarray, few: np.ndarray, judged: np.ndarray, path: str) -> tuple[str, ...]:
    """State which volumes cost how many targets."""
    n_lost = int((~finite[judged]).any(axis=0).sum())
    cost = f"n/a in {_most((~finite[few]).sum(axis=1))} of {finite.shape[1]} targets"
    note = f"{path}: {name_volumes(few, path)} {cost}; {n_lost} {'targets are' if n_lost > 1 else 'target is'} masked"
    logger.warning("%s", note)
    return (note,)


def _most(counts: np.ndarray) -> str:
    """The largest of some counts, in words."""
    return f"{'up to ' if len(counts) > 1 else ''}{counts.max()}"


def _list(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:MOST_LISTED]))
    return f"{shown} and {len(numbers) - MOST_LISTED} more" if len(numbers) > MOST_LISTED else shown
