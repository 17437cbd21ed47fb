"""Planted features: white components of windows, of all words of all stories, and of their syntactic parts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from brainforecast.encoding.windows import shift
from brainforecast.errors import BadInput
from brainforecast.simulation.cortex import simulate_signal
from brainforecast.simulation.planted import (
    features_to_plant,
    planted_features,
    read_planted,
    read_stories,
    write_planted,
)
from brainforecast.simulation.truth import parts_to_plant
from brainforecast.storage.activations import write_activations
from helpers.datasets import assert_bad_input
from helpers.simulation import CORTEX, FEATURES, STORIES, TRUTH


def test_features_are_white():
    """Over the words of all stories: mean 0, variance 1, uncorrelated. So no component counts words."""
    for layer in (4, 20):
        g = np.concatenate(FEATURES[layer])
        assert g.shape == (170, 3)
        assert np.allclose(g.T @ g / len(g), np.eye(3), atol=1e-8)
        assert np.allclose(g.mean(axis=0), 0, atol=1e-8)


def test_present_feature_counts_words():
    """The feature of the present is the same for every word: speech rate, not content."""
    assert (np.concatenate(FEATURES["present"]) == 1).all()


def test_components_are_in_order_of_variance():
    """The first component is the direction of largest variance; ranges of components do not overlap."""
    activations = [story.activations[20] + 0 for story in STORIES]
    scaled = [np.hstack([X[:, :1] + 0.1 * X[:, 1:9], X[:, 9:]]) for X in activations]
    first, second = (np.concatenate(planted_features(scaled, width=1, components=[k, k + 1]))[:, 0] for k in (0, 1))
    common = np.concatenate([X[:, 0] for X in activations])
    assert abs(np.corrcoef(first, common)[0, 1]) > 0.95
    assert abs(np.corrcoef(first, second)[0, 1]) < 1e-8


def test_planted_components_are_those_of_the_windows_of_all_stories():
    """White, centred, and spanned by the requested singular vectors; more words than columns, and fewer."""
    rng = np.random.default_rng(1)
    for n_features in (5, 60):
        stories = [rng.standard_normal((n, n_features)) * np.arange(1, n_features + 1) for n in (90, 40)]
        found = np.concatenate(planted_features(stories, width=3, components=[1, 4]))
        np.testing.assert_allclose(found.T @ found / 130, np.eye(3), atol=1e-8)
        X = np.concatenate(stories)
        scaled = [(story - X.mean(axis=0)) / X.std(axis=0) for story in stories]
        padded = [np.vstack([np.zeros((3 - 1, n_features)), story]) for story in scaled]
        W = np.concatenate([np.hstack([p[k : len(p) - 3 + 1 + k] for k in range(3)]) for p in padded])
        U = np.linalg.svd(W - W.mean(axis=0), full_matrices=False)[0][:, 1:4]
        np.testing.assert_allclose(np.abs(U.T @ found) / np.sqrt(130), np.eye(3), atol=1e-7)


def test_parts_of_windows_are_planted_as_seen_from_each_word():
    """The syntactic part of a window at d = 2, as seen from word n, drives the response to word n, and nothing else."""
    rng = np.random.default_rng(5)
    parts = [rng.standard_normal((len(story.onsets), 4, 12)).astype(np.float32) for story in STORIES]
    stories = [replace(story, parts={4: ahead}) for story, ahead in zip(STORIES, parts, strict=True)]
    truth = TRUTH.assign(planted_source=TRUTH["planted_source"].where(TRUTH["roi"] != "near", "syntactic"))
    (part,) = parts_to_plant(truth)
    assert part == ("syntactic", 4, 2)
    all_features = features_to_plant(stories, [part], width=CORTEX.width, components=CORTEX.components)
    features = all_features[part]
    windows = [np.hstack([shift(ahead[:, 0], -1), ahead[:, 0], ahead[:, 1]]) for ahead in parts]  # offsets 0, 1, 2
    sd = np.concatenate([story.activations[4] for story in STORIES]).std(axis=0)
    W = np.concatenate(windows) / np.tile(sd, 3)
    explained = np.linalg.lstsq(W - W.mean(axis=0), np.concatenate(features), rcond=None)[0]
    assert np.allclose((W - W.mean(axis=0)) @ explained, np.concatenate(features), atol=1e-4)
    signal = simulate_signal(truth, stories, all_features, CORTEX, subject="01", hemi="L")
    plain = simulate_signal(TRUTH, STORIES, FEATURES, CORTEX, subject="01", hemi="L")
    near = (TRUTH["roi"] == "near").to_numpy()
    assert np.array_equal(signal[:, ~near], plain[:, ~near])
    assert not np.allclose(signal[:, near], plain[:, near])


def test_activations_of_another_text_are_refused(tmp_path):
    """There must be one vector per word."""
    words = pd.DataFrame({"onset": STORIES[0].onsets, "offset": STORIES[0].onsets + 0.3})
    words.to_parquet(tmp_path / "myth.parquet")
    write_activations({4: np.zeros((5, 12)), 20: np.zeros((5, 12))}, tmp_path / "myth.safetensors", metadata={})
    with pytest.raises(BadInput) as error:
        read_stories([tmp_path / "myth.parquet"], [tmp_path / "myth.safetensors"], layers=[4, 20])
    assert_bad_input(error, "myth.safetensors", "5 words", "80")


def test_planted_features_read_back(tmp_path):
    """Every key and every story, in order, to the last bit."""
    more = {("syntactic", 4, -2): FEATURES[4], ("past", 20): [story[:, :1] for story in FEATURES[20]]}
    write_planted({**FEATURES, **more}, tmp_path / "windows.safetensors")
    found = read_planted(tmp_path / "windows.safetensors")
    assert found.keys() == FEATURES.keys() | more.keys()
    for key, stories in {**FEATURES, **more}.items():
        assert all(np.array_equal(a, b) for a, b in zip(found[key], stories, strict=True))
