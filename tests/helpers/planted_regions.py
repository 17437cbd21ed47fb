"""Stories, and responses of ten regions to their words, planted alike in every kind of image.

`fmriprep_tree` writes them as fMRIPrep does.
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter
from scipy.stats import gamma

TR = 2.0
START_TIME = 0.98  # s: the middle of a volume, to which fMRIPrep shifts its slices
ONSET = 6.0  # s from the start of a run to its audio
TAIL = 12.0  # s of a run after the last word
DELAY, UNDERSHOOT = 6.0, 16.0  # s, peaks of the haemodynamic response
STEP = 0.1  # s, grid of the convolution
VOCABULARY = [
    "a", "the", "and", "of", "it", "river", "fox", "lantern", "morning", "somebody", "carried", "opened", "letter",
    "across", "because", "town", "wondered", "nobody", "answered", "enormous", "bridge", "quietly", "water", "light",
]  # fmt: skip
# region of both hemispheres: share of its variance that follows the words, from nothing to nearly all
SHARES = {
    "superiortemporal": 0.9,
    "precentral": 0.6,
    "inferiorparietal": 0.4,
    "superiorfrontal": 0.2,
    "lateraloccipital": 0.0,
}
REGIONS = [(hemi, name) for name in SHARES for hemi in "LR"]


@dataclass(frozen=True)
class Speech:
    """Words of a story; `onset` and `duration` in s from the start of its audio, which is its first word's."""

    words: tuple[str, ...]
    onset: np.ndarray
    duration: np.ndarray

    @property
    def n_volumes(self) -> int:
        """Volumes of a run of this story."""
        return int(np.ceil((ONSET + self.onset[-1] + self.duration[-1] + TAIL) / TR))


def speak(seed: int, seconds: float) -> Speech:
    """Draw a story of about this length: bursts of words with pauses, a full stop after every burst."""
    rng, words, onsets, now = np.random.default_rng(seed), [], [], 0.0
    while now < seconds:
        burst = rng.choice(VOCABULARY, rng.integers(4, 14)).tolist()
        words += [*burst[:-1], burst[-1] + "."]
        for _ in burst:
            onsets.append(round(now, 2))
            now += rng.uniform(0.25, 0.45)
        now += rng.uniform(0.3, 5.0)
    return Speech(tuple(words), np.array(onsets), np.full(len(words), 0.2))


def draw_courses(speech: Speech, seed: int) -> np.ndarray:
    """Time courses of `REGIONS` in one run, (n_volumes, n_regions), each of variance 1."""
    follows = np.column_stack([_respond(speech, np.ones(len(speech.words))), _respond(speech, _lengths(speech))])
    rng = np.random.default_rng(seed)
    noise = lfilter([1], [1, -0.4], rng.standard_normal((speech.n_volumes, len(REGIONS))), axis=0)
    courses = [
        np.sqrt(SHARES[name]) * _z(follows @ rng.uniform([1, 0], [1, 0.3])) + np.sqrt(1 - SHARES[name]) * _z(course)
        for (_, name), course in zip(REGIONS, noise.T, strict=True)
    ]
    return np.column_stack(courses)


def spread(courses: np.ndarray, labels: np.ndarray, seed: int) -> np.ndarray:
    """Give every target the course of its region, with a level and a gain of its own; the rest is noise.

    Parameters
    ----------
    courses : (n_volumes, n_regions).
    labels : (n_targets,) column of `courses`, -1 where there is no region.

    Returns
    -------
    (n_volumes, n_targets) float32.
    """
    rng, n = np.random.default_rng(seed), len(labels)
    level, gain = rng.uniform(800, 1200, n), rng.uniform(5, 20, n)
    run = rng.standard_normal((len(courses), 1)) * np.ones(n)  # one course for all the rest: small once compressed
    run[:, labels >= 0] = courses[:, labels[labels >= 0]]
    return (level + gain * run).astype(np.float32)


def _respond(speech: Speech, weights: np.ndarray) -> np.ndarray:
    """Convolve events at the words' onsets with the haemodynamic response, at the time of each volume."""
    times = START_TIME + TR * np.arange(speech.n_volumes)
    grid = np.zeros(int((times[-1] + TR) / STEP) + 1)
    np.add.at(grid, np.rint((ONSET + speech.onset) / STEP).astype(int), weights)
    lags = np.arange(0, 30, STEP)
    response = gamma.pdf(lags, DELAY) - gamma.pdf(lags, UNDERSHOOT) / 6
    return np.convolve(grid, response)[np.rint(times / STEP).astype(int)]


def _lengths(speech: Speech) -> np.ndarray:
    return np.array([len(word) for word in speech.words], dtype=float)


def _z(course: np.ndarray) -> np.ndarray:
    return (course - course.mean()) / course.std()
