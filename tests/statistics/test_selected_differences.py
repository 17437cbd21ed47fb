"""Differences between models at selected layers: nothing circular, tests at their level, else those of scipy."""

import numpy as np
import pytest
from scipy import stats

from brainforecast.statistics.selected_differences import SelectedDifferences

N_SUBJECTS = 16


def differences(seed: int = 0, n_draws: int = 199, **scores: np.ndarray) -> SelectedDifferences:
    return SelectedDifferences(scores, n_draws=n_draws, seed=seed)


def layers(rng, n_layers: int, n_subjects: int, correlation: float = 0.0) -> np.ndarray:
    """Noise of every layer around 0, correlated with that of its neighbours."""
    noise = rng.standard_normal((n_layers, n_subjects))
    for layer in range(1, n_layers):
        noise[layer] = correlation * noise[layer - 1] + np.sqrt(1 - correlation**2) * noise[layer]
    return noise


def test_the_layer_of_a_subject_is_the_best_of_the_others():
    """Against a loop over subjects that leaves each one out."""
    values = np.random.default_rng(1).standard_normal((5, 9))
    found = differences(model=values)
    for subject in range(9):
        best = np.delete(values, subject, axis=1).mean(axis=1).argmax()
        assert found.choice["model"][subject] == best
        assert found.selected["model"][subject] == values[best, subject]


def test_two_models_of_one_layer_have_the_statistics_of_scipy():
    rng = np.random.default_rng(2)
    first, second = rng.standard_normal((2, 1, 12))
    found = differences(first=first + 0.4, second=second).difference("first", "second")
    d = (first + 0.4 - second)[0]
    low, high = stats.t.interval(0.95, 11, loc=d.mean(), scale=stats.sem(d))
    assert found["p_value"] == pytest.approx(stats.wilcoxon(d).pvalue)
    assert (found["effect"], found["ci_low"], found["ci_high"]) == pytest.approx((d.mean(), low, high))


@pytest.mark.parametrize(("n_layers", "correlation"), [((30, 1), 0.0), ((30, 1), 0.9), ((12, 12), 0.5)])
def test_models_that_do_not_differ_pass_at_the_level(n_layers, correlation):
    """Of 400 pairs, about 5 % have p < .05, where a test that ignores the selection passes in 2 to 4 times as many."""
    rng = np.random.default_rng(3)
    p, ignorant, covered, effects = [], [], [], []
    for _ in range(400):
        common = 2 * rng.standard_normal(N_SUBJECTS)  # of the subjects, the same for both models
        first, second = (common + layers(rng, n, N_SUBJECTS, correlation) for n in n_layers)
        scores = differences(first=first, second=second)
        found = scores.difference("first", "second")
        p.append(found["p_value"])
        covered.append(found["ci_low"] < 0 < found["ci_high"])
        ignorant.append(stats.wilcoxon(scores.selected["first"] - scores.selected["second"]).pvalue)
        effects.append(found["effect"])
    assert 0.01 < np.mean(np.array(p) < 0.05) < 0.08
    assert np.mean(np.array(ignorant) < 0.05) > 0.1
    assert np.mean(covered) > 0.92
    assert abs(np.mean(effects)) < 4 * np.std(effects) / 20  # the selection is unbiased


def test_a_planted_difference_is_found():
    """In one layer of many, in most of 50 studies; the interval holds it."""
    rng = np.random.default_rng(4)
    found = []
    for _ in range(50):
        first = layers(rng, 13, N_SUBJECTS, 0.9)
        first[9] += 1.5
        found.append(differences(first=first, second=layers(rng, 1, N_SUBJECTS)).difference("first", "second"))
    assert np.mean([row["p_value"] < 0.05 for row in found]) > 0.8
    assert np.mean([row["ci_low"] < 1.5 < row["ci_high"] for row in found]) > 0.88


def test_subjects_without_a_model_are_left_out_and_counted():
    """Selection uses all subjects of a model, differences those of both."""
    rng = np.random.default_rng(5)
    first, second = layers(rng, 3, 8), layers(rng, 1, 8)
    first[:, 0] = np.nan
    first[1, 1] = np.nan  # one layer missing: this subject has no selection among three
    second[:, 2:4] = np.nan
    scores = differences(first=first, second=second)
    found = scores.difference("first", "second")
    assert (found["n_subjects"], found["n_dropped"]) == (4, 4)
    alone = differences(first=first[:, 2:], second=second[:, 2:])
    np.testing.assert_array_equal(scores.selected["first"][2:], alone.selected["first"])
    assert found["effect"] == pytest.approx((scores.selected["first"] - second[0])[4:].mean())


def test_a_layer_that_nobody_has_is_no_candidate():
    """Indices are still those of the layers given."""
    values = layers(np.random.default_rng(6), 4, 7)
    values[0] = np.nan
    found = differences(model=values)
    np.testing.assert_array_equal(found.choice["model"], differences(model=values[1:]).choice["model"] + 1)


def test_one_subject_has_a_difference_and_no_test():
    found = differences(first=np.array([[1.0], [3.0]]), second=np.array([[0.5]])).difference("first", "second")
    assert (found["n_subjects"], found["effect"]) == (1, 2.5)
    assert all(np.isnan(found[name]) for name in ("ci_low", "ci_high", "p_value"))


def test_few_subjects_have_no_p_below_that_of_signs():
    """Of 4 subjects, a signed-rank test cannot go below 2 / 2^4."""
    rng = np.random.default_rng(7)
    first = layers(rng, 3, 4) + 50
    assert differences(first=first, second=layers(rng, 1, 4)).difference("first", "second")["p_value"] == 2 / 2**4


def test_a_model_and_its_copy_do_not_differ():
    values = layers(np.random.default_rng(8), 4, 10)
    found = differences(first=values, second=values.copy()).difference("first", "second")
    assert (found["effect"], found["p_value"]) == (0, 1)


def test_a_pair_does_not_depend_on_other_models_or_on_the_order():
    rng = np.random.default_rng(9)
    first, second, third = (layers(rng, 4, 10) for _ in range(3))
    both = differences(first=first, second=second).difference("first", "second")
    assert differences(third=third, second=second, first=first).difference("first", "second") == both
    back = differences(first=first, second=second).difference("second", "first")
    assert (back["effect"], back["p_value"]) == (-both["effect"], both["p_value"])
