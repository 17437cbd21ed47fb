"""Ranks, and the correlation of ranks."""

import numpy as np


def average_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1 along the last axis; equal values share the mean of their ranks.

    Parameters
    ----------
    values : (..., n), without NaN.

    Returns
    -------
    (..., n) float64.
    """
    order = np.argsort(values, axis=-1)
    ordered = np.take_along_axis(values, order, axis=-1)
    differs = ordered[..., 1:] != ordered[..., :-1]
    edge = np.ones((*values.shape[:-1], 1), bool)
    index, n = np.arange(values.shape[-1]), values.shape[-1]
    first = np.maximum.accumulate(np.where(np.concatenate([edge, differs], axis=-1), index, 0), axis=-1)
    ends = np.where(np.concatenate([differs, edge], axis=-1), index, n)
    last = np.minimum.accumulate(ends[..., ::-1], axis=-1)[..., ::-1]
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, (first + last) / 2 + 1, axis=-1)
    return ranks


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's rho over the entries where both have a value; NaN where one of them does not vary."""
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    if len(x) < 2 or (x == x[0]).all() or (y == y[0]).all():
        return np.nan
    ranks = average_ranks(np.stack([x, y]))
    ranks -= ranks.mean(axis=1, keepdims=True)
    return float(ranks[0] @ ranks[1] / np.sqrt((ranks[0] @ ranks[0]) * (ranks[1] @ ranks[1])))
