"""Intervals that hold the leave-one-out error of a target at every alpha, from one residual that is known.

Notation of `encoding.ridge`. |.| is the Euclidean norm, * is elementwise. Let e be a vector that is known, as a
residual r(c) of the target y, and split the residual r(a) = y - f(a) of any alpha into the nearest sum of e and y, and
the rest:

    r(a) = s + u,      s = j e + b y,      u.s = 0,      |u|^2 = |r(a)|^2 - |s|^2

j, b and |u| follow from small sums over z, for all alphas at once. With w the weights of a, l the smallest of them, m
any number, and t any number below l,

    LOO(a) = w.s^2 + 2 w.(s * u) + w.u^2
    | w.(s * u) |  =  | ((w - m) * s).u |  <=  |(w - m) * s| |u|  =  D,      smallest for m = w.s^2 / |s|^2
    w.u^2  <=  max(w) |u|^2
    LOO(a) = l |r(a)|^2 + (w - l).r(a)^2  >=  l |r(a)|^2 + max(A - D, 0)^2 / A,      A = w.s^2 - l |s|^2
    LOO(a) = t |r(a)|^2 + (w - t).r(a)^2  >=  t |r(a)|^2 + |s|^4 / T,                T = sum_i s_i^2 / (w_i - t)

The second line holds because u.s = 0, the last two by Cauchy and Schwarz: in the last, |s|^4 = (s.r(a))^2. Together
they are an interval, narrow where r(a) is near s. The last line is for the others: of all vectors as long as r(a), and
with its product with s, the one of smallest error has just this error, for the best t. Nothing is assumed about how LOO
depends on a.

A row unlike all others fits itself where alpha is small: its residual and 1 - h are both tiny, float32 would divide
noise by noise, and its weight would widen every interval. All of the above gives such a row the median weight; the
part this leaves out is added to the error of each target, from the row's own leave-one-out residual: y.q with
q = (row i of 1 - fit) / (1 - h_i), computed in float64. Where such pairs of row and alpha are many, as in designs with
more columns than rows, U is completed to all directions, with g = 0 for those added: the residual is then
U ((1 - g) * z), no difference of large numbers, and only rows far above the median need q.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr

from brainforecast.encoding.leave_one_out import LeaveOneOutWeights

SLACK = 5e-7  # of |y|^2 and of the error: more than float32 is off; `Weighing.precision` scales it
LEAST_REACHED = 1e-5  # of SLACK: sums in float64 are off by less
EVEN = 0.02  # weights this near to their mean need no v^2 and no t: v^2 <= max(v^2), and t gives nothing
BELOW_LOWEST = 0.15  # t is this far below the smallest weight, of its distance to the mean: near the best t for noise
APART = 1e-3  # of the mean weight: and at least this far, where weights are all but equal
TINY = np.finfo(float).tiny


@dataclass(frozen=True)
class Weighing:
    """The weights w = m (1 + v) at each alpha, the median for rows that fit themselves; and how residuals are formed.

    mean m, lowest min(w), highest max(w), level t, largest |v| : (n_alphas,); n_uneven : alphas, the first ones, whose
    weights differ by more than EVEN; moments : (n_rows, n_alphas + 2 n_uneven) float32, v of all alphas, v^2 and
    (m - t) / (w - t) of the uneven ones; U : (n_rows, rank) float32, its transpose Ut; complete : whether U has all
    directions; factors : (n_alphas, rank) float32, 1 - g if complete, else g; left 1 - g : the same, float64;
    q : (n_rows, n_pairs) float32, of rows that fit themselves; left_out : (n_pairs, n_alphas), part of (y.q)^2 that the
    median leaves out; norms : (n_alphas,), root of the sum of |q|^2; precision : (n_alphas c + 1, n_alphas a), how far
    float32 may be off at alpha a, of |y|^2 and of the error, with the residual at c, the last row for y itself;
    reached : (n_alphas,), share of this that the differences between alphas can reach.
    """

    mean: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    level: np.ndarray
    largest: np.ndarray
    n_uneven: int
    moments: np.ndarray
    U: np.ndarray
    Ut: np.ndarray
    complete: bool
    factors: np.ndarray
    left: np.ndarray
    q: np.ndarray
    left_out: np.ndarray
    norms: np.ndarray
    precision: np.ndarray
    reached: np.ndarray

    @classmethod
    def fit(cls, loo: LeaveOneOutWeights, U: np.ndarray) -> "Weighing":
        """Prepare what depends on the design alone: its weights, and U (n_rows, rank) float64."""
        n_rows, rank = U.shape
        pairs = loo.self_fitting()
        # a pair costs a product with one column; completing U, three (z, and residuals of about two alphas)
        if len(pairs[0]) <= min(rank, 3 * (n_rows - 1 - rank)):
            return cls._from_parts(loo, U, pairs, 1 - loo.shrinkage, U, complete=False)
        fitted = np.hstack([np.full((n_rows, 1), n_rows**-0.5), U])
        # not from a decomposition into singular values: where all of them are 1, LAPACK's may not converge
        outside = qr(fitted)[0][:, fitted.shape[1] :]
        left = np.hstack([1 - loo.shrinkage, np.ones((len(loo.shrinkage), outside.shape[1]))])
        pairs = loo.self_fitting(largest_weight=np.inf)
        return cls._from_parts(loo, U, pairs, left, np.hstack([U, outside]), complete=True)

    @classmethod
    def _from_parts(
        cls,
        loo: LeaveOneOutWeights,
        own: np.ndarray,
        pairs: tuple[np.ndarray, np.ndarray],
        left: np.ndarray,
        U: np.ndarray,
        *,
        complete: bool,
    ) -> "Weighing":
        weights = loo.weights
        weights[pairs] = loo.median_weights[pairs[0], 0]
        mean, lowest, highest = weights.mean(axis=1), weights.min(axis=1), weights.max(axis=1)
        level = lowest - BELOW_LOWEST * (mean - lowest) - APART * mean
        v = weights / mean[:, None] - 1
        inverse = (mean - level)[:, None] / (weights - level[:, None])
        largest = np.abs(v).max(axis=1)
        n_uneven = int(np.flatnonzero(largest > EVEN).max(initial=-1)) + 1
        moments = np.concatenate([v, np.square(v[:n_uneven]), inverse[:n_uneven]])
        single = (moments.T, U, U.T)
        return cls(
            *(mean, lowest, highest, level, largest, n_uneven),
            *(np.ascontiguousarray(part, np.float32) for part in single),
            *(complete, (left if complete else 1 - left).astype(np.float32), left),
            *_self_fitting_parts(loo, own, pairs),
            *_precision(highest, largest, left, complete=complete),
        )


def _precision(
    highest: np.ndarray, largest: np.ndarray, left: np.ndarray, *, complete: bool
) -> tuple[np.ndarray, np.ndarray]:
    """`Weighing.precision` and `Weighing.reached`.

    A residual y - f is off by about 1e-7 |y|, and is divided by 1 - h = 1 / sqrt(w); with all directions, that of a row
    is off by only sqrt(1 - h) times as much. What is off reaches the error through g and v alone, so it is as small as
    these where alpha is large, until float64 is off by more.
    """
    scale = highest ** (0.25 if complete else 0.5)
    reached = np.clip(4 * (1 - left.min(axis=1, initial=1) + largest), LEAST_REACHED, 1)
    return SLACK * np.maximum(scale, np.append(scale, 1)[:, None]), reached


def _self_fitting_parts(
    loo: LeaveOneOutWeights, U: np.ndarray, pairs: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For rows that fit themselves: q (n_rows, n_pairs), the part of (y.q)^2 left out at each alpha, norms of q."""
    a, row = pairs
    pair, complement = np.arange(len(a)), loo.complement[a, row]
    q = -1 / len(U) - U @ (loo.shrinkage[a] * U[row]).T
    q[row, pair] += 1
    q /= complement
    left_out = np.zeros((len(a), len(loo.shrinkage)))
    left_out[pair, a] = 1 - loo.median_weights[a, 0] * complement**2
    norms = np.sqrt(np.bincount(a, np.square(q).sum(axis=0), minlength=len(loo.shrinkage)))
    return q.astype(np.float32), left_out, norms


