"""Steps of a design job: from files of word vectors to the stories that a design is built from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from brainforecast.encoding.designs import Story, WindowSettings
from brainforecast.storage.activations import read_layer


@dataclass(frozen=True)
class DesignStep:
    """One design of a design job, and the files it is built from.

    name : `cells.Grid.design`, its name in the file; layer : of the vectors; windows : of the grid.
    vectors : file of each story with the words up to the present; ahead : of each story with the words to come, for
    sources that need them, else empty.
    """

    name: str
    layer: int
    windows: WindowSettings
    vectors: Sequence[str | Path]
    ahead: Sequence[str | Path] = ()

    @classmethod
    def from_params(cls, step: Mapping, inputs: Mapping[str, Sequence[str | Path]], n_components: int) -> "DesignStep":
        """Look up the files of a step of the rule's params.

        Parameters
        ----------
        step : name, layer, source, width, distances, word_rate; vectors, ahead : names of inputs, or None for no ahead.
        inputs : files by the name of the input, in the order of the stories.
        """
        windows = WindowSettings(step["source"], step["width"], step["distances"], n_components, step["word_rate"])
        ahead = inputs[step["ahead"]] if step["ahead"] else ()
        return cls(step["name"], step["layer"], windows, inputs[step["vectors"]], ahead)


def read_stories(step: DesignStep, names: Sequence[str], onsets: Sequence[np.ndarray]) -> list[Story]:
    """Read the word vectors of one step.

    Parameters
    ----------
    names, onsets : of each story; onsets are (n_words,), in s.
    """
    vectors = [read_layer(path, step.layer) for path in step.vectors]
    ahead = [read_layer(path, step.layer) for path in step.ahead] or [None] * len(names)
    return [Story(*story) for story in zip(names, vectors, onsets, ahead, strict=True)]
