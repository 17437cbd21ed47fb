"""The features of a story that a simulated cortex follows: words as such, and components of words and windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors import safe_open
from safetensors.numpy import save_file
from scipy.linalg import eigh

from brainforecast.encoding.windows import offset_vectors, shift, window_offsets
from brainforecast.errors import BadInput
from brainforecast.files import atomic
from brainforecast.simulation.truth import PRESENT
from brainforecast.storage.activations import read_layer

TAIL = 12.0  # seconds scanned after the last word, for the response to pass

# per story: the rate of words; true windows, by layer; parts of windows, by source, layer and distance; content of the
# present word or of past words, by kind and layer
Features = Mapping[str | int | tuple[str, int, int] | tuple[str, int], Sequence[np.ndarray]]


@dataclass(frozen=True)
class SimulatedStory:
    """A story that simulated subjects listen to.

    onsets : of words, s; end : of the last word, s; activations : (n_words, n_features) of each planted layer; parts :
    (n_words, horizon, n_features), the syntactic component of upcoming words, of layers where parts are planted.
    """

    name: str
    onsets: np.ndarray
    end: float
    activations: Mapping[int, np.ndarray]
    parts: Mapping[int, np.ndarray] = field(default_factory=dict)

    def n_trs(self, tr: float) -> int:
        """Volumes from time 0 until the response to the last word has passed."""
        return int(np.ceil((self.end + TAIL) / tr))


def read_stories(
    paths_to_words: Sequence[str | Path],
    paths_to_activations: Sequence[str | Path] = (),
    paths_to_parts: Sequence[str | Path] = (),
    *,
    layers: Sequence[int] = (),
    layers_in_parts: Sequence[int] = (),
) -> list[SimulatedStory]:
    """Read the stories that subjects listen to; a story is named like its table of words.

    Parameters
    ----------
    paths_to_activations : none where only the times of words are needed.
    paths_to_parts : files of syntactic components; none where no parts are planted.
    layers, layers_in_parts : the planted layers, and those whose parts are planted.
    """
    none = [None] * len(paths_to_words)
    paths = zip(paths_to_words, paths_to_activations or none, paths_to_parts or none, strict=True)
    return [_read_story(*paths_of_story, layers, layers_in_parts) for paths_of_story in paths]


def features_to_plant(
    stories: Sequence[SimulatedStory],
    parts: Sequence[tuple[str, int, int]] = (),
    contents: Sequence[tuple[str, int]] = (),
    *,
    layers: Sequence[int] | None = None,
    width: int,
    components: Sequence[int],
    content_components: Sequence[int] = (0, 20),
) -> dict[str | int | tuple, list[np.ndarray]]:
    """Compute the features of every word, per story, the same for all subjects: f = 1 for each word, and windows g^K.

    Parameters
    ----------
    parts : source, layer and distance of each part of windows that is planted.
    contents : kind and layer of what passive targets follow.
    layers : of the true windows; if not given, all that the stories have.
    width : words in a window; components, content_components : first and last (excluded) principal component.
    """
    features = {PRESENT: [np.ones((len(story.onsets), 1)) for story in stories]}
    for layer in stories[0].activations if layers is None else layers:
        activations = [story.activations[layer] for story in stories]
        features[layer] = planted_features(activations, width=width, components=components)
    for part in parts:
        features[part] = planted_parts(stories, *part, width=width, components=components)
    for kind, layer in contents:
        activations = [story.activations[layer] for story in stories]
        features[kind, layer] = planted_content(activations, kind, width=width, components=content_components)
    return features


def write_planted(features: Features, path: str | Path) -> None:
    """Write the result of `features_to_plant`: tensors ``<story's index>/<key>``, parts of a key joined by /."""
    tensors = {}
    for key, by_story in features.items():
        name = "/".join(map(str, key)) if isinstance(key, tuple) else str(key)
        tensors |= {f"{index}/{name}": np.ascontiguousarray(values) for index, values in enumerate(by_story)}
    with atomic(path) as temporary:
        save_file(tensors, temporary)


