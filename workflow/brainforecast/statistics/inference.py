"""Statistics over subjects. Arrays are (n_subjects, n_targets); NaN marks a target a subject does not have.

Functions that make temporary arrays work on a block of targets at a time, so the values take most of the memory.
"""

from collections.abc import Iterator

import numpy as np

from brainforecast.statistics.distributions import normal_survival, signed_rank_cdf, t_quantile
from brainforecast.statistics.ranks import spearman

BLOCK = 4096  # targets
EXACT = 50  # subjects: up to this number the test is exact, as scipy's is


def summarise(values: np.ndarray) -> dict[str, np.ndarray]:
    """Add to `mean_and_ci` the two-sided Wilcoxon signed-rank test against 0 (p_value) and its q_value.

    q-values (Benjamini-Hochberg) are over the targets given.
    """
    p = wilcoxon_signed_rank(values)
    return mean_and_ci(values) | {"p_value": p, "q_value": benjamini_hochberg(p)}


def mean_and_ci(values: np.ndarray) -> dict[str, np.ndarray]:
    """Number of subjects, mean, standard error and 95 % interval of the mean (Student's t).

    Returns
    -------
    n_subjects, mean, sem, ci_low, ci_high : (n_targets,) each. A statistic that does not exist (no subject, or only
    one where two are needed) is NaN.
    """
    parts = [_mean_and_ci(block.astype(np.float64)) for block in _blocks(values)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def wilcoxon_signed_rank(values: np.ndarray, alternative: str = "two-sided") -> np.ndarray:
    """p-value of the Wilcoxon signed-rank test of each column against 0; NaN where fewer than two values are.

    Targets of the same subjects are tested together.
    """
    return np.concatenate([_signed_rank(block, alternative) for block in _blocks(values)])


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """Benjamini-Hochberg q-values over the m p-values that exist: q_(i) = min over j >= i of p_(j) m / j, at most 1."""
    q = np.full(p.shape, np.nan)
    tested = np.flatnonzero(np.isfinite(p))
    order = tested[np.argsort(p.flat[tested])]
    steps = p.flat[order] * (len(order) / np.arange(1, len(order) + 1))
    q.flat[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1)
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
    (n_splits,); targets that one of the halves does not have are left out.
    """
    first, second = mean_of_groups(values, halves), mean_of_groups(values, ~halves)
    return np.array([spearman(x, y) for x, y in zip(first, second, strict=True)])


def mean_of_groups(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Mean over the subjects of each group (n_groups, n_subjects), ignoring NaN: (n_groups, n_targets)."""
    return np.concatenate([_mean_of_groups(block, groups.astype(np.float64)) for block in _blocks(values)], axis=1)


def _blocks(values: np.ndarray) -> Iterator[np.ndarray]:
    """Yield columns of values, at most BLOCK at a time; one empty block where there are none."""
    values = np.asarray(values)
    for start in range(0, max(values.shape[1], 1), BLOCK):
        yield values[:, start : start + BLOCK]


def _mean_and_ci(values: np.ndarray) -> dict[str, np.ndarray]:
    n = np.isfinite(values).sum(axis=0)
    any_, several = n > 0, n > 1
    mean, sem = np.full(n.shape, np.nan), np.full(n.shape, np.nan)
    mean[any_] = np.nanmean(values[:, any_], axis=0)
    sem[several] = np.nanstd(values[:, several], axis=0, ddof=1) / np.sqrt(n[several])
    half = t_quantile(0.975, np.maximum(n - 1, 1)) * sem
    return {"n_subjects": n, "mean": mean, "sem": sem, "ci_low": mean - half, "ci_high": mean + half}


def _signed_rank(values: np.ndarray, alternative: str) -> np.ndarray:
    present = np.isfinite(values)
    p = np.full(values.shape[1], np.nan)
    patterns, members = np.unique(present, axis=1, return_inverse=True)
    for index, pattern in enumerate(patterns.T):
        columns = np.flatnonzero(members.ravel() == index)
        if pattern.sum() > 1:  # of one subject nothing is tested
            p[columns] = _wilcoxon(values[np.ix_(pattern, columns)], alternative)
    return p


def _wilcoxon(values: np.ndarray, alternative: str) -> np.ndarray:
    """The test of each column; a column of zeros does not differ from 0: p = 1.

    Where nothing is tied, a sort gives the ranks: few subjects are tested exactly, many by the normal approximation.
    With ties or zeros scipy tests; of few subjects it permutes signs, and would do so for every column of an array with
    one such column, so those columns are tested one by one.
    """
    p = np.ones(values.shape[1])
    tied, r_minus = _ranks(values)
    untied, nonzero = np.flatnonzero(~tied), np.flatnonzero(tied & (values != 0).any(axis=0))
    several = len(values) > EXACT
    p[untied] = (_normal if several else _exact)(r_minus[untied], len(values), alternative)
    if len(nonzero):
        from scipy.stats import wilcoxon  # takes .5 s to load, and ties are rare

        for columns in [nonzero] if several else nonzero[:, None]:
            tested = values[:, columns].astype(np.float64)
            p[columns] = wilcoxon(tested, axis=0, alternative=alternative).pvalue
    return p


def _ranks(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each column: whether a value is 0 or two have equal magnitude, and the sum of the ranks of negatives.

    Without the sign bit, the bits of floats sort by magnitude. So one sort of the magnitudes, each with its sign
    appended as the last bit, gives the ranks of the negative ones.
    """
    bits = np.ascontiguousarray(values.T).view(f"u{values.itemsize}")
    keys = np.sort(bits << 1 | bits >> (8 * values.itemsize - 1), axis=1)
    magnitudes = keys >> 1
    tied = (magnitudes[:, 0] == 0) | (magnitudes[:, 1:] == magnitudes[:, :-1]).any(axis=1)
    return tied, (keys & 1) @ np.arange(1.0, len(values) + 1)


def _exact(r_minus: np.ndarray, n: int, alternative: str) -> np.ndarray:
    """p of W-, by all choices of signs: W+ >= w and W- <= n (n + 1) / 2 - w are the same choices."""
    cdf, fewer = signed_rank_cdf(n), np.minimum(r_minus, n * (n + 1) / 2 - r_minus)
    return cdf[r_minus.astype(int)] if alternative == "greater" else np.minimum(2 * cdf[fewer.astype(int)], 1)


def _normal(r_minus: np.ndarray, n: int, alternative: str) -> np.ndarray:
    """p of W+ = n (n + 1) / 2 - W-, of mean n (n + 1) / 4 and variance n (n + 1) (2 n + 1) / 24."""
    z = (n * (n + 1) / 4 - r_minus) / np.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    return normal_survival(z) if alternative == "greater" else 2 * normal_survival(np.abs(z))


def _mean_of_groups(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    present = np.isfinite(values)
    counts = groups @ present
    sums = groups @ np.where(present, values, 0.0)
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
