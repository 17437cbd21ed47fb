"""The brain score of one fold."""

import numpy as np

CONSTANT = 1e-13  # variance over mean square: of a row that is constant but for the rounding of float32


def pearson(predicted: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Pearson correlation of each row of two (n_targets, n_rows) arrays.

        r = sum (p - mean p)(m - mean m) / sqrt( sum (p - mean p)^2 sum (m - mean m)^2 )

    Returns
    -------
    (n_targets,) float64; NaN where either side is constant.
    """
    centred = measured - measured.mean(axis=1, keepdims=True)
    # what rounding leaves of a constant row is not a signal
    centred[np.ptp(measured, axis=1) == 0] = 0
    return correlate(predicted, centred, _sums_of_products(centred, centred))


def correlate(predicted: np.ndarray, centred: np.ndarray, energy: np.ndarray) -> np.ndarray:
    """As `pearson`, with measured rows that are centred once for many predictions.

    Parameters
    ----------
    predicted, centred : (n_targets, n_rows); what rounding left of the mean of `centred` is taken off here.
    energy : (n_targets,), sum of `centred`^2; 0 where the measured row is constant.
    """
    n_rows = predicted.shape[1]
    mean = predicted.sum(axis=1, dtype=np.float64) / n_rows
    squares = _sums_of_products(predicted, predicted)
    variance = squares - n_rows * mean**2
    variance[variance <= CONSTANT * squares] = 0
    products = _sums_of_products(predicted, centred) - mean * centred.sum(axis=1, dtype=np.float64)
    norms = np.sqrt(variance * energy)
    return np.divide(products, norms, out=np.full(len(products), np.nan), where=norms > 0)


def _sums_of_products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("ti,ti->t", a, b, dtype=np.float64)
