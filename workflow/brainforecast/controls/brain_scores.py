"""Scores of one listener's regions in simulated brains, at the study's own brain scores.

The signal-to-noise ratio of a region is that at which brains of the same kind and share reach, in this listener, the R
that the region has in the study: R grows with the ratio, so a few ratios give the curve. A base predicts some kinds
better than others (it counts words, as brains of kind `rate` do), so each has a curve of its own. Each brain's ratios
are scaled by a factor of its own, alike for all listeners, so that M can be fitted on R over a range.
"""

from collections.abc import Iterator, Mapping, Sequence
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
from brainforecast.controls.scoring import N_SCORES, ControlCell, Runs, side_by_side
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
    kinds = list(dict.fromkeys((brain.kind, brain.share) for brain in brains))
    progress = Progress(len(kinds) * len(TRIED) * len(AMPLITUDES) + len(brains), "brain")
    ratios = find_amplitudes(listener, cell, wanted, kinds, progress)

    def simulated(brain: Brain) -> np.ndarray:
        factor = np.exp(SPREAD * generator(listener.seed, "amplitude", *brain.names).standard_normal())
        progress.add()
        return listener.noise(brain) + factor * ratios[brain.kind, brain.share] * listener.signal(brain)

    found = np.empty((N_SCORES, len(brains), listener.series.shape[1]), np.float32)
    for some, responses in side_by_side(map(simulated, brains), len(brains), listener.series.shape):
        scores = cell.score(responses, Progress(cell.n_fits(responses), "fit"))
        found[:, some] = scores.reshape(found[:, some].shape)
    return found


def find_amplitudes(
    listener: Listener,
    cell: ControlCell,
    wanted: np.ndarray,
    kinds: Sequence[tuple[str, float]],
    progress: Progress | None = None,
) -> dict[tuple[str, float], np.ndarray]:
    """Find the signal-to-noise ratio at which R of each kind of brain is the one wanted.

    R, the mean over regions and draws, is made to never fall with the ratio; a larger R than the largest ratio gives is
    not reached.

    Parameters
    ----------
    kinds : kind and share.

    Returns
    -------
    Of each, (n_regions,); 0 where R wanted is not above 0.
    """

    def simulated() -> Iterator[np.ndarray]:
        for kind, share in kinds:
            for number in TRIED:
                brain = Brain(kind, share, TRIED_PEAK, number)
                noise, signal = listener.noise(brain), listener.signal(brain)
                for ratio in AMPLITUDES:
                    yield noise + ratio * signal
                    if progress:
                        progress.add()

    n_regions, n_ratios = listener.series.shape[1], len(AMPLITUDES)
    R = np.empty((len(kinds) * len(TRIED) * n_ratios, n_regions))
    for some, responses in side_by_side(simulated(), len(R), listener.series.shape):
        R[some] = cell.score_present(responses).reshape(-1, n_regions)
    of_kinds = R.reshape(len(kinds), len(TRIED), n_ratios, n_regions).swapaxes(1, 2).reshape(len(kinds), n_ratios, -1)
    return {kind: _ratios_of(wanted, of_ratio) for kind, of_ratio in zip(kinds, of_kinds, strict=True)}


def _ratios_of(wanted: np.ndarray, of_ratio: np.ndarray) -> np.ndarray:
    """The ratio that gives each R wanted, (n_regions,), by R of each ratio, (n_ratios, n_draws * n_regions)."""
    usable = np.isfinite(of_ratio).all(axis=0)
    if not usable.any():
        return np.zeros(len(wanted))
    curve = np.maximum.accumulate([0.0, *of_ratio[:, usable].mean(axis=1)])
    ratios = np.interp(wanted, curve, [0.0, *AMPLITUDES])
    return np.where(wanted > 0, ratios, 0.0)  # also where it is not known
