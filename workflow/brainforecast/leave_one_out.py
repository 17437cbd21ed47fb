"""Leave-one-out errors of ridge, the plain way, and what they ask of a design; notation of `brainforecast.ridge`."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr

LARGEST_WEIGHT = 400.0  # 1 - h of .05: up to here residuals y - f in float32 are precise enough
DOUBT = 1e-6  # times 1 / sqrt(1 - h): share of itself by which an error made without differences may be wrong
LARGEST_RATIO = 25.0  # of a weight to its penalty's median: up to here intervals stay narrow


@dataclass(frozen=True)
class Penalties:
    """What leave-one-out needs to know of each penalty on one design.

    shrinkage g : (n_alphas, rank); complement 1 - h : (n_alphas, n_rows).
    """

    shrinkage: np.ndarray
    complement: np.ndarray

    @classmethod
    def of(cls, U: np.ndarray, shrinkage: np.ndarray) -> "Penalties":
        """From the left singular vectors (n_rows, rank) of a centred design."""
        complement = 1 - 1 / len(U) - shrinkage @ np.square(U).T
        return cls(shrinkage, np.maximum(complement, np.finfo(float).eps))

    @property
    def weights(self) -> np.ndarray:
        """w = 1 / (1 - h)^2, (n_alphas, n_rows)."""
        return 1 / np.square(self.complement)

    @property
    def median_weights(self) -> np.ndarray:
        """(n_alphas, 1)."""
        return np.median(self.weights, axis=1, keepdims=True)

    @property
    def self_fitting(self) -> tuple[np.ndarray, np.ndarray]:
        """Penalties and rows, (n_pairs,) each, where a row weighs too much for float32."""
        return np.nonzero(self.weights > np.minimum(LARGEST_WEIGHT, LARGEST_RATIO * self.median_weights))


@dataclass(frozen=True)
class PlainErrors:
    """LOO(a) of every target and penalty, the plain way: each residual is formed and weighed.

    Where a row fits itself, y - f and 1 - h would be what is left of larger numbers. So neither is taken as a
    difference: columns W complete U to a basis of all that centred rows can be, which no penalty shrinks, the residual
    is W W^T y + U ((1 - g) * z), and 1 - h the diagonal of that map. In float32 an error is then off by some
    1e-7 / sqrt(1 - h) of itself, instead of 1e-7 / (1 - h), and tells the best penalty of nearly every target.

    basis [U, W] : (n_rows, n_rows - 1); left 1 - g, 1 for W : (n_alphas, n_rows - 1); weights w : (n_alphas, n_rows).
    """

    basis: np.ndarray
    left: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, U: np.ndarray, shrinkage: np.ndarray) -> "PlainErrors":
        """From the left singular vectors (n_rows, rank) float64 of a centred design, and g, (n_alphas, rank)."""
        fitted = np.hstack([np.full((len(U), 1), len(U) ** -0.5), U])
        W = qr(fitted)[0][:, fitted.shape[1] :]
        basis, left = np.hstack([U, W]), np.hstack([1 - shrinkage, np.ones((len(shrinkage), W.shape[1]))])
        return cls(basis, left, 1 / np.square(np.maximum(left @ np.square(basis).T, np.finfo(float).eps)))

    def errors(self, Y: np.ndarray, precision: type = np.float64) -> np.ndarray:
        """(n_targets, n_alphas), of centred responses (n_targets, n_rows)."""
        Y, basis, lefts, weights = (x.astype(precision, copy=False) for x in (Y, self.basis, self.left, self.weights))
        Z = Y @ basis
        errors = [np.square((Z * left) @ basis.T) @ w for left, w in zip(lefts, weights, strict=True)]
        return np.stack(errors, axis=1)

    def best(self, Y: np.ndarray) -> np.ndarray:
        """Index of the smallest error of each target: by float32 where that decides, by float64 where it does not."""
        doubt = DOUBT * self.weights.max() ** 0.25  # 1 / sqrt(1 - h)
        errors = self.errors(Y, np.float32)
        chosen = errors.argmin(axis=1)
        rivals = errors <= (1 + doubt) * errors.min(axis=1, keepdims=True)
        undecided = rivals.sum(axis=1) > 1
        chosen[undecided] = self.errors(Y[undecided]).argmin(axis=1)
        return chosen
