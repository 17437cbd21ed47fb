"""One step of a design job: the design of one grid, from the activations of the words its story set was heard with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from brainforecast.activations import read_layer
from brainforecast.designs import Design, build_designs


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


def design_of(
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
