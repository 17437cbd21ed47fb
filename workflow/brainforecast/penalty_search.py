"""Each target's best ridge penalty by exact leave-one-out, without computing every leave-one-out error.

Notation of `brainforecast.ridge`. The plain way forms the residuals of every target at every penalty: one product of
(targets x components x rows) each. Two cheap inequalities settle most of them. Write w_i = m + v_i with m the mean
weight of a penalty; |.| is the Euclidean norm, * goes element by element.

1. From y alone. LOO(a) = m |y - f|^2 + v.y^2 - 2 v.(y * f) + v.f^2; the first two terms are small sums, and

       | -2 v.(y * f) + v.f^2 |  <=  2 |v * y| |f| + max|v| |f|^2

   so each penalty has an interval, and one whose interval lies above another's cannot win.

2. From one residual. Let b be the most promising penalty, e its residual, u = f(b) - f(a). Then

       LOO(a) = w.e^2 + 2 m e.u + 2 v.(e * u) + w.u^2
             >= w.e^2 + 2 m e.u - 2 |v * e| |u| + min(w) |u|^2

   where w, m, v are those of a, and e.u and |u| are small sums again. A penalty whose lower bound exceeds LOO(b)
   cannot win.

What is left is computed exactly. Each bound gives way by SLACK, more than float32 sums can be wrong by. So the
search never drops the winner. On autocorrelated designs it forms about 0.7 residuals a target instead of 10.
"""

from dataclasses import dataclass

import numpy as np

SLACK = 1e-6  # of |y|^2
# Where one row's weight nearly fits it, residual and 1 - h are both small, and float32 would divide noise by noise.
SMALLEST_SAFE_COMPLEMENT = 0.05
BLOCK = 2048  # targets whose residuals are held at once


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
    def safe(self) -> bool:
        """Whether float32 residuals are precise enough at every penalty."""
        return bool(self.complement.min() > SMALLEST_SAFE_COMPLEMENT)


def best_penalty(P: Penalties, U: np.ndarray, Y: np.ndarray, Z: np.ndarray, energy: np.ndarray) -> np.ndarray:
    """Index of the penalty with the smallest leave-one-out error of each target.

    Parameters
    ----------
    U : (n_rows, rank) float64.
    Y : (n_targets, n_rows) float32, centred; Z : (n_targets, rank) float32 = Y U; energy : (n_targets,) |y|^2.
    """
    search = _search if P.safe else _compute_all
    chosen = np.empty(len(Y), int)
    for start in range(0, len(Y), BLOCK):
        block = slice(start, start + BLOCK)
        chosen[block] = search(P, U, Y[block], Z[block], energy[block])
    return chosen


def leave_one_out_errors(P: Penalties, U: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """LOO(a) of each target and penalty in float64, the plain way, (n_targets, n_alphas)."""
    Y = Y.astype(np.float64)
    Z = Y @ U
    outside = Y - Z @ U.T  # what no penalty fits
    errors = [np.square(outside + (Z * (1 - g)) @ U.T) @ w for g, w in zip(P.shrinkage, P.weights, strict=True)]
    return np.stack(errors, axis=1)


def _compute_all(P: Penalties, U: np.ndarray, Y: np.ndarray, Z: np.ndarray, energy: np.ndarray) -> np.ndarray:
    del Z, energy  # their float32 would not do here
    return leave_one_out_errors(P, U, Y).argmin(axis=1)


def _search(P: Penalties, U: np.ndarray, Y: np.ndarray, Z: np.ndarray, energy: np.ndarray) -> np.ndarray:
    small = _SmallSums(P, np.square(Z, dtype=np.float64), energy)
    promising, running = _from_responses(small, Y)
    chosen = promising.copy()
    for b in np.unique(promising):
        open_ = np.flatnonzero((promising == b) & (running.sum(axis=1) > 1))
        if len(open_):
            chosen[open_] = _from_one_residual(small, U, Y, Z, open_, b, running)
    return chosen


class _SmallSums:
    """Sums over z for every penalty at once, (n_targets, n_alphas) float64."""

    def __init__(self, P: Penalties, squares: np.ndarray, energy: np.ndarray):
        g, weights = P.shrinkage, P.weights
        self.g, self.squares, self.energy = g, squares, energy
        self.mean, self.lowest = weights.mean(axis=1), weights.min(axis=1)
        self.deviation = weights - self.mean[:, None]
        self.fitted = squares @ np.square(g).T  # |f|^2
        self.residual = energy[:, None] + squares @ (np.square(g) - 2 * g).T  # |y - f|^2
        self.slack = SLACK * energy[:, None]

    def weighted(self, squared_rows: np.ndarray, power: int = 1) -> np.ndarray:
        """v.x^2 for each target (power 1) or |v * x|^2 (power 2), from x^2 (n_targets, n_rows) float32.

        v is small beside w, so float32 is precise enough here.
        """
        return (squared_rows @ (self.deviation**power).T.astype(np.float32)).astype(np.float64)


def _from_responses(small: _SmallSums, Y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inequality 1: the most promising penalty of each target, and the penalties that may still win."""
    squared = np.square(Y)
    estimate = small.mean * small.residual + small.weighted(squared)
    largest = np.abs(small.deviation).max(axis=1)
    doubt = 2 * np.sqrt(np.maximum(small.weighted(squared, 2) * small.fitted, 0)) + largest * small.fitted
    running = estimate - doubt - small.slack <= (estimate + doubt).min(axis=1, keepdims=True)
    return np.where(running, estimate, np.inf).argmin(axis=1), running


def _from_one_residual(
    small: _SmallSums, U: np.ndarray, Y: np.ndarray, Z: np.ndarray, rows: np.ndarray, b: int, running: np.ndarray
) -> np.ndarray:
    """Inequality 2 around penalty b for the targets `rows`, then exact errors for what is left; the winners."""
    squared = _squared_residuals(U, Y[rows], Z[rows], small.g[b])
    step = small.g[b] - small.g  # (n_alphas, rank): u in the space of z
    length = small.squares[rows] @ np.square(step).T  # |u|^2
    along = small.squares[rows] @ ((1 - small.g[b]) * step).T  # e.u
    around = small.mean * small.residual[rows, b, None] + small.weighted(squared)  # w.e^2
    doubt = 2 * np.sqrt(np.maximum(small.weighted(squared, 2) * length, 0))
    lower = around + 2 * small.mean * along - doubt + small.lowest * length
    errors = np.full(lower.shape, np.inf)
    errors[:, b] = around[:, b]
    left = running[rows] & (lower - small.slack[rows] <= around[:, [b]])
    for a in range(len(small.g)):
        part = np.flatnonzero(left[:, a]) if a != b else ()
        if len(part):
            exact = small.weighted(_squared_residuals(U, Y[rows[part]], Z[rows[part]], small.g[a]))[:, a]
            errors[part, a] = small.mean[a] * small.residual[rows[part], a] + exact
    return errors.argmin(axis=1)


def _squared_residuals(U: np.ndarray, Y: np.ndarray, Z: np.ndarray, g: np.ndarray) -> np.ndarray:
    """(y - f)^2 at one penalty, (n_targets, n_rows) float32."""
    residual = Y - (Z * g.astype(np.float32)) @ U.T.astype(np.float32)
    return np.square(residual, out=residual)
