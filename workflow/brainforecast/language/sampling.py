"""Which token follows: the most probable one or a drawn one, until a continuation has all its words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from brainforecast.errors import BadInput
from brainforecast.language.tokens import token_texts, words_ahead

TOKENS_PER_WORD = 4  # a future that needs more than this on average is cut: it has run into something else than words
MOST_PROBABLE = 1024  # entries of the vocabulary looked at first: nearly always enough to reach top_p


@dataclass(frozen=True)
class Decoding:
    """How the model chooses what follows.

    n_futures : continuations of each word (one where nothing is drawn); horizon : whole words of each; temperature :
    0 takes the most probable token each time, else logits are divided by it and a token is drawn; top_p : among the
    fewest tokens that together are so probable.
    """

    n_futures: int
    horizon: int
    temperature: float
    top_p: float

    @property
    def n_tokens(self) -> int:
        """Most tokens of one continuation."""
        return self.horizon * TOKENS_PER_WORD

    @property
    def n_drawn(self) -> int:
        """Continuations of each word that may differ."""
        return self.n_futures if self.temperature > 0 else 1


def sample_tokens(logits: torch.Tensor, draws: np.ndarray, *, temperature: float, top_p: float) -> torch.Tensor:
    """The next token of each branch.

    Parameters
    ----------
    logits : (n_branches, n_vocabulary); draws : (n_branches,) in [0, 1), used where temperature > 0.

    Returns
    -------
    (n_branches,) the most probable token; or a drawn one: over the fewest tokens that together reach `top_p`, the most
    probable first, the one at which the summed probability passes the draw.
    """
    if temperature == 0:
        return logits.argmax(-1)
    falling, token = _most_probable(torch.softmax(logits.float() / temperature, -1), top_p)
    falling = falling.double()
    before = falling.cumsum(-1) - falling
    summed = torch.where(before < top_p, falling, 0).cumsum(-1)
    drawn = torch.as_tensor(draws, device=logits.device)[:, None] * summed[:, -1:]
    return token.gather(-1, torch.searchsorted(summed, drawn, right=True))[:, 0]


def _most_probable(p: torch.Tensor, top_p: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Probabilities from the highest down, until they reach top_p in every row, and whose they are."""
    n = min(MOST_PROBABLE, p.shape[-1])
    falling, token = p.topk(n)
    while n < p.shape[-1] and falling.sum(-1).min() < top_p:  # sorting the whole vocabulary takes ten times as long
        n = min(8 * n, p.shape[-1])
        falling, token = p.topk(n)
    return falling, token


class Sampler:
    """Chooses tokens as `decoding` says, and tells when a continuation has all its words."""

    def __init__(self, tokenizer, decoding: Decoding, seed: Sequence[int]):
        self.decoding, self.seed = decoding, seed
        self.texts = token_texts(tokenizer)
        self.unspoken = [token for token, about in tokenizer.added_tokens_decoder.items() if about.special]

    def draws(self, word: int, future: int) -> np.ndarray:
        """(n_tokens,) numbers in [0, 1) that belong to one future of one word, whatever else is drawn."""
        return np.random.default_rng((*self.seed, word, future)).random(self.decoding.n_tokens)

    def choose(self, logits: torch.Tensor, draws: np.ndarray) -> list[int]:
        """A token for each branch, never one that ends a document or that the tokenizer does not know."""
        logits = logits[:, : len(self.texts)].clone()
        if logits.isnan().any():
            raise BadInput("what the model expects", "NaN", "finite numbers (are the model's weights whole?)")
        logits[:, self.unspoken] = -torch.inf
        decoding = self.decoding
        return sample_tokens(logits, draws, temperature=decoding.temperature, top_p=decoding.top_p).tolist()

    def n_whole(self, ids: Sequence[int]) -> int:
        """Words of a continuation that are whole, `horizon` at most: the last one is not until a space has come."""
        texts = [self.texts[token] for token in ids]
        n_begun = int(words_ahead(texts).max(initial=-1)) + 1
        return min(n_begun - (not texts[-1].isspace()), self.decoding.horizon)

    def whole(self, ids: Sequence[int]) -> list[int]:
        """The tokens up to the end of the last whole word; the token that told its end is not among them."""
        word = words_ahead([self.texts[token] for token in ids])
        (kept,) = np.nonzero((word >= 0) & (word < self.n_whole(ids)))
        return list(ids[: kept.max(initial=-1) + 1])
