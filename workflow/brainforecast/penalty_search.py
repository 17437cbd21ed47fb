"""Each target's best ridge penalty by exact leave-one-out, without computing every leave-one-out error.

Notation of `brainforecast.ridge`. The plain way forms the residuals of every target at every penalty: one product of
(targets x components x rows) each. Most of them need not be formed. Write w_i = m + v_i with m the mean weight of a
penalty; |.| is the Euclidean norm, * goes element by element.

1. From y alone. LOO(a) = m |y - f|^2 + v.y^2 - 2 v.(y * f) + v.f^2; the first two terms are small sums, and

       | -2 v.(y * f) + v.f^2 |  <=  2 |v * y| |f| + max|v| |f|^2

   so each penalty has an interval, and one whose interval lies above another's cannot win. Many rows for few
   components: this settles half of the targets.

2. From one residual. Let b be the most promising penalty, e its residual, u = f(b) - f(a). Then

       LOO(a) = w.e^2 + 2 m e.u + 2 v.(e * u) + w.u^2
             >= w.e^2 + 2 m e.u - 2 |v * e| |u| + min(w) |u|^2

   where w, m, v are those of a, and e.u and |u| are small sums again. A penalty whose lower bound exceeds LOO(b)
   cannot win.

3. What is left is computed exactly. Above b that is next to nothing: weights even out as penalties grow, and the
   bounds with them. Below b the bounds are wide; there the search goes down penalty by penalty, and stops where the
   exact error rises. This last step is a check, not a proof: an error that rises and falls again further down, in the
   region where ridge overfits, would be missed. Tests compare with computing everything.

The search forms 0.7 to 2 residuals a target instead of 10.
"""

from dataclasses import dataclass

import numpy as np

SLACK = 1e-6  # of |y|^2: by so much each bound gives way, more than float32 sums can be wrong by
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
    design = _Design.of(P, U)
    chosen = np.empty(len(Y), int)
    for start in range(0, len(Y), BLOCK):
        block = slice(start, start + BLOCK)
        if P.safe:
            chosen[block] = _search(design, Y[block], Z[block], energy[block])
        else:
            chosen[block] = leave_one_out_errors(P, U, Y[block]).argmin(axis=1)
    return chosen


