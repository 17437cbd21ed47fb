"""The brain score of one fold."""

import numpy as np


def pearson(predicted: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Pearson correlation of each row of two (n_targets, n_rows) arrays.

        r = sum (p - mean p)(m - mean m) / sqrt( sum (p - mean p)^2 sum (m - mean m)^2 )

    Returns
    -------
    (n_targets,) float64; NaN where either side is constant.
    """
    predicted, measured = _centre(predicted), _centre(measured)
    products = np.einsum("ti,ti->t", predicted, measured, dtype=np.float64)
    norms = np.sqrt(_energy(predicted) * _energy(measured))
    return np.divide(products, norms, out=np.full(len(products), np.nan), where=norms > 0)


def _centre(rows: np.ndarray) -> np.ndarray:
    centred = rows - rows.mean(axis=1, keepdims=True)
    # what rounding leaves of a constant row is not a signal
    centred[np.ptp(rows, axis=1) == 0] = 0
    return centred


def _energy(rows: np.ndarray) -> np.ndarray:
    return np.einsum("ti,ti->t", rows, rows, dtype=np.float64)
