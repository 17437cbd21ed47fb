"""Statistics: scipy's and statsmodels' textbook definitions, missing subjects, ties."""

import numpy as np
import pytest
from scipy import stats

from brainforecast.statistics.inference import (
    benjamini_hochberg,
    random_halves,
    split_half,
    summarise,
    wilcoxon_signed_rank,
)
from brainforecast.statistics.ranks import spearman


@pytest.fixture
def values():
    """12 subjects, 30 targets: a third has an effect, some subjects lack some targets."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(12, 30)) + np.repeat([0, 0, 1.0], 10)
    values[0, ::3] = np.nan
    values[3, 5] = np.nan
    return values


def test_summary_equals_scipy_target_by_target(values):
    found = summarise(values)
    for target, column in enumerate(values.T):
        present = column[np.isfinite(column)]
        low, high = stats.t.interval(0.95, len(present) - 1, present.mean(), stats.sem(present))
        expected = [len(present), present.mean(), stats.sem(present), low, high, stats.wilcoxon(present).pvalue]
        ours = [found[name][target] for name in ("n_subjects", "mean", "sem", "ci_low", "ci_high", "p_value")]
        np.testing.assert_allclose(ours, expected, rtol=1e-10)


def test_q_values_follow_the_definition(values):
    """q_(i) = min over j >= i of p_(j) m / j."""
    p = wilcoxon_signed_rank(values)
    order, m = np.argsort(p), len(p)
    steps = p[order] * m / np.arange(1, m + 1)
    expected = np.minimum.accumulate(steps[::-1])[::-1]
    np.testing.assert_allclose(benjamini_hochberg(p)[order], np.minimum(expected, 1), rtol=1e-12)


def test_targets_without_subjects_are_nan(values):
    """They have no statistic, and do not count among the tests."""
    wider = np.hstack([values, np.full((12, 5), np.nan)])
    found = summarise(wider)
    assert (found["n_subjects"][-5:] == 0).all()
    assert all(np.isnan(found[name][-5:]).all() for name in ("mean", "sem", "p_value", "q_value"))
    np.testing.assert_array_equal(found["q_value"][:30], summarise(values)["q_value"])


def test_one_subject_has_a_mean_and_no_error():
    found = summarise(np.array([[0.3, np.nan]]))
    assert found["mean"][0] == 0.3
    assert all(np.isnan(found[name]).all() for name in ("sem", "ci_low", "ci_high", "p_value", "q_value"))


def test_a_target_of_one_subject_is_not_among_the_tests(values):
    """It has no p, and leaves the q of the others as they are."""
    alone = np.full((len(values), 1), np.nan)
    alone[3] = 0.5
    found = summarise(np.hstack([values, alone]))
    assert np.isnan(found["p_value"][-1]) and found["mean"][-1] == 0.5
    np.testing.assert_array_equal(found["q_value"][:-1], summarise(values)["q_value"])


def test_no_difference_at_all_is_p_one():
    assert wilcoxon_signed_rank(np.zeros((6, 2))).tolist() == [1, 1]


def test_ties_are_tested_as_scipy_tests_them():
    """One tied column among many untied ones: each p is scipy's for that column alone."""
    values = np.random.default_rng(3).normal(size=(8, 2000))
    values[1, 7], values[2, 9], values[4, 9] = -values[0, 7], 0, values[5, 9]
    p = wilcoxon_signed_rank(values)
    for column in (7, 9, 10, 1999):
        assert p[column] == pytest.approx(stats.wilcoxon(values[:, column]).pvalue, rel=1e-12)


def test_signed_rank_is_two_sided():
    values = np.abs(np.random.default_rng(1).normal(size=(8, 1)))
    assert wilcoxon_signed_rank(values) == wilcoxon_signed_rank(-values) == pytest.approx(2 / 2**8)


def test_noise_is_significant_at_the_nominal_rate():
    """Under the null 5 % of p-values are below .05, and hardly any q-value."""
    values = np.random.default_rng(2).normal(size=(20, 4000))
    found = summarise(values)
    assert 0.035 < (found["p_value"] < 0.05).mean() < 0.065
    assert (found["q_value"] < 0.05).mean() < 0.005


def test_split_half_equals_scipy_split_by_split(values):
    """Spearman's rho between the means of two halves, over the targets that both have."""
    values[:6, 4] = np.nan
    halves = np.array([[True] * 6 + [False] * 6, [True, False] * 6])
    kept = np.delete(np.arange(30), 4), np.arange(30)  # the first half of the first split lacks a target
    for rho, half, shared in zip(split_half(values, halves), halves, kept, strict=True):
        first, second = (np.nanmean(values[np.ix_(h, shared)], axis=0) for h in (half, ~half))
        assert rho == pytest.approx(stats.spearmanr(first, second).statistic, abs=1e-12)


def test_a_flat_map_has_no_rank_correlation():
    """Where one of the maps does not vary there is no number, and no warning."""
    assert np.isnan(spearman(np.ones(5), np.arange(5.0)))
    assert np.isnan(spearman(np.array([1.0, np.nan]), np.array([1.0, 2])))


def test_many_subjects_are_tested_as_scipy_tests_them():
    """Beyond the exact test: untied columns, tied ones, zeros and missing subjects, in more than a block of targets."""
    values = np.random.default_rng(4).normal(size=(60, 5000)).astype(np.float32)
    values[1, 7], values[2, 9], values[4, 9], values[:, 11] = -values[0, 7], 0, values[5, 9], 0
    values[3, 4200:] = np.nan
    for alternative in ("two-sided", "greater"):
        p = wilcoxon_signed_rank(values, alternative)
        for column in (0, 7, 9, 10, 4199, 4200, 4999):
            present = values[np.isfinite(values[:, column]), column].astype(float)
            assert p[column] == pytest.approx(stats.wilcoxon(present, alternative=alternative).pvalue, rel=1e-10)
    assert p[11] == 1


def test_a_block_of_targets_changes_nothing():
    """Targets have the same statistics with others as alone, except for q-values."""
    values = np.random.default_rng(5).normal(size=(12, 4100))
    whole, last = summarise(values), summarise(values[:, 4090:])
    for name in ("n_subjects", "mean", "sem", "ci_low", "p_value"):
        np.testing.assert_array_equal(whole[name][4090:], last[name])


def test_halves_are_disjoint_seeded_and_differ():
    """Every split puts half of the subjects in the first half; the same seed gives the same splits."""
    halves = random_halves(7, 50, 3)
    assert (halves.sum(axis=1) == 3).all()
    assert len(np.unique(halves, axis=0)) > 20
    np.testing.assert_array_equal(halves, random_halves(7, 50, 3))
    assert (halves != random_halves(7, 50, 4)).any()
