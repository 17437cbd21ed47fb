"""Leave-one-out errors of ridge, computed directly, and the weights they need; notation of `encoding.ridge`."""

from dataclasses import dataclass

import numpy as np

LARGEST_WEIGHT = 400.0  # 1 - h of .05: up to here residuals y - f in float32 are precise enough
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

    def self_fitting(self, largest_weight: float = LARGEST_WEIGHT) -> tuple[np.ndarray, np.ndarray]:
        """Indices of alphas and rows, (n_pairs,) each, where a row weighs too much, for float32 or for an interval."""
        return np.nonzero(self.weights > np.minimum(largest_weight, LARGEST_RATIO * self.median_weights))


@dataclass(frozen=True)
class DirectErrors:
    """LOO(a) of every target and alpha, computed directly in float64: each residual is formed and weighed.

    Where a row fits itself, y - f is a small difference of large numbers. So the residual is the sum of two parts that
    are not: y - U z, which no alpha fits, and U ((1 - g) * z).

    U : (n_rows, rank) float64; left 1 - g : (n_alphas, rank); weights w : (n_alphas, n_rows).
    """

    U: np.ndarray
    left: np.ndarray
    weights: np.ndarray

    @classmethod
    def from_weights(cls, loo: LeaveOneOutWeights, U: np.ndarray) -> "DirectErrors":
        """Prepare them from the weights and the left singular vectors (n_rows, rank) float64 of a centred design."""
        return cls(U, 1 - loo.shrinkage, loo.weights)

    def errors(self, Y: np.ndarray, wanted: np.ndarray | None = None) -> np.ndarray:
        """LOO(a), (n_targets, n_alphas), of responses (n_targets, n_rows).

        Parameters
        ----------
        wanted : (n_targets, n_alphas), where errors are computed; elsewhere they are infinite. None for all.
        """
        Y = Y - Y.mean(axis=1, keepdims=True, dtype=np.float64)
        Z = Y @ self.U
        outside, Ut = Y - Z @ self.U.T, self.U.T
        errors = np.full((len(Y), len(self.left)), np.inf)
        for a, (left, weights) in enumerate(zip(self.left, self.weights, strict=True)):
            rows = np.arange(len(Y)) if wanted is None else np.flatnonzero(wanted[:, a])
            if len(rows):
                errors[rows, a] = np.square(outside[rows] + (Z[rows] * left) @ Ut) @ weights
        return errors
