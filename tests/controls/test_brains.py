"""What simulated brains follow, and their noise: the study's own responses without their relation to the story."""

import numpy as np
import pytest

from brainforecast.controls.brains import (
    CONTENT,
    FORECAST,
    LISTENER_SHARE,
    PASSIVE,
    PAST,
    RATE,
    STATIC,
    Brain,
    StoryTimes,
    brain_features,
    draw_weights,
    randomise_phases,
    simulate_signal,
)

TR, N_WORDS, N_REGIONS, WIDTH, DISTANCE = 1.5, 120, 5, 3, 6
RUNS = [("fable", 61, 60), ("myth", 55, 55)]  # the first has one volume that others lack
STARTS = (0, 61)
BRAIN = Brain(CONTENT, 0.0, 5.0, 3)


def responses_of(listener: int) -> np.ndarray:
    """Regions that are correlated with each other, (n_trs_total, n_regions)."""
    rng = np.random.default_rng(listener)
    return (rng.standard_normal((116, N_REGIONS)) @ rng.standard_normal((N_REGIONS, N_REGIONS))).cumsum(axis=0) + 7


@pytest.fixture(scope="module")
def features() -> dict[str, list[np.ndarray]]:
    rng = np.random.default_rng(0)
    layer, static = ([rng.standard_normal((N_WORDS, 30)) for _ in RUNS] for _ in range(2))
    return brain_features(layer, static, width=WIDTH, distance=DISTANCE)


@pytest.fixture(scope="module")
def stories() -> list[StoryTimes]:
    rng = np.random.default_rng(1)
    return [StoryTimes(name, np.sort(rng.uniform(0, TR * n - 10, N_WORDS)), n) for name, n, _ in RUNS]


def signal_of(brain: Brain, features: dict, stories: list[StoryTimes], subject: str = "01") -> np.ndarray:
    return simulate_signal(brain, features, stories, N_REGIONS, tr=TR, seed=1, subject=subject)


@pytest.mark.parametrize(("start", "n_common"), [(start, run[2]) for start, run in zip(STARTS, RUNS, strict=True)])
def test_noise_keeps_spectra_means_and_covariances(start, n_common):
    """Within a listener, and between two: the angles of a story are the same for all of them."""
    rows = slice(start, start + n_common)
    pair = [responses_of(listener) for listener in (1, 2)]
    noise = [randomise_phases(responses, RUNS, BRAIN, seed=1)[rows] for responses in pair]
    measured = [responses[rows] for responses in pair]
    for found, expected in zip(noise, measured, strict=True):
        np.testing.assert_allclose(found.mean(axis=0), expected.mean(axis=0))
        np.testing.assert_allclose(*(np.abs(np.fft.rfft(x, axis=0)) for x in (found, expected)), rtol=0, atol=1e-8)
        assert np.abs(found - expected).max() > expected.std(axis=0).min()
    np.testing.assert_allclose(np.cov(np.hstack(noise).T), np.cov(np.hstack(measured).T))


def test_volumes_that_some_listener_lacks_are_not_mixed_in():
    changed = responses_of(1)
    changed[60] += 100
    first, second = (randomise_phases(responses, RUNS, BRAIN, seed=1) for responses in (responses_of(1), changed))
    np.testing.assert_array_equal(np.delete(first, 60, axis=0), np.delete(second, 60, axis=0))
    np.testing.assert_array_equal(second[60], changed[60])


def test_each_brain_has_noise_of_its_own():
    found = [randomise_phases(responses_of(1), RUNS, Brain(CONTENT, 0.0, 5.0, number), seed=1) for number in (3, 4)]
    assert np.abs(found[0] - found[1]).max() > 0.1


def test_windows_ahead_and_past_windows_are_the_same_at_other_words(features):
    """The past window of word n + d + 1 ends at word n + d, as the window ahead of word n does."""
    for ahead, past in zip(features[FORECAST], features[PAST], strict=True):
        np.testing.assert_array_equal(ahead[: -DISTANCE - 1], past[DISTANCE + 1 :])
        assert not ahead[-DISTANCE:].any() and not past[:1].any()  # beyond the ends of a story


@pytest.mark.parametrize("kind", PASSIVE)
def test_a_passive_brain_follows_its_kind_alone(kind, features, stories):
    """Other features change nothing; its own do. Each region has variance 1."""
    brain = Brain(kind, 0.0, 5.0, 1)
    found = signal_of(brain, features, stories)
    np.testing.assert_allclose(found.std(axis=0), 1)
    others = {name: [10 - x for x in parts] if name != kind else parts for name, parts in features.items()}
    np.testing.assert_array_equal(signal_of(brain, others, stories), found)
    own = features | {kind: [x[::-1] ** 2 * np.arange(len(x))[:, None] for x in features[kind]]}
    assert np.abs(signal_of(brain, own, stories) - found).max() > 0.1


def test_the_share_is_that_of_the_window(features, stories):
    """y = z[sqrt(1 - q) a + sqrt(q) b], a and b what follows the present and the window alone."""
    brain = Brain(FORECAST, 0.36, 5.0, 1)
    without = {kind: features | {kind: [0 * x for x in features[kind]]} for kind in (CONTENT, FORECAST)}
    window, present = signal_of(brain, without[CONTENT], stories), signal_of(brain, without[FORECAST], stories)
    expected = np.sqrt(1 - 0.36) * present + np.sqrt(0.36) * window
    found = signal_of(brain, features, stories)
    np.testing.assert_allclose(found, (expected - expected.mean(axis=0)) / expected.std(axis=0), rtol=0, atol=1e-9)
    static = features | {STATIC: [0 * x for x in features[STATIC]]}
    np.testing.assert_array_equal(signal_of(brain, static, stories), found)


def test_listeners_share_most_of_their_weights():
    """Correlation between two: 1 - LISTENER_SHARE. The rate of words never lowers a response."""
    first, second = (draw_weights(BRAIN, CONTENT, 200, 200, 1, subject).ravel() for subject in ("01", "02"))
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(1 - LISTENER_SHARE, abs=0.02)
    assert first.std() == pytest.approx(1, abs=0.02)
    assert (draw_weights(BRAIN, RATE, 1, 50, 1, "01") > 0).all()
