"""Hear the futures of every word: the mean over them is the syntactic component of the words to come.

    X_syn[n, o] = 1/n_futures sum_i X(word o of future i | true words up to n),   X_sem = X - X_syn

The futures are heard one after the other, so that the table of convergence can tell what each one still changes.
"""

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from brainforecast.errors import BadInput
from brainforecast.language.generation import Extraction, extract_continuations
from brainforecast.language.tokens import read_tokens

logger = logging.getLogger("brainforecast")

CONVERGENCE_UNITS = {
    "layer": "hidden state, 0 = embedding",
    "n_futures": "futures in the mean",
    "change": "distance between the means of n_futures and of one less over the size of the former, features scaled",
    "reliability": "correlation expected between the means of two independent sets of so many futures",
    "n": "words to come that the futures are of, one for each word and each place ahead",
}


class RunningMean:
    """The mean over futures, and what each future changes in it.

    Parameters
    ----------
    scale : (n_features,) what features are divided by before they are compared
    """

    def __init__(self, scale: np.ndarray):
        self.scale = np.where(scale > 0, scale, 1).astype(np.float32)
        self.n: np.ndarray | int = 0
        self.change: list[float] = []

    def add(self, vectors: np.ndarray, heard: np.ndarray) -> None:
        """Add one future of each word: vectors (n_words, horizon, n_features), of which those `heard` count."""
        if not self.change:
            self.mean, self.squares = np.zeros_like(vectors), np.zeros(heard.shape, np.float64)
        self.n = self.n + heard
        step = np.where(heard[..., None], vectors - self.mean, 0) / np.maximum(self.n, 1)[..., None]
        # Welford's sum of squared deviations, over features
        self.squares += (self.n * np.maximum(self.n - 1, 0)) * (np.square(step / self.scale)).sum(axis=-1)
        self.mean += step
        self.change.append(float(np.sqrt(self._spread(step) / self._spread(self._centred()))))

    def reliability(self, n_futures: int) -> float:
        """s2 / (s2 + e2 / n): s2 is the variance over places of the mean without its noise, e2 that between futures."""
        told = self.n > 1
        noise = (self.squares[told] / (self.n[told] - 1)).mean() if told.any() else np.nan
        seen = self._spread(self._centred()) / max(int((self.n > 0).sum()), 1)
        signal = max(seen - noise / self.n[told].mean(), 0) if told.any() else np.nan
        return float(signal / (signal + noise / n_futures))

    def _centred(self) -> np.ndarray:
        """The mean of each place less that of all places the same distance ahead."""
        there = (self.n > 0)[..., None]
        centre = (self.mean * there).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
        return np.where(there, self.mean - centre, 0)

    def _spread(self, vectors: np.ndarray) -> float:
        return float(np.square(vectors / self.scale, dtype=np.float64).sum())


def extract_futures(
    words: Sequence[str],
    futures: pd.DataFrame,
    tokenizer,
    model,
    *,
    activations: Mapping[int, np.ndarray],
    horizon: int,
    hearing: Extraction,
) -> tuple[dict[int, np.ndarray], pd.DataFrame]:
    """The syntactic component of the words to come, and how it converges.

    Parameters
    ----------
    futures : word, future, text, as `futures.draw_futures` makes them
    activations : layer -> (n_words, n_features) of the true words; their spread scales features, their layers are kept
    tokenizer, model, horizon, hearing : as in `continuations.hear_continuations`

    Returns
    -------
    components : layer -> (n_words, horizon, n_features) float32; zero where no future reaches
    convergence : columns `CONVERGENCE_UNITS`
    """
    told = _tell(words, futures, tokenizer)
    _log_cost(told, futures)
    means = {layer: RunningMean(X.std(axis=0)) for layer, X in activations.items()}
    ways = {"layers": sorted(activations), "horizon": horizon, "hearing": hearing}
    for number, (tokens, lengths) in enumerate(told, start=1):
        logger.info("future %d of %d", number, len(told))
        heard = np.arange(horizon) < lengths[:, None]  # (n_words, horizon)
        for layer, vectors in extract_continuations(words, [[ids] for ids in tokens], tokenizer, model, **ways).items():
            means[layer].add(vectors, heard)
    rows = [
        (layer, n, mean.change[n - 1] if n > 1 else np.nan, mean.reliability(n), int((mean.n > 0).sum()))
        for layer, mean in means.items()
        for n in range(1, len(told) + 1)
    ]
    return {layer: mean.mean for layer, mean in means.items()}, pd.DataFrame(rows, columns=list(CONVERGENCE_UNITS))


def _tell(words: Sequence[str], futures: pd.DataFrame, tokenizer) -> list[tuple[list[list[int]], np.ndarray]]:
    """For each number of a future: the tokens that follow each word, and how many words they are."""
    told = []
    for _, rows in futures.groupby("future", sort=True):
        tokens: list[list[int]] = [[] for _ in words]
        lengths = np.zeros(len(words), np.int64)
        for word, text in zip(rows["word"], rows["text"], strict=True):
            if not 0 <= word < len(words):
                raise BadInput("futures", f"a future of word {word}", f"words 0 to {len(words) - 1} of the story")
            tokens[word], lengths[word] = _tokens_behind(words[word], text, tokenizer), len(text.split(" "))
        told.append((tokens, lengths))
    return told


def _tokens_behind(word: str, text: str, tokenizer) -> list[int]:
    """The tokens of a text that follows a word, those of mere space too; a tokenizer may treat a start otherwise."""
    tokens = read_tokens([word, *text.split(" ")], tokenizer)
    return tokens.ids[np.flatnonzero(tokens.word == 0)[-1] + 1 :].tolist()


def _log_cost(told: Sequence[tuple[list[list[int]], np.ndarray]], futures: pd.DataFrame) -> None:
    n_tokens = sum(len(ids) for tokens, _ in told for ids in tokens)
    logger.info(
        "%d futures of %d words each, %d numbers of futures: %d tokens to run; the time follows the first batch",
        len(futures), int(futures["n_words"].max()), len(told), n_tokens,
    )  # fmt: skip
