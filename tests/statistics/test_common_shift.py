"""Tests against common shifts: exact where draws are exchangeable, and against loops."""

import numpy as np
import pytest

from brainforecast.statistics.common_shift import (
    limits,
    p_family,
    p_under_shifts,
    p_value,
    standardise,
    threshold,
)


@pytest.fixture
def statistic():
    """A statistic of 30 draws, the recorded one first, in 4 regions of different scale."""
    return np.random.default_rng(0).standard_normal((31, 4)) * [1, 5, 0.1, 2] + [0, 3, 0, -1]


def test_p_values_count_draws(statistic):
    for region in range(4):
        larger = sum(value >= statistic[0, region] for value in statistic[1:, region])
        assert p_value(statistic)[region] == (1 + larger) / 31


def test_family_is_the_largest_standardised_value(statistic):
    z = (statistic - statistic.mean(axis=0)) / statistic.std(axis=0)
    for region in range(4):
        larger = sum(row.max() >= z[0, region] for row in z[1:])
        assert p_family(statistic)[region] == (1 + larger) / 31
    assert (p_family(statistic) >= p_value(statistic)).all()
    assert p_family(statistic[:, :1])[0] == p_value(statistic)[0]


def test_a_region_that_does_not_vary_never_passes(statistic):
    statistic[:, 0] = 0
    assert p_value(statistic)[0] == 1 and (standardise(statistic)[:, 0] == 0).all()
    assert np.isfinite(p_family(statistic)).all()


def test_a_region_without_values_has_no_p(statistic):
    statistic[:, 0] = np.nan
    assert np.isnan(p_value(statistic)[0]) and np.isfinite(p_value(statistic)[1:]).all()
    family = p_family(statistic)
    assert np.isnan(family[0]) and np.array_equal(family[1:], p_family(statistic[:, 1:]))


def test_limits_come_from_the_shifts(statistic):
    low, high = limits(statistic)
    spread = statistic[1:] - statistic[1:].mean(axis=0)
    assert np.allclose(low, statistic[0] - np.quantile(spread, 0.975, axis=0))
    assert np.allclose(high, statistic[0] - np.quantile(spread, 0.025, axis=0))


def test_the_family_test_has_its_level_among_exchangeable_draws():
    """2,000 studies without effect: p_family is at or below .05 in one region or more in 5 % of them."""
    rng = np.random.default_rng(1)
    rejected = [p_family(rng.standard_normal((40, 6))).min() <= 0.05 for _ in range(2000)]
    assert 0.035 < np.mean(rejected) < 0.065


def test_each_draw_takes_its_turn(statistic):
    """Against a loop; draws without enough others far from them are left out."""
    statistic = np.random.default_rng(2).standard_normal((61, 3))
    apart = np.ones((60, 60), bool)
    apart[np.arange(60), np.arange(60)] = False
    apart[0] = False
    found = p_under_shifts(statistic, apart, p_value)
    assert found.shape == (59, 3)
    for row, j in zip(found, range(1, 60), strict=True):
        others = np.delete(statistic[1:], j, axis=0)
        assert np.allclose(row, (1 + (others >= statistic[1 + j]).sum(axis=0)) / 60)


def test_the_level_falls_where_the_rule_rejects_too_often():
    p = np.concatenate([np.full(10, 0.01), np.full(30, 0.03), np.full(160, 0.5)])  # 20 % at or below .05
    assert threshold(p, 0.05, 0.06) == (0.2, 0.01)
    fair = np.linspace(0.005, 1, 200)
    assert threshold(fair, 0.05, 0.06) == (0.05, 0.05)
    assert threshold(np.full(100, 0.02), 0.05, 0.06) == (1.0, 0.0)  # no level is strict enough
    assert np.isnan(threshold(np.empty(0), 0.05, 0.06)[0])
