"""Scores of one listener's regions in simulated brains, at the study's own brain scores.

The signal-to-noise ratio of a region is that at which brains of the same kind and share reach, in this listener, the R
that the region has in the study: R grows with the ratio, so a few ratios give the curve. A base predicts some kinds
better than others (it counts words, as brains of kind `rate` do), so each has a curve of its own. Each brain's ratios
are scaled by a factor of its own, alike for all listeners, so that M can be fitted on R over a range.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.controls.brains import (
    Brain,
    StoryTimes,
    brain_features,
    randomise_phases,
    simulate_signal,
)
from brainforecast.controls.scoring import N_SCORES, ControlCell, Runs, series_at_once
from brainforecast.progress import Progress
from brainforecast.simulation.cortex import generator
from brainforecast.storage.activations import read_layer

AMPLITUDES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)  # signal-to-noise ratios of the curve of R
TRIED, TRIED_PEAK = (-1, -2), 5.0  # number and peak (s) of brains that give a curve: none of the study's has the number
SPREAD = 0.3  # of the natural logarithm of a brain's factor


@dataclass(frozen=True)
class BrainWords:
    """What simulated brains follow.

    features : by kind and story, (n_words, n_components); onsets : by story, s on the scan's clock.
    """

    features: Mapping[str, Mapping[str, np.ndarray]]
    onsets: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Listener:
    """One listener of the study: its regions' series, (n_trs_total, n_regions), and its runs. tr : s."""

    subject: str
    runs: Runs
    series: np.ndarray
    words: BrainWords
    tr: float
    seed: int

    def signal(self, brain: Brain) -> np.ndarray:
        """What the regions follow, (n_trs_total, n_regions), in the units of the responses at a ratio of 1."""
        features = {
            kind: [by_story[story] for story, *_ in self.runs] for kind, by_story in self.words.features.items()
        }
        stories = [StoryTimes(story, self.words.onsets[story], n_trs) for story, n_trs, _ in self.runs]
        n_regions = self.series.shape[1]
        signal = simulate_signal(brain, features, stories, n_regions, tr=self.tr, seed=self.seed, subject=self.subject)
        return signal * self.series.std(axis=0)

    def noise(self, brain: Brain) -> np.ndarray:
        """The responses without their relation to the story, (n_trs_total, n_regions)."""
        return randomise_phases(self.series, self.runs, brain, seed=self.seed)


def read_brain_words(
    paths_to_words: Sequence[str | Path],
    paths_to_activations: Sequence[str | Path],
    *,
    stories: Sequence[str],
    layer: int,
    width: int,
    distance: int,
) -> BrainWords:
    """Read the words of all stories of a study: components are of all of them, so that listeners share weights.

    Parameters
    ----------
    stories : names, in the order of the files; layer : that is scored; width, distance : of the window.
    """
    of_layer = [read_layer(path, layer) for path in paths_to_activations]
    static = [read_layer(path, 0) for path in paths_to_activations]
    features = brain_features(of_layer, static, width=width, distance=distance)
    onsets = [pd.read_parquet(path, columns=["onset"])["onset"].to_numpy() for path in paths_to_words]
    by_story = {kind: dict(zip(stories, parts, strict=True)) for kind, parts in features.items()}
    return BrainWords(by_story, dict(zip(stories, onsets, strict=True)))


def score_brains(listener: Listener, cell: ControlCell, brains: Sequence[Brain], wanted: np.ndarray) -> np.ndarray:
    """Score the listener's regions in each brain.

    Parameters
    ----------
    cell : of base `verdict`.
    wanted : (n_regions,), R of the study in each region, which a brain reaches by its amplitude.

    Returns
    -------
    (3, n_brains, n_regions) float32.
    """
    kinds = dict.fromkeys((brain.kind, brain.share) for brain in brains)
    progress = Progress(len(kinds) * len(TRIED) * len(AMPLITUDES) + len(brains), "brain")
    ratios = {kind: find_amplitudes(listener, cell, wanted, *kind, progress) for kind in kinds}
    n_trs, n_regions = listener.series.shape
    found = np.empty((N_SCORES, len(brains), n_regions), np.float32)
    at_once = series_at_once(n_trs, n_regions)
    for start in range(0, len(brains), at_once):
        some = brains[start : start + at_once]
        simulated = np.empty((n_trs, len(some), n_regions), np.float32)
        for index, brain in enumerate(some):
            factor = np.exp(SPREAD * generator(listener.seed, "amplitude", *brain.names).standard_normal())
            signal = factor * ratios[brain.kind, brain.share] * listener.signal(brain)
            simulated[:, index] = listener.noise(brain) + signal
            progress.add()
        columns = simulated.reshape(n_trs, -1)
        scores = cell.score(columns, Progress(cell.n_fits(columns), "fit"))
        found[:, start : start + at_once] = scores.reshape(N_SCORES, len(some), n_regions)
    return found


def find_amplitudes(
    listener: Listener,
    cell: ControlCell,
    wanted: np.ndarray,
    kind: str,
    share: float,
    progress: Progress | None = None,
) -> np.ndarray:
    """Signal-to-noise ratio at which R of a kind of brain is the one wanted, (n_regions,); 0 where that is not above 0.

    R, the mean over regions and draws, is made to never fall with the ratio; a larger R than the largest ratio gives is
    not reached.
    """
    n_regions = listener.series.shape[1]
    draws = []
    for number in TRIED:
        brain = Brain(kind, share, TRIED_PEAK, number)
        noise, signal = listener.noise(brain), listener.signal(brain)
        responses = np.hstack([noise + ratio * signal for ratio in AMPLITUDES]).astype(np.float32)
        draws.append(cell.score(responses)[0].reshape(len(AMPLITUDES), n_regions))
        if progress:
            progress.add(len(AMPLITUDES))
    of_ratio = np.stack(draws, axis=1).reshape(len(AMPLITUDES), -1)
    usable = np.isfinite(of_ratio).all(axis=0)
    if not usable.any():
        return np.zeros(n_regions)
    curve = np.maximum.accumulate([0.0, *of_ratio[:, usable].mean(axis=1)])
    ratios = np.interp(wanted, curve, [0.0, *AMPLITUDES])
    return np.where(wanted > 0, ratios, 0.0)  # also where it is not known
