"""Where a curve of forecast scores peaks: the forecast distance d* along distances, the forecast depth k* along layers.

The argmax of noise falls anywhere, and its mean over targets or subjects near the middle of the grid; the centroid
drifts there too. So regions are compared by `matched_peaks`, and maps with those of other subjects
(`results.reliability`).
"""

import numpy as np


def peak(curves: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Position of the largest value along the first axis, e.g. d* from F over distances; the first of equals.

    Parameters
    ----------
    curves : (n_positions, n_targets).

    Returns
    -------
    (n_targets,) float64; NaN where a curve holds a NaN.
    """
    complete = np.isfinite(curves).all(axis=0)
    index = np.where(complete, np.nan_to_num(curves, nan=-np.inf).argmax(axis=0), 0)
    return np.where(complete, np.asarray(positions, float)[index], np.nan)


def centroid(curves: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Centre of the curve's positive part: sum over x of x F+(x) / sum of F+(x), F+ = max(F, 0).

    Parameters
    ----------
    curves : (n_positions, n_targets).

    Returns
    -------
    (n_targets,) float64; NaN where a curve is nowhere above 0 or holds a NaN.
    """
    above = np.maximum(np.asarray(curves, np.float64), 0)  # a NaN stays one
    total = above.sum(axis=0)
    weighted = np.asarray(positions, float) @ above
    return np.divide(weighted, total, out=np.full(total.shape, np.nan), where=total > 0)
