"""Targets that look at nothing ahead follow what is planted in them, all of it and nothing else."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import gamma

from brainforecast.simulation.cortex import draw_gain_and_peak, draw_weights, simulate_signal
from brainforecast.simulation.planted import features_to_plant
from brainforecast.simulation.truth import contents_to_plant, plant
from helpers.simulation import CORTEX, FEATURES, REGIONS, ROIS, STORIES, TRUTH

PLANTED = {  # region: (kind, distance, layer, gain)
    "word": ("present", None, 4, 1.0),
    "vector": ("present", None, 20, 2.0),
    "before": ("past", -1, 20, 1.0),
    "long": ("past", -4, 4, 0.5),
}
NAMES = [*ROIS[:5], *PLANTED] * 2
N_COMPONENTS = 5  # of single words of 12 features, and of windows of 3


def truth_with(**columns: object) -> pd.DataFrame:
    """The regions of the tiny cortex, and passive ones of each kind."""
    rows = [
        {"roi": roi, "kind": kind, "planted_distance": d, "planted_depth": k, "planted_source": "true", "gain": gain}
        for roi, (kind, d, k, gain) in PLANTED.items()
    ]
    regions = pd.concat([REGIONS.astype(object), pd.DataFrame(rows, dtype=object)], ignore_index=True)
    targets = pd.DataFrame({"target": np.arange(len(NAMES), dtype=np.int32), "roi": NAMES})
    return plant(targets, regions.assign(**columns), forecast_share=CORTEX.forecast_share)


@pytest.fixture
def truth() -> pd.DataFrame:
    """What is planted in both hemispheres."""
    return truth_with()


@pytest.fixture
def signal(truth) -> np.ndarray:
    """Of the left hemisphere of one subject."""
    return signal_of(truth)


def signal_of(truth: pd.DataFrame) -> np.ndarray:
    """Signal of all rows of a truth."""
    contents = contents_to_plant(truth)
    settings = {"width": CORTEX.width, "components": CORTEX.components, "content_components": (0, N_COMPONENTS)}
    features = features_to_plant(STORIES, contents=contents, **settings)
    return simulate_signal(truth, STORIES, features, CORTEX, subject="01", hemi="L")


def response_to(roi: str) -> np.ndarray:
    """What the region follows, volume by volume: written out word by word, with components by SVD of all stories."""
    kind, distance, layer, _ = PLANTED[roi]
    width = 1 if kind == "present" else CORTEX.width
    X = np.concatenate([story.activations[layer] for story in STORIES]).astype(float)
    windows = []
    for story in STORIES:
        scaled = (story.activations[layer] - X.mean(axis=0)) / X.std(axis=0)
        for n in range(len(scaled)):
            words = [scaled[m] if m >= 0 else np.zeros(12) for m in range(n - width + 1, n + 1)]
            windows.append(np.concatenate(words))
    W = np.array(windows)
    U = np.linalg.svd(W - W.mean(axis=0), full_matrices=False)[0][:, :N_COMPONENTS]
    by_story = np.split(U, [len(STORIES[0].onsets)])
    _, peak = draw_gain_and_peak("01", CORTEX)
    rows = []
    for story, features in zip(STORIES, by_story, strict=True):
        run = np.zeros((story.n_trs(CORTEX.tr), N_COMPONENTS))
        for n, onset in enumerate(story.onsets):
            followed = n + (distance or 0)
            if followed >= 0:
                seconds = (CORTEX.tr * np.arange(len(run)) - onset) * 5 / peak
                run += np.outer(gamma.pdf(seconds, 6) - gamma.pdf(seconds, 16) / 6, features[followed])
        rows.append(run)
    return np.concatenate(rows)


@pytest.mark.parametrize("roi", PLANTED)
def test_content_is_all_of_the_signal(truth, signal, roi):
    """The components of the followed words, convolved, explain a passive target; those of another region do not."""
    mine = signal[:, (truth["roi"] == roi).to_numpy()]
    for other in PLANTED:
        C = response_to(other)
        C = C - C.mean(axis=0)
        unexplained = mine - mine.mean(axis=0) - C @ np.linalg.lstsq(C, mine - mine.mean(axis=0), rcond=None)[0]
        share = unexplained.var(axis=0) / mine.var(axis=0)
        assert (share < 1e-5).all() if other == roi else (share > 0.01).all(), (other, share)


def test_content_is_weighted_by_drawn_weights(truth, signal):
    """The signal is the weighted sum of the features, standardised, for the sign of each component aside."""
    rows = np.flatnonzero(truth["roi"] == "word")
    weights = draw_weights(truth, N_COMPONENTS, CORTEX, subject="01", names=("content", "L"))[rows]
    C = response_to("word")
    C = C - C.mean(axis=0)
    for row, drawn in zip(rows, weights, strict=True):
        found = np.linalg.lstsq(C, signal[:, row] - signal[:, row].mean(), rcond=None)[0]
        np.testing.assert_allclose(np.abs(found) / np.abs(drawn), np.abs(found[0] / drawn[0]), rtol=1e-3)


def test_gain_multiplies_the_strength(truth, signal):
    """Standard deviation: the ratio of passive targets, times the subject's gain, times the region's."""
    gain, _ = draw_gain_and_peak("01", CORTEX)
    for roi, (_, _, _, factor) in PLANTED.items():
        sd = signal[:, (truth["roi"] == roi).to_numpy()].std(axis=0)
        np.testing.assert_allclose(sd, 0.5 * gain * factor, rtol=1e-4)


def test_share_replaces_that_of_the_settings():
    """A share of 0 leaves the rate of speech, of 1 nothing of it; the other regions stay as they are."""
    shared = [truth_with(planted_share=[q, None, None, *[None] * len(PLANTED)]) for q in (0.0, 0.6, 1.0)]
    none, as_configured, all_ = (signal_of(truth) for truth in shared)
    near = (shared[0]["roi"] == "near").to_numpy()
    assert np.array_equal(as_configured, signal_of(truth_with()))
    assert np.array_equal(none[:, ~near], all_[:, ~near])
    rate = signal_of(truth_with())[:, (shared[0]["roi"] == "sound").to_numpy()][:, 0]
    with_rate = [abs(np.corrcoef(rate, signals[:, near].T)[0, 1:]).min() for signals in (none, as_configured)]
    assert with_rate[0] == pytest.approx(1, abs=1e-5) and with_rate[1] < 0.95


def test_other_kinds_are_as_without_passive_content():
    """Passive content elsewhere changes no bit of the signal of forecast, present and silent targets."""
    settings = {"width": CORTEX.width, "components": CORTEX.components}
    more = features_to_plant(STORIES, contents=[("present", 4), ("past", 20)], **settings)
    found = simulate_signal(TRUTH, STORIES, more, CORTEX, subject="01", hemi="L")
    assert np.array_equal(found, simulate_signal(TRUTH, STORIES, FEATURES, CORTEX, subject="01", hemi="L"))
    changed = TRUTH.copy()
    sight = changed["roi"] == "sight"
    changed.loc[sight, ["kind", "planted_source"]] = "present", "true"
    changed.loc[sight, "planted_depth"] = 4
    passive = simulate_signal(changed, STORIES, more, CORTEX, subject="01", hemi="L")
    assert np.array_equal(passive[:, ~sight], found[:, ~sight]) and passive[:, sight].std(axis=0).min() > 0.1
