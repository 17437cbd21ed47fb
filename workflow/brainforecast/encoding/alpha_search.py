"""Each target's best alpha by exact leave-one-out, without computing every leave-one-out error.

Notation of `encoding.ridge`. The direct way forms the residuals of every target at every alpha: one product of
(targets x components x rows) each. Most of them need not be formed. Write w_i = m + v_i with m the mean weight at an
alpha; |.| is the Euclidean norm, * is elementwise.

1. From y alone. LOO(a) = m |y - f|^2 + v.y^2 - 2 v.(y * f) + v.f^2; the first two terms are small sums, and

       | -2 v.(y * f) + v.f^2 |  <=  2 |v * y| |f| + max|v| |f|^2

   so each alpha has an interval, and one whose interval lies above another's cannot win. With many rows and few
   components, this settles half of the targets.

2. From one residual. Let c be the alpha below the most promising one, e its residual, u = f(c) - f(a). Then

       LOO(a) = w.e^2 + 2 m e.u + 2 v.(e * u) + w.u^2,      | 2 v.(e * u) |  <=  2 |v * e| |u|
       min(w) |u|^2  <=  w.u^2  <=  max(w) |u|^2

   where w, m, v are those of a, and e.u and |u| are small sums again. An alpha whose interval lies above another's,
   or above LOO(c), cannot win. Weights become more even as alpha grows, and the intervals above c narrow with them: in
   most targets one alpha above c remains, and it has won. Where more remain, the residual of the first of them gives
   narrower intervals to the others.

3. What remains above c is computed exactly. Below c the intervals are wide; where c is worse than an alpha above it,
   the error has risen on the way down, and nothing below is examined. This is a check, not a proof: an error that
   rises and falls again further down, where ridge overfits, would be missed. Tests compare with computing everything.
   Where c is the best so far, or was already excluded, what remains below it is computed exactly too.

A row unlike all others fits itself where alpha is small: its residual and 1 - h are both tiny, float32 would divide
noise by noise, and its weight would widen every interval. All of the above gives such a row the median weight; the
part this leaves out is added to the error of each target, from the row's own leave-one-out residual: y.q with
q = (row i of 1 - fit) / (1 - h_i), computed in float64. Where there are more such pairs of row and alpha than
components, every error is computed directly (`encoding.leave_one_out`).
"""

from dataclasses import dataclass

import numpy as np

from brainforecast.encoding.leave_one_out import DirectErrors, LeaveOneOutWeights

SLACK = 1e-6  # of |y|^2: each bound is loosened by this, more than the error of float32 sums
BLOCK = 1024  # targets whose residuals are held at once


@dataclass(frozen=True)
class AlphaSearch:
    """The search on one design; what depends on the design alone is computed once, for all targets.

    plain : replaces `weighing` where too many rows fit themselves.
    """

    weighing: "_Weighing | None"
    plain: DirectErrors | None

    @classmethod
    def fit(cls, U: np.ndarray, shrinkage: np.ndarray) -> "AlphaSearch":
        """Prepare the search from U (n_rows, rank) float64 of a centred design and the shrinkage g (n_alphas, rank)."""
        loo = LeaveOneOutWeights.from_shrinkage(U, shrinkage)
        few = len(loo.self_fitting[0]) <= U.shape[1]
        return cls(_Weighing.from_weights(loo, U), None) if few else cls(None, DirectErrors.from_weights(loo, U))

    def best(self, Y: np.ndarray, Z: np.ndarray, energy: np.ndarray) -> np.ndarray:
        """Index of the alpha with the smallest leave-one-out error of each target.

        Parameters
        ----------
        Y : (n_targets, n_rows) float32, centred; Z : (n_targets, rank) float32 = Y U; energy : (n_targets,) |y|^2.
        """
        chosen = np.empty(len(Y), int)
        for start in range(0, len(Y), BLOCK):
            block = slice(start, start + BLOCK)
            if self.plain:
                chosen[block] = self.plain.best(Y[block])
            else:
                chosen[block] = _search(self.weighing, Y[block], Z[block], energy[block])
        return chosen


def _search(weighing: "_Weighing", Y: np.ndarray, Z: np.ndarray, energy: np.ndarray) -> np.ndarray:
    sums = _SmallSums.from_targets(weighing, Y, Z, energy)
    chosen, candidates = _from_responses(sums, weighing, Y)
    open_ = candidates.sum(axis=1) > 1
    if open_.all():  # usual where rows are few compared with components: nothing to copy
        return _from_residuals(sums, weighing, Y, Z, chosen, candidates)
    if open_.any():
        some = sums.select(open_)
        chosen[open_] = _from_residuals(some, weighing, Y[open_], Z[open_], chosen[open_], candidates[open_])
    return chosen


