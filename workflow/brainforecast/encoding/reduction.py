"""Standardise and reduce features inside a fold, through Gram matrices of rows.

A window of seven words has thousands of columns, but a run has only hundreds of rows, and windows share words. So no
window is ever formed: with Z(o) the standardised features of the word at offset o, the Gram matrix of the window of
width w at distance d is a sum over its offsets, from the last word backwards,

    K(w, d) = sum_{o = d}^{d-w+1} Z(o) Z(o)^T          (n_rows, n_rows)

so that the sums of all widths at d are one sum, stopped at each width, and each product serves every sum that it is in
(`window_grams`). No product is ever subtracted: K(w, d) has the same bits whatever other windows are reduced beside it.
Its principal components follow from the eigenvectors of the training part,

    K[train, train] = U diag(l) U^T,      components = U sqrt(l) in training rows, K[rest, train] U / sqrt(l) in others

which equals scikit-learn's ``PCA.transform`` up to the sign of each component. The means, scales and eigenvectors come
from training rows only.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh
from scipy.linalg.blas import dsymv, dsyrk
from scipy.sparse.linalg import LinearOperator, eigsh
from threadpoolctl import ThreadpoolController

from brainforecast.encoding.windows import Window, sweeps

BLAS = ThreadpoolController().select(user_api="blas")  # found once: looking it up takes milliseconds
DENSE_ROWS = 400  # up to here LAPACK finds the leading eigenvectors faster than Lanczos
HELD_BYTES = 2**26  # of sums under way, in short runs
LEAST_HELD = 7  # sums under way in long runs: those of a curve of windows of seven words


@dataclass(frozen=True)
class Gram:
    """Z Z^T of features standardised on training rows, in the two parts that principal components need.

    among : (n_train, n_train) of the training rows, its lower triangle only; across : (n_rest, n_train) of all others
    with the training rows. Both float64.
    """

    among: np.ndarray
    across: np.ndarray

    def add(self, other: "Gram") -> None:
        """Add another one in place."""
        np.add(self.among, other.among, out=self.among)
        np.add(self.across, other.across, out=self.across)


def standardise(features: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Z = (features - mean) / standard deviation, both over training rows; a constant column is only centred.

    Parameters
    ----------
    features : (n_rows, n_features)
    train : (n_rows,) mask
    """
    z = np.empty_like(features)
    z[train], z[~train] = _standardise_parts(features, train)
    return z


def gram(features: np.ndarray, train: np.ndarray) -> Gram:
    """Z Z^T of features standardised on training rows.

    Parameters
    ----------
    features : (n_rows, n_features)
    train : (n_rows,) mask
    """
    fitted, rest = _standardise_parts(np.asarray(features, np.float64), train)
    return Gram(dsyrk(1, fitted.T, trans=1, lower=1), rest @ fitted.T)


def window_grams(
    features_at: Callable[[int], np.ndarray], train: np.ndarray, windows: Sequence[Window]
) -> Iterator[tuple[Window, Gram]]:
    """Yield each window with K(w, d), in an order of its own; words that windows share are multiplied once a sweep.

    Parameters
    ----------
    features_at : gives the (n_rows, n_features) features at an offset.
    windows : (width, distance) each. The matrix yielded for one is reused for the next.
    """
    size = 8 * len(train) * np.count_nonzero(train)
    for widths in sweeps(windows, max(LEAST_HELD, HELD_BYTES // size)):
        sums: dict[int, Gram] = {}
        firsts = {distance: distance - of[-1] + 1 for distance, of in widths.items()}  # of the widest window
        for offset in range(max(widths), min(firsts.values()) - 1, -1):
            wanting = [distance for distance in widths if firsts[distance] <= offset <= distance]
            product = gram(features_at(offset), train) if wanting else None
            for distance in wanting:  # decreasing: the sum that starts here, with the product itself, is the last one
                sums.setdefault(distance, product)
                if distance > offset:
                    sums[distance].add(product)
                if distance - offset + 1 in widths[distance]:
                    yield (distance - offset + 1, distance), sums[distance]
                if offset == firsts[distance]:
                    del sums[distance]


def pca_transform(gram: Gram, train: np.ndarray, n_components: int) -> np.ndarray:
    """Project every row on the leading principal components of the training rows.

    Parameters
    ----------
    gram : of features standardised on training rows.
    train : (n_rows,) mask

    Returns
    -------
    (n_rows, n_components) float64. Components beyond the rank of the training rows are zero columns. The sign makes
    the largest entry of each eigenvector positive.
    """
    n_train = len(gram.among)
    values, vectors = _leading(gram.among, min(n_components, n_train))
    kept = values > n_train * np.finfo(float).eps * max(values[0], np.finfo(float).tiny)
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(len(values))])
    lengths = np.sqrt(values[kept])
    components = np.zeros((len(train), n_components))
    components[np.ix_(train, np.flatnonzero(kept))] = vectors[:, kept] * lengths
    components[np.ix_(~train, np.flatnonzero(kept))] = gram.across @ (vectors[:, kept] / lengths)
    return components


def _standardise_parts(features: np.ndarray, train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The standardised rows of training, and all others; in place after one copy, for these arrays are large."""
    fitted, rest = features[train], features[~train]
    mean = fitted.mean(axis=0)
    fitted -= mean
    rest -= mean
    scale = np.sqrt(np.einsum("np,np->p", fitted, fitted) / len(fitted))
    # a constant column is its mean, up to the rounding of a sum over the rows
    scale[scale <= len(fitted) * np.finfo(features.dtype).eps * np.abs(mean)] = 1
    fitted /= scale
    rest /= scale
    return fitted, rest


def _leading(matrix: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k largest eigenvalues, descending, and their eigenvectors, from the lower triangle."""
    n = len(matrix)
    if n <= DENSE_ROWS or k > n // 4 or not matrix.diagonal().any():  # of a zero matrix Lanczos finds no direction
        values, vectors = eigh(matrix, subset_by_index=(n - k, n - 1))
    else:
        # a fixed start makes the result reproducible; a start of ones would fail, the rows are centred
        product = LinearOperator(matrix.shape, lambda v: dsymv(1, matrix, v, lower=1), dtype=float)
        with BLAS.limit(limits=1):  # hundreds of short products: a second thread costs more in waiting than it gains
            values, vectors = eigsh(product, k=k, v0=np.random.default_rng(0).standard_normal(n), tol=0)
    order = np.argsort(values)[::-1]
    return values[order], vectors[:, order]
