"""The words of generated text: which word each token of a continuation belongs to, while it grows.

A word is complete once the next one has begun, and from then on no token changes it: `words_ahead` of more tokens
begins with the same complete words. Words are cut only where a token starts, as one state cannot be divided.

With spaces between words, a word starts where a space ends; what comes before the first space still belongs to the true
word. In languages with elision, a word also starts after ``l'``, even if the alignment has l'arbre in one row: what
follows a word may not depend on the rows of later ones.

Chinese has none. jieba cuts what is not cut yet; of the words it finds, all but the last are kept as they are, and the
last one and what follows are cut anew with the next token. So the end of a word depends on the tokens up to the one
with which the next word begins, and on none after it. Words start with the first token; marks that close belong to the
word before them, those that open to the next.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from brainforecast.language.word_pieces import NO_WORD
from brainforecast.writing.languages import check_segmentation, find_language
from brainforecast.writing.orthography import APOSTROPHES, OPENING_ALONE, n_letters, space_between
from brainforecast.writing.orthography import with_straight_apostrophes as straight

# words that hold an apostrophe: quelqu'un
LEXICAL = ("aujourd'", "quelqu'", "presqu'", "entr'", "contr'", "grand'", "prud'", "parc'")


def words_ahead(texts: Sequence[str], language: str = "en", *, before: str = "") -> np.ndarray:
    """The word of each token of a continuation, numbered from 0.

    Parameters
    ----------
    texts : the text of each token, as it adds to that of the tokens before; empty for one that begins a character which
        the next one completes
    language : BCP 47
    before : the true word that the continuation follows: after ``l'``, the first token starts a word

    Returns
    -------
    word : (n_tokens,) int64; `NO_WORD` for tokens that still belong to the word before the continuation, and for
        tokens of nothing but space
    """
    known = find_language(language)
    if known.spaced:
        return np.array(_words_between_spaces(texts, language, before), dtype=np.int64)
    check_segmentation(language)
    return np.array(_words_of_a_run(texts), dtype=np.int64)


def n_complete(texts: Sequence[str], word: np.ndarray) -> int:
    """Number of complete words of a continuation: all that have begun, without the last one unless a space ended it."""
    n_begun = int(word.max(initial=NO_WORD)) + 1
    return n_begun - (not texts[-1].isspace())


def rows_with_elided(words: Sequence[str], language: str) -> list[str]:
    """The rows of a story that hold an elided word and the next one, l'arbre: two words where a model continues it."""
    if not find_language(language).elided:
        return []
    cuts = ((word, [i + 1 for i, letter in enumerate(word) if letter in APOSTROPHES]) for word in words)
    return [word for word, ends in cuts if any(_is_elided(word[:end], word[end:], language) for end in ends)]


def _words_between_spaces(texts: Sequence[str], language: str, before: str) -> list[int]:
    """before : the true word, whose end may be elided."""
    elides = bool(find_language(language).elided)
    words, current, after_space, run = [], NO_WORD, False, before
    for text in texts:
        begins = after_space or text[:1].isspace()
        if begins:
            run = ""
        elif elides and _is_elided(run, text, language):
            begins, run = True, ""
        current += not text.isspace() and begins
        words.append(NO_WORD if text.isspace() else current)
        run, after_space = run + text.strip(), text[-1:].isspace() or (after_space and not text)
    return words


def _is_elided(run: str, after: str, language: str) -> bool:
    """Whether a word ends with these letters, and another one starts with the next."""
    if run[-1:] not in APOSTROPHES or not run or not after[:1].isalnum():
        return False
    return not straight(run).lower().endswith(LEXICAL) and space_between(run, after, language) == ""


# --- without spaces --------------------------------------------------------------------------------------------------


class _Cut(NamedTuple):
    """A growing text, where the first letter of each token is, and where words start.

    kept : starts of complete words; n_kept : characters up to the first word that may change
    """

    text: str = ""
    tokens: tuple[int, ...] = ()
    kept: tuple[int, ...] = ()
    n_kept: int = 0


def _words_of_a_run(texts: Sequence[str]) -> list[int]:
    cut = _cut(tuple(texts))
    words = np.searchsorted([*cut.kept, *_starts(cut)], cut.tokens, side="right") - 1  # `NO_WORD` before the first
    return [NO_WORD if text.isspace() else int(word) for text, word in zip(texts, words, strict=True)]


@lru_cache(maxsize=4096)  # continuations grow by one token, several of them in parallel
def _cut(texts: tuple[str, ...]) -> _Cut:
    """Add the tokens one by one: words that are followed by the start of another are complete."""
    if not texts:
        return _Cut()
    before, text = _cut(texts[:-1]), texts[-1]
    first_letter = len(before.text) + len(text) - len(text.lstrip())
    cut = before._replace(text=before.text + text, tokens=(*before.tokens, first_letter))
    starts = _starts(cut) if text else []
    return cut._replace(kept=(*cut.kept, *starts[:-1]), n_kept=starts[-1]) if len(starts) > 1 else cut


def _starts(cut: _Cut) -> list[int]:
    """Where words start after the complete ones; only where a token does."""
    starts, begins, position = [], True, cut.n_kept
    for part in _segmenter().lcut(cut.text[cut.n_kept :]):
        if part.isspace():
            begins = True
        elif n_letters(part):
            starts += [position] * begins
            begins = True
        elif part[0] in OPENING_ALONE:
            starts += [position] * begins
            begins = False
        position += len(part)
    return [start for start in starts if start in cut.tokens]


@cache
def _segmenter():
    from brainforecast.writing.chinese import read_segmenter  # here, as few studies need jieba

    return read_segmenter()
