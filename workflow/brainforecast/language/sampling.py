"""Sample the next tokens of a continuation, greedily or by nucleus sampling, until it has all its words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from brainforecast.errors import BadInput
from brainforecast.language.segmentation import n_complete, words_ahead
from brainforecast.language.tokens import growing_texts, token_texts
from brainforecast.writing.languages import check_segmentation, find_language

TOKENS_PER_WORD = 4  # limit, on average; a continuation that reaches it is cut: it is no longer made of words
MOST_PROBABLE = 1024  # tokens sorted first: nearly always enough to reach top_p


@dataclass(frozen=True)
class DecodingSettings:
    """How continuations are sampled: config section `sources.generated`.

    n_futures : continuations of each word (one if greedy); horizon : complete words of each; temperature : 0 takes the
    most probable token (greedy), else logits are divided by it and a token is drawn; top_p : tokens are drawn from the
    fewest whose probabilities sum to at least this.
    """

    n_futures: int
    horizon: int
    temperature: float
    top_p: float

    @property
    def n_tokens(self) -> int:
        """Maximum number of tokens of one continuation."""
        return self.horizon * TOKENS_PER_WORD

    @property
    def n_drawn(self) -> int:
        """Continuations of each word: greedy ones are all the same, so one is enough."""
        return self.n_futures if self.temperature > 0 else 1


def sample_tokens(logits: torch.Tensor, draws: np.ndarray, *, temperature: float, top_p: float) -> torch.Tensor:
    """Sample the next token of each branch.

    Parameters
    ----------
    logits : (n_branches, n_vocabulary); draws : (n_branches,) in [0, 1), used where temperature > 0.

    Returns
    -------
    (n_branches,) the most probable token if temperature is 0. Else, of the fewest tokens that together reach `top_p`,
    the most probable first, the one at which the cumulative probability passes the draw (inverse transform sampling).
    """
    if temperature == 0:
        return logits.argmax(-1)
    p, token = _most_probable(torch.softmax(logits.float() / temperature, -1), top_p)
    p = p.double()
    before = p.cumsum(-1) - p
    summed = torch.where(before < top_p, p, 0).cumsum(-1)
    drawn = torch.as_tensor(draws, device=logits.device)[:, None] * summed[:, -1:]
    return token.gather(-1, torch.searchsorted(summed, drawn, right=True))[:, 0]


def _most_probable(p: torch.Tensor, top_p: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The highest probabilities in descending order, enough to reach top_p in every row, and their tokens."""
    n = min(MOST_PROBABLE, p.shape[-1])
    highest, token = p.topk(n)
    while n < p.shape[-1] and highest.sum(-1).min() < top_p:  # sorting the whole vocabulary takes ten times as long
        n = min(8 * n, p.shape[-1])
        highest, token = p.topk(n)
    return highest, token


class Sampler:
    """Samples tokens, and finds where a continuation has all its words (`segmentation`).

    Parameters
    ----------
    language : BCP 47.

    Raises
    ------
    BadInput : a language whose words cannot be found in a text.
    """

    def __init__(self, tokenizer, decoding: DecodingSettings, seed: Sequence[int], language: str = "en"):
        check_segmentation(language)
        self.tokenizer, self.decoding, self.seed = tokenizer, decoding, seed
        self.language = language
        self.texts = token_texts(tokenizer)
        self.special = [token for token, added in tokenizer.added_tokens_decoder.items() if added.special]

    def draws(self, word: int, future: int) -> np.ndarray:
        """(n_tokens,) numbers in [0, 1) for one future of one word; they depend on nothing else that is drawn."""
        return np.random.default_rng((*self.seed, word, future)).random(self.decoding.n_tokens)

    def sample(self, logits: torch.Tensor, draws: np.ndarray) -> list[int]:
        """A token for each branch; never a special one, nor one that the tokenizer does not have."""
        logits = logits[:, : len(self.texts)].clone()
        if logits.isnan().any():
            raise BadInput("logits of the model", "NaN", "finite numbers (are the model's weights complete?)")
        logits[:, self.special] = -torch.inf
        decoding = self.decoding
        return sample_tokens(logits, draws, temperature=decoding.temperature, top_p=decoding.top_p).tolist()

    def words(self, ids: Sequence[int], before: str = "") -> np.ndarray:
        """The word of each token of a continuation of `before`, as in `segmentation.words_ahead`."""
        return words_ahead(self._texts_of(ids), self.language, before=before)

    def n_complete(self, ids: Sequence[int], before: str = "") -> int:
        """Number of complete words of a continuation, at most `horizon`."""
        return min(n_complete(self._texts_of(ids), self.words(ids, before)), self.decoding.horizon)

    def complete_words(self, ids: Sequence[int], before: str = "") -> list[int]:
        """The tokens up to the end of the last complete word, without the token whose space ended it."""
        word = self.words(ids, before)
        (kept,) = np.nonzero((word >= 0) & (word < self.n_complete(ids, before)))
        return list(ids[: kept.max(initial=-1) + 1])

    def _texts_of(self, ids: Sequence[int]) -> list[str]:
        if find_language(self.language).spaced:
            return [self.texts[token] for token in ids]
        return growing_texts(ids, self.tokenizer)
