"""From words to tokens and back: which word a token belongs to, and which tokens form one input of a model."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from brainforecast.errors import BadInput
from brainforecast.language.word_pieces import NO_WORD, WordPieces, tokenize_words

WORD_VECTORS = ("last", "mean", "sum")
REPLACEMENT = "\ufffd"  # what a decoder writes for bytes that are no character
ADDED_SPACE = re.compile(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])|^ (?=[^\x00-\x7f])")


class Tokens(NamedTuple):
    """A tokenized story.

    Attributes
    ----------
    ids : (n_tokens,) int64, vocabulary entries
    word : (n_tokens,) int64, the word each token belongs to; `NO_WORD` for tokens of nothing but space
    """

    ids: np.ndarray
    word: np.ndarray


class Span(NamedTuple):
    """Story tokens `start` to `stop` form one input; the states of those from `keep` on are kept."""

    start: int
    keep: int
    stop: int


def read_tokens(words: Sequence[str], tokenizer, language: str = "en") -> Tokens:
    """Tokenize the words of a text, joined as its language is written.

    A token belongs to the word of its first character that is not a space. Tokens of nothing but space belong to no
    word and stay as context. No token depends on a later word (`word_pieces`).

    Raises
    ------
    BadInput : there are no words, or a word gets no token (an empty word, one the tokenizer drops).
    """
    words = list(words)
    return checked_tokens(words, tokenize_words(words, tokenizer, language) if words else WordPieces([], [], []))


def checked_tokens(words: Sequence[str], pieces: WordPieces) -> Tokens:
    """The tokens as arrays, after a check that each word has one; raises as `read_tokens`."""
    if not words:
        raise BadInput("words", "no words", "a story with at least one word")
    tokens = Tokens(np.array(pieces.ids, dtype=np.int64), np.array(pieces.word, dtype=np.int64))
    without_token = np.setdiff1d(np.arange(len(words)), tokens.word)
    if without_token.size:
        row = int(without_token[0])
        where = f"words row {row} (the first is 0)"
        raise BadInput(where, f"the word {words[row]!r} without a token", "words the tokenizer keeps")
    return tokens


def token_weights(tokens: Tokens, word_vector: str) -> np.ndarray:
    """The weight of each token in its word's vector: the vector is the weighted sum of its tokens' states.

    Parameters
    ----------
    word_vector : ``last`` (the word's last token), ``mean`` or ``sum`` over its tokens

    Returns
    -------
    weights : (n_tokens,) float32; 0 for tokens of no word
    """
    if word_vector not in WORD_VECTORS:
        raise BadInput("word_vector", word_vector, f"one of {', '.join(WORD_VECTORS)}")
    in_word = tokens.word != NO_WORD
    if word_vector == "last":
        _, last = _word_bounds(tokens)
        return np.isin(np.arange(tokens.word.size), last).astype(np.float32)
    if word_vector == "sum":
        return in_word.astype(np.float32)
    n_tokens_of_word = np.bincount(tokens.word[in_word])
    return np.where(in_word, 1 / n_tokens_of_word[tokens.word], 0).astype(np.float32)


def token_texts(tokenizer) -> list[str]:
    """The text of each token of a vocabulary when it follows another token, including its space."""
    (anchor,) = tokenizer("a", add_special_tokens=False)["input_ids"][:1]
    pairs = [[anchor, token] for token in range(len(tokenizer))]
    before = tokenizer.decode([anchor])
    return [text.removeprefix(before) for text in tokenizer.batch_decode(pairs, clean_up_tokenization_spaces=False)]


def growing_texts(ids: Sequence[int], tokenizer) -> list[str]:
    """What each token adds to the text of those before it; empty for one that begins a character.

    Tokens may hold some bytes of a character: the text is the one of the token that completes it. Spaces that a
    tokenizer writes between the characters of Chinese are left out.
    """
    decoded = [_decoded(tuple(ids[:n]), tokenizer) for n in range(len(ids) + 1)]
    return [after[len(before) :] for before, after in pairwise(decoded)]


@lru_cache(maxsize=4096)  # continuations grow by one token, several of them in parallel
def _decoded(ids: tuple[int, ...], tokenizer) -> str:
    """The text of some tokens that follow another one, without the part of a character at its end."""
    (anchor,) = tokenizer("a", add_special_tokens=False)["input_ids"][:1]
    text = tokenizer.decode([anchor, *ids], clean_up_tokenization_spaces=False).rstrip(REPLACEMENT)
    text = text.removeprefix(tokenizer.decode([anchor], clean_up_tokenization_spaces=False))
    return ADDED_SPACE.sub("", text) if _adds_spaces(tokenizer) else text


@lru_cache(maxsize=4)
def _adds_spaces(tokenizer) -> bool:
    """Whether spaces come between characters that had none, as with BERT's tokenizer."""
    return " " in tokenizer.decode(tokenizer("人人", add_special_tokens=False)["input_ids"]).strip()


def left_spans(n_tokens: int, room: int, stride: int) -> list[Span]:
    """Split a story into chunks of at most `room` tokens; chunk i starts at token ``i * stride``.

    A token's state is kept from the first chunk that holds it. It then sees all tokens before it, or at least
    ``room - stride`` of them; with stride 1 exactly the last ``room - 1``. The chunks of a token never depend on the
    tokens after it, so a longer or shorter story does not change the states of the tokens before. A story of at most
    `room` tokens is one chunk.
    """
    spans = [Span(0, 0, min(room, n_tokens))]
    while spans[-1].stop < n_tokens:
        start = len(spans) * stride
        spans.append(Span(start, spans[-1].stop, min(start + room, n_tokens)))
    return spans


def word_spans(tokens: Tokens, room: int) -> list[Span]:
    """One input per word that ends with the word's last token and holds at most `room` tokens.

    For models that attend to both sides of a token: the input ends where the word does.
    """
    first, last = _word_bounds(tokens)
    longest = int(np.argmax(last - first))
    if last[longest] - first[longest] >= room:
        found = f"a word of {last[longest] - first[longest] + 1} tokens"
        raise BadInput(f"words row {longest} (the first is 0)", found, f"at most {room} tokens, the room of one input")
    return [Span(max(0, b + 1 - room), a, b + 1) for a, b in zip(first.tolist(), last.tolist(), strict=True)]


def batches(spans: Sequence[Span], batch_size: int) -> Iterator[list[Span]]:
    """Group neighbouring inputs of equal length, at most `batch_size` in a group, so that no input is padded."""
    batch: list[Span] = []
    for span in spans:
        if batch and (len(batch) == batch_size or span.stop - span.start != batch[0].stop - batch[0].start):
            yield batch
            batch = []
        batch.append(span)
    yield batch


def _word_bounds(tokens: Tokens) -> tuple[np.ndarray, np.ndarray]:
    """Index of the first and of the last token of each word, (n_words,) each."""
    position = np.flatnonzero(tokens.word != NO_WORD)
    word = tokens.word[position]
    first = np.full(word.max() + 1, tokens.word.size)
    last = np.zeros(word.max() + 1, dtype=np.int64)
    np.minimum.at(first, word, position)
    np.maximum.at(last, word, position)
    return first, last
