"""Ranks and their correlation: scipy.stats is the reference."""

import numpy as np
import pytest
from scipy import stats

from brainforecast.statistics.ranks import average_ranks, spearman


@pytest.mark.parametrize("shape", [(7,), (3, 40), (2, 3, 25), (4, 1)])
@pytest.mark.parametrize("kind", ["tied", "untied", "equal"])
def test_equal_values_share_the_mean_of_their_ranks(shape, kind):
    rng = np.random.default_rng(0)
    values = {"tied": rng.integers(0, 6, shape), "untied": rng.normal(size=shape), "equal": np.ones(shape)}[kind]
    np.testing.assert_array_equal(average_ranks(values), stats.rankdata(values, axis=-1))


def test_rho_equals_scipy_where_both_have_a_value():
    x, y = np.random.default_rng(1).integers(0, 9, (2, 60)).astype(float)
    x[3] = y[5] = np.nan
    both = np.isfinite(x) & np.isfinite(y)
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x[both], y[both]).statistic, abs=1e-14)
