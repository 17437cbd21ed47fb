"""Simulated brains reach the study's own brain scores, and a forecast is seen in those that have one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from brainforecast.controls import brain_scores
from brainforecast.controls.brain_scores import (
    AMPLITUDES,
    BrainWords,
    Listener,
    find_amplitudes,
    read_brain_words,
    score_brains,
)
from brainforecast.controls.brains import CONTENT, FORECAST, PAST, RATE, Brain, brain_features
from brainforecast.controls.scoring import ControlCell
from brainforecast.encoding.common_shift import common_rows
from brainforecast.encoding.designs import (
    Design,
    FeatureSettings,
    Story,
    WindowSettings,
    build_designs,
)
from brainforecast.encoding.folds import FoldSettings
from brainforecast.encoding.scoring import Encoding
from brainforecast.storage.activations import write_activations

TR, N_WORDS, N_TRS, N_REGIONS, DISTANCE, WIDTH = 1.5, 1400, 400, 12, 8, 7
RUNS = [("fable", N_TRS, N_TRS - 4), ("myth", N_TRS, N_TRS)]
WANTED = np.r_[np.full(8, 0.2), np.full(2, 0.0), -0.1, np.nan]
BRAINS = [Brain(CONTENT, 0.0, 5.0, number) for number in range(4)]


def words_of(story: str, layer: int) -> np.ndarray:
    """Vectors of words, (n_words, n_features)."""
    return np.random.default_rng(1000 * len(story) + layer).standard_normal((N_WORDS, 25)).astype(np.float32)


def onsets_of(story: str) -> np.ndarray:
    return np.sort(np.random.default_rng(len(story)).uniform(1, TR * N_TRS - 12, N_WORDS))


@pytest.fixture(scope="module")
def words() -> BrainWords:
    names = ("fable", "myth")
    features = brain_features(*([words_of(name, layer) for name in names] for layer in (2, 0)), width=WIDTH,
                              distance=DISTANCE)  # fmt: skip
    by_story = {kind: dict(zip(names, parts, strict=True)) for kind, parts in features.items()}
    return BrainWords(by_story, {name: onsets_of(name) for name in names})


@pytest.fixture(scope="module")
def cell() -> ControlCell:
    """The present, and the windows at the mirror and at the distance."""
    stories = [Story(name, words_of(name, 2), onsets_of(name)) for name, *_ in RUNS]
    settings, folds = FeatureSettings(TR, 1, 1, 50), FoldSettings("paper", 4, 0)

    def design(source: str, width: int, distances: list[int]) -> Design:
        windows = WindowSettings(source, width, distances, 20)
        return build_designs(stories, [[n for _, n, _ in RUNS]], windows, settings, folds)[0]

    windows = design("true", WIDTH, [WIDTH - 1 - DISTANCE, DISTANCE]).components
    rows = common_rows([(n, common) for _, n, common in RUNS])
    encoding = Encoding(tuple(range(6)), (1.0, 100.0, 1e4))
    return ControlCell.masked(design("present", 1, [0]), windows, encoding, rows)


@pytest.fixture(scope="module")
def listener(words) -> Listener:
    """Noise with a spectrum; a region at its end that the listener lacks, and one of larger variance."""
    rng = np.random.default_rng(5)
    series = rng.standard_normal((2 * N_TRS, N_REGIONS)).cumsum(axis=0) / 3 + rng.standard_normal((1, N_REGIONS))
    series = (np.diff(series, axis=0, prepend=0) + rng.standard_normal(series.shape)).astype(np.float32)
    series[:, 0] *= 100
    series[:, -1] = np.nan
    return Listener("01", RUNS, series, words, TR, 7)


@pytest.mark.parametrize(("kind", "share"), [(CONTENT, 0.0), (PAST, 0.0), (FORECAST, 0.5), (FORECAST, 1.0)])
def test_brains_have_the_studys_own_brain_score(listener, cell, kind, share, monkeypatch):
    """Near the one wanted on average over regions and brains; none where it is not above 0, none where no region is."""
    monkeypatch.setattr(brain_scores, "SPREAD", 0.0)
    found = score_brains(listener, cell, [Brain(kind, share, 5.0, number) for number in range(4)], WANTED)
    assert found.shape == (3, 4, N_REGIONS) and found.dtype == np.float32
    R = found[0].mean(axis=0)
    assert R[:8].mean() == pytest.approx(0.2, abs=0.03)
    assert abs(R[8:11].mean()) < 0.05
    assert np.isnan(R[11])
    assert 0.05 < R[0] < 0.35  # signal-to-noise does not depend on a region's units


def test_amplitudes_grow_with_the_score_wanted(listener, cell):
    wanted = np.linspace(-0.1, 0.99, N_REGIONS)
    ratios = find_amplitudes(listener, cell, wanted, [(CONTENT, 0.0)])[CONTENT, 0.0]
    assert ratios[0] == 0 and (np.diff(ratios) >= 0).all() and ratios[-1] == AMPLITUDES[-1]


def test_a_brain_that_cannot_be_predicted_is_not_amplified_without_end(listener, cell):
    """No base counts words here: brains of kind `rate` have the largest ratio; regions without a score have none."""
    ratios = find_amplitudes(listener, cell, WANTED, [(RATE, 0.0)])[RATE, 0.0]
    assert (ratios[:8] == AMPLITUDES[-1]).all() and not ratios[8:].any()


def test_a_forecast_is_seen_at_its_distance(listener, cell):
    """F and M of brains that forecast lie above those that follow the present."""
    wanted = np.full(N_REGIONS, 0.3)
    brains = [Brain(CONTENT, 0.0, 5.0, 0), Brain(FORECAST, 0.5, 5.0, 0), Brain(FORECAST, 1.0, 5.0, 0)]
    alone, mirror, ahead = score_brains(listener, cell, brains, wanted)[..., :11].mean(axis=2)
    F, M = ahead - alone, ahead - mirror
    assert M[0] < 0.01 < M[1] < M[2]
    assert F[0] < 0.01 < min(F[1:])


def test_brains_are_seeded_by_their_names(listener, cell, monkeypatch):
    """The same brain has the same scores, whatever is scored beside it; each has a factor of its own."""
    first, again = (score_brains(listener, cell, BRAINS, WANTED) for _ in range(2))
    assert first.tobytes() == again.tobytes()
    monkeypatch.setattr("brainforecast.controls.scoring.BLOCK_BYTES", 2 * listener.series.nbytes)
    np.testing.assert_allclose(score_brains(listener, cell, BRAINS, WANTED), first, atol=1e-6)
    np.testing.assert_allclose(score_brains(listener, cell, BRAINS[2:3], WANTED)[:, 0], first[:, 2], atol=1e-6)
    other = score_brains(replace(listener, seed=8), cell, BRAINS, WANTED)
    assert not np.allclose(other[..., :8], first[..., :8], atol=0.01)


def test_words_are_those_of_all_stories(words, tmp_path):
    """A listener of one story has the components of all of them: listeners share their weights."""
    names, layers = ("fable", "myth"), (0, 2)
    for name in names:
        write_activations({k: words_of(name, k) for k in layers}, tmp_path / f"{name}.safetensors", metadata={})
        pd.DataFrame({"onset": onsets_of(name)}).to_parquet(tmp_path / f"{name}.parquet")
    paths = ([tmp_path / f"{name}.{suffix}" for name in names] for suffix in ("parquet", "safetensors"))
    found = read_brain_words(*paths, stories=names, layer=2, width=WIDTH, distance=DISTANCE)
    assert found.features.keys() == words.features.keys()
    np.testing.assert_array_equal(found.onsets["myth"], onsets_of("myth"))
    for kind, by_story in words.features.items():
        np.testing.assert_allclose(found.features[kind]["fable"], by_story["fable"], atol=1e-9)
