"""Standardise and reduce features inside a fold, through Gram matrices of rows.

A window of seven words has thousands of columns, but a run has only hundreds of rows, and the windows of d and d+1
share six words. So nothing here ever forms a window: with Z(o) the standardised features of the word at offset o, the
window's Gram matrix is a sum over its offsets,

    K(d) = sum_{o = d-w+1}^{d} Z(o) Z(o)^T          (n_rows, n_rows)

and its principal component scores follow from the eigenvectors of the training part,

    K[train, train] = U diag(l) U^T,      scores = K[:, train] U / sqrt(l)

which equals scikit-learn's ``PCA.transform`` up to the sign of each component. The means, scales and eigenvectors come
from training rows only.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from scipy.linalg import eigh
from scipy.sparse.linalg import eigsh

from brainforecast.windows import window_offsets

DENSE_ROWS = 400  # below this LAPACK finds the leading eigenvectors sooner than Lanczos does


def standardise(features: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Z = (features - mean) / standard deviation, both over training rows; a constant column is only centred.

    Parameters
    ----------
    features : (n_rows, n_features)
    train : (n_rows,) mask
    """
    fitted = features[train]
    mean, scale = fitted.mean(axis=0), fitted.std(axis=0)
    constant = scale <= 10 * np.finfo(features.dtype).eps * np.abs(fitted).max(axis=0, initial=0)
    return (features - mean) / np.where(constant, 1, scale)


def gram(features: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Z Z^T of features standardised on training rows, (n_rows, n_rows) float64."""
    z = standardise(np.asarray(features, np.float64), train)
    return z @ z.T


def window_grams(
    features_at: Callable[[int], np.ndarray], train: np.ndarray, *, width: int, distances: Sequence[int]
) -> Iterator[np.ndarray]:
    """K(d) for each distance in order: the words two windows share are summed once.

    Parameters
    ----------
    features_at : gives the (n_rows, n_features) features at an offset.
    distances : increasing. The array given for one distance is reused for the next.
    """
    total: np.ndarray | None = None
    held: set[int] = set()
    for distance in distances:
        wanted = set(window_offsets(width, distance))
        if total is None or len(held ^ wanted) > width:  # then a fresh sum is the shorter way
            held, total = set(), np.zeros((len(train), len(train)))
        for offset in sorted(wanted - held):
            total += gram(features_at(offset), train)
        for offset in sorted(held - wanted):
            total -= gram(features_at(offset), train)
        held = wanted
        yield total


def principal_scores(gram: np.ndarray, train: np.ndarray, n_components: int) -> np.ndarray:
    """Scores of every row on the leading principal components of the training rows.

    Parameters
    ----------
    gram : (n_rows, n_rows) of features standardised on training rows.
    train : (n_rows,) mask

    Returns
    -------
    (n_rows, n_components) float64. Components the training rows do not have (rank too small) are zero columns. The
    sign makes the largest entry of each eigenvector positive.
    """
    among = gram[np.ix_(train, train)]
    size = min(n_components, len(among))
    values, vectors = _leading(among, size)
    kept = values > len(among) * np.finfo(float).eps * max(values[0], np.finfo(float).tiny)
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(size)])
    scores = np.zeros((len(gram), n_components))
    scores[:, :size][:, kept] = gram[:, train] @ vectors[:, kept] / np.sqrt(values[kept])
    return scores


def _leading(matrix: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k largest eigenvalues, descending, and their eigenvectors."""
    n = len(matrix)
    if n <= DENSE_ROWS or k > n // 4:
        values, vectors = eigh(matrix, subset_by_index=(n - k, n - 1))
    else:
        # a fixed start makes the result the same each time; ones would do no good, the rows are centred
        values, vectors = eigsh(matrix, k=k, v0=np.random.default_rng(0).standard_normal(n), tol=0)
    order = np.argsort(values)[::-1]
    return values[order], vectors[:, order]