def read_planted(path: str | Path) -> Features:
    """Read what `write_planted` wrote."""
    features = {}
    with safe_open(path, framework="numpy") as file:
        for name in sorted(file.keys(), key=lambda name: int(name.partition("/")[0])):  # in the order of stories
            _, *parts = name.split("/")
            key = tuple(int(part) if part.lstrip("-").isdigit() else part for part in parts)
            features.setdefault(key if len(key) > 1 else key[0], []).append(file.get_tensor(name))
    return features


def planted_content(
    activations: Sequence[np.ndarray], kind: str, *, width: int, components: Sequence[int]
) -> list[np.ndarray]:
    """As `planted_features`, of what a passive target follows: single words for `present`, windows for `past`.

    A model with fewer features than components has all of them planted. Layer 0 gives static content: the same vector
    wherever a word occurs.
    """
    words = 1 if kind == PRESENT else width
    first, last = components
    last = min(last, words * activations[0].shape[1])
    return planted_features(activations, width=words, components=(first, last))


def planted_features(activations: Sequence[np.ndarray], *, width: int, components: Sequence[int]) -> list[np.ndarray]:
    """Compute principal components of the windows that end at each word, white over the words of all stories.

    Width 1 gives features of single words. Activations are standardised first, as in the analysis. Components are
    centred, so none merely counts the words of a volume.

    Parameters
    ----------
    activations : (n_words, n_features) per story.
    components : first and last (excluded), in order of decreasing variance.

    Returns
    -------
    (n_words, n_components) per story; each component has mean 0 and variance 1 over all stories.
    """
    mean, sd = _mean_sd(activations)
    scaled = [(story - mean) / sd for story in activations]
    return _white([np.hstack([shift(s, offset) for offset in window_offsets(width, 0)]) for s in scaled], components)


def planted_parts(
    stories: Sequence[SimulatedStory], source: str, layer: int, distance: int, *, width: int, components: Sequence[int]
) -> list[np.ndarray]:
    """As `planted_features`, of parts of windows as seen from each word: row n already is the window at `distance`."""
    _, sd = _mean_sd([story.activations[layer] for story in stories])
    windows = []
    for story in stories:
        at = offset_vectors(source, story.activations[layer], seed=0, block=1, ahead=story.parts[layer])
        windows.append(np.hstack([at(offset) / sd for offset in window_offsets(width, distance)]))
    return _white(windows, components)


def _read_story(
    path_to_words: str | Path,
    path_to_activations: str | Path | None,
    path_to_parts: str | Path | None,
    layers: Sequence[int],
    layers_in_parts: Sequence[int],
) -> SimulatedStory:
    words = pd.read_parquet(path_to_words, columns=["onset", "offset"])
    activations = {layer: read_layer(path_to_activations, layer) for layer in layers}
    for vectors in activations.values():
        if len(vectors) != len(words):
            raise BadInput(path_to_activations, f"{len(vectors)} words", f"{len(words)}, as in {path_to_words}")
    parts = {layer: read_layer(path_to_parts, layer) for layer in layers_in_parts}
    end = float(words["offset"].max())
    return SimulatedStory(Path(path_to_words).stem, words["onset"].to_numpy(), end, activations, parts)


def _mean_sd(activations: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    X = np.concatenate(activations).astype(np.float64)
    return X.mean(axis=0), np.where(X.std(axis=0) > 0, X.std(axis=0), 1)


def _white(windows: Sequence[np.ndarray], components: Sequence[int]) -> list[np.ndarray]:
    W = np.concatenate(windows)
    W -= W.mean(axis=0)  # (n_words_total, width * n_features)
    n_words, (first, last) = len(W), components
    U = _left_vectors(W, first, last)
    U = U * np.sign(U[np.abs(U).argmax(axis=0), np.arange(last - first)])  # the same sign on every machine
    return np.split(np.sqrt(n_words) * U, np.cumsum([len(story) for story in windows])[:-1])


def _left_vectors(W: np.ndarray, first: int, last: int) -> np.ndarray:
    """Left singular vectors of W, first to last (excluded), largest first, from the smaller of its Gram matrices."""
    tall = W.shape[0] > W.shape[1]
    G = W.T @ W if tall else W @ W.T
    _, vectors = eigh(G, subset_by_index=[len(G) - last, len(G) - 1 - first])
    vectors = vectors[:, ::-1]  # eigh gives the smallest first
    if not tall:
        return vectors
    U = W @ vectors
    return U / np.linalg.norm(U, axis=0)
