"""A rehearsal: simulated responses to the stories of a real dataset, with one set of planted features for all runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors import safe_open
from safetensors.numpy import save_file

from brainforecast.files import atomic
from brainforecast.simulation.planted import Features, SimulatedStory, planted_content, planted_features
from brainforecast.simulation.truth import PAST, PRESENT, TRUE
from brainforecast.storage.activations import read_layer


def features_of_stories(
    paths_to_activations: Mapping[str, str | Path],
    planted: Mapping[str, Sequence[int]],
    *,
    width: int,
    components: Sequence[int],
    content_components: Sequence[int] = (0, 20),
) -> dict[tuple[str, str, int], np.ndarray]:
    """Compute the planted components of words and windows; one basis for all stories.

    Parameters
    ----------
    paths_to_activations : by story.
    planted : layers of true windows (``true``), and of the content of the present word and of past words.
    width : words in a window; components, content_components : first and last (excluded).

    Returns
    -------
    (n_words, n_components) of each story, key of `planted` and layer.
    """
    found = {}
    wanted = [(what, layer) for what in (TRUE, PRESENT, PAST) for layer in planted.get(what, ())]
    for what, layer in wanted:
        activations = [read_layer(path, layer) for path in paths_to_activations.values()]
        if what == TRUE:
            by_story = planted_features(activations, width=width, components=components)
        else:
            by_story = planted_content(activations, what, width=width, components=content_components)
        found |= {(story, what, layer): U for story, U in zip(paths_to_activations, by_story, strict=True)}
    return found


def write_features(features: Mapping[tuple[str, str, int], np.ndarray], path: str | Path) -> None:
    """Write the result of `features_of_stories`, float32."""
    tensors = {"/".join(map(str, key)): U.astype(np.float32) for key, U in features.items()}
    with atomic(path) as temporary:
        save_file(tensors, temporary)


def read_features(path: str | Path, story: str) -> Features:
    """Read the planted features of one story for `simulate_hemisphere`: 1 for each word, windows and contents."""
    planted = {}
    with safe_open(path, framework="numpy") as file:
        for name in file.keys():  # noqa: SIM118 (not a mapping)
            of_story, what, layer = name.rsplit("/", 2)
            if of_story == story:
                planted[int(layer) if what == TRUE else (what, int(layer))] = [file.get_tensor(name)]
    n_words = len(next(iter(planted.values()))[0])
    return {PRESENT: [np.ones((n_words, 1))], **planted}


def story_in_run(path_to_words: str | Path, *, n_dropped: int, tr: float) -> SimulatedStory:
    """Read a story on the clock of its complete run, which begins `n_dropped` volumes before the story does."""
    words = pd.read_parquet(path_to_words, columns=["onset", "offset"])
    before = n_dropped * tr
    return SimulatedStory(
        Path(path_to_words).stem, words["onset"].to_numpy() + before, words["offset"].max() + before, {}
    )