@dataclass(frozen=True)
class Near:
    """Sums of the part s of the residuals r(a) that known ones give, of some targets, for every alpha.

    length |s|^2, lengths |r(a)|^2 : (n_some, n_alphas); moments of s^2 : v.s^2 (n_some, n_alphas), and the other two of
    `Weighing.moments` (n_some, n_uneven); precision : how far float32 may be off, of energy |y|^2 (n_some, 1) and of an
    error; left_out : (n_some, n_alphas), the part of the error that median weights leave out, and left_out_doubt, how
    far float32 may be off in it.
    """

    length: np.ndarray
    moments: tuple[np.ndarray, np.ndarray, np.ndarray]
    precision: np.ndarray
    lengths: np.ndarray
    energy: np.ndarray
    left_out: np.ndarray
    left_out_doubt: np.ndarray


@dataclass(frozen=True)
class Intervals:
    """Where LOO(a) of each target lies, an estimate, and whether its own residual was formed; (n_targets, n_alphas)."""

    lower: np.ndarray
    upper: np.ndarray
    estimate: np.ndarray
    computed: np.ndarray

    @classmethod
    def around(cls, weighing: Weighing, s: Near) -> "Intervals":
        """Intervals of every alpha from the part s of its residual."""
        (v, v2, inverse), mean, n = s.moments, weighing.mean, weighing.n_uneven
        rest = np.maximum(s.lengths - s.length, 0)  # |u|^2
        spread = np.square(weighing.largest) * s.length  # |v * s|^2 - (v.s^2)^2 / |s|^2 is no larger
        spread[:, :n] = np.maximum(v2 - v[:, :n] ** 2 / np.maximum(s.length[:, :n], TINY), 0)
        doubt = mean * np.sqrt(spread * rest)  # D
        weighed = mean * (s.length + v)  # w.s^2
        more = np.maximum(weighed - weighing.lowest * s.length, TINY)  # A
        lower = weighing.lowest * s.lengths + np.square(np.maximum(more - doubt, 0)) / more
        upper = weighed + 2 * doubt + weighing.highest * rest
        estimate = weighed + mean * rest
        above, uneven = (mean - weighing.level)[:n], s.length[:, :n]
        share = uneven / np.maximum(inverse, TINY)
        far = weighing.level[:n] * s.lengths[:, :n] + above * share * uneven
        far -= s.precision[..., :n] * above * share * (uneven + share * s.energy)
        lower[:, :n] = np.maximum(lower[:, :n], far)
        # rows of small weight: v is near -1 in them, and |s|^2 + v.s^2 a small difference
        slack = weighing.reached * s.precision * (np.abs(weighed) + mean * s.length + s.energy)
        lower += s.left_out - slack - s.left_out_doubt
        upper += s.left_out + slack + s.left_out_doubt
        return cls(lower, upper, estimate + s.left_out, np.zeros(rest.shape, bool))

    def may_win(self, rows: np.ndarray) -> np.ndarray:
        """Alphas whose interval lies above no other's, (n_some, n_alphas)."""
        return self.lower[rows] <= self.upper[rows].min(axis=1, keepdims=True)

    def narrow(self, rows: np.ndarray, c: np.ndarray, other: "Intervals") -> None:
        """For some targets, keep what two intervals share, in place; the other's residual was that at c."""
        self.lower[rows] = np.maximum(self.lower[rows], other.lower)
        self.upper[rows] = np.minimum(self.upper[rows], other.upper)
        self.estimate[rows] = other.estimate  # of a nearer residual
        self.computed[rows, c] = True
