"""The search for alpha: the same choice as from every leave-one-out error in float64."""

import numpy as np
import pytest

from brainforecast.encoding.alpha_search import AlphaSearch
from brainforecast.encoding.leave_one_out import LeaveOneOutWeights
from brainforecast.encoding.ridge import CentredTargets, LeaveOneOut, Present, decompose
from helpers.simulated_encoding import ALPHAS, delayed_noise, direct_errors

N_TARGETS = 8_000


def two_scales(rng):
    """Half of the columns at a tenth of the scale: errors may rise and fall again as alpha decreases."""
    X = delayed_noise(rng, 240, 200)
    X[:, 100:] *= 0.1
    return X


def correlated(rng):
    """Columns that differ by a thousandth from each other's sum."""
    X = delayed_noise(rng, 240, 40)
    return np.hstack([X, X @ rng.normal(size=(40, 80)) + 1e-3 * rng.normal(size=(240, 80))])


def spiky(rng):
    """One row far from all others fits itself where alpha is small; two are spikes in part of the columns."""
    X = delayed_noise(rng, 300, 90)
    X[7] *= 400
    X[50, :20] += 30
    X[51, 40:] -= 30
    return X


def spiky_and_wide(rng):
    """More columns than rows; one row far from the others, and some that are zero."""
    X = delayed_noise(rng, 120, 150)
    X[7] *= 100
    X[20:24] = 0
    return X


def wide_with_equal_rows(rng):
    """No alpha fits the differences of equal rows; where alpha is small, these rows weigh a millionth of the others."""
    X = delayed_noise(rng, 120, 300)
    X[:6] = 0
    return X


DESIGNS = {
    "columns of two scales": two_scales,
    "narrow": lambda rng: delayed_noise(rng, 400, 24),
    "as many columns as rows": lambda rng: delayed_noise(rng, 150, 149),
    "wide": lambda rng: delayed_noise(rng, 120, 300),
    "correlated": correlated,
    "spiky": spiky,
    "spiky and wide": spiky_and_wide,
    "wide with equal rows": wide_with_equal_rows,
}


@pytest.fixture(params=DESIGNS)
def X(request):
    return DESIGNS[request.param](np.random.default_rng(3))


