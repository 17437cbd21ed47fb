"""The file that keeps what the listeners of one story add up to, and what is left of it without one of them."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from brainforecast.files import atomic
from brainforecast.listeners import Sums
from brainforecast.responses_file import load_runs, run_lengths


def add_up(paths_to_responses: Iterable[str | Path], story: str, n_targets: int) -> Sums:
    """The sums over all runs of a story; one run is in memory at a time.

    Parameters
    ----------
    paths_to_responses : of the subjects who heard it; n_targets : of the space.
    """
    paths = list(paths_to_responses)
    longest = max(n for path in paths for name, n in run_lengths(path) if name == story)
    sums = Sums.of_nobody(longest, n_targets)
    for path in paths:
        target, runs = load_runs(path, story)
        for run in runs:
            sums.add(run, target)
    return sums


def subject_means(path_to_responses: str | Path, paths_to_sums: Iterable[str | Path]) -> list[np.ndarray]:
    """Mean of the other listeners over each run of a subject, (n_trs, n_targets) float32 each.

    Parameters
    ----------
    paths_to_sums : one file per story of the subject, in the order heard. A story heard twice has two runs in it: both
        are taken off, and the others' mean is given for each.
    """
    stories = dict.fromkeys(story for story, _ in run_lengths(path_to_responses))
    pairs = zip(stories, paths_to_sums, strict=True)
    return [mean for story, path in pairs for mean in _means_without(path, path_to_responses, story)]


def _means_without(path_to_sums: str | Path, path_to_responses: str | Path, story: str) -> list[np.ndarray]:
    sums = read_sums(path_to_sums)
    target, runs = load_runs(path_to_responses, story)
    for run in runs:
        sums.add(run, target, sign=-1)
    return [sums.mean(len(run)) for run in runs]


def write_sums(sums: Sums, path: str | Path) -> None:
    """Write as safetensors."""
    with atomic(path) as temporary:
        save_file({"total": sums.total, "count": sums.count}, temporary)


def read_sums(path: str | Path) -> Sums:
    """Read what `write_sums` wrote."""
    with safe_open(path, framework="numpy") as file:
        return Sums(file.get_tensor("total"), file.get_tensor("count"))
