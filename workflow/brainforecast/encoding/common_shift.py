"""Common circular shifts: the responses of all listeners of a story rolled by the same number of volumes.

One draw is a shift k for each story. Inside the first n volumes of the story, those that all its listeners have,

    y_k(t) = y((t - k) mod n),      m <= k <= n - m

A shifted brain has every property of the measured one (spectrum, covariance between listeners and regions) but its
relation to the story. The shift is common because the listeners have one recording: what aligns with it by chance
aligns in all of them. Responses are rolled as a null; features never are.
"""

import math
from collections.abc import Sequence

import numpy as np

ALL_UP_TO = 400  # draws: up to this number every admissible one is used


def admissible_shifts(n_trs: int, shortest: int) -> np.ndarray:
    """Shifts of a story of `n_trs` volumes that are at least `shortest` volumes from none, forwards and backwards."""
    return np.arange(shortest, n_trs - shortest + 1)


def draw_shifts(n_trs: Sequence[int], shortest: int, n_draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draw common shifts, independently between stories and without repetition.

    Parameters
    ----------
    n_trs : volumes of each story that all its listeners have.
    shortest : m, volumes.
    n_draws : used where there are more than ALL_UP_TO admissible combinations; else all of them are.

    Returns
    -------
    (n_draws, n_stories) int; without rows where a story is shorter than 2 m.
    """
    choices = [admissible_shifts(n, shortest) for n in n_trs]
    n_combinations = math.prod(len(choice) for choice in choices)
    if n_combinations <= ALL_UP_TO:
        return np.array(np.meshgrid(*choices, indexing="ij"), int).reshape(len(choices), -1).T
    drawn: dict[tuple[int, ...], None] = {}
    while len(drawn) < n_draws:
        drawn[tuple(int(rng.choice(choice)) for choice in choices)] = None
    return np.array(list(drawn), int)


def shift_responses(responses: np.ndarray, runs: Sequence[tuple[int, int]], shifts: Sequence[int]) -> np.ndarray:
    """Roll the responses of one listener inside each run.

    Parameters
    ----------
    responses : (n_trs_total, n_targets), the runs one after the other.
    runs : number of volumes of each run, and how many of them, from the first, all listeners of its story have.
    shifts : of each run's story; 0 leaves it as it is.

    Returns
    -------
    (n_trs_total, n_targets); volumes beyond the common ones stay where they are: `common_rows` masks them.
    """
    shifted = responses.copy()
    start = 0
    for (n_trs, n_common), shift in zip(runs, shifts, strict=True):
        rows = slice(start, start + n_common)
        shifted[rows] = np.roll(responses[rows], shift, axis=0)
        start += n_trs
    return shifted


def common_rows(runs: Sequence[tuple[int, int]]) -> np.ndarray:
    """Rows that are fitted on and scored under shifts, (n_trs_total,) bool: those that all listeners have."""
    return np.concatenate([np.arange(n_trs) < n_common for n_trs, n_common in runs])


def around_story(apart: np.ndarray, n_trs: Sequence[int]) -> np.ndarray:
    """Distances along the circle of each story, volumes, from differences of shifts (..., n_stories)."""
    apart = np.abs(apart)
    return np.minimum(apart, np.asarray(n_trs) - apart)
