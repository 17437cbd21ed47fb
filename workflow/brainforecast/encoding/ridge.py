"""Ridge regression of many targets on one design, each target with its own alpha.

For each target y and alpha a of the grid (X and y centred on the training rows),

    beta(a) = argmin |y - X beta|^2 + a |beta|^2

With the thin decomposition X = U diag(s) V^T and z = U^T y, everything but the last line is a small sum over z:

    fitted          f(a) = U (g * z),             g(a) = s^2 / (s^2 + a)
    residual        |y - f|^2 = |y|^2 - |z|^2 + |(1 - g) * z|^2
    leverage        h_i(a) = 1/n + sum_j U_ij^2 g_j             (1/n is the intercept's)
    leave-one-out   LOO(a) = sum_i w_i (y_i - f_i)^2,           w_i(a) = 1 / (1 - h_i)^2

The alpha chosen has the smallest leave-one-out error, as in scikit-learn's ``RidgeCV(alpha_per_target=True)``;
`encoding.alpha_search` explains how the search avoids most of the work and stays exact.

Arrays of targets are (n_targets, n_rows), a target a contiguous row, float32. Decompositions are float64.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh, qr

from brainforecast.encoding.alpha_search import AlphaSearch, Known

INSIDE = 1e-9  # of a direction of length 1: what may lie outside of a space that holds it
LEAST_SHARE = 0.03  # of the rows: a present that is fitted less is all but the response itself, and shortens no search
NEGLIGIBLE = 1e-12  # of the largest s^2: for a direction below it s^2 / (s^2 + a) is 0 in effect at any alpha in use


@dataclass(frozen=True)
class Decomposition:
    """A centred design X = U diag(s) V^T, fitted on training rows.

    U : (n_rows, rank) float64; s : (rank,); to_components : (n_features, rank) = V diag(1/s), so that
    (X - mean) to_components gives the rows of U; mean : (n_features,).
    """

    U: np.ndarray
    s: np.ndarray
    to_components: np.ndarray
    mean: np.ndarray

    def project(self, X: np.ndarray) -> np.ndarray:
        """Project new rows into the space of U, (n_rows, rank)."""
        return (np.asarray(X, np.float64) - self.mean) @ self.to_components

    def shrinkage(self, alphas: Sequence[float]) -> np.ndarray:
        """g(a) for each alpha, (n_alphas, rank)."""
        return self.s**2 / (self.s**2 + np.asarray(alphas, np.float64)[:, None])


def decompose(X: np.ndarray) -> Decomposition:
    """Decompose a design of any shape and rank, through the smaller of X^T X and X X^T in float64.

    Parameters
    ----------
    X : (n_rows, n_features); centred here.
    """
    X = np.asarray(X, np.float64)
    mean = X.mean(axis=0)
    X = X - mean
    wide = X.shape[0] < X.shape[1]
    values, vectors = eigh(X @ X.T if wide else X.T @ X)
    kept = values > max(values[-1] * NEGLIGIBLE, np.finfo(float).tiny)
    s, vectors = np.sqrt(values[kept][::-1]), vectors[:, kept][:, ::-1]
    if wide:
        return Decomposition(vectors, s, X.T @ vectors / s**2, mean)
    return Decomposition(X @ vectors / s, s, vectors / s, mean)


@dataclass(frozen=True)
class CentredTargets:
    """Training responses of a block of targets, centred once for all designs.

    Y : (n_targets, n_rows) float32; energy : (n_targets,) float64, |y|^2.
    """

    Y: np.ndarray
    energy: np.ndarray

    @classmethod
    def from_responses(cls, Y: np.ndarray) -> "CentredTargets":
        """Centre each target of (n_targets, n_rows) on its training rows; a constant target becomes exactly zero."""
        centred = Y - Y.mean(axis=1, keepdims=True)
        centred -= centred.mean(axis=1, keepdims=True)  # the float32 mean of a large level is rounded
        centred[(Y[:, :1] == Y).all(axis=1)] = 0
        return cls(centred, np.einsum("ti,ti->t", centred, centred, dtype=np.float64))


@dataclass(frozen=True)
class Present:
    """The present of a fold, that each of its windows is added to: what their ridges share.

    U : (n_rows, rank) float64; Ut : its transpose, float32; g : (n_alphas, rank); freedom : (n_alphas,), share of the
    rows that a fit leaves free; n_near : alphas, the first ones, that fit LEAST_SHARE of the rows.
    """

    U: np.ndarray
    Ut: np.ndarray
    g: np.ndarray
    freedom: np.ndarray
    n_near: int

    @classmethod
    def fit(cls, train: Decomposition, alphas: Sequence[float]) -> "Present":
        """Prepare the present's training rows."""
        g = train.shrinkage(alphas)
        fitted = (1 + g.sum(axis=1)) / len(train.U)
        n_near = max(1, np.count_nonzero(fitted >= LEAST_SHARE))
        return cls(train.U, np.ascontiguousarray(train.U.T, np.float32), g, 1 - fitted, n_near)

    def residuals(self, responses: CentredTargets, moments: np.ndarray) -> "PresentResiduals":
        """What the present leaves of some targets, at the best of `n_near` alphas by generalised cross-validation.

        The residuals with a window are near it. It shortens the search (`alpha_search`), and decides nothing.

        Parameters
        ----------
        moments : (n_rows, n_columns), `alpha_intervals.Weighing.moments` of the ridges of all windows, side by side.
        """
        Y, Z = responses.Y, responses.Y @ self.Ut.T
        left = responses.energy[:, None] - np.square(Z, dtype=np.float64) @ (1 - np.square(1 - self.g)).T
        best = (left / np.square(self.freedom))[:, : self.n_near].argmin(axis=1)
        fitted = Z * self.g[best].astype(np.float32)
        x = Y - fitted @ self.Ut
        energy, inner = (np.einsum("ti,ti->t", x, other, dtype=np.float64) for other in (x, Y))
        return PresentResiduals(Z, fitted, energy, inner, *(product @ moments for product in (Y * Y, x * Y, x * x)))


