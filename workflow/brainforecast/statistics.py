"""Statistics over subjects. Arrays are (n_subjects, n_targets); NaN marks a target a subject does not have."""

import numpy as np
from scipy import stats


def summarise(values: np.ndarray) -> dict[str, np.ndarray]:
    """What `describe` gives, with the two-sided Wilcoxon signed-rank test against 0 (p_value) and its q_value.

    q-values (Benjamini-Hochberg) are over the targets given.
    """
    p = signed_rank(values)
    return describe(values) | {"p_value": p, "q_value": false_discovery(p)}


def describe(values: np.ndarray) -> dict[str, np.ndarray]:
    """Number of subjects, mean, standard error and 95 % interval of the mean (Student's t).

    Returns
    -------
    n_subjects, mean, sem, ci_low, ci_high : (n_targets,) each. A statistic that does not exist (no subject, or one
    where two are needed) is NaN.
    """
    values = np.asarray(values, np.float64)
    n = np.isfinite(values).sum(axis=0)
    some, spread = n > 0, n > 1
    mean, sem = np.full(n.shape, np.nan), np.full(n.shape, np.nan)
    mean[some] = np.nanmean(values[:, some], axis=0)
    sem[spread] = np.nanstd(values[:, spread], axis=0, ddof=1) / np.sqrt(n[spread])
    half = stats.t.ppf(0.975, np.maximum(n - 1, 1)) * sem
    return {"n_subjects": n, "mean": mean, "sem": sem, "ci_low": mean - half, "ci_high": mean + half}


def signed_rank(values: np.ndarray) -> np.ndarray:
    """p-value of the two-sided Wilcoxon signed-rank test (scipy) of each column against 0; NaN where all is NaN.

    Targets that the same subjects have are tested together.
    """
    values = np.asarray(values, np.float64)
    present = np.isfinite(values)
    p = np.full(values.shape[1], np.nan)
    patterns, members = np.unique(present, axis=1, return_inverse=True)
    for index, pattern in enumerate(patterns.T):
        columns = np.flatnonzero(members.ravel() == index)
        if pattern.any():
            p[columns] = _wilcoxon(values[np.ix_(pattern, columns)])
    return p


def _wilcoxon(values: np.ndarray) -> np.ndarray:
    """scipy's test of each column; a column of zeros differs from 0 nowhere, which is p = 1.

    With ties or zeros in a small sample scipy permutes signs, and would do so for every column of an array that holds
    one such column: those columns are tested one by one, the rest at once.
    """
    p = np.ones(values.shape[1])
    sizes = np.sort(np.abs(values), axis=0)
    moving = sizes[-1] > 0
    tied = (sizes[0] == 0) | (np.diff(sizes, axis=0) == 0).any(axis=0)
    at_once = np.flatnonzero(moving & ~tied)
    if len(at_once):
        p[at_once] = stats.wilcoxon(values[:, at_once], axis=0).pvalue
    for column in np.flatnonzero(moving & tied):
        p[column] = stats.wilcoxon(values[:, column]).pvalue
    return p


def false_discovery(p: np.ndarray) -> np.ndarray:
    """Benjamini-Hochberg q-values (scipy) over the p-values that exist."""
    q = np.full(p.shape, np.nan)
    tested = np.isfinite(p)
    if tested.any():
        q[tested] = stats.false_discovery_control(p[tested], method="bh")
    return q


def peak(curves: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Position of the largest value along the first axis, e.g. d* from F over distances; the first of equals.

    Parameters
    ----------
    curves : (n_positions, n_targets).

    Returns
    -------
    (n_targets,) float64; NaN where a curve holds a NaN.
    """
    whole = np.isfinite(curves).all(axis=0)
    where = np.where(whole, np.nan_to_num(curves, nan=-np.inf).argmax(axis=0), 0)
    return np.where(whole, np.asarray(positions, float)[where], np.nan)
