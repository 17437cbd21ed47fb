"""Leave-one-out errors of ridge, the plain way, and what they ask of a design; notation of `brainforecast.ridge`."""

from dataclasses import dataclass

import numpy as np

LARGEST_WEIGHT = 400.0  # 1 - h of .05: up to here float32 residuals are precise enough
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


def leave_one_out_errors(P: Penalties, U: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """LOO(a) of each target and penalty in float64, the plain way, (n_targets, n_alphas)."""
    Y = Y.astype(np.float64)
    Z = Y @ U
    outside = Y - Z @ U.T  # what no penalty fits
    errors = [np.square(outside + (Z * (1 - g)) @ U.T) @ w for g, w in zip(P.shrinkage, P.weights, strict=True)]
    return np.stack(errors, axis=1)
