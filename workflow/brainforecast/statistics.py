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


def signed_rank(values: np.ndarray, alternative: str = "two-sided") -> np.ndarray:
    """p-value of the Wilcoxon signed-rank test (scipy) of each column against 0; NaN where all is NaN.

    Targets that the same subjects have are tested together.
    """
    values = np.asarray(values, np.float64)
    present = np.isfinite(values)
    p = np.full(values.shape[1], np.nan)
    patterns, members = np.unique(present, axis=1, return_inverse=True)
    for index, pattern in enumerate(patterns.T):
        columns = np.flatnonzero(members.ravel() == index)
        if pattern.any():
            p[columns] = _wilcoxon(values[np.ix_(pattern, columns)], alternative)
    return p


def _wilcoxon(values: np.ndarray, alternative: str) -> np.ndarray:
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
        p[at_once] = stats.wilcoxon(values[:, at_once], axis=0, alternative=alternative).pvalue
    for column in np.flatnonzero(moving & tied):
        p[column] = stats.wilcoxon(values[:, column], alternative=alternative).pvalue
    return p


def false_discovery(p: np.ndarray) -> np.ndarray:
    """Benjamini-Hochberg q-values (scipy) over the p-values that exist."""
    q = np.full(p.shape, np.nan)
    tested = np.isfinite(p)
    if tested.any():
        q[tested] = stats.false_discovery_control(p[tested], method="bh")
    return q


def random_halves(n: int, n_splits: int, seed: int) -> np.ndarray:
    """Seeded random halves of n subjects: (n_splits, n) of bool, n // 2 of them True in each row."""
    rng = np.random.default_rng(seed)
    halves = np.zeros((n_splits, n), bool)
    for row in halves:
        row[rng.permutation(n)[: n // 2]] = True
    return halves


def split_half(values: np.ndarray, halves: np.ndarray) -> np.ndarray:
    """Spearman's rho over targets between the mean maps of two halves of the subjects, for each split.

    Parameters
    ----------
    values : (n_subjects, n_targets); halves : (n_splits, n_subjects), True for the first half.

    Returns
    -------
    (n_splits,); targets that a half does not have are passed over.
    """
    first, second = mean_of_groups(values, halves), mean_of_groups(values, ~halves)
    return np.array([rank_correlation(x, y) for x, y in zip(first, second, strict=True)])


def mean_of_groups(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Mean over the subjects of each group (n_groups, n_subjects), passing over NaN: (n_groups, n_targets)."""
    present = np.isfinite(values)
    counts = groups.astype(np.float64) @ present
    sums = groups.astype(np.float64) @ np.where(present, values, 0.0)
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)


def rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's rho (scipy) over the places where both have a value; NaN where one of them does not vary."""
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    if len(x) < 2 or (x == x[0]).all() or (y == y[0]).all():
        return np.nan
    return float(stats.spearmanr(x, y).statistic)
