"""Tokenize a story so that the tokens of a word never depend on a later word, nor hold letters of two words.

Words that are joined by a space are tokenized together, as any text is: no tokenizer of words lets a token pass over a
space. Two kinds of boundary need a cut, or a token would hold the end of one word and the start of the next, and its
state would leak:

- boundaries without a space: all of them in Chinese, Japanese or Thai, an elided article in French;
- all boundaries, if the tokenizer has entries of several words, or does not give the characters of its tokens.

A piece that starts at a cut is tokenized after the word before it, and keeps the tokens that follow the ones of that
word alone. Where the two merge, it follows a mark or a letter instead, or nothing: its tokens depend on the piece and
the word before it only.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from brainforecast.writing.orthography import join_words

NO_WORD = -1
SPACES = " \t\n\u00a0\u2581\u0120"  # as entries of vocabularies write them: ▁ in SentencePiece, Ġ in byte pairs
# in pairs of bytes, where Ġ is a space, other letters may stand for bytes
SEVERAL_WORDS = re.compile(r"[a-z]\u0120+[a-z]|[^\W\d_][\u2581 ]+[^\W\d_]", re.IGNORECASE)
ANCHORS = (".", "a", "")  # what a piece may follow, after the word before it was tried


class WordPieces(NamedTuple):
    """Tokens of a story.

    ids : (n_tokens,) vocabulary entries; word : (n_tokens,) the word of each, `NO_WORD` for tokens of nothing but
    space; incomplete : words with a letter that is in no token, as far as the tokenizer gives characters.
    """

    ids: list[int]
    word: list[int]
    incomplete: list[int]


class _Piece(NamedTuple):
    """A part of the text: its words, from `first` to `stop`, and its characters, the space before it included."""

    first: int
    stop: int
    start: int
    text: str


def tokenize_words(words: Sequence[str], tokenizer, language: str = "en") -> WordPieces:
    """Tokenize the words, joined by `orthography.join_words`; see the module for where the text is cut."""
    cut_all = not tokenizer.is_fast or merges_words(tokenizer)
    pieces = _tokenize(words, tokenizer, language, cut_all=cut_all)
    # where nothing cuts a text first, the characters of tokens are off by those that were dropped before them
    if pieces.incomplete and not cut_all and tokenizer.backend_tokenizer.pre_tokenizer is None:
        return _tokenize(words, tokenizer, language, cut_all=True, by_piece=True)
    return pieces


@lru_cache(maxsize=4)  # a vocabulary has up to 250,000 entries, and texts are many
def merges_words(tokenizer) -> bool:
    """Whether an entry of the vocabulary holds a space between two letters."""
    added = tokenizer.get_added_vocab()
    return any(entry not in added and SEVERAL_WORDS.search(entry) for entry in tokenizer.get_vocab())


def _tokenize(words: Sequence[str], tokenizer, language: str, *, cut_all: bool, by_piece: bool = False) -> WordPieces:
    """by_piece : whether all tokens of a piece of one word are that word's, whatever characters they are given."""
    text, first_characters = join_words(words, language)
    pieces = _pieces(words, text, first_characters, cut_all=cut_all)
    ids: list[int] = []
    word: list[int] = []
    short: list[int] = []
    covered = bytearray(len(text))
    for piece, (tokens, offsets) in zip(pieces, _tokens_of(pieces, words, tokenizer), strict=True):
        ids += tokens
        if by_piece and offsets is not None:
            n_characters = len({at for start, stop in offsets for at in range(start, stop)})
            letters = sum(letter.isalnum() for letter in words[piece.first])
            short += [piece.first] * (n_characters < letters)
        if offsets is None or by_piece:
            word += _owners_without_characters(tokens, piece.first, tokenizer)
            continue
        for start, stop in offsets:
            word.append(_owner(text, piece.start + start, piece.start + stop, first_characters))
            covered[piece.start + max(start, 0) : piece.start + stop] = b"\1" * (stop - max(start, 0))
    incomplete = _incomplete(words, first_characters, covered) if tokenizer.is_fast and not by_piece else short
    return WordPieces(ids, word, incomplete)


def _pieces(words: Sequence[str], text: str, first_characters: Sequence[int], *, cut_all: bool) -> list[_Piece]:
    ends = [first + len(word) for first, word in zip(first_characters, words, strict=True)]
    starts = [0] + [i for i in range(1, len(words)) if cut_all or not text[ends[i - 1] : first_characters[i]].isspace()]
    edges = [*starts, len(words)]
    return [
        _Piece(first, stop, start := ends[first - 1] if first else 0, text[start : ends[stop - 1]])
        for first, stop in pairwise(edges)
    ]


def _tokens_of(
    pieces: Sequence[_Piece], words: Sequence[str], tokenizer
) -> list[tuple[list[int], list[tuple[int, int]] | None]]:
    """Tokens of each piece, and the characters of each token in the piece (None if the tokenizer gives none)."""
    found: dict[int, tuple] = dict(enumerate(_after([""], [pieces[0].text], tokenizer)))
    pending = list(range(1, len(pieces)))
    for anchor in (None, *ANCHORS):
        if not pending:
            break
        anchors = [words[pieces[i].first - 1] if anchor is None else anchor for i in pending]
        tokens = _after(anchors, [pieces[i].text for i in pending], tokenizer)
        found |= {i: one for i, one in zip(pending, tokens, strict=True) if one is not None}
        pending = [i for i in pending if i not in found]
    return [found[i] for i in range(len(pieces))]


def _after(anchors: Sequence[str], texts: Sequence[str], tokenizer) -> Iterator[tuple | None]:
    """The tokens of each text after its anchor; None where they merge with the anchor's own."""
    given = {"add_special_tokens": False, "verbose": False}
    alone = tokenizer(list(anchors), **given)["input_ids"]
    joined = [anchor + text for anchor, text in zip(anchors, texts, strict=True)]
    both = tokenizer(joined, return_offsets_mapping=tokenizer.is_fast, **given)
    for i, anchor in enumerate(anchors):
        n, ids = len(alone[i]), both["input_ids"][i]
        if ids[:n] != alone[i] or (anchor and len(ids) == n):
            yield None
        elif not tokenizer.is_fast:
            yield ids[n:], None
        else:
            offsets = [(start - len(anchor), stop - len(anchor)) for start, stop in both["offset_mapping"][i][n:]]
            yield (ids[n:], offsets) if all(start >= 0 or start == stop for start, stop in offsets) else None


def _owner(text: str, start: int, stop: int, first_characters: Sequence[int]) -> int:
    """The word of the first character of a token that is not a space."""
    piece = text[start:stop]
    if not piece or piece.isspace():
        return NO_WORD
    character = start + len(piece) - len(piece.lstrip())
    return bisect_right(first_characters, character) - 1


def _owners_without_characters(ids: Sequence[int], word: int, tokenizer) -> list[int]:
    """All tokens of a piece of one word belong to it, but for those of nothing but space before it."""
    is_space = [not str(entry).strip(SPACES) for entry in tokenizer.convert_ids_to_tokens(ids)]
    n_spaces = next((i for i, space in enumerate(is_space) if not space), len(ids))
    return [NO_WORD] * n_spaces + [word] * (len(ids) - n_spaces)


def _incomplete(words: Sequence[str], first_characters: Sequence[int], covered: bytearray) -> list[int]:
    return [
        i
        for i, (word, first) in enumerate(zip(words, first_characters, strict=True))
        if any(letter.isalnum() and not covered[first + at] for at, letter in enumerate(word))
    ]
