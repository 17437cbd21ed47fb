"""Tails and quantiles: scipy.stats is the reference, and counting all choices of signs."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from brainforecast.statistics.distributions import binomial_survival, normal_survival, signed_rank_cdf, t_quantile


def test_tails_and_quantiles_equal_scipy():
    z, degrees = np.linspace(-6, 12, 50), np.arange(1, 40)
    np.testing.assert_allclose(normal_survival(z), stats.norm.sf(z), rtol=1e-13)
    np.testing.assert_allclose(t_quantile(0.975, degrees), stats.t.ppf(0.975, degrees), rtol=1e-12)
    for k in range(25):
        assert binomial_survival(k, 24, 0.05) == pytest.approx(stats.binom.sf(k - 1, 24, 0.05), rel=1e-12)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_signed_ranks_are_counted(n):
    """P(W <= w) over all 2^n choices of signs."""
    sums = [sum(rank for rank, sign in enumerate(signs, 1) if sign) for signs in product([0, 1], repeat=n)]
    expected = [np.mean(np.array(sums) <= w) for w in range(n * (n + 1) // 2 + 1)]
    np.testing.assert_array_equal(signed_rank_cdf(n), expected)
