"""The search for alpha: the same choice as from every leave-one-out error."""

import numpy as np
import pytest

from brainforecast.encoding.alpha_search import AlphaSearch
from brainforecast.encoding.leave_one_out import LeaveOneOutWeights
from brainforecast.encoding.ridge import CentredTargets, decompose
from helpers.simulated_encoding import ALPHAS, delayed_noise, direct_errors


@pytest.mark.parametrize("row", ["like the others", "far from the others"])
def test_the_search_equals_computing_everything(row):
    """Ten thousand targets, most of them noise: the bounds never drop the winner, nor where a row fits itself."""
    rng = np.random.default_rng(3)
    X = delayed_noise(rng, 300, 90)
    X[7] *= 400 if row == "far from the others" else 1
    Y = (X @ (rng.normal(size=(90, 10_000)) * rng.uniform(0, 0.2, 10_000)) + rng.normal(size=(300, 10_000))).T
    design, responses = decompose(X), CentredTargets.from_responses(Y.astype(np.float32))
    search = AlphaSearch.fit(design.U, design.shrinkage(ALPHAS))
    alone = LeaveOneOutWeights.from_shrinkage(design.U, design.shrinkage(ALPHAS)).self_fitting[0]
    assert len(alone) == (8 if row == "far from the others" else 0)
    assert search.weighing is not None
    chosen = search.best(responses.Y, responses.Y @ design.U.astype(np.float32), responses.energy)
    errors = direct_errors(design, ALPHAS).errors(responses.Y)
    best, ours = errors.min(axis=1), errors[np.arange(len(errors)), chosen]
    assert (chosen == errors.argmin(axis=1)).mean() >= 0.999
    assert (ours - best <= 1e-6 * responses.energy).all()


def test_rows_that_fit_themselves_are_searched_in_full():
    """Fewer rows than columns, some zero, alphas that hardly differ: float64 decides what float32 cannot."""
    rng = np.random.default_rng(7)
    X, alphas = delayed_noise(rng, 120, 150), np.logspace(-1, 12, 14)
    X[:6] = 0
    Y = (X @ (rng.normal(size=(150, 5_000)) * rng.uniform(0, 0.02, 5_000)) + rng.normal(size=(120, 5_000))).T
    design, responses = decompose(X), CentredTargets.from_responses(Y.astype(np.float32))
    search = AlphaSearch.fit(design.U, design.shrinkage(alphas))
    assert search.plain is not None
    best = search.plain.errors(responses.Y).argmin(axis=1)
    assert (search.plain.errors(responses.Y, np.float32).argmin(axis=1) != best).any()
    chosen = search.best(responses.Y, responses.Y @ design.U.astype(np.float32), responses.energy)
    np.testing.assert_array_equal(chosen, best)
