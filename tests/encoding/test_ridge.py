"""Ridge: scikit-learn's alphas and predictions, on designs of every shape."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge, RidgeCV

from brainforecast.encoding.ridge import CentredTargets, LeaveBlocksOut, LeaveOneOut, decompose
from helpers.simulated_encoding import ALPHAS, delayed_noise, direct_errors


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


def test_alphas_and_predictions_equal_scikit_learn(problem):
    """The alpha of >= 99.9 % of targets, ties aside, and every prediction where it is the same, within 2e-4."""
    X, held_out, Y = problem
    reference = RidgeCV(alphas=ALPHAS, alpha_per_target=True).fit(X, Y.astype(float))
    predicted, chosen = LeaveOneOut.fit(decompose(X), held_out, ALPHAS).fit_predict(CentredTargets.from_responses(Y.T))
    same = reference.alpha_ == ALPHAS[chosen]
    assert (same | tied(X, Y, chosen, reference.alpha_)).mean() >= 0.999
    expected = (reference.predict(held_out) - Y.mean(axis=0, dtype=float)).T
    np.testing.assert_allclose(predicted[same], expected[same], atol=2e-4 * np.abs(expected).max())


def tied(X, Y, chosen, alphas):
    """Targets whose two alphas have the same leave-one-out error to 1e-6: neither choice is wrong."""
    design = decompose(X)
    errors = direct_errors(design, ALPHAS).errors(CentredTargets.from_responses(Y.T).Y)
    rows = np.arange(len(errors))
    ours, theirs = errors[rows, chosen], errors[rows, np.searchsorted(ALPHAS, alphas * 0.999)]
    return np.abs(ours - theirs) <= 1e-6 * theirs


def test_scale_of_a_target_changes_nothing():
    rng = np.random.default_rng(4)
    X, Y = delayed_noise(rng, 200, 40), rng.normal(size=(50, 200)).astype(np.float32)
    design = decompose(X)
    predicted, chosen = LeaveOneOut.fit(design, X[:5], ALPHAS).fit_predict(CentredTargets.from_responses(Y))
    scaled, same = LeaveOneOut.fit(design, X[:5], ALPHAS).fit_predict(CentredTargets.from_responses(Y * 1024 + 4096))
    np.testing.assert_array_equal(chosen, same)
    np.testing.assert_allclose(scaled, predicted * 1024, rtol=1e-2, atol=1e-2)


def test_constant_target_predicts_nothing():
    X = np.random.default_rng(5).normal(size=(50, 4))
    constant = CentredTargets.from_responses(np.full((2, 50), 0.1, np.float32))
    predicted, _ = LeaveOneOut.fit(decompose(X), X[:3], ALPHAS).fit_predict(constant)
    assert not predicted.any()


def test_blocked_search_equals_a_plain_loop():
    """The alpha with the smallest error over left-out blocks, and the fit on all training rows with it."""
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
    predicted, chosen = LeaveBlocksOut.fit(X, X[:5], ALPHAS, splits).fit_predict(CentredTargets.from_responses(Y.T))
    np.testing.assert_array_equal(chosen, errors.argmin(axis=1))
    for target, index in enumerate(chosen):
        expected = Ridge(alpha=ALPHAS[index]).fit(X, Y[:, target]).predict(X[:5]) - Y[:, target].mean()
        np.testing.assert_allclose(predicted[target], expected, atol=1e-4)
