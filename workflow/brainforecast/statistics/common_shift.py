"""Tests of a group's statistic against the same statistic under common shifts of the responses.

T is the mean over listeners of a statistic in each region, T_k the same under draw k of K:

    p_value   = (1 + #{T_k >= T}) / (K + 1)
    p_family  = (1 + #{max over regions of Z_k >= Z}) / (K + 1),     Z = (T - mean) / sd over the K + 1 draws
    95 % limits:  T minus the .975 and .025 quantiles of T_k - mean T_k

Arrays are (K + 1, n_regions); row 0 is the responses as recorded. The listeners of one recording share its chance
alignments, so the limits come from the shifts, never from the spread over listeners.
"""

from collections.abc import Callable

import numpy as np

FEWEST = 39  # draws that one draw is compared with before its p-value can be .05 or less at two ranks


def p_value(statistic: np.ndarray) -> np.ndarray:
    """One-sided p of each region, (n_regions,)."""
    return _ranked(statistic[0], statistic[1:])


def p_family(statistic: np.ndarray) -> np.ndarray:
    """One-sided p of each region, (n_regions,), corrected for all regions given by the largest standardised value."""
    z = standardise(statistic)
    return _ranked(z[0], largest(z[1:])[:, None])


def largest(z: np.ndarray) -> np.ndarray:
    """The largest standardised value over regions under each draw, (n_draws,); a region without values is left out."""
    return np.fmax.reduce(z, axis=1)


def standardise(statistic: np.ndarray) -> np.ndarray:
    """Z over all draws, the recorded one included; a region that does not vary is 0."""
    sd = statistic.std(axis=0)
    return (statistic - statistic.mean(axis=0)) / np.where(sd > 0, sd, np.inf)


def limits(statistic: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper 95 % limit of T, (n_regions,) each."""
    spread = statistic[1:] - statistic[1:].mean(axis=0)
    high, low = np.quantile(spread, [0.975, 0.025], axis=0)
    return statistic[0] - high, statistic[0] - low


def p_under_shifts(statistic: np.ndarray, apart: np.ndarray, test: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """p-values of each draw as if it were the recorded one, against the draws far enough from it.

    Parameters
    ----------
    apart : (K, K) bool, whether two draws are far enough from each other.
    test : `p_value` or `p_family`.

    Returns
    -------
    (n_judged, n_regions): draws that have at least FEWEST others.
    """
    draws = statistic[1:]
    judged = [j for j in range(len(draws)) if apart[j].sum() >= FEWEST]
    rows = [test(np.concatenate([draws[j : j + 1], draws[apart[j]]])) for j in judged]
    return np.array(rows).reshape(len(judged), statistic.shape[1])


def threshold(p: np.ndarray, level: float, largest: float) -> tuple[float, float]:
    """The rule's own size at a level, and the level to use instead.

    Parameters
    ----------
    p : from `p_under_shifts`, of any shape. `level` : of the verdict; `largest` : size up to which the level stays.

    Returns
    -------
    size : share of p <= level; NaN where nothing could be judged.
    level : the given one, or the largest at which the share of p at or below it is at most `level`.
    """
    p = p[np.isfinite(p)]
    if not len(p):
        return np.nan, level
    size = float((p <= level).mean())
    if size <= largest:
        return size, level
    candidates = np.unique(p[p <= level])
    fitting = [one for one in candidates if (p <= one).mean() <= level]
    return size, float(max(fitting)) if fitting else 0.0


def _ranked(value: np.ndarray, null: np.ndarray) -> np.ndarray:
    p = (1 + (null >= value).sum(axis=0)) / (len(null) + 1)
    return np.where(np.isfinite(value), p, np.nan)
