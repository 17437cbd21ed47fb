"""What a language model expects to follow each word of a story, as one vector per upcoming word.

Two steps are separate: choosing the tokens that follow a word (`generate_continuations` samples them from the model,
`extract_continuations` takes given ones), and extracting their hidden states after the true past. A word's vector at
o words ahead is the mean over its futures of the state of the o-th word of each, in the context of that future.
"""

import itertools
import logging
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from transformers import DynamicCache

from brainforecast.errors import BadInput
from brainforecast.language.branching import Branches, BranchPoint, find_branch_points, prefill, room_for_story
from brainforecast.language.extraction import ExtractionSettings, checked_layers, complete_settings
from brainforecast.language.known_tokens import read_known_tokens
from brainforecast.language.sampling import DecodingSettings, Sampler
from brainforecast.language.segmentation import rows_with_elided
from brainforecast.language.tokens import NO_WORD, Tokens, token_weights
from brainforecast.progress import log_progress

logger = logging.getLogger("brainforecast")


def generate_continuations(
    words: Sequence[str],
    tokenizer,
    model,
    *,
    layers: Sequence[int],
    decoding: DecodingSettings,
    extraction: ExtractionSettings,
    seed: Sequence[int],
) -> tuple[dict[int, np.ndarray], list[list[str]]]:
    """Continue a story from every word of it, and extract the vectors of the generated words.

    Parameters
    ----------
    words : (n_words,) the story
    tokenizer, model : from `pretrained.loading.load_predictor`
    layers : as in `extraction.extract_activations`
    seed : of the draws; each future of each word has its own draws, independent of its batch

    Returns
    -------
    vectors : layer -> (n_words, horizon, n_features) float32, mean over the futures that reach the word; 0 if none does
    texts : (n_words, n_futures) the generated text

    Raises
    ------
    BadInput : a masked model, one that does not take branches, a context without room, states that are not finite; a
        language whose words cannot be found.

    Notes
    -----
    A generated word starts where a space ends; what comes before the first space still belongs to the true word and is
    context; `segmentation` has the rule of languages without spaces and of elided words. Tokens that end a document or
    a turn are never sampled: a story goes on. Vectors follow `word_vector`.
    Draws do not depend on `batch_size`; the last digits of the logits do, and may decide between nearly equal tokens.
    """
    n_ahead, n_futures, language = decoding.n_tokens, decoding.n_drawn, extraction.language
    sampler = Sampler(tokenizer, decoding, seed, language)
    _log_elided(words, language)
    extraction = complete_settings(extraction, model)
    tokens = read_known_tokens(words, tokenizer, model, language=language, most_unknown=extraction.most_unknown)
    room = room_for_story(model, context=extraction.context, n_ahead=n_ahead)
    points = find_branch_points(tokens, room=room, stride=extraction.stride)
    branches = [_Branch(point, future) for point in points for future in range(n_futures)]
    _log_cost(len(tokens.ids), len(words), decoding)
    means = _Means(len(words), decoding.horizon, checked_layers(layers, model), extraction.word_vector)
    texts = [[""] * n_futures for _ in words]
    for batch, past in _with_past(branches, tokens, tokenizer, model, extraction.batch_size):
        before = [words[branch.point.word] for branch in batch]
        for branch, word, (ids, states) in zip(
            batch, before, _generate(model, past, batch, before, sampler, means.layers), strict=True
        ):
            means.add(branch.point.word, Tokens(np.array(ids, dtype=np.int64), sampler.words(ids, word)), states)
            texts[branch.point.word][branch.future] = tokenizer.decode(ids)
    _log_short(means.n_futures, n_futures)
    return means.result(), texts


def extract_continuations(
    words: Sequence[str],
    continuations: Sequence[Sequence[Tokens]],
    tokenizer,
    model,
    *,
    layers: Sequence[int],
    horizon: int,
    extraction: ExtractionSettings,
) -> dict[int, np.ndarray]:
    """Extract the vectors of given tokens after the true past of every word, mean over the futures.

    Parameters
    ----------
    continuations : (n_words, n_futures) tokens that follow each word, and the word ahead of each, numbered from 0
    model : from `pretrained.loading.load_model` or `load_predictor`
    layers, extraction : as in `generate_continuations`; horizon : words to keep

    Returns
    -------
    vectors : layer -> (n_words, horizon, n_features) float32
    """
    n_ahead = max(len(future.ids) for futures in continuations for future in futures)
    extraction = complete_settings(extraction, model)
    tokens = read_known_tokens(
        words, tokenizer, model, language=extraction.language, most_unknown=extraction.most_unknown
    )
    room = room_for_story(model, context=extraction.context, n_ahead=n_ahead)
    points = find_branch_points(tokens, room=room, stride=extraction.stride)
    branches = [
        _Branch(point, i) for point in points for i, future in enumerate(continuations[point.word]) if len(future.ids)
    ]
    means = _Means(len(words), horizon, checked_layers(layers, model), extraction.word_vector)
    for batch, past in _with_past(branches, tokens, tokenizer, model, extraction.batch_size):
        given = [continuations[branch.point.word][branch.future] for branch in batch]
        ids = [future.ids.tolist() for future in given]
        for branch, future, states in zip(batch, given, _encode(model, past, batch, ids, means.layers), strict=True):
            means.add(branch.point.word, future, states)
    return means.result()


class _Branch(NamedTuple):
    """One future of one word."""

    point: BranchPoint
    future: int