@dataclass(frozen=True)
class PresentResiduals:
    """What the present leaves, x, of a block of targets, as the ridge of each window reads it.

    z U^T y and fitted U^T (y - x) : (n_targets, rank) float32, U of the present; energy |x|^2, inner x.y : (n_targets,)
    float64; of_y, products, squares : (n_targets, n_columns) float32, moments of y * y, x * y and x * x.
    """

    z: np.ndarray
    fitted: np.ndarray
    energy: np.ndarray
    inner: np.ndarray
    of_y: np.ndarray
    products: np.ndarray
    squares: np.ndarray

    def known(self, z: np.ndarray, columns: slice) -> Known:
        """For the search of one ridge: z U^T x : (n_targets, rank); columns : its moments."""
        return Known(z, self.energy, self.inner, *(of[:, columns] for of in (self.of_y, self.products, self.squares)))


@dataclass(frozen=True)
class _Projection:
    """A fitted design, in float32 for blocks of targets: z = Y U, and (g * z) `held_out` is a prediction.

    U : (n_rows, rank); g : (n_alphas, rank); held_out : (rank, n_held_out). Where a present shares its products with Y,
    of_present : (rank of the present, rank), U^T of the present times U; where that saves time, U has only the columns
    that span the rest of the design, and mix : (rank of the present + n_columns, rank) turns both products into z.
    """

    U: np.ndarray
    g: np.ndarray
    held_out: np.ndarray
    of_present: np.ndarray | None = None
    mix: np.ndarray | None = None

    @classmethod
    def fit(
        cls, train: Decomposition, held_out: np.ndarray, alphas: Sequence[float], present: Present | None = None
    ) -> "_Projection":
        U, of_present, mix = train.U, present and present.U.T @ train.U, None
        if present and len(U) * len(of_present) > U.shape[1] ** 2:
            U, mix = _beside(U, of_present)
        single = (U, train.shrinkage(alphas), train.project(held_out).T)
        shared = (None if part is None else np.ascontiguousarray(part, np.float32) for part in (of_present, mix))
        return cls(*(np.ascontiguousarray(part, np.float32) for part in single), *shared)

    def project(self, Y: np.ndarray, present: PresentResiduals | None = None) -> np.ndarray:
        """z of each target, (n_targets, rank)."""
        if self.mix is None:
            return Y @ self.U
        both = np.empty((len(Y), len(self.mix)), np.float32)
        both[:, : present.z.shape[1]] = present.z
        np.matmul(Y, self.U, out=both[:, present.z.shape[1] :])
        return both @ self.mix

    def leave(self, Z: np.ndarray, present: PresentResiduals) -> np.ndarray:
        """U^T of what the present leaves, (n_targets, rank)."""
        return Z - present.fitted @ self.of_present

    def predict(self, Z: np.ndarray, chosen: np.ndarray | int) -> np.ndarray:
        """Prediction of each target at its alpha, (n_targets, n_held_out), relative to the target's training mean."""
        return (Z * self.g[chosen]) @ self.held_out


