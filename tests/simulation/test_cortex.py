"""The simulated cortex: responses follow what is planted as stated, and nothing else."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from brainforecast.simulation.cortex import (
    Cortex,
    NoiseSettings,
    convolve_hrf,
    draw_gain_and_peak,
    draw_noise,
    generator,
    haemodynamic_response,
    response_matrix,
    simulate_hemisphere,
    simulate_signal,
)
from brainforecast.simulation.planted import SimulatedStory
from helpers.simulation import CORTEX, FEATURES, STORIES, TRUTH, cortex_section


def simulate(subject: str = "01", hemi: str = "L", cortex: Cortex = CORTEX) -> list[np.ndarray]:
    """Runs of the tiny cortex."""
    return simulate_hemisphere(TRUTH, STORIES, FEATURES, cortex, subject=subject, hemi=hemi)


def signal_of(subject: str = "01", hemi: str = "L", cortex: Cortex = CORTEX) -> np.ndarray:
    """Signal of the tiny cortex."""
    return simulate_signal(TRUTH, STORIES, FEATURES, cortex, subject=subject, hemi=hemi)


def responses_to(stories: list[SimulatedStory], *, tr: float = 1.5, peak: float = 5.0) -> list[np.ndarray]:
    """The haemodynamic response to each word at each volume."""
    return [response_matrix(story.onsets, story.n_trs(tr), tr=tr, peak=peak) for story in stories]


def test_settings_refuse_unknown_and_missing_keys():
    """A misspelled key fails, at the top and inside a section."""
    section = cortex_section(CORTEX)
    assert Cortex.from_config(section, seed=7, tr=1.5, width=3) == CORTEX
    with pytest.raises(TypeError, match="nose"):
        Cortex.from_config(section | {"nose": {}}, seed=7, tr=1.5, width=3)
    with pytest.raises(TypeError, match="drift"):
        Cortex.from_config(section | {"noise": {"autocorrelation": 0.4}}, seed=7, tr=1.5, width=3)


def test_response_peaks_some_seconds_after_a_word():
    """At 5 s by default, or at `peak`; zero before the word; an undershoot later."""
    seconds = np.arange(-5, 30, 0.01)
    for peak in (5.0, 4.2):
        response = haemodynamic_response(seconds, peak=peak)
        assert seconds[response.argmax()] == pytest.approx(peak, abs=0.03)
        assert not response[seconds <= 0].any()
        assert response[seconds > 2.2 * peak].min() < 0
    assert seconds[haemodynamic_response(seconds).argmax()] == pytest.approx(5, abs=0.03)


def test_responses_follow_words_at_their_exact_times():
    """Not before the word, and all of the response after it."""
    onsets = np.array([0.4, 7.9])
    found = response_matrix(onsets, 60, tr=1.5, peak=5.0)
    times = 1.5 * np.arange(60)
    for column, onset in zip(found.T, onsets, strict=True):
        assert not column[times <= onset].any()
        later = times > onset
        np.testing.assert_allclose(column[later], haemodynamic_response(times[later] - onset), atol=1e-8)


def test_windows_end_at_the_planted_distance():
    """A word's features drive the response to the word `distance` before it."""
    story = SimulatedStory("one", np.array([10.0, 20.0, 40.0]), 41.0, {})
    features = [np.array([[0.0], [0.0], [1.0]])]
    for distance, onset in ((0, 40.0), (1, 20.0), (2, 10.0)):
        reached = convolve_hrf(responses_to([story], tr=0.5), features, distance)[:, 0]
        assert np.allclose(reached, haemodynamic_response(0.5 * np.arange(len(reached)) - onset))


def test_stories_never_touch_and_ends_are_zero():
    """Windows beyond a story's end are empty: nothing comes from the story after it."""
    responses = responses_to(STORIES)
    alone = convolve_hrf(responses[:1], FEATURES[20][:1], 9)
    both = convolve_hrf(responses, FEATURES[20], 9)
    assert np.array_equal(both[: len(alone)], alone)
    assert not convolve_hrf(responses, FEATURES[20], 90).any()


def test_signal_has_the_stated_strength():
    """Standard deviation: signal-to-noise ratio times the subject's gain; zero where silent."""
    gain, _ = draw_gain_and_peak("01", CORTEX)
    sd = pd.Series(signal_of().std(axis=0)).groupby(TRUTH["kind"]).agg(["min", "max"])
    assert np.allclose(sd.loc["forecast"], 2.0 * gain, rtol=1e-4)
    assert np.allclose(sd.loc["present"], 0.5 * gain, rtol=1e-4)
    assert not sd.loc["silent"].any()