def leave_one_out_errors(P: Penalties, U: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """LOO(a) of each target and penalty in float64, the plain way, (n_targets, n_alphas)."""
    Y = Y.astype(np.float64)
    Z = Y @ U
    outside = Y - Z @ U.T  # what no penalty fits
    errors = [np.square(outside + (Z * (1 - g)) @ U.T) @ w for g, w in zip(P.shrinkage, P.weights, strict=True)]
    return np.stack(errors, axis=1)


@dataclass(frozen=True)
class _Design:
    """What the search needs of a design, computed once for all targets.

    U_T : (rank, n_rows) float32; g : (n_alphas, rank); mean m and lowest min(w) and largest max|v| : (n_alphas,);
    deviations : (n_rows, 2 n_alphas) float32, v and v^2 side by side. v is small beside w: float32 is enough for it.
    """

    U_T: np.ndarray
    g: np.ndarray
    mean: np.ndarray
    lowest: np.ndarray
    largest: np.ndarray
    deviations: np.ndarray

    @classmethod
    def of(cls, P: Penalties, U: np.ndarray) -> "_Design":
        w = P.weights
        mean = w.mean(axis=1)
        v = w - mean[:, None]
        deviations = np.ascontiguousarray(np.vstack([v, v**2]).T, np.float32)
        U_T = np.ascontiguousarray(U.T, np.float32)
        return cls(U_T, P.shrinkage, mean, w.min(axis=1), np.abs(v).max(axis=1), deviations)

    def weighted(self, squared: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """v.x^2 and |v * x| for each target and penalty, from x^2 (n_targets, n_rows) float32."""
        sums = (squared @ self.deviations).astype(np.float64)
        first, second = np.split(sums, 2, axis=1)
        return first, np.sqrt(np.maximum(second, 0))

    def squared_residuals(self, Y: np.ndarray, Z: np.ndarray, alpha: np.ndarray) -> np.ndarray:
        """(y - f)^2 of each target at its own penalty, (n_targets, n_rows) float32."""
        residual = (Z * self.g.astype(np.float32)[alpha]) @ self.U_T
        np.subtract(Y, residual, out=residual)
        return np.square(residual, out=residual)


@dataclass(frozen=True)
class _SmallSums:
    """Sums over z^2 for each target and penalty, (n_targets, n_alphas) float64.

    squares z^2 : (n_targets, rank); along : y.f = sum g z^2; fitted : |f|^2; residual : |y - f|^2; slack : (n_targets, 1).
    """

    squares: np.ndarray
    along: np.ndarray
    fitted: np.ndarray
    residual: np.ndarray
    slack: np.ndarray

    @classmethod
    def of(cls, g: np.ndarray, Z: np.ndarray, energy: np.ndarray) -> "_SmallSums":
        squares = np.square(Z, dtype=np.float64)
        along, fitted = np.split(squares @ np.vstack([g, g**2]).T, 2, axis=1)
        return cls(squares, along, fitted, energy[:, None] - 2 * along + fitted, SLACK * energy[:, None])


def _search(design: _Design, Y: np.ndarray, Z: np.ndarray, energy: np.ndarray) -> np.ndarray:
    """The three steps for a block of targets."""
    small = _SmallSums.of(design.g, Z, energy)
    chosen, running = _from_responses(design, small, Y)
    if (running.sum(axis=1) > 1).mean() > 0.5:  # most are open: views of all rows cost less than copies of some
        return _settle(design, small, Y, Z, chosen, running)
    open_ = np.flatnonzero(running.sum(axis=1) > 1)
    part = _SmallSums(*(getattr(small, name)[open_] for name in small.__dataclass_fields__))
    chosen[open_] = _settle(design, part, Y[open_], Z[open_], chosen[open_], running[open_])
    return chosen


def _from_responses(design: _Design, small: _SmallSums, Y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inequality 1: the most promising penalty of each target, and which penalties may still win."""
    weighted, spread = design.weighted(np.square(Y))
    estimate = design.mean * small.residual + weighted
    doubt = 2 * spread * np.sqrt(np.maximum(small.fitted, 0)) + design.largest * small.fitted
    running = estimate - doubt - small.slack <= (estimate + doubt).min(axis=1, keepdims=True)
    return np.where(running, estimate, np.inf).argmin(axis=1), running


def _settle(
    design: _Design, small: _SmallSums, Y: np.ndarray, Z: np.ndarray, b: np.ndarray, running: np.ndarray
) -> np.ndarray:
    """Steps 2 and 3, from the most promising penalty b of each target: the winners."""
    rows, n_alphas = np.arange(len(Y)), len(design.g)
    errors = np.full(running.shape, np.inf)
    weighted, spread = design.weighted(design.squared_residuals(Y, Z, b))
    around = design.mean * small.residual[rows, b, None] + weighted  # w.e^2
    errors[rows, b] = around[rows, b]
    left = running & (_lower_bounds(design, small, b, around, spread) <= errors[rows, b, None])
    for direction in (1, -1):
        going = rows
        for step in range(1, n_alphas):
            a = b[going] + direction * step
            inside = (a >= 0) & (a < n_alphas)
            going, a = going[inside], a[inside]
            tried = left[going, a]
            part, at = going[tried], a[tried]
            exact, _ = design.weighted(design.squared_residuals(Y[part], Z[part], at))
            found = design.mean[at] * small.residual[part, at] + exact[np.arange(len(part)), at]
            best = errors[part].min(axis=1)
            errors[part, at] = found
            if direction < 0:
                tried[tried] = found > best  # the error rises: no further down
                going = going[~tried]
    return errors.argmin(axis=1)


def _lower_bounds(
    design: _Design, small: _SmallSums, b: np.ndarray, around: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """Inequality 2: at least so large is each LOO(a); `around` is w.e^2 and `spread` |v * e|, e being that of b."""
    rows = np.arange(len(b))
    shared = (small.squares * design.g[b]) @ design.g.T  # f(a).f(b)
    at_b = small.fitted[rows, b, None]
    length = np.maximum(at_b + small.fitted - 2 * shared, 0)  # |u|^2, u = f(b) - f(a)
    along = small.along[rows, b, None] - at_b - small.along + shared  # e.u
    doubt = 2 * spread * np.sqrt(length)
    return around + 2 * design.mean * along - doubt + design.lowest * length - small.slack
