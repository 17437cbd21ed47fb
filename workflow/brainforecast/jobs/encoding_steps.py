"""One step of a design job: the design of one grid, from the activations of the words its story set was heard with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from brainforecast.cells import Grid
from brainforecast.encoding.designs import Design, build_designs
from brainforecast.encoding.noise_ceiling import ResponseSums
from brainforecast.encoding.scoring import Encoding, score_windows
from brainforecast.storage.activations import read_layer
from brainforecast.storage.designs import read_design
from brainforecast.storage.response_sums import read_sums
from brainforecast.storage.responses import Responses, load_runs, run_lengths
from brainforecast.storage.scores import Scores


@dataclass(frozen=True)
class DesignStep:
    """What a grid's design is made of, and under which name it stands in the file.

    Parameters
    ----------
    name : `cells.Grid.design`; layer, source, width, distances : the grid's; word_rate : whether it counts words too.
    activations, ahead : files of each story: of words heard, and of words to come where the source needs them (or none)
    """

    name: str
    layer: int
    source: str
    width: int
    distances: Sequence[int]
    word_rate: bool
    activations: Sequence[str | Path]
    ahead: Sequence[str | Path]


def build_step(
    step: DesignStep, stories: Sequence[str], onsets: Sequence[np.ndarray], lengths: Sequence[Sequence[int]],
    *, features: Mapping, folds: Mapping, n_components: int,
) -> list[Design]:  # fmt: skip
    """The designs of one step, one for each combination of lengths; see `designs.build_designs`.

    Parameters
    ----------
    onsets : (n_words,) of each story, in s; lengths : volumes of each story, for each combination there is.
    """
    vectors = [read_layer(path, step.layer) for path in step.activations]
    ahead = [read_layer(path, step.layer) for path in step.ahead] or [None] * len(stories)
    heard = list(zip(stories, vectors, onsets, ahead, strict=True))
    windows = {"width": step.width, "distances": list(step.distances), "n_components": n_components}
    features = {**features, "source": step.source}
    return build_designs(heard, lengths, features=features, windows=windows, folds=folds, word_rate=step.word_rate)


def score_grid(
    measured: Responses, subject: str, grid: Grid, designs: Sequence[tuple[str | Path, str]], encoding: Encoding
) -> Scores:
    """Brain scores of the cells of a grid.

    Parameters
    ----------
    measured : responses of the subject.
    designs : file and name of the design of the present; then, where the grid has windows, of theirs.
    """
    first, *others = designs
    present = read_design(*first, measured.n_trs)
    windows = [read_design(*other, measured.n_trs, grid.distances).scores for other in others]
    brain_score, alpha = score_windows(measured.responses, present, windows[0] if windows else None, encoding)
    return Scores(subject, grid, measured.target, brain_score, alpha)


def sum_responses(paths_to_responses: Iterable[str | Path], story: str, n_targets: int) -> ResponseSums:
    """The sums over all runs of a story; one run is in memory at a time.

    Parameters
    ----------
    paths_to_responses : of the subjects who heard it; n_targets : of the space.
    """
    paths = list(paths_to_responses)
    longest = max(n for path in paths for name, n in run_lengths(path) if name == story)
    sums = ResponseSums.of_nobody(longest, n_targets)
    for path in paths:
        target, runs = load_runs(path, story)
        for run in runs:
            sums.add(run, target)
    return sums


def mean_of_others(path_to_responses: str | Path, paths_to_sums: Iterable[str | Path]) -> list[np.ndarray]:
    """Mean of the other listeners over each run of a subject, (n_trs, n_targets) float32 each.

    Parameters
    ----------
    paths_to_sums : one file per story of the subject, in the order heard. A story heard twice has two runs in it: both
        are taken off, and the others' mean is given for each.
    """
    stories = dict.fromkeys(story for story, _ in run_lengths(path_to_responses))
    pairs = zip(stories, paths_to_sums, strict=True)
    return [mean for story, path in pairs for mean in _mean_without(path, path_to_responses, story)]


def _mean_without(path_to_sums: str | Path, path_to_responses: str | Path, story: str) -> list[np.ndarray]:
    sums = read_sums(path_to_sums)
    target, runs = load_runs(path_to_responses, story)
    for run in runs:
        sums.add(run, target, sign=-1)
    return [sums.mean(len(run)) for run in runs]
