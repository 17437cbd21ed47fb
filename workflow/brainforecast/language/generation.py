"""What a language model expects to follow each word of a story, as vectors of words that nobody has said yet.

Two things are kept apart: which tokens follow a word (`generate_continuations` lets the model choose them, a caller of
`extract_continuations` brings its own), and what the model makes of them behind the true past. A word's vector at o words
ahead is the mean over its futures of the state of the o-th word of each, in that future's own context.
"""

import itertools
import logging
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

from brainforecast.errors import BadInput
from brainforecast.language.branching import Branches, BranchPoint, find_branch_points, prefill, room_for_story
from brainforecast.language.extraction import checked_layers, counted, read_known_tokens
from brainforecast.language.sampling import Decoding, Sampler
from brainforecast.language.tokens import Tokens, token_texts, token_weights, words_ahead

logger = logging.getLogger("brainforecast")


class Extraction(NamedTuple):
    """How tokens are heard: config section of the model.

    context : tokens of one input at most; stride : between overlapping inputs of a story that does not fit;
    word_vector : a word's vector from its tokens'; batch_size : branches the model hears at once.
    """

    context: int
    stride: int
    word_vector: str
    batch_size: int


class Branch(NamedTuple):
    """One future of one word."""

    place: BranchPoint
    future: int


def generate_continuations(
    words: Sequence[str],
    tokenizer,
    model,
    *,
    layers: Sequence[int],
    decoding: Decoding,
    hearing: Extraction,
    seed: Sequence[int],
) -> tuple[dict[int, np.ndarray], list[list[str]]]:
    """Let the model go on from every word of a story, and keep the vectors of the words it expects.

    Parameters
    ----------
    words : (n_words,) the story
    tokenizer, model : from `pretrained.load_predictor`
    layers : as in `language_model.extract_activations`
    seed : of the draws; each future of each word has draws of its own, whatever is heard together

    Returns
    -------
    vectors : layer -> (n_words, horizon, n_features) float32, mean over the futures that reach the word; 0 if none does
    texts : (n_words, n_futures) what the model said

    Raises
    ------
    BadInput : a masked model, one that cannot hear branches, a context without room, states that are not numbers.

    Notes
    -----
    A generated word starts where a space ends; what comes before the first space still belongs to the true word and is
    context. Tokens that end a document or a turn are never chosen: a story goes on. Vectors follow `word_vector`.
    Draws do not depend on `batch_size`; the last digits of the model's numbers do, and may settle a near tie otherwise.
    """
    n_ahead, n_futures = decoding.n_tokens, decoding.n_drawn
    tokens = read_known_tokens(words, tokenizer, model)
    room = room_for_story(model, context=hearing.context, n_ahead=n_ahead)
    places = find_branch_points(tokens, room=room, stride=hearing.stride)
    branches = [Branch(place, future) for place in places for future in range(n_futures)]
    _log_cost(len(tokens.ids), len(words), decoding)
    chooser = Sampler(tokenizer, decoding, seed)
    means = _Means(len(words), decoding.horizon, checked_layers(layers, model), hearing.word_vector, chooser.texts)
    said = [[""] * n_futures for _ in words]
    for batch, past in _with_past(branches, tokens, tokenizer, model, hearing.batch_size):
        for branch, (ids, states) in zip(batch, _grow(model, past, batch, chooser, means.layers), strict=True):
            means.add(branch.place.word, ids, states)
            said[branch.place.word][branch.future] = tokenizer.decode(ids)
    _log_short(means.n_heard, n_futures)
    return means.result(), said


def extract_continuations(
    words: Sequence[str],
    continuations: Sequence[Sequence[Sequence[int]]],
    tokenizer,
    model,
    *,
    layers: Sequence[int],
    horizon: int,
    hearing: Extraction,
) -> dict[int, np.ndarray]:
    """Hear given tokens behind the true past of every word: the vectors of their words, mean over the futures.

    Parameters
    ----------
    continuations : (n_words, n_futures) tokens that follow each word; their words start with a space, the last is whole
    model : from `pretrained.load_model` or `load_predictor`
    layers, hearing : as in `generate_continuations`; horizon : words kept

    Returns
    -------
    vectors : layer -> (n_words, horizon, n_features) float32
    """
    n_ahead = max(len(ids) for futures in continuations for ids in futures)
    tokens = read_known_tokens(words, tokenizer, model)
    room = room_for_story(model, context=hearing.context, n_ahead=n_ahead)
    places = find_branch_points(tokens, room=room, stride=hearing.stride)
    branches = [Branch(p, i) for p in places for i, ids in enumerate(continuations[p.word]) if len(ids)]
    means = _Means(len(words), horizon, checked_layers(layers, model), hearing.word_vector, token_texts(tokenizer))
    for batch, past in _with_past(branches, tokens, tokenizer, model, hearing.batch_size):
        told = [list(continuations[branch.place.word][branch.future]) for branch in batch]
        for branch, ids, states in zip(batch, told, _hear(model, past, batch, told, means.layers), strict=True):
            means.add(branch.place.word, ids, states)
    return means.result()


