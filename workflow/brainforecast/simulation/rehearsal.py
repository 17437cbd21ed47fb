"""A rehearsal: simulated responses to the stories of a real dataset, with one set of planted features for all runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors import safe_open
from safetensors.numpy import save_file

from brainforecast.files import atomic
from brainforecast.simulation.planted import Features, SimulatedStory, planted_features
from brainforecast.simulation.truth import PRESENT
from brainforecast.storage.activations import read_layer


def features_of_stories(
    paths_to_activations: Mapping[str, str | Path], layers: Sequence[int], *, width: int, components: Sequence[int]
) -> dict[tuple[str, int], np.ndarray]:
    """Compute the planted components of the windows that end at each word; one basis for all stories.

    Parameters
    ----------
    paths_to_activations : by story; width : words in a window; components : first and last (excluded).

    Returns
    -------
    (n_words, n_components) of each story and layer.
    """
    planted = {}
    for layer in layers:
        activations = [read_layer(path, layer) for path in paths_to_activations.values()]
        by_story = planted_features(activations, width=width, components=components)
        planted |= {(story, layer): U for story, U in zip(paths_to_activations, by_story, strict=True)}
    return planted


def write_features(features: Mapping[tuple[str, int], np.ndarray], path: str | Path) -> None:
    """Write the result of `features_of_stories`, float32."""
    with atomic(path) as temporary:
        save_file({f"{story}/{layer}": U.astype(np.float32) for (story, layer), U in features.items()}, temporary)


def read_features(path: str | Path, story: str) -> Features:
    """Read the planted features of one story for `simulate_hemisphere`: 1 for each word, and windows by layer."""
    with safe_open(path, framework="numpy") as file:
        names = [name for name in file.keys() if name.rpartition("/")[0] == story]  # noqa: SIM118 (not a mapping)
        windows = {int(name.rpartition("/")[2]): [file.get_tensor(name)] for name in names}
    n_words = len(next(iter(windows.values()))[0])
    return {PRESENT: [np.ones((n_words, 1))], **windows}


def story_in_run(path_to_words: str | Path, *, n_dropped: int, tr: float) -> SimulatedStory:
    """Read a story on the clock of its complete run, which begins `n_dropped` volumes before the story does."""
    words = pd.read_parquet(path_to_words, columns=["onset", "offset"])
    before = n_dropped * tr
    return SimulatedStory(
        Path(path_to_words).stem, words["onset"].to_numpy() + before, words["offset"].max() + before, {}
    )
