"""Each target's best alpha by exact leave-one-out, without computing every leave-one-out error.

Notation of `encoding.ridge`. The direct way forms the residuals r(a) = y - f(a) of every target at every alpha: one
product of (targets x components x rows) each. Most of them need not be formed, because one residual bounds the errors
at all other alphas. |.| is the Euclidean norm, * is elementwise. Let e = r(c) be known, and split r(a) into the
nearest sum of e and y and the rest:

    r(a) = s + u,      s = j e + b y,      u.s = 0,      |u|^2 = |r(a)|^2 - |s|^2

j, b and |u| follow from small sums over z, for all alphas at once. With w the weights of a, l the smallest of them, and
m any number,

    LOO(a) = w.s^2 + 2 w.(s * u) + w.u^2
    | w.(s * u) |  =  | ((w - m) * s).u |  <=  |(w - m) * s| |u|  =  D,      smallest for m = w.s^2 / |s|^2
    w.u^2  <=  max(w) |u|^2
    LOO(a) = l |r(a)|^2 + (w - l).r(a)^2  >=  l |r(a)|^2 + max(A - D, 0)^2 / A,      A = w.s^2 - l |s|^2

(the second line holds because u.s = 0; the last by Cauchy and Schwarz with weights w - l, between s and r(a)). So
LOO(a) lies in an interval, for a above c as well as below, and an alpha whose interval lies above another's cannot
win. This is proved by the four lines, and assumes nothing about how LOO depends on a: an error that rises and falls
again is found. Intervals are narrowest between c and y, which is the residual of an infinite alpha.

1. y itself needs no product: intervals of all alphas from s = k y. With many rows and few components, they settle a
   part of the targets.
2. For the others, the residual at the alpha below the most promising one is formed, so that this one lies between c
   and y. In most targets one alpha remains, and it has won, though its own residual was not formed.
3. While several may win, the residual at the one with the lowest bound is formed. It gives this alpha's LOO exactly,
   and intervals of the others; of two intervals the narrower part counts.
4. Intervals are widened by what float32 may be off. Where all alphas that may win have been computed and there is more
   than one, their errors are computed directly, in float64 (`encoding.leave_one_out`).

So the alpha chosen is that of the smallest error in float64, and tests compare with computing everything. What is
measured, not proved, is how far float32 may be off (SLACK).

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

from brainforecast.encoding.leave_one_out import DirectErrors, LeaveOneOutWeights

SLACK = 5e-7  # of |y|^2 and of the error: more than float32 is off; `_Weighing.slack` scales it
BLOCK = 4096  # targets searched at once
LARGEST_SLACK = 1e-4  # of |y|^2: y is left out of an alpha where it would make float32 less precise than this
LEAST_REACHED = 1e-5  # of SLACK: sums in float64 are off by less
SHORTEST = 1e-12  # of |y|^2: a smaller |p|^2 is noise of float64
TINY = np.finfo(float).tiny
AT_ONCE = 128  # targets whose residuals are held at once: they stay in a processor's cache


@dataclass(frozen=True)
class AlphaSearch:
    """The search on one design; what depends on the design alone is computed once, for all targets.

    direct : float64, decides where float32 cannot.
    """

    weighing: "_Weighing"
    direct: DirectErrors

    @classmethod
    def fit(cls, U: np.ndarray, shrinkage: np.ndarray) -> "AlphaSearch":
        """Prepare the search from U (n_rows, rank) float64 of a centred design and the shrinkage g (n_alphas, rank)."""
        loo = LeaveOneOutWeights.from_shrinkage(U, shrinkage)
        n_rows, rank = U.shape
        # a pair costs a product with one column; completing U, three (z, and residuals of about two alphas)
        few = len(loo.self_fitting()[0]) <= min(rank, 3 * (n_rows - 1 - rank))
        weighing = _Weighing.of_own_directions(loo, U) if few else _Weighing.of_all_directions(loo, U)
        return cls(weighing, DirectErrors.from_weights(loo, U))

    def best(self, Y: np.ndarray, Z: np.ndarray, energy: np.ndarray) -> np.ndarray:
        """Index of the alpha with the smallest leave-one-out error of each target, the first of equals.

        Parameters
        ----------
        Y : (n_targets, n_rows) float32, centred; Z : (n_targets, rank) float32 = Y U; energy : (n_targets,) |y|^2.
        """
        chosen, rivals = np.zeros(len(Y), int), np.zeros((len(Y), len(self.weighing.left)), bool)
        memory = _Memory.allocate(*self.weighing.U.shape)
        for start in range(0, len(Y), BLOCK):
            block = slice(start, start + BLOCK)
            targets = _Targets.project(self.weighing, Y[block], Z[block], energy[block], memory)
            chosen[block], rivals[block] = _search(self.weighing, targets)
        undecided = rivals.any(axis=1)
        if undecided.any():
            chosen[undecided] = self.direct.errors(Y[undecided], rivals[undecided]).argmin(axis=1)
        return chosen


def _search(weighing: "_Weighing", targets: "_Targets") -> tuple[np.ndarray, np.ndarray]:
    """The best alpha of each target, and the alphas between which float32 leaves it undecided."""
    intervals = _Intervals.around(weighing, targets.near_responses(weighing))
    chosen, rivals = np.zeros(len(targets.Y), int), np.zeros(intervals.lower.shape, bool)
    rows, first = np.flatnonzero(targets.energy[:, 0] > 0), True
    while len(rows):
        may_win = intervals.may_win(rows)
        decided = may_win.sum(axis=1) == 1
        chosen[rows[decided]] = may_win[decided].argmax(axis=1)
        to_compute = may_win & ~intervals.computed[rows]
        left = to_compute.any(axis=1) & ~decided
        rivals[rows[~(decided | left)]] = may_win[~(decided | left)]
        rows, to_compute = rows[left], to_compute[left]
        if first:
            c = np.maximum(np.where(to_compute, intervals.estimate[rows], np.inf).argmin(axis=1) - 1, 0)
        else:
            c = np.where(to_compute, intervals.lower[rows], np.inf).argmin(axis=1)
        intervals.narrow(rows, c, _Intervals.around(weighing, targets.near_residuals(weighing, rows, c)))
        first = False
    return chosen, rivals


@dataclass(frozen=True)
class _Memory:
    """Arrays for temporary results, allocated once: new ones of this size would come from the system each time.

    residual, y : (AT_ONCE, n_rows) float32; z, factors : (AT_ONCE, rank) float32; squares, left : the same, float64.
    """

    residual: np.ndarray
    y: np.ndarray
    z: np.ndarray
    factors: np.ndarray
    squares: np.ndarray
    left: np.ndarray

    @classmethod
    def allocate(cls, n_rows: int, rank: int) -> "_Memory":
        """Allocate them."""
        single = (np.empty((AT_ONCE, n), np.float32) for n in (n_rows, n_rows, rank, rank))
        return cls(*single, *(np.empty((AT_ONCE, rank)) for _ in range(2)))


def _take(array: np.ndarray, index: np.ndarray, memory: np.ndarray) -> np.ndarray:
    """array[index], written to the first rows of memory."""
    return np.take(array, index, axis=0, out=memory[: len(index)], mode="clip")  # no copy, unlike mode "raise"


def _parts(n: int) -> list[slice]:
    """AT_ONCE of n targets after another."""
    return [slice(start, min(start + AT_ONCE, n)) for start in range(0, n, AT_ONCE)]


@dataclass(frozen=True)
class _Weighing:
    """The weights w = m (1 + v) at each alpha, the median for rows that fit themselves; and how residuals are formed.

    mean m, lowest min(w), highest max(w) : (n_alphas,); moments : (n_rows, 2 n_alphas) float32, v and v^2 side by
    side; U : (n_rows, rank) float32, its transpose Ut; complete : whether U has all directions; factors : (n_alphas,
    rank) float32, 1 - g if complete, else g; left 1 - g : (n_alphas, rank) float64; q : (n_rows, n_pairs) float32, of
    rows that fit themselves; left_out : (n_pairs, n_alphas), part of (y.q)^2 that the median leaves out; norms :
    (n_alphas,), root of the sum of |q|^2.
    """

    mean: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    moments: np.ndarray
    U: np.ndarray
    Ut: np.ndarray
    complete: bool
    factors: np.ndarray
    left: np.ndarray
    q: np.ndarray
    left_out: np.ndarray
    norms: np.ndarray

    @classmethod
    def of_own_directions(cls, loo: LeaveOneOutWeights, U: np.ndarray) -> "_Weighing":
        """Residuals are y - f."""
        return cls._from_parts(loo, U, loo.self_fitting(), 1 - loo.shrinkage, U, complete=False)

    @classmethod
    def of_all_directions(cls, loo: LeaveOneOutWeights, U: np.ndarray) -> "_Weighing":
        """Residuals are U ((1 - g) * z), with U completed by the directions that no alpha fits."""
        constant = np.full((len(U), 1), len(U) ** -0.5)
        fitted = np.hstack([constant, U])
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
    ) -> "_Weighing":
        weights = loo.weights
        weights[pairs] = loo.median_weights[pairs[0], 0]
        mean, lowest, highest = weights.mean(axis=1), weights.min(axis=1), weights.max(axis=1)
        v = weights / mean[:, None] - 1
        moments = np.ascontiguousarray(np.concatenate([v, np.square(v)]).T, np.float32)
        single, transposed = np.ascontiguousarray(U, np.float32), np.ascontiguousarray(U.T, np.float32)
        factors = (left if complete else 1 - left).astype(np.float32)
        how = transposed, complete, factors, left
        return cls(mean, lowest, highest, moments, single, *how, *_self_fitting_parts(loo, own, pairs))

    @property
    def slack(self) -> np.ndarray:
        """How far float32 may be off at alpha a, of |y|^2 and of the error, with the residual at c: (n_alphas c, a).

        The last row is for y itself. A residual y - f is off by about 1e-7 |y|, and is divided by 1 - h = 1 / sqrt(w);
        with all directions, that of a row is off by only sqrt(1 - h) times as much. What is off reaches the error
        through g and v alone, so it is as small as these where alpha is large, until float64 is off by more.
        """
        precision = self.highest ** (0.25 if self.complete else 0.5)
        largest_v = np.maximum(self.highest / self.mean - 1, 1 - self.lowest / self.mean)
        reached = np.clip(4 * (1 - self.left.min(axis=1, initial=1) + largest_v), LEAST_REACHED, 1)
        return SLACK * reached * np.maximum(precision, np.append(precision, 1)[:, None])


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
class _Targets:
    """A block of targets, and small sums over z.

    Y : (n_targets, n_rows) and Z : (n_targets, rank) float32; energy |y|^2, outside the part of it that no alpha fits
    : (n_targets, 1); inner y.r(a), lengths |r(a)|^2 : (n_targets, n_alphas); moments v.y^2 and |v * y|^2 : (n_targets,
    2, n_alphas) float32; left_out : (n_targets, n_alphas), the part of the error that median weights leave out, and
    left_out_doubt, how far float32 may be off in it.
    """

    Y: np.ndarray
    Z: np.ndarray
    energy: np.ndarray
    outside: np.ndarray
    inner: np.ndarray
    lengths: np.ndarray
    moments: np.ndarray
    left_out: np.ndarray
    left_out_doubt: np.ndarray
    memory: _Memory

    @classmethod
    def project(
        cls, weighing: _Weighing, Y: np.ndarray, Z: np.ndarray, energy: np.ndarray, memory: _Memory
    ) -> "_Targets":
        """Sums of centred targets; Z has the design's own directions."""
        own, energy = Z.shape[1], energy[:, None]
        if own < len(weighing.Ut):
            Z = np.hstack([Z, Y @ weighing.U[:, own:]])
        n_alphas = len(weighing.left)
        columns = np.concatenate([weighing.left, np.square(weighing.left), np.ones_like(weighing.left[:1])]).T
        sums, moments = np.empty((len(Y), 2 * n_alphas + 1)), np.empty((len(Y), 2 * n_alphas), np.float32)
        for part in _parts(len(Y)):
            squares = np.square(Z[part], out=memory.squares[: len(Z[part])], dtype=np.float64)
            np.matmul(squares, columns, out=sums[part])
            np.matmul(np.square(Y[part], out=memory.residual[: len(squares)]), weighing.moments, out=moments[part])
        outside = np.zeros_like(energy) if weighing.complete else np.maximum(energy - sums[:, -1:], 0)
        sums += outside
        left_out = np.square(Y @ weighing.q) @ weighing.left_out
        off = SLACK * weighing.norms * np.sqrt(energy)  # of y.q in float32
        small = sums[:, :n_alphas], sums[:, n_alphas:-1], moments.reshape(len(Y), 2, n_alphas), left_out
        return cls(Y, Z, sums[:, -1:], outside, *small, off * (off + np.sqrt(left_out)), memory)

    def near_responses(self, weighing: _Weighing) -> "_Near":
        """The part s = k y of every r(a)."""
        k = self.inner / np.maximum(self.energy, TINY)
        return self._near(k * self.inner, np.square(k)[:, None] * self.moments, weighing.slack[-1], slice(None))

    def near_residuals(self, weighing: _Weighing, rows: np.ndarray, c: np.ndarray) -> "_Near":
        """The part s = j e + b y of every r(a) of some targets, e the residual of each at its alpha c."""
        inner, squares, products = self._residual_sums(weighing, rows, c)
        length = np.maximum(self.lengths[rows, c], TINY)[:, None]
        along = self.inner[rows, c][:, None] / length  # y = along e + p, p.e = 0
        of_y = self.inner[rows]
        p2 = np.maximum(self.energy[rows] - along**2 * length, SHORTEST * self.energy[rows])  # |p|^2
        k, b = inner / length, (of_y - along * inner) / p2
        slack = weighing.slack[c]
        cancelled = weighing.mean * np.square(b)  # of |y|^2: j e and b y may be far longer than s
        b[cancelled * slack > LARGEST_SLACK] = 0
        b2, j = np.square(b), k - along * b
        moments = np.square(j)[:, None] * squares
        moments += (2 * j * b)[:, None] * products
        moments += b2[:, None] * self.moments[rows]
        return self._near(k * inner + b2 * p2, moments, slack * (1 + weighing.mean * b2), rows)

    def _residual_sums(
        self, weighing: _Weighing, rows: np.ndarray, c: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """e.r(a), (n_some, n_alphas); moments of e^2 and of e * y, as of y^2."""
        n_alphas = len(weighing.left)
        inner = np.empty((len(rows), n_alphas))
        of_squares, of_products = np.empty((2, len(rows), 2 * n_alphas), np.float32)
        for part in _parts(len(rows)):
            z = _take(self.Z, rows[part], self.memory.z)
            squares = np.square(z, out=self.memory.squares[: len(z)], dtype=np.float64)
            squares *= _take(weighing.left, c[part], self.memory.left)
            np.matmul(squares, weighing.left.T, out=inner[part])
            z *= _take(weighing.factors, c[part], self.memory.factors)
            e = np.matmul(z, weighing.Ut, out=self.memory.residual[: len(z)])
            y = _take(self.Y, rows[part], self.memory.y)
            if not weighing.complete:
                np.subtract(y, e, out=e)
            np.matmul(np.multiply(e, y, out=y), weighing.moments, out=of_products[part])
            np.matmul(np.square(e, out=e), weighing.moments, out=of_squares[part])
        shape = len(rows), 2, n_alphas
        return inner + self.outside[rows], of_squares.reshape(shape), of_products.reshape(shape)

    def _near(self, length: np.ndarray, moments: np.ndarray, slack: np.ndarray, rows: np.ndarray | slice) -> "_Near":
        sums = (sum_[rows] for sum_ in (self.lengths, self.left_out, self.left_out_doubt, self.energy))
        return _Near(length, moments, slack, *sums)


@dataclass(frozen=True)
class _Near:
    """Sums of the part s of the residuals r(a) that known ones give, of some targets, for every alpha.

    length |s|^2 : (n_some, n_alphas); moments v.s^2 and |v * s|^2 : (n_some, 2, n_alphas); slack : how far float32 may
    be off, of energy and of an error; the others as in `_Targets`.
    """

    length: np.ndarray
    moments: np.ndarray
    slack: np.ndarray
    lengths: np.ndarray
    left_out: np.ndarray
    left_out_doubt: np.ndarray
    energy: np.ndarray


@dataclass(frozen=True)
class _Intervals:
    """Where LOO(a) of each target lies, an estimate, and whether its own residual was formed; (n_targets, n_alphas)."""

    lower: np.ndarray
    upper: np.ndarray
    estimate: np.ndarray
    computed: np.ndarray

    @classmethod
    def around(cls, weighing: _Weighing, s: _Near) -> "_Intervals":
        """Intervals of every alpha from the part s of its residual."""
        v, v2 = s.moments[:, 0], s.moments[:, 1]
        rest = np.maximum(s.lengths - s.length, 0)  # |u|^2
        weighed = weighing.mean * (s.length + v)  # w.s^2
        doubt = np.maximum(v2 - v**2 / np.maximum(s.length, TINY), 0)
        doubt = weighing.mean * np.sqrt(doubt * rest)  # of w.(s * u)
        above = np.maximum(weighed - weighing.lowest * s.length, TINY)
        lower = weighing.lowest * s.lengths + np.square(np.maximum(above - doubt, 0)) / above + s.left_out
        weighed += s.left_out
        # rows of small weight: v is near -1 in them, and |s|^2 + v.s^2 a small difference
        slack = s.slack * (weighed + weighing.mean * s.length + s.energy) + s.left_out_doubt
        upper = weighed + 2 * doubt + weighing.highest * rest
        return cls(lower - slack, upper + slack, weighed + weighing.mean * rest, np.zeros(rest.shape, bool))

    def may_win(self, rows: np.ndarray) -> np.ndarray:
        """Alphas whose interval lies above no other's, (n_some, n_alphas)."""
        return self.lower[rows] <= self.upper[rows].min(axis=1, keepdims=True)

    def narrow(self, rows: np.ndarray, c: np.ndarray, other: "_Intervals") -> None:
        """For some targets, keep what two intervals share, in place; the other's residual was that at c."""
        self.lower[rows] = np.maximum(self.lower[rows], other.lower)
        self.upper[rows] = np.minimum(self.upper[rows], other.upper)
        self.estimate[rows] = other.estimate  # of a nearer residual
        self.computed[rows, c] = True
