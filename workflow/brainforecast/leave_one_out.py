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
        squares = np.square(U)
        outside = 0 if is_complete(U) else 1 - 1 / len(U) - squares.sum(axis=1)
        return cls(shrinkage, np.maximum(outside + (1 - shrinkage) @ squares.T, np.finfo(float).eps))

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


def is_complete(U: np.ndarray) -> bool:
    """Whether a centred design has every direction that its rows have: it fits anything where the penalty is small."""
    return U.shape[1] == len(U) - 1


def leave_one_out_errors(P: Penalties, U: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """LOO(a) of each target and penalty, the plain way, (n_targets, n_alphas).

    In float64: where a row fits itself, residual and 1 - h are what is left of larger numbers. Where the design is
    complete neither is a difference, U ((1 - g) * z) and U^2 (1 - g), and float32 is precise at any penalty.
    """
    complete = is_complete(U)
    precision = np.float32 if complete else np.float64
    Y, U, g_left, w = (part.astype(precision, copy=False) for part in (Y, U, 1 - P.shrinkage, P.weights))
    Z = Y @ U
    outside = 0 if complete else Y - Z @ U.T  # what no penalty fits
    errors = [np.square(outside + (Z * left) @ U.T) @ weights for left, weights in zip(g_left, w, strict=True)]
    return np.stack(errors, axis=1)
