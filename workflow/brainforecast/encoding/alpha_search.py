"""Each target's best alpha by exact leave-one-out, without computing every leave-one-out error.

Notation of `encoding.ridge`. The direct way forms the residuals r(a) = y - f(a) of every target at every alpha: one
product of (targets x components x rows) each. Most of them need not be formed, because one residual bounds the errors
at all other alphas (`encoding.alpha_intervals`), and an alpha whose interval lies above another's cannot win. An error
that rises and falls again is found too. Intervals are narrowest between the known residual and y, which is the residual
of an infinite alpha.

1. y itself needs no product: intervals of all alphas from s = k y. They settle a third to a half of the targets. Where
   many designs share their first columns, so does what these columns leave of y (`Known`): s = j x + b y settles more.
2. For the others, the residual at the alpha below the most promising one, or at the lowest that may win, is formed, so
   that the most promising one lies between it and y. In most targets one alpha remains, and it has won, though its own
   residual was not formed.
3. While several may win, the residual at the one with the lowest bound is formed. It gives this alpha's LOO exactly,
   and intervals of the others; of two intervals the narrower part counts.
4. Intervals are widened by what float32 may be off. Where all alphas that may win have been computed and there is more
   than one, or where few targets of a block are left, errors are computed directly, in float64
   (`encoding.leave_one_out`).

So the alpha chosen is that of the smallest error in float64, and tests compare with computing everything. What is
measured, not proved, is how far float32 may be off (SLACK).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from brainforecast.encoding.alpha_intervals import SLACK, TINY, Intervals, Near, Weighing
from brainforecast.encoding.leave_one_out import DirectErrors, LeaveOneOutWeights

BLOCK = 4096  # targets searched at once
LARGEST_SLACK = 1e-4  # of |y|^2: y is left out of an alpha where it would make float32 less precise than this
SHORTEST = 1e-12  # of |y|^2: a smaller |p|^2 is noise of float64
LEAST_KNOWN = 1e-2  # of |y|^2: a smaller |x|^2 is too near to what float32 rounds off in sums over x
FEW = 1_500_000  # numbers of U times targets to form residuals of: up to here, errors in float64 take less time
AT_ONCE = 128  # targets whose residuals are held at once: they stay in a processor's cache


@dataclass(frozen=True)
class Known:
    """Products of a vector x near the residuals of each target, that many searches share.

    z U^T x : (n_targets, rank) float32; energy |x|^2, inner x.y : (n_targets,) float64; of_y, products, squares :
    (n_targets, columns of `Weighing.moments`) float32, the moments of y * y, x * y and x * x.
    """

    z: np.ndarray
    energy: np.ndarray
    inner: np.ndarray
    of_y: np.ndarray
    products: np.ndarray
    squares: np.ndarray

    def some(self, block: slice) -> "Known":
        """Of some targets."""
        return Known(*(of[block] for of in vars(self).values()))


@dataclass(frozen=True)
class AlphaSearch:
    """The search on one design; what depends on the design alone is computed once, for all targets.

    direct : float64, decides where float32 cannot.
    """

    weighing: Weighing
    direct: DirectErrors

    @classmethod
    def fit(cls, U: np.ndarray, shrinkage: np.ndarray) -> "AlphaSearch":
        """Prepare the search from U (n_rows, rank) float64 of a centred design and the shrinkage g (n_alphas, rank)."""
        loo = LeaveOneOutWeights.from_shrinkage(U, shrinkage)
        return cls(Weighing.fit(loo, U), DirectErrors.from_weights(loo, U))

    def best(self, Y: np.ndarray, Z: np.ndarray, energy: np.ndarray, known: Known | None = None) -> np.ndarray:
        """Index of the alpha with the smallest leave-one-out error of each target, the first of equals.

        Parameters
        ----------
        Y : (n_targets, n_rows) float32, centred; Z : (n_targets, rank) float32 = Y U; energy : (n_targets,) |y|^2.
        known : a vector near the residuals of each target, if there is one; any, but a near one makes the search short.
        """
        chosen, rivals = np.zeros(len(Y), int), np.zeros((len(Y), len(self.weighing.left)), bool)
        memory = _Memory.allocate(*self.weighing.U.shape)
        for start in range(0, len(Y), BLOCK):
            block = slice(start, start + BLOCK)
            of_block = known.some(block) if known and not self.weighing.complete else None
            targets = _Targets.project(self.weighing, Y[block], Z[block], energy[block], of_block, memory)
            chosen[block], rivals[block] = _search(self.weighing, targets)
        undecided = rivals.any(axis=1)
        if undecided.any():
            chosen[undecided] = self.direct.errors(Y[undecided], rivals[undecided]).argmin(axis=1)
        return chosen


def _search(weighing: Weighing, targets: "_Targets") -> tuple[np.ndarray, np.ndarray]:
    """The best alpha of each target, and the alphas between which float32 leaves it undecided."""
    intervals = Intervals.around(weighing, targets.near_known(weighing))
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
        if len(rows) * weighing.U.size <= FEW:
            rivals[rows] = may_win[left]
            break
        if first:
            promising = np.where(to_compute, intervals.estimate[rows], np.inf).argmin(axis=1)
            c = np.maximum(promising - 1, to_compute.argmax(axis=1))
        else:
            c = np.where(to_compute, intervals.lower[rows], np.inf).argmin(axis=1)
        intervals.narrow(rows, c, Intervals.around(weighing, targets.near_residuals(weighing, rows, c)))
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
class _Pairs:
    """Products of a known vector e of some targets.

    inner e.r(a) : (n_some, n_alphas); with_y e.y, length |e|^2 : (n_some, 1); squares, products : (n_some, columns of
    `Weighing.moments`), the moments of e * e and e * y.
    """

    inner: np.ndarray
    with_y: np.ndarray
    length: np.ndarray
    squares: np.ndarray
    products: np.ndarray


@dataclass(frozen=True)
class _Targets:
    """A block of targets, and small sums over z.

    Y : (n_targets, n_rows) and Z : (n_targets, rank) float32; energy |y|^2, outside the part of it that no alpha fits
    : (n_targets, 1); inner y.r(a), lengths |r(a)|^2 : (n_targets, n_alphas); moments of y^2 : (n_targets, columns of
    `Weighing.moments`) float32; left_out : (n_targets, n_alphas), the part of the error that median weights leave out,
    and left_out_doubt, how far float32 may be off in it; known : products of a vector that is known beside y.
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
    known: _Pairs | None
    memory: _Memory

    @classmethod
    def project(
        cls, weighing: Weighing, Y: np.ndarray, Z: np.ndarray, energy: np.ndarray, known: Known | None, memory: _Memory
    ) -> "_Targets":
        """Sums of centred targets; Z has the design's own directions."""
        own, energy = Z.shape[1], energy[:, None]
        if own < len(weighing.Ut):
            Z = np.hstack([Z, Y @ weighing.U[:, own:]])
        n_alphas = len(weighing.left)
        columns = np.concatenate([weighing.left, np.square(weighing.left), np.ones_like(weighing.left[:1])]).T
        sums = np.empty((len(Y), 2 * n_alphas + 1))
        moments = known.of_y if known else np.empty((len(Y), weighing.moments.shape[1]), np.float32)
        for part in _parts(len(Y)):
            squares = np.square(Z[part], out=memory.squares[: len(Z[part])], dtype=np.float64)
            np.matmul(squares, columns, out=sums[part])
            if not known:
                np.matmul(np.square(Y[part], out=memory.residual[: len(squares)]), weighing.moments, out=moments[part])
        outside = np.zeros_like(energy) if weighing.complete else np.maximum(energy - sums[:, -1:], 0)
        sums += outside
        left_out = np.square(Y @ weighing.q) @ weighing.left_out
        off = SLACK * weighing.norms * np.sqrt(energy)  # of y.q in float32
        small = sums[:, :n_alphas], sums[:, n_alphas:-1], moments, left_out
        doubt = off * (off + np.sqrt(left_out))
        pairs = known and _known_pairs(weighing, Z, energy, known, memory)
        return cls(Y, Z, sums[:, -1:], outside, *small, doubt, pairs, memory)

    def near_known(self, weighing: Weighing) -> Near:
        """The part s = k y of every r(a), or s = j x + b y with another known vector x."""
        if self.known:
            return self._near_both(weighing, self.known, weighing.precision[-1], slice(None))
        k = self.inner / np.maximum(self.energy, TINY)
        moments = _weighted([np.square(k)], [_by_kind(self.moments, weighing)])
        return self._near(k * self.inner, moments, weighing.precision[-1], slice(None))

    def near_residuals(self, weighing: Weighing, rows: np.ndarray, c: np.ndarray) -> Near:
        """The part s = j e + b y of every r(a) of some targets, e the residual of each at its alpha c."""
        pairs = self._residual_pairs(weighing, rows, c)
        return self._near_both(weighing, pairs, weighing.precision[c], rows)

    def _near_both(self, weighing: Weighing, e: _Pairs, precision: np.ndarray, rows: np.ndarray | slice) -> Near:
        length, of_y, energy = np.maximum(e.length, TINY), self.inner[rows], self.energy[rows]
        along = e.with_y / length  # y = along e + p, p.e = 0
        p2 = np.maximum(energy - along**2 * length, np.maximum(SHORTEST * energy, TINY))  # |p|^2
        k, b = e.inner / length, (of_y - along * e.inner) / p2
        cancelled = weighing.mean * np.square(b)  # of |y|^2: j e and b y may be far longer than s
        b[cancelled * weighing.reached * precision > LARGEST_SLACK] = 0
        b2, j = np.square(b), k - along * b
        weights, of = (np.square(j), 2 * j * b, b2), (e.squares, e.products, self.moments[rows])
        moments = _weighted(weights, [_by_kind(each, weighing) for each in of])
        return self._near(k * e.inner + b2 * p2, moments, precision * (1 + weighing.mean * b2), rows)

    def _residual_pairs(self, weighing: Weighing, rows: np.ndarray, c: np.ndarray) -> _Pairs:
        """Form the residual e of some targets, each at its alpha c."""
        columns = np.vstack([weighing.left, np.ones_like(weighing.left[:1])]).T
        inner, length = np.empty((len(rows), columns.shape[1])), np.empty(len(rows))
        of_squares, of_products = np.empty((2, len(rows), weighing.moments.shape[1]), np.float32)
        for part in _parts(len(rows)):
            z = _take(self.Z, rows[part], self.memory.z)
            squares = np.square(z, out=self.memory.squares[: len(z)], dtype=np.float64)
            left = _take(weighing.left, c[part], self.memory.left)
            squares *= left
            np.matmul(squares, columns, out=inner[part])
            length[part] = np.einsum("tj,tj->t", squares, left)
            z *= _take(weighing.factors, c[part], self.memory.factors)
            e = np.matmul(z, weighing.Ut, out=self.memory.residual[: len(z)])
            y = _take(self.Y, rows[part], self.memory.y)
            if not weighing.complete:
                np.subtract(y, e, out=e)
            np.matmul(np.multiply(e, y, out=y), weighing.moments, out=of_products[part])
            np.matmul(np.square(e, out=e), weighing.moments, out=of_squares[part])
        outside = self.outside[rows]
        inner += outside
        return _Pairs(inner[:, :-1], inner[:, -1:], length[:, None] + outside, of_squares, of_products)

    def _near(self, length: np.ndarray, moments: tuple, precision: np.ndarray, rows: np.ndarray | slice) -> Near:
        sums = (sum_[rows] for sum_ in (self.lengths, self.energy, self.left_out, self.left_out_doubt))
        return Near(length, moments, precision, *sums)