def _beside(U: np.ndarray, of_present: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """The part of the space of U (n_rows, rank) beside a present that is inside it, and the mix that gives back U.

    U and no mix where the present is not inside: a direction of it was negligible.
    """
    inside = np.abs(of_present @ of_present.T - np.eye(len(of_present))).max() <= INSIDE
    if not inside or len(of_present) > U.shape[1]:
        return U, None
    beside = qr(of_present.T)[0][:, len(of_present) :]
    return U @ beside, np.vstack([of_present, beside.T])


@dataclass(frozen=True)
class LeaveOneOut:
    """Ridge on one design; each target's alpha is chosen by exact leave-one-out on the training rows.

    What depends on the design alone is computed once, for all targets.
    """

    projection: _Projection
    search: AlphaSearch

    @classmethod
    def fit(
        cls, train: Decomposition, held_out: np.ndarray, alphas: Sequence[float], present: Present | None = None
    ) -> "LeaveOneOut":
        """Prepare the design of the training rows and the rows to predict.

        Parameters
        ----------
        held_out : (n_held_out, n_features), scaled as the training rows are.
        alphas : the grid, increasing.
        present : of the same rows, where the design is a present and a window.
        """
        search = AlphaSearch.fit(train.U, train.shrinkage(alphas))
        return cls(_Projection.fit(train, held_out, alphas, present), search)

    def fit_predict(
        self,
        responses: CentredTargets,
        present: PresentResiduals | None = None,
        columns: slice | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Choose an alpha for each target and predict the held-out rows.

        Parameters
        ----------
        present : what the present leaves of the same targets, if the ridge was prepared with it; columns : its moments
            for this ridge.

        Returns
        -------
        predictions : (n_targets, n_held_out) float32, relative to each target's training mean.
        chosen : (n_targets,) index into the grid; the first of equals.
        """
        Z = self.projection.project(responses.Y, present)  # (n_targets, rank)
        known = present and present.known(self.projection.leave(Z, present), columns)
        chosen = self.search.best(responses.Y, Z, responses.energy, known)
        return self.projection.predict(Z, chosen), chosen


@dataclass(frozen=True)
class LeaveBlocksOut:
    """As `LeaveOneOut`, but alpha minimises the squared error over blocks of training rows, not over single rows.

    Neighbouring volumes are correlated: they partly predict a single row left out, not a block with a gap around it.
    """

    projection: _Projection
    parts: tuple[tuple[np.ndarray, np.ndarray, _Projection], ...]

    @classmethod
    def fit(
        cls,
        X: np.ndarray,
        held_out: np.ndarray,
        alphas: Sequence[float],
        splits: Iterable[tuple[np.ndarray, np.ndarray]],
    ) -> "LeaveBlocksOut":
        """Prepare the design of the training rows and of each split.

        Parameters
        ----------
        X : (n_rows, n_features), training rows; held_out, alphas : as `LeaveOneOut.fit`.
        splits : pairs of (n_rows,) masks: fitted on, validated on.
        """
        parts = ((*split, _Projection.fit(decompose(X[split[0]]), X[split[1]], alphas)) for split in splits)
        return cls(_Projection.fit(decompose(X), held_out, alphas), tuple(parts))

    def fit_predict(self, responses: CentredTargets) -> tuple[np.ndarray, np.ndarray]:
        """Return predictions and alphas, as `LeaveOneOut.fit_predict`."""
        chosen = sum(_validation_errors(responses.Y, *part) for part in self.parts).argmin(axis=1)
        return self.projection.predict(responses.Y @ self.projection.U, chosen), chosen


def _validation_errors(Y: np.ndarray, fitted: np.ndarray, validated: np.ndarray, part: _Projection) -> np.ndarray:
    """Squared error of each target and alpha on the validated rows, (n_targets, n_alphas)."""
    mean = Y[:, fitted].mean(axis=1, keepdims=True)
    Z = (Y[:, fitted] - mean) @ part.U
    residuals = (Y[:, validated] - mean - part.predict(Z, index) for index in range(len(part.g)))
    return np.stack([np.einsum("ti,ti->t", e, e, dtype=np.float64) for e in residuals], axis=1)
