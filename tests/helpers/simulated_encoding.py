"""Designs of simulated data for tests of the encoding package: stories of random words, and smooth delayed columns."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from brainforecast.encoding.designs import Design, FeatureSettings, Story, WindowSettings, build_designs
from brainforecast.encoding.folds import FoldSettings
from brainforecast.encoding.leave_one_out import DirectErrors, LeaveOneOutWeights
from brainforecast.encoding.lexical import WordTimes
from brainforecast.encoding.ridge import Decomposition

TR = 1.5
ALPHAS = np.logspace(-1, 8, 10)
FEATURES = FeatureSettings(tr=TR, row_offset=1, seed=0, block=50)
PAPER = FoldSettings("paper", n_folds=5, gap=0)


def make_stories(rng: np.random.Generator, n_words: Sequence[int] = (420, 380), n_features: int = 12) -> list[Story]:
    """Stories of independent word vectors, 2.5 words a second, with a silence at both ends."""
    stories = []
    for name, n in zip("ab", n_words, strict=True):
        onsets = 3 + np.sort(rng.uniform(0, n / 2.5, n))
        stories.append(Story(name, rng.normal(size=(n, n_features)).astype(np.float32), onsets))
    return stories


def with_times(story: Story, seed: int = 0) -> Story:
    """The story with the times, letters and frequencies of its words, a layer 0 and an envelope."""
    rng, n = np.random.default_rng(seed), len(story.onsets)
    times = WordTimes(
        story.onsets,
        story.onsets + rng.uniform(0.1, 0.6, n),
        rng.integers(1, 12, n),
        rng.uniform(1, 7, n),
        rng.uniform(0, 1, int(story.onsets[-1] / TR) + 1),
    )
    return replace(story, times=times, layer_0=rng.normal(size=(n, 9)).astype(np.float32))


def volumes(stories: Sequence[Story]) -> list[int]:
    """Volumes of each of these stories."""
    return [int((len(story.vectors) / 2.5 + 15) / TR) for story in stories]


def build_design(
    stories: Sequence[Story],
    windows: WindowSettings,
    folds: FoldSettings = PAPER,
    n_trs: Sequence[int] | None = None,
) -> Design:
    """The design of these stories, of `volumes` unless n_trs is given."""
    return build_designs(stories, [n_trs or volumes(stories)], windows, FEATURES, folds)[0]


def delayed_noise(rng: np.random.Generator, n: int, p: int) -> np.ndarray:
    """Columns as a finite impulse response makes them: smooth in time, each a later copy of another."""
    base = rng.normal(size=(n + 5, -(-p // 6)))
    base = np.cumsum(base, axis=0) * 0.15 + base
    return np.hstack([base[5 - lag : 5 - lag + n] for lag in range(6)])[:, :p]


def direct_errors(design: Decomposition, alphas: Sequence[float]) -> DirectErrors:
    """Leave-one-out errors of a decomposed design, without the search."""
    return DirectErrors.from_weights(LeaveOneOutWeights.from_shrinkage(design.U, design.shrinkage(alphas)), design.U)
