"""Simulated brains that answer "compared to what" for one study: passive ones, and ones that forecast a share q.

A region of one listener follows the words n of the study's stories, at the exact time t of a volume, by

    y(t) = a sd z[ sqrt(1 - q) z[ sum_n (f_n . w) h(t - onset_n) ]
                   + sqrt(q) z[ sum_n (g_{n+D} . u) h(t - onset_n) ] ] + e(t)

f are features of the present (or past) word, g those of a window of w words, D the verdict's distance, h the double
gamma response at the listener's own peak. e is the listener's response with its phases randomised, by the same
angles for all listeners and regions: its spectrum and every covariance stay, its relation to the story goes. sd is
the response's own, a its signal-to-noise ratio. Weights are drawn for a region; a part of them for the listener.

A passive brain has q = 0. What it follows is its kind: ``rate`` (each word alike), ``content`` (the present word in
the layer scored), ``static`` (the present word in layer 0), ``past`` (a window of past words).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from brainforecast.encoding.windows import shift
from brainforecast.planning.verdict import FORECAST, PASSIVE
from brainforecast.simulation.cortex import convolve_hrf, generator, response_matrix
from brainforecast.simulation.planted import planted_features

RATE, CONTENT, STATIC, PAST = PASSIVE
N_COMPONENTS = 20  # of words or windows that a brain follows
LISTENER_SHARE = 0.25  # of the weights' variance that is a listener's own
PEAK_SPREAD = 0.5  # s, largest deviation of a listener's peak from the brain's


@dataclass(frozen=True)
class Brain:
    """One simulated brain: every listener of the study, all regions.

    kind : what it follows; share : q, 0 unless kind is FORECAST; peak : of the haemodynamic response, s; number :
    distinguishes brains of one kind, and seeds the draws of each.
    """

    kind: str
    share: float
    peak: float
    number: int

    @property
    def names(self) -> tuple[str, ...]:
        """What seeds its draws."""
        return self.kind, f"{self.share:g}", f"{self.peak:g}", str(self.number)


@dataclass(frozen=True)
class StoryTimes:
    """A story of one listener: name; onsets (n_words,), s on the scan's clock; n_trs, its volumes."""

    name: str
    onsets: np.ndarray
    n_trs: int


def brain_features(
    layer: Sequence[np.ndarray], static: Sequence[np.ndarray], *, width: int, distance: int
) -> dict[str, list[np.ndarray]]:
    """Compute the features that each kind of brain follows, (n_words, n_components) per story.

    Parameters
    ----------
    layer, static : (n_words, n_features) per story: activations of the layer scored, and of layer 0.
    width, distance : of the window ahead; the past window of the same width ends at the word before the present one.
    """
    components = (0, min(N_COMPONENTS, layer[0].shape[1], static[0].shape[1]))  # a model may have fewer features
    windows = planted_features(layer, width=width, components=components)
    return {
        RATE: [np.ones((len(story), 1)) for story in layer],
        CONTENT: planted_features(layer, width=1, components=components),
        STATIC: planted_features(static, width=1, components=components),
        PAST: [shift(window, -1) for window in windows],
        FORECAST: [shift(window, distance) for window in windows],
    }


def simulate_signal(
    brain: Brain,
    features: Mapping[str, Sequence[np.ndarray]],
    stories: Sequence[StoryTimes],
    n_regions: int,
    *,
    tr: float,
    seed: int,
    subject: str,
) -> np.ndarray:
    """Simulate what one listener's regions follow, without noise: (n_trs_total, n_regions), each of variance 1.

    Parameters
    ----------
    features : of the listener's stories, by kind.
    """
    rng = generator(seed, "peak", *brain.names, subject)
    peak = brain.peak + PEAK_SPREAD * rng.uniform(-1, 1)
    present = CONTENT if brain.kind == FORECAST else brain.kind
    kinds = {present: 1 - brain.share} | ({FORECAST: brain.share} if brain.share else {})
    responses = [response_matrix(story.onsets, story.n_trs, tr=tr, peak=peak) for story in stories]
    total = np.zeros((sum(story.n_trs for story in stories), n_regions))
    for kind, share in kinds.items():
        rows = convolve_hrf(responses, features[kind])
        total += np.sqrt(share) * _z(rows @ draw_weights(brain, kind, rows.shape[1], n_regions, seed, subject))
    return _z(total)


def draw_weights(brain: Brain, kind: str, n_features: int, n_regions: int, seed: int, subject: str) -> np.ndarray:
    """Draw the weights of a listener's regions, (n_features, n_regions), variance 1: most of it shared by listeners."""
    shape = (n_features, n_regions)
    shared = generator(seed, "weights", *brain.names, kind).standard_normal(shape)
    own = generator(seed, "weights", *brain.names, kind, subject).standard_normal(shape)
    weights = np.sqrt(1 - LISTENER_SHARE) * shared + np.sqrt(LISTENER_SHARE) * own
    return np.abs(weights) if kind == RATE else weights  # words excite


def randomise_phases(
    responses: np.ndarray, runs: Sequence[tuple[str, int, int]], brain: Brain, *, seed: int
) -> np.ndarray:
    """Rotate the phases of each run's responses, by angles that depend on the brain and the story alone.

    Parameters
    ----------
    responses : (n_trs_total, n_regions) of one listener.
    runs : story, volumes, and volumes from the first that all listeners of the story have.

    Returns
    -------
    The same shape: spectra, means and covariances of the common volumes as they were. The others stay as they are.
    """
    noise = np.array(responses, float)
    start = 0
    for story, n_trs, n_common in runs:
        rows = slice(start, start + n_common)
        spectrum = np.fft.rfft(noise[rows], axis=0)
        angles = generator(seed, "phases", *brain.names, story).uniform(0, 2 * np.pi, len(spectrum))
        angles[0] = 0  # the mean
        if n_common % 2 == 0:
            angles[-1] = 0  # the fastest frequency of an even number of volumes is real
        noise[rows] = np.fft.irfft(spectrum * np.exp(1j * angles)[:, None], n_common, axis=0)
        start += n_trs
    return noise


def _z(columns: np.ndarray) -> np.ndarray:
    sd = columns.std(axis=0)
    return (columns - columns.mean(axis=0)) / np.where(sd > 0, sd, 1)