@dataclass(frozen=True)
class _Weighing:
    """The weights w = m + v at each alpha, with the median for rows that fit themselves.

    g : (n_alphas, rank), g32 in single precision; mean m, lowest min(w), largest max|v| : (n_alphas,); moments :
    (n_rows, 2 n_alphas) float32, v and v^2 side by side; Ut : (rank, n_rows) float32; q : (n_rows, n_pairs)
    float32, of rows that fit themselves; left_out : (n_pairs, n_alphas), part of (y.q)^2 that the median leaves out.
    """

    g: np.ndarray
    g32: np.ndarray
    mean: np.ndarray
    lowest: np.ndarray
    largest: np.ndarray
    moments: np.ndarray
    Ut: np.ndarray
    q: np.ndarray
    left_out: np.ndarray

    @classmethod
    def from_weights(cls, loo: LeaveOneOutWeights, U: np.ndarray) -> "_Weighing":
        weights = loo.weights
        weights[loo.self_fitting] = loo.median_weights[loo.self_fitting[0], 0]
        mean = weights.mean(axis=1)
        v = weights - mean[:, None]
        moments = np.concatenate([v, np.square(v)]).T.astype(np.float32)
        g32, Ut = loo.shrinkage.astype(np.float32), np.ascontiguousarray(U.T, np.float32)
        lowest, largest = weights.min(axis=1), np.abs(v).max(axis=1)
        return cls(loo.shrinkage, g32, mean, lowest, largest, moments, Ut, *_self_fitting_parts(loo, U))

    def weigh(self, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """v.x^2 and |v * x|^2 for every alpha, (n_targets, n_alphas), from x^2 (n_targets, n_rows) float32.

        v is small compared with w, so float32 is precise enough here.
        """
        once, twice = np.split((squares @ self.moments).astype(np.float64), 2, axis=1)
        return once, np.maximum(twice, 0)

    def squared_residuals(self, Y: np.ndarray, Z: np.ndarray, a: np.ndarray) -> np.ndarray:
        """(y - f)^2 of each target at its own alpha, (n_targets, n_rows) float32."""
        fitted = (Z * self.g32[a]) @ self.Ut
        residual = np.subtract(Y, fitted, out=fitted)
        return np.square(residual, out=residual)


def _self_fitting_parts(loo: LeaveOneOutWeights, U: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For rows that fit themselves: q (n_rows, n_pairs), and the part of (y.q)^2 left out at each alpha."""
    a, row = loo.self_fitting
    pair, complement = np.arange(len(a)), loo.complement[a, row]
    q = -1 / len(U) - U @ (loo.shrinkage[a] * U[row]).T
    q[row, pair] += 1
    left_out = np.zeros((len(a), len(loo.shrinkage)))
    left_out[pair, a] = 1 - loo.median_weights[a, 0] * complement**2
    return (q / complement).astype(np.float32), left_out


@dataclass(frozen=True)
class _SmallSums:
    """Sums over z for every alpha at once, (n_targets, n_alphas) float64.

    squares z^2 : (n_targets, rank); shared z.(g * z); fitted |f|^2; residual |y - f|^2; left_out : the part of
    the error that median weights leave out; slack : (n_targets, 1).
    """

    squares: np.ndarray
    shared: np.ndarray
    fitted: np.ndarray
    residual: np.ndarray
    left_out: np.ndarray
    slack: np.ndarray

    @classmethod
    def from_targets(cls, weighing: _Weighing, Y: np.ndarray, Z: np.ndarray, energy: np.ndarray) -> "_SmallSums":
        squares = Z.astype(np.float64)
        squares *= squares
        shared, fitted = squares @ weighing.g.T, squares @ np.square(weighing.g).T
        energy = energy[:, None]
        left_out = np.square(Y @ weighing.q) @ weighing.left_out
        return cls(squares, shared, fitted, energy - 2 * shared + fitted, left_out, SLACK * energy)

    def select(self, targets: np.ndarray) -> "_SmallSums":
        """The same sums for some of the targets."""
        return _SmallSums(*(sums[targets] for sums in vars(self).values()))

    def steps(self, g: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """|u|^2 and e.u for the steps u = f(b) - f(a) from each target's own alpha b to every a."""
        own = np.arange(len(b)), b
        products = (self.squares * g[b]) @ g.T  # f(b).f(a)
        length = self.fitted[own][:, None] - 2 * products + self.fitted
        along = (self.shared[own] - self.fitted[own])[:, None] - self.shared + products
        return np.maximum(length, 0), along


def _from_responses(sums: _SmallSums, weighing: _Weighing, Y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inequality 1: the most promising alpha of each target, and the alphas that may still win."""
    once, twice = weighing.weigh(np.square(Y))
    estimate = weighing.mean * sums.residual + once + sums.left_out
    doubt = 2 * np.sqrt(twice * sums.fitted) + weighing.largest * sums.fitted
    candidates = estimate - doubt - sums.slack <= (estimate + doubt).min(axis=1, keepdims=True)
    return np.where(candidates, estimate, np.inf).argmin(axis=1), candidates


def _from_residuals(
    sums: _SmallSums, weighing: _Weighing, Y: np.ndarray, Z: np.ndarray, b: np.ndarray, candidates: np.ndarray
) -> np.ndarray:
    """Inequality 2 from c, the alpha below the most promising one b; then exact errors of what remains; winners."""
    c = np.maximum(b - 1, 0)
    own = np.arange(len(b)), c
    exact, lower, upper = _error_and_bounds(sums, weighing, Y, Z, c)
    from_c_on = np.arange(upper.shape[1]) >= c[:, None]
    ceiling = np.minimum(np.where(from_c_on & candidates, upper, np.inf).min(axis=1), exact)
    left = candidates & (lower - 2 * sums.slack <= ceiling[:, None])
    errors = np.full(lower.shape, np.inf)
    errors[own] = exact
    above = left & from_c_on
    above[own] = False
    # one remains above, and is better than c by its bound: it has won, so its error is not needed
    won = (above.sum(axis=1) == 1) & (exact > ceiling) & candidates[own]
    errors[won, above[won].argmax(axis=1)] = ceiling[won]
    above[won] = False
    _settle(np.flatnonzero(above.any(axis=1)), errors, above, sums, weighing, Y, Z)
    down = (errors.argmin(axis=1) == c) | ~candidates[own]  # if c was already excluded, that it is worse shows nothing
    pairs = np.nonzero(above | (left & ~from_c_on & down[:, None]))
    errors[pairs] = _exact(sums, weighing, Y, Z, *pairs)
    return errors.argmin(axis=1)


def _error_and_bounds(
    sums: _SmallSums, weighing: _Weighing, Y: np.ndarray, Z: np.ndarray, c: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """LOO(c) of each target, and lower and upper bounds of LOO(a) for every a, (n_targets, n_alphas)."""
    own = np.arange(len(c)), c
    once, twice = weighing.weigh(weighing.squared_residuals(Y, Z, c))
    length, along = sums.steps(weighing.g, c)
    around = weighing.mean * sums.residual[own][:, None] + once  # w.e^2
    around += sums.left_out
    middle, doubt = around + 2 * weighing.mean * along, 2 * np.sqrt(twice * length)
    lower = middle - doubt + weighing.lowest * length
    return around[own], lower, middle + doubt + (weighing.mean + weighing.largest) * length


def _settle(
    targets: np.ndarray,
    errors: np.ndarray,
    above: np.ndarray,
    sums: _SmallSums,
    weighing: _Weighing,
    Y: np.ndarray,
    Z: np.ndarray,
) -> None:
    """For some targets, fill in the error at the first alpha above c that may win; drop alphas that no longer can."""
    first = above[targets].argmax(axis=1)
    exact, lower, _ = _error_and_bounds(sums.select(targets), weighing, Y[targets], Z[targets], first)
    errors[targets, first] = exact
    above[targets, first] = False
    above[targets] &= lower - 2 * sums.slack[targets] <= errors[targets].min(axis=1, keepdims=True)


def _exact(
    sums: _SmallSums, weighing: _Weighing, Y: np.ndarray, Z: np.ndarray, t: np.ndarray, a: np.ndarray
) -> np.ndarray:
    """LOO of pairs of a target and an alpha, (n_pairs,)."""
    errors = np.empty(len(t))
    for start in range(0, len(t), BLOCK):
        some = slice(start, start + BLOCK)
        errors[some] = _exact_block(sums, weighing, Y[t[some]], Z[t[some]], t[some], a[some])
    return errors


def _exact_block(
    sums: _SmallSums, weighing: _Weighing, Y: np.ndarray, Z: np.ndarray, t: np.ndarray, a: np.ndarray
) -> np.ndarray:
    """As `_exact`; Y and Z have a row for each pair."""
    once, _ = weighing.weigh(weighing.squared_residuals(Y, Z, a))
    return weighing.mean[a] * sums.residual[t, a] + once[np.arange(len(a)), a] + sums.left_out[t, a]
