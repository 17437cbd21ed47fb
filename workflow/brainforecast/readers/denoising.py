"""Denoise the runs of a subject with nilearn: confounds and slow drifts regressed out, targets standardised.

A run is denoised whole, before its first volumes and its tail are dropped. What is fitted is fitted to the volumes that
are neither censored nor missing.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from nilearn.signal import clean
from scipy.interpolate import CubicSpline

from brainforecast.errors import BadInput
from brainforecast.progress import log_progress
from brainforecast.readers.confounds import RunConfounds, quiet, read_confounds
from brainforecast.readers.missing import complete_run, fill_rows
from brainforecast.readers.subject_runs import SubjectRuns, read_runs
from brainforecast.storage.denoised import MISSING, USED, DenoisedRun

logger = logging.getLogger("brainforecast")

AT_ONCE = 4_000_000  # numbers of a run that are cleaned at once, as float64
FEWEST_LEFT = 3  # volumes beyond the confounds: a fit with fewer removes everything


@dataclass(frozen=True)
class DenoiseSettings:
    """What is removed from each run.

    confounds : arguments of load_confounds, None for no confounds; high_pass : Hz, None for no filter; standardize :
    ``zscore_sample``, ``psc`` or None; tr : s.
    """

    confounds: Mapping | None
    high_pass: float | None
    standardize: str | None
    tr: float


def denoise_subject(
    paths_to_runs: Sequence[str],
    paths_to_confounds: Sequence[str],
    targets: pd.DataFrame,
    runs: SubjectRuns,
    settings: DenoiseSettings,
    own: pd.DataFrame | None = None,
) -> list[DenoisedRun]:
    """Denoise every run of a subject.

    Parameters
    ----------
    paths_to_runs : of each run in turn; of a surface run L, then R.
    paths_to_confounds : the table of each run; none where load_confounds finds its files itself.
    own : from `subject_runs.describe_own_targets`; the means of regions are denoised, which is the same, and faster.

    Raises
    ------
    BadInput : a run or a table that cannot be read, of different lengths, or without enough volumes.
    """
    found, paths_to_confounds = [], list(paths_to_confounds) or [None] * len(runs.stories)
    read = log_progress(read_runs(paths_to_runs, targets, runs, own), len(runs.stories), "run")
    for index, (paths, run) in enumerate(read):
        confounds, table, notes = RunConfounds.none(len(run)), paths_to_confounds[index], []
        if settings.confounds is not None:
            confounds = read_confounds(paths, table, settings.confounds)
            _check_length(confounds, len(run), table or paths[0], paths[0])
            if "high_pass" in settings.confounds["strategy"] and not any("cosine" in name for name in confounds.names):
                notes.append(f"{table or paths[0]}: no cosine columns, so that strategy high_pass removes nothing")
                logger.warning("%s", notes[-1])
        wanted = runs.kept(index, len(run)) & (confounds.reasons == USED)
        completed = complete_run(run, wanted, runs.missing_volumes, paths[0])
        reasons = np.where(completed.used | (confounds.reasons != USED), confounds.reasons, np.uint8(MISSING))
        values = clean_run(completed.values, confounds.table, reasons == USED, settings, paths[0])
        logger.info("%s: %d volumes, %d censored, %d confounds from %s", runs.stories[index],
                    len(run), (reasons != USED).sum(), len(confounds.names), table)  # fmt: skip
        about = {
            "confounds": confounds.names,
            "n_interpolated": completed.n_interpolated,
            "notes": (*notes, *completed.notes),
        }
        found.append(DenoisedRun(values, reasons, about))
    return found


def clean_run(
    run: np.ndarray, table: pd.DataFrame, used: np.ndarray, settings: DenoiseSettings, path: str
) -> np.ndarray:
    """Clean one run; targets that are constant, or not finite somewhere, stay as they are.

    Parameters
    ----------
    run : (n_volumes, n_targets) float32.
    table : confounds, (n_volumes, n_confounds).
    used : (n_volumes,) bool, the volumes that are fitted.
    path : of the run, for messages.

    Returns
    -------
    (n_volumes, n_targets) float32; volumes that are not used are on the line between their neighbours.

    Raises
    ------
    BadInput : fewer volumes left than are needed; per cent of a mean of about zero.
    """
    n_confounds = table.shape[1]
    if used.sum() < n_confounds + FEWEST_LEFT:
        found = f"{used.sum()} of {len(used)} volumes left for {n_confounds} confounds"
        raise BadInput(path, found, "more volumes than confounds: milder scrubbing, fewer confounds, or no such run")
    cleaned, kept = run.copy(), np.flatnonzero(used)
    fitted = run[kept]
    varies = np.isfinite(fitted).all(axis=0)
    varies[varies] = np.ptp(fitted[:, varies], axis=0) > 0
    targets = np.flatnonzero(varies)
    if settings.standardize == "psc":
        _check_means(fitted[:, targets], path)
    whole = slice(kept[0], kept[-1] + 1)  # nothing is extrapolated beyond the first and the last volume used
    confounds = table.to_numpy(float)[whole] if n_confounds else None
    step = max(1, AT_ONCE // len(run))
    for start in range(0, len(targets), step):
        block = targets[start : start + step]
        cleaned[np.ix_(kept, block)] = _clean(run[whole, block].astype(float), confounds, used[whole], settings)
    fill_rows(cleaned, used)
    return cleaned


def _clean(values: np.ndarray, confounds: np.ndarray | None, used: np.ndarray, settings: DenoiseSettings) -> np.ndarray:
    """The volumes used of some targets, cleaned, (n_used, n_targets)."""
    if settings.high_pass and not used.all():
        # clean's own spline leaves out a censored volume whose mirror image about the middle of the run is censored
        # too; where all of them are on the spline beforehand, it has nothing to change
        values, confounds = (None if array is None else _splined(array, used) for array in (values, confounds))
    with quiet():
        return clean(
            values,
            detrend=False,
            standardize=settings.standardize,
            sample_mask=None if used.all() else np.flatnonzero(used),
            confounds=confounds,
            filter="butterworth" if settings.high_pass else False,
            high_pass=settings.high_pass,
            t_r=settings.tr,
            butterworth__copy=True,  # all targets at once: the same values, 20 times as fast
        )


def _splined(values: np.ndarray, used: np.ndarray) -> np.ndarray:
    """The values with those of volumes that are not used on a cubic spline through the others."""
    volumes = np.arange(len(values))
    filled = values.copy()
    filled[~used] = CubicSpline(volumes[used], values[used])(volumes[~used])
    return filled


def _check_length(confounds: RunConfounds, n_volumes: int, where: str, path: str) -> None:
    if len(confounds.table) != n_volumes:
        raise BadInput(where, f"{len(confounds.table)} rows of confounds", f"{n_volumes}, the volumes of {path}")


def _check_means(values: np.ndarray, path: str) -> None:
    """Per cent of the mean needs one: responses of mean zero, as residuals are, have none."""
    sd = values.std(axis=0, dtype=float)
    share = float(np.mean(np.abs(values.mean(axis=0, dtype=float)) < sd)) if values.size else 0.0
    if share > 0.5:
        found = f"means within a standard deviation of zero in {share:.0%} of targets"
        raise BadInput(path, found, "responses in the scanner's units for dataset.standardize psc; or zscore_sample")
