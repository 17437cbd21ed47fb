"""From words to tokens and back: which word a token belongs to, and which tokens form one input of a model."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from brainforecast.errors import BadInput
from brainforecast.language.orthography import join_words

WORD_VECTORS = ("last", "mean", "sum")
DOCUMENT_END = "<|endoftext|>"
NO_WORD = -1


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


def read_tokens(words: Sequence[str], tokenizer) -> Tokens:
    """Tokenize the words, joined by `orthography.join_words`, as one text.

    A token belongs to the word of its first character that is not a space. Tokens of nothing but space belong to no
    word and stay as context.

    Raises
    ------
    BadInput : there are no words, or a word gets no token (an empty word, one the tokenizer drops).
    """
    words = list(words)
    if not words:
        raise BadInput("words", "no words", "a story with at least one word")
    text, first_characters = join_words(words)
    encoding = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    owners = [_owner(text, a, b, first_characters) for a, b in encoding["offset_mapping"]]
    tokens = Tokens(np.array(encoding["input_ids"], dtype=np.int64), np.array(owners, dtype=np.int64))
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


def words_ahead(texts: Sequence[str]) -> np.ndarray:
    """The word of each token of a continuation, numbered from 0: a word starts where a space ends.

    Parameters
    ----------
    texts : the text of each token, from `token_texts`

    Returns
    -------
    word : (n_tokens,) int64; `NO_WORD` for tokens that still belong to the word before the continuation, and for
        tokens of nothing but space
    """
    words, current, after_space = [], NO_WORD, False
    for text in texts:
        current += not text.isspace() and (after_space or text[:1].isspace())
        words.append(NO_WORD if text.isspace() else current)
        after_space = text[-1:].isspace()
    return np.array(words, dtype=np.int64)


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


def opening_token(tokenizer) -> int:
    """The token before a causal model's input: the one that ended each document of its training text.

    The state at the first position of any input has a norm about 100 times that of the others; this token takes that
    position and its state is dropped. ``<|endoftext|>`` where the vocabulary has it (in chat models the declared begin
    and end tokens mark turns of a dialogue instead), else the begin-of-text token, else the end-of-text token.
    """
    document_end = tokenizer.get_vocab().get(DOCUMENT_END)
    candidates = (document_end, tokenizer.bos_token_id, tokenizer.eos_token_id)
    for token in candidates:
        if token is not None:
            return token
    raise BadInput(tokenizer.name_or_path, "a tokenizer without a begin or end of text", "one that has such a token")


def enclosing_tokens(tokenizer) -> tuple[int, int]:
    """The tokens before and after a masked model's input (``[CLS]`` and ``[SEP]``)."""
    before, after = tokenizer.cls_token_id, tokenizer.sep_token_id
    if before is None or after is None:
        found = "a masked model's tokenizer without [CLS] and [SEP]"
        raise BadInput(tokenizer.name_or_path, found, "one that has both")
    return before, after


def _owner(text: str, start: int, stop: int, first_characters: Sequence[int]) -> int:
    """The word of the first character of a token that is not a space."""
    piece = text[start:stop]
    if not piece or piece.isspace():
        return NO_WORD
    character = start + len(piece) - len(piece.lstrip())
    return bisect_right(first_characters, character) - 1


def _word_bounds(tokens: Tokens) -> tuple[np.ndarray, np.ndarray]:
    """Index of the first and of the last token of each word, (n_words,) each."""
    position = np.flatnonzero(tokens.word != NO_WORD)
    word = tokens.word[position]
    first = np.full(word.max() + 1, tokens.word.size)
    last = np.zeros(word.max() + 1, dtype=np.int64)
    np.minimum.at(first, word, position)
    np.maximum.at(last, word, position)
    return first, last