def test_present_targets_follow_word_onsets_only():
    """Word onsets explain all of a present target, which they excite, and not all of a forecast target."""
    _, peak = draw_gain_and_peak("01", CORTEX)
    C = convolve_hrf(responses_to(STORIES, peak=peak), FEATURES["present"])
    C = np.column_stack([C, np.ones(len(C))])
    signal = signal_of()
    left = signal - C @ np.linalg.lstsq(C, signal, rcond=None)[0]
    unexplained = left.var(axis=0) / signal.var(axis=0).clip(1e-9)
    assert unexplained[TRUTH["kind"] == "present"].max() < 1e-4
    assert (C[:, 0] @ (signal - signal.mean(axis=0)))[TRUTH["kind"] == "present"].min() > 0
    assert unexplained[TRUTH["kind"] == "forecast"].min() > 0.1


def test_silent_targets_have_no_signal():
    """Their responses do not correlate with any signal; those of the others do."""
    responses, signal = np.concatenate(simulate()), signal_of()
    silent = (TRUTH["roi"] == "sight").to_numpy()
    forecast = (TRUTH["kind"] == "forecast").to_numpy()
    across = np.corrcoef(responses[:, silent].T, signal[:, forecast].T)[: silent.sum(), silent.sum() :]
    assert abs(across.mean()) < 0.1
    own = [np.corrcoef(responses[:, v], signal[:, v])[0, 1] for v in np.flatnonzero(forecast)]
    assert min(own) > 0.7


def test_only_the_medial_wall_is_nan():
    """NaN where there is no region."""
    for run, story in zip(simulate(), STORIES, strict=True):
        assert run.shape == (story.n_trs(1.5), len(TRUTH)) and run.dtype == np.float32
        assert np.array_equal(np.isnan(run), np.broadcast_to(TRUTH["roi"].isna(), run.shape))


def test_noise_is_autocorrelated_as_stated():
    """Lag one: rho; lag two: rho squared; variance 1, from the first volume on."""
    noise = draw_noise(200, 500, NoiseSettings(autocorrelation=0.4, drift=0.0), rng=generator(1))
    lagged = [np.mean(noise[lag:] * noise[:-lag]) for lag in (1, 2)]
    assert np.allclose(lagged, [0.4, 0.16], atol=0.02)
    assert np.allclose([noise.var(), noise[0].var()], 1, atol=0.2)


def test_drift_is_slow_and_of_the_stated_size():
    """Drift adds its variance, and nothing to fast changes."""
    still, drifting = (
        draw_noise(200, 500, NoiseSettings(autocorrelation=0.0, drift=drift), rng=generator(1)) for drift in (0.0, 2.0)
    )
    drift = drifting - still
    assert drift.std() == pytest.approx(2.0, rel=0.1)
    assert np.abs(np.diff(drift, axis=0)).max() < 0.5


def test_same_seed_same_values_in_any_order():
    """A subject's values depend on no other draw; subjects, hemispheres, stories and seeds differ."""
    first = simulate()
    simulate("02")
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, simulate(), strict=True))
    for other in (simulate("02"), simulate(hemi="R"), simulate(cortex=replace(CORTEX, seed=8))):
        assert not np.allclose(first[0][:, 3], other[0][:, 3])
    noise = [run[:30, 3] for run in first]
    assert abs(np.corrcoef(*noise)[0, 1]) < 0.5


def test_subjects_share_most_of_their_weights():
    """The signal of a target correlates between two subjects, but is not the same."""
    one, two = signal_of("01"), signal_of("02")
    correlations = [np.corrcoef(one[:, v], two[:, v])[0, 1] for v in np.flatnonzero(TRUTH["kind"] != "silent")]
    assert 0.5 < np.mean(correlations) < 0.999


def test_subjects_differ_in_gain_and_peak():
    """Peaks stay within the stated spread."""
    gains, peaks = np.transpose([draw_gain_and_peak(f"{i:02d}", CORTEX) for i in range(40)])
    assert len(set(peaks)) == 40 and np.abs(peaks - 4.5).max() <= 0.5
    assert np.log(gains).std() == pytest.approx(0.2, rel=0.5)