class _Means:
    """Sums word vectors over futures."""

    def __init__(self, n_words: int, horizon: int, layers: Sequence[int], word_vector: str):
        self.layers, self.word_vector = list(layers), word_vector
        self.n_futures = np.zeros((n_words, horizon), np.int64)  # that reach the word
        self.sums: torch.Tensor | None = None  # (n_layers, n_words, horizon, n_features)

    def add(self, word: int, future: Tokens, states: torch.Tensor) -> None:
        """Add one future of a word: its tokens and their states, (n_layers, n_tokens, n_features)."""
        if self.sums is None:
            self.sums = torch.zeros(len(self.layers), *self.n_futures.shape, states.shape[-1])
        if not torch.isfinite(states).all():
            expected = "finite numbers (are the model's weights complete?)"
            raise BadInput("states of what follows a word", "NaN or infinity", expected)
        kept = (future.word != NO_WORD) & (future.word < self.n_futures.shape[1])
        if not kept.any():
            return
        tokens = Tokens(future.ids[kept], future.word[kept])
        weights = torch.from_numpy(token_weights(tokens, self.word_vector))[:, None]
        self.sums[:, word].index_add_(1, torch.from_numpy(tokens.word), states[:, kept] * weights)
        self.n_futures[word, : tokens.word.max() + 1] += 1

    def result(self) -> dict[int, np.ndarray]:
        """Layer -> (n_words, horizon, n_features), the mean over the futures that reach the word."""
        self.sums /= torch.from_numpy(np.maximum(self.n_futures, 1))[..., None]
        return dict(zip(self.layers, self.sums.numpy(), strict=True))


def _generate(
    model, past, batch: Sequence[_Branch], before: Sequence[str], sampler: Sampler, layers: Sequence[int]
) -> list[tuple]:
    """Extend the branches token by token until each has all its words: tokens and states of their complete words.

    before : the true word of each branch.
    """
    branches = Branches(model, past, torch.tensor([branch.point.position for branch in batch]))
    draws = np.stack([sampler.draws(branch.point.word, branch.future) for branch in batch])
    sampled: list[list[int]] = [[] for _ in batch]
    states: list[list[torch.Tensor]] = [[] for _ in batch]
    # the last token of the true word passes the model again, for its logits
    growing, ids = list(range(len(batch))), [branch.point.token for branch in batch]
    for step in range(sampler.decoding.n_tokens + 1):
        output = branches.extend(ids, growing, step)
        if step > 0:
            for branch, state in zip(growing, _kept_states(output, layers).unbind(1), strict=True):
                states[branch].append(state)
        if step < sampler.decoding.n_tokens:
            for branch, token in zip(growing, sampler.sample(output.logits[0], draws[growing, step]), strict=True):
                sampled[branch].append(token)
        growing = [b for b in growing if sampler.n_complete(sampled[b], before[b]) < sampler.decoding.horizon]
        ids = [sampled[b][-1] for b in growing]
        if not growing:
            break
    complete = [sampler.complete_words(ids, word) for ids, word in zip(sampled, before, strict=True)]
    return [(ids, torch.stack(state, 1)[:, : len(ids)]) for ids, state in zip(complete, states, strict=True)]


def _encode(model, past, batch: Sequence[_Branch], given: Sequence[Sequence[int]], layers: Sequence[int]) -> list:
    """The states of all tokens of the branches, in one pass: (n_layers, n_tokens, n_features) each."""
    branches = Branches(model.base_model, past, torch.tensor([branch.point.position + 1 for branch in batch]))
    lengths = [len(ids) for ids in given]
    steps = [step for length in lengths for step in range(length)]
    branch = np.repeat(np.arange(len(batch)), lengths).tolist()
    return _kept_states(branches.extend(list(itertools.chain(*given)), branch, steps), layers).split(lengths, 1)


def _kept_states(output, layers: Sequence[int]) -> torch.Tensor:
    """The states of these layers, (n_layers, n_tokens, n_features)."""
    return torch.stack([output.hidden_states[layer][0].float() for layer in layers]).cpu()


def _with_past(
    branches: Sequence[_Branch], tokens: Tokens, tokenizer, model, batch_size: int
) -> Iterator[tuple[list[_Branch], DynamicCache]]:
    """Batches of at most `batch_size` branches of the same input of the story, and that input's key-value cache."""
    batches = [
        group[start : start + batch_size]
        for group in (list(g) for _, g in itertools.groupby(branches, key=lambda branch: branch.point.span))
        for start in range(0, len(group), batch_size)
    ]
    span, past = None, None
    for batch in log_progress(batches, len(branches), "future", len):
        if batch[0].point.span != span:
            span = batch[0].point.span
            past = prefill(tokens, span, tokenizer, model)
        yield batch, past


def _log_cost(n_tokens: int, n_words: int, decoding: DecodingSettings) -> None:
    n = n_words * decoding.n_drawn
    likely = n * (1 + decoding.horizon * n_tokens / n_words)
    logger.info(
        "%d words, %d futures of %d words each: about %.0f tokens to run, at most %d; the time follows the first batch",
        n_words, decoding.n_drawn, decoding.horizon, likely, n * (1 + decoding.n_tokens),
    )  # fmt: skip


def _log_elided(words: Sequence[str], language: str) -> None:
    joined = rows_with_elided(words, language)
    if joined:
        logger.info(
            "%d of %d words hold an elided one and the next; generated text has two words there: %s",
            len(joined), len(words), " ".join(dict.fromkeys(joined[:20])),
        )  # fmt: skip


def _log_short(n_complete: np.ndarray, n_futures: int) -> None:
    n_short = int((n_futures - n_complete[:, -1]).sum())
    logger.info("%d of %d futures were cut before their last word", n_short, len(n_complete) * n_futures)
