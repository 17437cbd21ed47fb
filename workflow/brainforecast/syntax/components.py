"""The syntactic component of upcoming words: the mean over futures that share their grammar.

    X_syn[n, o] = 1/n_futures sum_i X(word o of future i | true words up to n),   X_sem = X - X_syn

Futures are added to the mean one by one, so that the table of convergence shows how much each one changes it.
"""

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from brainforecast.errors import BadInput
from brainforecast.language.extraction import ExtractionSettings
from brainforecast.language.generation import extract_continuations
from brainforecast.language.tokens import NO_WORD, Tokens, read_tokens
from brainforecast.progress import log_progress

logger = logging.getLogger("brainforecast")

CONVERGENCE_UNITS = {
    "layer": "hidden state, 0 = embedding",
    "n_futures": "futures in the mean",
    "change": "distance between the means of n_futures and n_futures - 1 over the norm of the former, features scaled",
    "reliability": "correlation expected between the means of two independent sets of n_futures",
    "n": "upcoming words with a future, counted for each word and each number of words ahead",
}


class RunningMean:
    """The mean over futures, and how much each future changes it.

    Parameters
    ----------
    scale : (n_features,) features are divided by it for comparisons; 0 counts as 1
    """

    def __init__(self, scale: np.ndarray):
        self.scale = np.where(scale > 0, scale, 1).astype(np.float32)
        self.n: np.ndarray | int = 0
        self.change: list[float] = []

    def add(self, vectors: np.ndarray, mask: np.ndarray) -> None:
        """Add one future of each word.

        Parameters
        ----------
        vectors : (n_words, horizon, n_features)
        mask : (n_words, horizon), which of them the future has
        """
        if not self.change:
            self.mean, self.squares = np.zeros_like(vectors), np.zeros(mask.shape, np.float64)
        self.n = self.n + mask
        step = np.where(mask[..., None], vectors - self.mean, 0) / np.maximum(self.n, 1)[..., None]
        # Welford's sum of squared deviations, over features
        self.squares += (self.n * np.maximum(self.n - 1, 0)) * (np.square(step / self.scale)).sum(axis=-1)
        self.mean += step
        self.change.append(float(np.sqrt(self._spread(step) / self._spread(self._centred()))))

    def reliability(self, n_futures: int) -> float:
        """s2 / (s2 + e2 / n_futures): s2 is the noise-free variance of the mean over words, e2 that over futures."""
        several = self.n > 1
        noise = (self.squares[several] / (self.n[several] - 1)).mean() if several.any() else np.nan
        observed = self._spread(self._centred()) / max(int((self.n > 0).sum()), 1)
        signal = max(observed - noise / self.n[several].mean(), 0) if several.any() else np.nan
        return float(signal / (signal + noise / n_futures))

    def _centred(self) -> np.ndarray:
        """The mean of each word minus that of all words the same number ahead."""
        present = (self.n > 0)[..., None]
        centre = (self.mean * present).sum(axis=0) / np.maximum(present.sum(axis=0), 1)
        return np.where(present, self.mean - centre, 0)

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
    extraction: ExtractionSettings,
) -> tuple[dict[int, np.ndarray], pd.DataFrame]:
    """Extract the syntactic component of upcoming words, and how it converges.

    Parameters
    ----------
    futures : word, future, text, from `futures.draw_futures`
    activations : layer -> (n_words, n_features) of the true words; their layers are extracted, and their standard
        deviations scale the features
    tokenizer, model, horizon, extraction : as in `generation.extract_continuations`

    Returns
    -------
    components : layer -> (n_words, horizon, n_features) float32; zero where no future has the word
    convergence : columns `CONVERGENCE_UNITS`
    """
    tokenized = _tokenize_futures(words, futures, tokenizer, extraction.language)
    _log_cost(tokenized, futures)
    means = {layer: RunningMean(X.std(axis=0)) for layer, X in activations.items()}
    for tokens, lengths in log_progress(tokenized, len(tokenized), "future of every word"):
        mask = np.arange(horizon) < lengths[:, None]  # (n_words, horizon)
        continuations, layers = [[future] for future in tokens], sorted(activations)
        vectors = extract_continuations(
            words, continuations, tokenizer, model, layers=layers, horizon=horizon, extraction=extraction
        )
        for layer, X in vectors.items():
            means[layer].add(X, mask)
    rows = [
        (layer, n, mean.change[n - 1] if n > 1 else np.nan, mean.reliability(n), int((mean.n > 0).sum()))
        for layer, mean in means.items()
        for n in range(1, len(tokenized) + 1)
    ]
    return {layer: mean.mean for layer, mean in means.items()}, pd.DataFrame(rows, columns=list(CONVERGENCE_UNITS))


def _tokenize_futures(
    words: Sequence[str], futures: pd.DataFrame, tokenizer, language: str
) -> list[tuple[list[Tokens], np.ndarray]]:
    """For future 0, 1, ... of all words: the tokens that follow each word, and their number of words."""
    tokenized = []
    for _, rows in futures.groupby("future", sort=True):
        tokens = [Tokens(np.zeros(0, np.int64), np.zeros(0, np.int64)) for _ in words]
        lengths = np.zeros(len(words), np.int64)
        for word, text in zip(rows["word"], rows["text"], strict=True):
            if not 0 <= word < len(words):
                raise BadInput("futures", f"a future of word {word}", f"words 0 to {len(words) - 1} of the story")
            future = text.split(" ")  # as the column `text` is written
            tokens[word], lengths[word] = _tokens_after(words[word], future, tokenizer, language), len(future)
        tokenized.append((tokens, lengths))
    return tokenized


def _tokens_after(word: str, future: Sequence[str], tokenizer, language: str) -> Tokens:
    """The tokens of a future, spaces included, and the word ahead of each, from 0.

    Tokenized after its word: the start of a text may give other tokens.
    """
    tokens = read_tokens([word, *future], tokenizer, language)
    start = np.flatnonzero(tokens.word == 0)[-1] + 1
    ahead = tokens.word[start:]
    return Tokens(tokens.ids[start:], np.where(ahead == NO_WORD, NO_WORD, ahead - 1))


def _log_cost(tokenized: Sequence[tuple[list[Tokens], np.ndarray]], futures: pd.DataFrame) -> None:
    n_tokens = sum(len(future.ids) for tokens, _ in tokenized for future in tokens)
    logger.info(
        "%d futures of %d words each, up to %d of a word: %d tokens to run; the time follows the first batch",
        len(futures), int(futures["n_words"].max()), len(tokenized), n_tokens,
    )  # fmt: skip
