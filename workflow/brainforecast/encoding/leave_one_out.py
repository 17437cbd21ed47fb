"""Leave-one-out errors of ridge, the plain way, and what they ask of a design; notation of `brainforecast.encoding.ridge`."""

from dataclasses import dataclass

import numpy as np

LARGEST_WEIGHT = 400.0  # 1 - h of .05: up to here residuals y - f in float32 are precise enough
DOUBT = 1e-6  # times 1 / sqrt(1 - h): share of itself by which an error made in float32 may be wrong
LARGEST_RATIO = 25.0  # of a weight to its penalty's median: up to here intervals stay narrow


@dataclass(frozen=True)
class LeaveOneOutWeights:
    """What leave-one-out needs to know of each penalty on one design.

    shrinkage g : (n_alphas, rank); complement 1 - h : (n_alphas, n_rows).
    """

    shrinkage: np.ndarray
    complement: np.ndarray

    @classmethod
    def of(cls, U: np.ndarray, shrinkage: np.ndarray) -> "LeaveOneOutWeights":
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
class DirectErrors:
    """LOO(a) of every target and penalty, the plain way: each residual is formed and weighed.

    Where a row fits itself, y - f is what is left of larger numbers. So the residual is made of two parts that are not:
    y - U z, which no penalty fits, in float64 and once; and U ((1 - g) * z) for each penalty. In float32 an error is
    then off by some 1e-7 / sqrt(1 - h) of itself, instead of 1e-7 / (1 - h), and tells most targets' best penalty.

    U : (n_rows, rank) float64; left 1 - g : (n_alphas, rank); weights w : (n_alphas, n_rows).
    """

    U: np.ndarray
    left: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, penalties: LeaveOneOutWeights, U: np.ndarray) -> "DirectErrors":
        """From the left singular vectors (n_rows, rank) float64 of a centred design."""
        return cls(U, 1 - penalties.shrinkage, penalties.weights)

    def errors(self, Y: np.ndarray, precision: type = np.float64) -> np.ndarray:
        """(n_targets, n_alphas), of responses (n_targets, n_rows)."""
        Y = Y - Y.mean(axis=1, keepdims=True, dtype=np.float64)
        Z = Y @ self.U
        parts = (Y - Z @ self.U.T, Z, self.U, self.left, self.weights)
        outside, Z, U, lefts, weights = (part.astype(precision, copy=False) for part in parts)
        errors = [np.square(outside + (Z * left) @ U.T) @ w for left, w in zip(lefts, weights, strict=True)]
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