def responses_to(X, columns, rng):
    """Centred responses of any signal-to-noise from 0 to 100, carried by some of the columns."""
    signal = rng.normal(size=(N_TARGETS, columns)) @ X[:, -columns:].T
    signal /= signal.std(axis=1, keepdims=True)
    strength = np.concatenate([np.zeros(N_TARGETS // 4), 10 ** rng.uniform(-1, 1, N_TARGETS - N_TARGETS // 4)])
    noise = rng.normal(size=(N_TARGETS, len(X)))
    return CentredTargets.from_responses((signal * strength[:, None] + noise).astype(np.float32))


def choose(X, responses):
    """The search on its own."""
    design = decompose(X)
    search = AlphaSearch.fit(design.U, design.shrinkage(ALPHAS))
    return search.best(responses.Y, responses.Y @ design.U.astype(np.float32), responses.energy)


def choose_with_a_present(X, responses, n_columns=None, alphas=ALPHAS):
    """The search as the scores of windows use it: the first columns are a present, shared with other designs."""
    present = Present.fit(decompose(X[:, : n_columns or X.shape[1] // 2]), alphas)
    ridge = LeaveOneOut.fit(decompose(X), X[:3], alphas, present)
    moments = ridge.search.weighing.moments
    return ridge.fit_predict(responses, present.residuals(responses, moments), slice(0, moments.shape[1]))[1]


@pytest.mark.parametrize(
    "part, search",
    [(1, choose), (2, choose), (2, choose_with_a_present)],
    ids=["signal in all columns", "in half", "present"],
)
def test_no_target_gets_another_alpha_than_the_best(X, part, search):
    """Eight thousand targets, and not one whose error, in float64, is larger than the smallest."""
    design, responses = decompose(X), responses_to(X, X.shape[1] // part, np.random.default_rng(5))
    chosen = search(X, responses)
    errors = direct_errors(design, ALPHAS).errors(responses.Y)
    best, ours = errors.min(axis=1), errors[np.arange(len(errors)), chosen]
    missed = (chosen != errors.argmin(axis=1)) & (ours - best > 1e-13 * best)
    assert missed.sum() == 0


@pytest.mark.parametrize("columns", [1, 24], ids=["a present of one column", "a present that is the whole design"])
def test_the_present_only_shortens_the_search(columns):
    X = DESIGNS["narrow"](np.random.default_rng(3))
    responses = responses_to(X, 24, np.random.default_rng(5))
    np.testing.assert_array_equal(choose_with_a_present(X, responses, columns), choose(X, responses))


def test_what_the_present_fits_all_but_exactly_gets_its_best_alpha_too():
    """The present leaves little more of it than float32 rounds off, as of responses simulated without noise."""
    rng, alphas = np.random.default_rng(3), np.logspace(-3, 8, 10)
    X = delayed_noise(rng, 150, 120)
    Y = np.vstack([rng.normal(size=(3_000, 120)) @ X.T, np.repeat(X.T, 25, axis=0)])
    Y += Y.std(axis=1, keepdims=True) * 10 ** rng.uniform(-6, -1, (len(Y), 1)) * rng.normal(size=Y.shape)
    responses = CentredTargets.from_responses(Y.astype(np.float32))
    errors = direct_errors(decompose(X), alphas).errors(responses.Y)
    chosen = choose_with_a_present(X, responses, 120, alphas)
    np.testing.assert_array_equal(chosen, errors.argmin(axis=1))


def test_an_error_may_rise_and_fall_again_on_the_way_to_the_best():
    """Columns of two scales: a search that goes down from the largest alpha and stops at a rise would miss these."""
    X = two_scales(np.random.default_rng(3))
    errors = direct_errors(decompose(X), ALPHAS).errors(responses_to(X, 100, np.random.default_rng(5)).Y)
    above = np.arange(len(ALPHAS) - 1) >= errors.argmin(axis=1)[:, None]
    assert ((np.diff(errors, axis=1) < 0) & above).any(axis=1).mean() > 0.05


def test_a_row_far_from_the_others_gets_the_median_weight():
    design = decompose(spiky(np.random.default_rng(3)))
    rows = LeaveOneOutWeights.from_shrinkage(design.U, design.shrinkage(ALPHAS)).self_fitting()[1]
    assert set(rows) >= {7}
    assert not AlphaSearch.fit(design.U, design.shrinkage(ALPHAS)).weighing.complete


def test_rows_that_fit_themselves_are_searched_in_all_directions():
    """Fewer rows than columns, some zero, alphas that hardly differ: float64 decides what float32 cannot."""
    rng = np.random.default_rng(7)
    X, alphas = delayed_noise(rng, 120, 150), np.logspace(-1, 12, 14)
    X[:6] = 0
    Y = (X @ (rng.normal(size=(150, 5_000)) * rng.uniform(0, 0.02, 5_000)) + rng.normal(size=(120, 5_000))).T
    design, responses = decompose(X), CentredTargets.from_responses(Y.astype(np.float32))
    search = AlphaSearch.fit(design.U, design.shrinkage(alphas))
    assert search.weighing.complete
    chosen = search.best(responses.Y, responses.Y @ design.U.astype(np.float32), responses.energy)
    np.testing.assert_array_equal(chosen, search.direct.errors(responses.Y).argmin(axis=1))


def test_constant_targets_and_none_at_all():
    """A constant target has the error 0 at every alpha: the first one; no target, no alpha."""
    design = decompose(delayed_noise(np.random.default_rng(1), 60, 20))
    search = AlphaSearch.fit(design.U, design.shrinkage(ALPHAS))
    for n in (0, 3):
        responses = CentredTargets.from_responses(np.full((n, 60), 0.1, np.float32))
        chosen = search.best(responses.Y, responses.Y @ design.U.astype(np.float32), responses.energy)
        np.testing.assert_array_equal(chosen, np.zeros(n))