class _Means:
    """Sums word vectors over futures."""

    def __init__(self, n_words: int, horizon: int, layers: Sequence[int], word_vector: str, texts: Sequence[str]):
        self.layers, self.word_vector, self.texts = list(layers), word_vector, texts
        self.n_heard = np.zeros((n_words, horizon), np.int64)
        self.sums: torch.Tensor | None = None  # (n_layers, n_words, horizon, n_features)

    def add(self, word: int, ids: Sequence[int], states: torch.Tensor) -> None:
        """Add one future of a word: its tokens and their states, (n_layers, n_tokens, n_features)."""
        if self.sums is None:
            self.sums = torch.zeros(len(self.layers), *self.n_heard.shape, states.shape[-1])
        if not torch.isfinite(states).all():
            raise BadInput(
                "states of what follows a word", "NaN or infinity", "finite numbers (are the weights whole?)"
            )
        ahead = words_ahead([self.texts[token] for token in ids])
        kept = (ahead >= 0) & (ahead < self.n_heard.shape[1])
        if not kept.any():
            return
        heard = Tokens(np.asarray(ids)[kept], ahead[kept])
        weights = torch.from_numpy(token_weights(heard, self.word_vector))[:, None]
        self.sums[:, word].index_add_(1, torch.from_numpy(heard.word), states[:, kept] * weights)
        self.n_heard[word, : heard.word.max() + 1] += 1

    def result(self) -> dict[int, np.ndarray]:
        """Layer -> (n_words, horizon, n_features), the mean over the futures that have the word."""
        self.sums /= torch.from_numpy(np.maximum(self.n_heard, 1))[..., None]
        return dict(zip(self.layers, self.sums.numpy(), strict=True))


def _grow(model, past, batch: Sequence[Branch], chooser: Sampler, layers: Sequence[int]) -> list[tuple]:
    """Grow the branches token by token until each has all its words: their whole words' tokens and states."""
    branches = Branches(model, past, torch.tensor([branch.place.position for branch in batch]))
    draws = np.stack([chooser.draws(branch.place.word, branch.future) for branch in batch])
    chosen: list[list[int]] = [[] for _ in batch]
    states: list[list[torch.Tensor]] = [[] for _ in batch]
    growing, ids = list(range(len(batch))), [branch.place.token for branch in batch]  # its word is heard once more
    for step in range(chooser.decoding.n_tokens + 1):
        heard = branches.hear(ids, growing, step)
        if step > 0:
            for branch, state in zip(growing, _kept_states(heard, layers).unbind(1), strict=True):
                states[branch].append(state)
        if step < chooser.decoding.n_tokens:
            for branch, token in zip(growing, chooser.choose(heard.logits[0], draws[growing, step]), strict=True):
                chosen[branch].append(token)
        growing = [b for b in growing if chooser.n_whole(chosen[b]) < chooser.decoding.horizon]
        ids = [chosen[b][-1] for b in growing]
        if not growing:
            break
    whole = [chooser.whole(ids) for ids in chosen]
    return [(ids, torch.stack(heard, 1)[:, : len(ids)]) for ids, heard in zip(whole, states, strict=True)]


def _hear(model, past, batch: Sequence[Branch], told: Sequence[Sequence[int]], layers: Sequence[int]) -> list:
    """Hear the branches whole, at once: their states, (n_layers, n_tokens, n_features) each."""
    branches = Branches(model.base_model, past, torch.tensor([branch.place.position + 1 for branch in batch]))
    lengths = [len(ids) for ids in told]
    steps = [step for length in lengths for step in range(length)]
    branch = np.repeat(np.arange(len(batch)), lengths).tolist()
    return _kept_states(branches.hear(list(itertools.chain(*told)), branch, steps), layers).split(lengths, 1)


def _kept_states(heard, layers: Sequence[int]) -> torch.Tensor:
    """The states of the layers kept, (n_layers, n_tokens, n_features)."""
    return torch.stack([heard.hidden_states[layer][0].float() for layer in layers]).cpu()


def _with_past(branches: Sequence[Branch], tokens: Tokens, tokenizer, model, batch_size: int) -> Iterator[tuple]:
    """Branches of the same input of the story, `batch_size` at most, and what the model kept of that input."""
    batches = [
        group[start : start + batch_size]
        for group in (list(g) for _, g in itertools.groupby(branches, key=lambda branch: branch.place.span))
        for start in range(0, len(group), batch_size)
    ]
    span, past = None, None
    for batch in counted(batches, len(branches), "future"):
        if batch[0].place.span != span:
            span = batch[0].place.span
            past = prefill(tokens, span, tokenizer, model)
        yield batch, past


def _log_cost(n_tokens: int, n_words: int, decoding: Decoding) -> None:
    n = n_words * decoding.n_drawn
    likely = n * (1 + decoding.horizon * n_tokens / n_words)
    logger.info(
        "%d words, %d futures of %d words each: about %.0f tokens to run, at most %d; the time follows the first batch",
        n_words, decoding.n_drawn, decoding.horizon, likely, n * (1 + decoding.n_tokens),
    )  # fmt: skip


def _log_short(n_heard: np.ndarray, n_futures: int) -> None:
    n_short = int((n_futures - n_heard[:, -1]).sum())
    logger.info("%d of %d futures were cut before their last word", n_short, len(n_heard) * n_futures)
