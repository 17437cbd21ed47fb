"""Ridge: scikit-learn's penalties and predictions, on designs of every shape."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge, RidgeCV

from brainforecast.encoding.alpha_search import AlphaSearch
from brainforecast.encoding.leave_one_out import DirectErrors, LeaveOneOutWeights
from brainforecast.encoding.ridge import CentredTargets, LeaveBlocksOut, LeaveOneOut, decompose

ALPHAS = np.logspace(-1, 8, 10)


def delayed_noise(rng, n, p):
    """Columns as a finite impulse response makes them: smooth in time, each a later copy of another."""
    base = rng.normal(size=(n + 5, -(-p // 6)))
    base = np.cumsum(base, axis=0) * 0.15 + base
    return np.hstack([base[5 - lag : 5 - lag + n] for lag in range(6)])[:, :p]


def designs():
    rng = np.random.default_rng(0)
    tall = delayed_noise(rng, 400, 60)
    return {
        "well conditioned": rng.normal(size=(400, 60)),
        "delayed": tall,
        "ill conditioned": tall @ np.diag(np.logspace(0, -6, 60)),
        "rank deficient": np.hstack([tall, tall[:, :20]]),
        "constant columns": np.hstack([tall, np.ones((400, 3))]),
        "n about p": delayed_noise(rng, 80, 78),
        "n below p": delayed_noise(rng, 60, 120),
    }


@pytest.fixture(params=designs().items(), ids=lambda item: item[0])
def problem(request):
    """Design, held-out design and targets from pure noise to nearly pure signal, (n_rows, n_targets)."""
    rng = np.random.default_rng(1)
    X = request.param[1]
    strength = np.concatenate([np.zeros(100), rng.uniform(0, 3, 200)])
    weights = rng.normal(size=(X.shape[1], 300)) / np.sqrt(X.shape[1])
    Y = 7 + X @ weights * strength + rng.normal(size=(len(X), 300))
    return X, X[:25] + rng.normal(size=(25, X.shape[1])) * 0.1, Y.astype(np.float32)


def test_penalties_and_predictions_equal_scikit_learn(problem):
    """The penalty of >= 99.9 % of targets, ties aside, and every prediction where it is the same, within 2e-4."""
    X, held_out, Y = problem
    reference = RidgeCV(alphas=ALPHAS, alpha_per_target=True).fit(X, Y.astype(float))
    predicted, chosen = LeaveOneOut.of(decompose(X), held_out, ALPHAS).fit_predict(CentredTargets.centred(Y.T))
    same = reference.alpha_ == ALPHAS[chosen]
    assert (same | tied(X, Y, chosen, reference.alpha_)).mean() >= 0.999
    expected = (reference.predict(held_out) - Y.mean(axis=0, dtype=float)).T
    np.testing.assert_allclose(predicted[same], expected[same], atol=2e-4 * np.abs(expected).max())


def tied(X, Y, chosen, alphas):
    """Targets whose two penalties have the same leave-one-out error to 1e-6: no choice there is wrong."""
    design = decompose(X)
    errors = DirectErrors.of(LeaveOneOutWeights.of(design.U, design.shrinkage(ALPHAS)), design.U).errors(
        CentredTargets.centred(Y.T).Y
    )
    rows = np.arange(len(errors))
    ours, theirs = errors[rows, chosen], errors[rows, np.searchsorted(ALPHAS, alphas * 0.999)]
    return np.abs(ours - theirs) <= 1e-6 * theirs


@pytest.mark.parametrize("n_columns", [8, 29, 60])
def test_leave_one_out_errors_equal_leaving_each_row_out(n_columns):
    """The formula against n fits without the row, intercept included; wide designs fit all rows at small penalties."""
    rng = np.random.default_rng(2)
    X, Y = rng.normal(size=(30, n_columns)), rng.normal(size=(30, 3)).astype(np.float32)
    design = decompose(X)
    ours = DirectErrors.of(LeaveOneOutWeights.of(design.U, design.shrinkage(ALPHAS)), design.U).errors(
        CentredTargets.centred(Y.T).Y
    )
    for index, alpha in enumerate(ALPHAS):
        errors = np.zeros(3)
        for row in range(30):
            rest = np.arange(30) != row
            # the intercept stays the mean of all rows' fit: leave the row out of X and y alike
            model = Ridge(alpha=alpha).fit(X[rest] - X.mean(axis=0), Y[rest])
            errors += (Y[row] - model.predict((X[row] - X.mean(axis=0))[None])[0]) ** 2
        np.testing.assert_allclose(ours[:, index], errors, rtol=1e-4)


@pytest.mark.parametrize("row", ["like the others", "far from the others"])
def test_the_search_equals_computing_everything(row):
    """Ten thousand targets, most of them noise: the bounds never drop the winner, nor where a row fits itself."""
    rng = np.random.default_rng(3)
    X = delayed_noise(rng, 300, 90)
    X[7] *= 400 if row == "far from the others" else 1
    Y = (X @ (rng.normal(size=(90, 10_000)) * rng.uniform(0, 0.2, 10_000)) + rng.normal(size=(300, 10_000))).T
    design, responses = decompose(X), CentredTargets.centred(Y.astype(np.float32))
    search = AlphaSearch.of(design.U, design.shrinkage(ALPHAS))
    alone = LeaveOneOutWeights.of(design.U, design.shrinkage(ALPHAS)).self_fitting[0]
    assert len(alone) == (8 if row == "far from the others" else 0)
    assert search.weighing is not None
    chosen = search.best(responses.Y, responses.Y @ design.U.astype(np.float32), responses.energy)
    errors = DirectErrors.of(LeaveOneOutWeights.of(design.U, design.shrinkage(ALPHAS)), design.U).errors(responses.Y)
    best, ours = errors.min(axis=1), errors[np.arange(len(errors)), chosen]
    assert (chosen == errors.argmin(axis=1)).mean() >= 0.999
    assert (ours - best <= 1e-6 * responses.energy).all()


def test_rows_that_fit_themselves_are_searched_in_full():
    """Fewer rows than columns, some silent, penalties that hardly differ: float64 decides what float32 cannot."""
    rng = np.random.default_rng(7)
    X, alphas = delayed_noise(rng, 120, 150), np.logspace(-1, 12, 14)
    X[:6] = 0
    Y = (X @ (rng.normal(size=(150, 5_000)) * rng.uniform(0, 0.02, 5_000)) + rng.normal(size=(120, 5_000))).T
    design, responses = decompose(X), CentredTargets.centred(Y.astype(np.float32))
    search = AlphaSearch.of(design.U, design.shrinkage(alphas))
    assert search.plain is not None
    best = search.plain.errors(responses.Y).argmin(axis=1)
    assert (search.plain.errors(responses.Y, np.float32).argmin(axis=1) != best).any()
    chosen = search.best(responses.Y, responses.Y @ design.U.astype(np.float32), responses.energy)
    np.testing.assert_array_equal(chosen, best)


def test_scale_of_a_target_changes_nothing():
    rng = np.random.default_rng(4)
    X, Y = delayed_noise(rng, 200, 40), rng.normal(size=(50, 200)).astype(np.float32)
    design = decompose(X)
    predicted, chosen = LeaveOneOut.of(design, X[:5], ALPHAS).fit_predict(CentredTargets.centred(Y))
    scaled, same = LeaveOneOut.of(design, X[:5], ALPHAS).fit_predict(CentredTargets.centred(Y * 1024 + 4096))
    np.testing.assert_array_equal(chosen, same)
    np.testing.assert_allclose(scaled, predicted * 1024, rtol=1e-2, atol=1e-2)


def test_constant_target_predicts_nothing():
    X = np.random.default_rng(5).normal(size=(50, 4))
    constant = CentredTargets.centred(np.full((2, 50), 0.1, np.float32))
    predicted, _ = LeaveOneOut.of(decompose(X), X[:3], ALPHAS).fit_predict(constant)
    assert not predicted.any()


def test_blocked_search_equals_a_plain_loop():
    """The penalty with the smallest error over left-out blocks, and the fit on all training rows with it."""
    rng = np.random.default_rng(6)
    X, Y = delayed_noise(rng, 120, 20), rng.normal(size=(120, 40)).astype(np.float32)
    Y += X @ rng.normal(size=(20, 40)).astype(np.float32) * 0.3
    blocks = np.repeat(np.arange(4), 30)
    splits = [(blocks != k, blocks == k) for k in range(4)]
    errors = np.zeros((40, len(ALPHAS)))
    for fitted, validated in splits:
        for index, alpha in enumerate(ALPHAS):
            model = Ridge(alpha=alpha).fit(X[fitted], Y[fitted])
            errors[:, index] += ((Y[validated] - model.predict(X[validated])) ** 2).sum(axis=0)
    predicted, chosen = LeaveBlocksOut.of(X, X[:5], ALPHAS, splits).fit_predict(CentredTargets.centred(Y.T))
    np.testing.assert_array_equal(chosen, errors.argmin(axis=1))
    for target, index in enumerate(chosen):
        expected = Ridge(alpha=ALPHAS[index]).fit(X, Y[:, target]).predict(X[:5]) - Y[:, target].mean()
        np.testing.assert_allclose(predicted[target], expected, atol=1e-4)
