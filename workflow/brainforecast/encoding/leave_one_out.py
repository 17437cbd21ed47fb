"""Leave-one-out errors of ridge, computed directly, and the weights they need; notation of `encoding.ridge`."""

from dataclasses import dataclass

import numpy as np

LARGEST_WEIGHT = 400.0  # 1 - h of .05: up to here residuals y - f in float32 are precise enough
DOUBT = 1e-6  # times 1 / sqrt(1 - h): relative error of a leave-one-out error computed in float32
LARGEST_RATIO = 25.0  # of a weight to the median at its alpha: up to here intervals stay narrow


@dataclass(frozen=True)
class LeaveOneOutWeights:
    """How leave-one-out weighs the rows of one design at each alpha.

    shrinkage g : (n_alphas, rank); complement 1 - h : (n_alphas, n_rows).
    """

    shrinkage: np.ndarray
    complement: np.ndarray

    @classmethod
    def from_shrinkage(cls, U: np.ndarray, shrinkage: np.ndarray) -> "LeaveOneOutWeights":
        """Compute them from the left singular vectors (n_rows, rank) of a centred design."""
        complement = 1 - 1 / len(U) - shrinkage @ np.square(U).T
        return cls(shrinkage, np.maximum(complement, np.finfo(float).eps))

    @property
    def weights(self) -> np.ndarray:
        """w = 1 / (1 - h)^2, (n_alphas, n_rows)."""
        return 1 / np.square(self.complement)

    @property
    def median_weights(self) -> np.ndarray:
        """Median over rows, (n_alphas, 1)."""
        return np.median(self.weights, axis=1, keepdims=True)

    @property
    def self_fitting(self) -> tuple[np.ndarray, np.ndarray]:
        """Indices of alphas and rows, (n_pairs,) each, where a row weighs too much for float32."""
        return np.nonzero(self.weights > np.minimum(LARGEST_WEIGHT, LARGEST_RATIO * self.median_weights))


@dataclass(frozen=True)
class DirectErrors:
    """LOO(a) of every target and alpha, computed directly: each residual is formed and weighed.

    Where a row fits itself, y - f is a small difference of large numbers. So the residual is the sum of two parts that
    are not: y - U z, which no alpha fits, in float64 and once; and U ((1 - g) * z) for each alpha. In float32 an error
    is then off by a relative 1e-7 / sqrt(1 - h), instead of 1e-7 / (1 - h), and finds most targets' best alpha.

    U : (n_rows, rank) float64; left 1 - g : (n_alphas, rank); weights w : (n_alphas, n_rows).
    """

    U: np.ndarray
    left: np.ndarray
    weights: np.ndarray

    @classmethod
    def from_weights(cls, loo: LeaveOneOutWeights, U: np.ndarray) -> "DirectErrors":
        """Prepare them from the weights and the left singular vectors (n_rows, rank) float64 of a centred design."""
        return cls(U, 1 - loo.shrinkage, loo.weights)

    def errors(self, Y: np.ndarray, precision: type = np.float64) -> np.ndarray:
        """LOO(a), (n_targets, n_alphas), of responses (n_targets, n_rows)."""
        Y = Y - Y.mean(axis=1, keepdims=True, dtype=np.float64)
        Z = Y @ self.U
        parts = (Y - Z @ self.U.T, Z, self.U, self.left, self.weights)
        outside, Z, U, lefts, weights = (part.astype(precision, copy=False) for part in parts)
        errors = [np.square(outside + (Z * left) @ U.T) @ w for left, w in zip(lefts, weights, strict=True)]
        return np.stack(errors, axis=1)

    def best(self, Y: np.ndarray) -> np.ndarray:
        """Index of the alpha with the smallest error of each target: float32 where that decides, else float64."""
        doubt = DOUBT * self.weights.max() ** 0.25  # 1 / sqrt(1 - h)
        errors = self.errors(Y, np.float32)
        chosen = errors.argmin(axis=1)
        rivals = errors <= (1 + doubt) * errors.min(axis=1, keepdims=True)
        undecided = rivals.sum(axis=1) > 1
        chosen[undecided] = self.errors(Y[undecided]).argmin(axis=1)
        return chosen
