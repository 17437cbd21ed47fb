"""Standardise and reduce features inside a fold, through Gram matrices of rows.

A window of seven words has thousands of columns, but a run has only hundreds of rows, and the windows of d and d+1
share six words. So no window is ever formed: with Z(o) the standardised features of the word at offset o, the
window's Gram matrix is a sum over its offsets,

    K(d) = sum_{o = d-w+1}^{d} Z(o) Z(o)^T          (n_rows, n_rows)

and its principal components follow from the eigenvectors of the training part,

    K[train, train] = U diag(l) U^T,      components = K[:, train] U / sqrt(l)

which equals scikit-learn's ``PCA.transform`` up to the sign of each component. The means, scales and eigenvectors come
from training rows only.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from scipy.linalg import eigh
from scipy.linalg.blas import dsymm, dsymv, dsyrk
from scipy.sparse.linalg import LinearOperator, eigsh
from threadpoolctl import ThreadpoolController

from brainforecast.encoding.windows import window_offsets

BLAS = ThreadpoolController().select(user_api="blas")  # found once: looking it up takes milliseconds
DENSE_ROWS = 400  # up to here LAPACK finds the leading eigenvectors faster than Lanczos


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
    """Z Z^T of features standardised on training rows, (n_rows, n_rows) float64, its lower triangle only."""
    return _add_gram(np.zeros((len(features), len(features)), order="F"), features, train, 1)


def window_grams(
    features_at: Callable[[int], np.ndarray], train: np.ndarray, *, width: int, distances: Sequence[int]
) -> Iterator[np.ndarray]:
    """Yield K(d) for each distance in order, the lower triangle: words that two windows share are summed once.

    Parameters
    ----------
    features_at : gives the (n_rows, n_features) features at an offset.
    distances : increasing. The array yielded for one distance is reused for the next.
    """
    total: np.ndarray | None = None
    held: set[int] = set()
    for distance in distances:
        wanted = set(window_offsets(width, distance))
        if total is None or len(held ^ wanted) > width:  # then a new sum takes fewer products
            held, total = set(), np.zeros((len(train), len(train)), order="F")
        for offset in sorted(wanted - held):
            total = _add_gram(total, features_at(offset), train, 1)
        for offset in sorted(held - wanted):
            total = _add_gram(total, features_at(offset), train, -1)
        held = wanted
        yield total


def pca_transform(gram: np.ndarray, train: np.ndarray, n_components: int) -> np.ndarray:
    """Project every row on the leading principal components of the training rows.

    Parameters
    ----------
    gram : (n_rows, n_rows) of features standardised on training rows; its lower triangle is read.
    train : (n_rows,) mask

    Returns
    -------
    (n_rows, n_components) float64. Components beyond the rank of the training rows are zero columns. The sign makes
    the largest entry of each eigenvector positive.
    """
    fitted = np.asfortranarray(gram.T[np.ix_(train, train)].T)
    size = min(n_components, len(fitted))
    values, vectors = _leading(fitted, size)
    kept = values > len(fitted) * np.finfo(float).eps * max(values[0], np.finfo(float).tiny)
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(size)])
    components = np.zeros((len(gram), n_components))
    weights = np.zeros((len(gram), kept.sum()), order="F")
    weights[train] = vectors[:, kept] / np.sqrt(values[kept])
    components[:, :size][:, kept] = dsymm(1, gram, weights, lower=1)
    return components


def _add_gram(total: np.ndarray, features: np.ndarray, train: np.ndarray, sign: int) -> np.ndarray:
    """Add (or subtract) Z Z^T in place: half the products, and no other matrix of this size."""
    z = standardise(np.asarray(features, np.float64), train)
    return dsyrk(sign, z.T, beta=1, c=total, trans=1, lower=1, overwrite_c=1)


def _leading(matrix: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k largest eigenvalues, descending, and their eigenvectors, from the lower triangle."""
    n = len(matrix)
    if n <= DENSE_ROWS or k > n // 4:
        values, vectors = eigh(matrix, subset_by_index=(n - k, n - 1))
    else:
        # a fixed start makes the result reproducible; a start of ones would fail, the rows are centred
        product = LinearOperator(matrix.shape, lambda v: dsymv(1, matrix, v, lower=1), dtype=float)
        with BLAS.limit(limits=1):  # hundreds of short products: a second thread costs more in waiting than it gains
            values, vectors = eigsh(product, k=k, v0=np.random.default_rng(0).standard_normal(n), tol=0)
    order = np.argsort(values)[::-1]
    return values[order], vectors[:, order]
