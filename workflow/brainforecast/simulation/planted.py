"""What a simulated cortex may follow of a story: principal components of windows of words, or of their parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import eigh

from brainforecast.encoding.windows import offset_vectors, shift, window_offsets

TAIL = 12.0  # seconds scanned after the last word, for the response to pass


@dataclass(frozen=True)
class SimulatedStory:
    """A story as listeners hear it.

    onsets : of words, s; end : of the last word, s; activations : (n_words, n_features) of each planted layer; parts :
    (n_words, horizon, n_features), the syntactic component of the words to come, of layers where parts are planted.
    """

    name: str
    onsets: np.ndarray
    end: float
    activations: Mapping[int, np.ndarray]
    parts: Mapping[int, np.ndarray] = field(default_factory=dict)

    def n_trs(self, tr: float) -> int:
        """Volumes from time 0 until the response to the last word has passed."""
        return int(np.ceil((self.end + TAIL) / tr))


def planted_features(activations: Sequence[np.ndarray], *, width: int, components: Sequence[int]) -> list[np.ndarray]:
    """Principal components of the windows that end at each word, white over the words of all stories.

    Width 1 gives features of single words. Features of activations are scaled first, as the analysis scales them.
    Components are centred, so none merely counts the words of a volume.

    Parameters
    ----------
    activations : (n_words, n_features) per story.
    components : first and last (excluded), in order of falling variance.

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
    """As `planted_features`, of parts of windows as they are seen from each word: they stand beside it already."""
    _, sd = _mean_sd([story.activations[layer] for story in stories])
    windows = []
    for story in stories:
        at = offset_vectors(source, story.activations[layer], seed=0, block=1, ahead=story.parts[layer])
        windows.append(np.hstack([at(offset) / sd for offset in window_offsets(width, distance)]))
    return _white(windows, components)


def _mean_sd(activations: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    X = np.concatenate(activations).astype(np.float64)
    return X.mean(axis=0), np.where(X.std(axis=0) > 0, X.std(axis=0), 1)


def _white(windows: Sequence[np.ndarray], components: Sequence[int]) -> list[np.ndarray]:
    W = np.concatenate(windows)
    W -= W.mean(axis=0)  # (n_words_total, width * n_features)
    n_words, (first, last) = len(W), components
    U = _left_vectors(W, first, last)
    U = U * np.sign(U[np.abs(U).argmax(axis=0), np.arange(last - first)])  # one sign on every machine
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