def _known_pairs(weighing: Weighing, Z: np.ndarray, energy: np.ndarray, known: Known, memory: _Memory) -> _Pairs:
    """Products of the vector that is known beside y: only those with residuals depend on the design.

    A vector far shorter than y counts as zero: y alone is then what is known. energy |y|^2 : (n_targets, 1).
    """
    fitted, with_y, shrinkage = np.empty((len(Z), len(weighing.left))), known.inner[:, None], 1 - weighing.left.T
    for part in _parts(len(Z)):
        products = np.multiply(Z[part], known.z[part], out=memory.squares[: len(Z[part])], dtype=np.float64)
        np.matmul(products, shrinkage, out=fitted[part])
    sums = with_y - fitted, with_y, known.energy[:, None]  # x.r = x.y - x.f
    long_enough = known.energy[:, None] >= LEAST_KNOWN * energy
    return _Pairs(*(np.where(long_enough, part, 0) for part in sums), known.squares, known.products)


def _by_kind(moments: np.ndarray, weighing: Weighing) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The columns of `Weighing.moments`, by what they weigh with."""
    n, uneven = len(weighing.left), weighing.n_uneven
    return moments[:, :n], moments[:, n : n + uneven], moments[:, n + uneven : n + 2 * uneven]


def _weighted(weights: Sequence[np.ndarray], of: Sequence[tuple[np.ndarray, ...]]) -> tuple[np.ndarray, ...]:
    """Sums of moments, each kind weighed by (n_targets, n_alphas) weights; kinds may have only the first alphas."""
    return tuple(
        sum(weight[:, : part.shape[1]] * part for weight, part in zip(weights, parts, strict=True))
        for parts in zip(*of, strict=True)
    )
