"""How a language is written: spaces between words, punctuation, capitals.

All rules of writing are here, and look at characters only. A language with other sentence ends or quotes needs a
character in a set below. One without spaces needs another `space_between`, `words_in` and `find_word`; and
`tokens.words_ahead`, which cuts generated text where a space ends.
"""

import re
import string
from collections.abc import Sequence
from itertools import accumulate, pairwise

SENTENCE_ENDS = ".!?…"
CLAUSE_ENDS = ",;:"
OPENING_MARKS = "([{“‘"
CLOSING_MARKS = "\"'”’)]"  # may follow the end of a clause or a sentence
DASHES, HYPHEN = "–—", "-"
PLAIN_SENTENCE_ENDS, PLAIN_CLOSING_MARKS = ".!?", "\"')]"  # of a text in ASCII
PUNCTUATION = string.punctuation + "‘’“”„«»…–—¿¡"  # removed around a word before a dictionary is searched
ALWAYS_CAPITAL = ("I",)  # words with a capital anywhere in a sentence, names apart


def _any(characters: str) -> str:
    return f"[{re.escape(characters)}]"


SENTENCE_END = re.compile(rf"{_any(SENTENCE_ENDS)}{_any(CLOSING_MARKS)}*$")  # at the end of a word, as are the next two
PLAIN_SENTENCE_END = re.compile(rf"{_any(PLAIN_SENTENCE_ENDS)}{_any(PLAIN_CLOSING_MARKS)}*$")
PLAIN_CLAUSE_END = re.compile(rf"{_any(CLAUSE_ENDS)}{_any(PLAIN_CLOSING_MARKS)}*$")
PARAGRAPH_END = re.compile(r"\n\s*\n")
DASH = re.compile(rf"\s*(?:{HYPHEN}{HYPHEN}+|{_any(DASHES)})\s*")
# What closes a word: marks that touch it (no dash, no opening bracket), or stops one space away
_STOPS, _NO_CLOSING = SENTENCE_ENDS + CLAUSE_ENDS, OPENING_MARKS + DASHES + HYPHEN
CLOSING = re.compile(rf"\s{_any(_STOPS)}+{_any(CLOSING_MARKS)}*|[^\s\w{re.escape(_NO_CLOSING)}]*")
# What opens the next word: quotes, brackets and signs that touch it, after a space
OPENING = re.compile(rf"(?:^|(?<=\s))[^\s\w{re.escape(_STOPS + DASHES + HYPHEN)}]+$")


def space_between(before: str, after: str) -> str:
    """The text between the end of a word and the start of the next one."""
    return " "


def join_words(words: Sequence[str]) -> tuple[str, list[int]]:
    """The words as one text, and the position of each word's first character in it."""
    spaced = [*(word + space_between(word, after) for word, after in pairwise(words)), *words[-1:]]
    return "".join(spaced), list(accumulate(map(len, spaced[:-1]), initial=0))


def words_in(text: str) -> list[str]:
    """The words of a text, marks attached."""
    return text.split()


def find_word(word: str, text: str, start: int) -> re.Match | None:
    """The first match of a word in a text from `start` on, in any case, not inside a longer word."""
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE).search(text, start)


def n_letters(word: str) -> int:
    """Number of letters and digits of a word; 0 for a word of only marks."""
    return sum(character.isalnum() for character in word)


def spelling(word: str) -> str:
    """A word as a dictionary lists it: lower case, no punctuation around it (unless it is nothing else)."""
    return (word.strip(PUNCTUATION) or word).lower()


def is_heading(text: str) -> bool:
    """Whether a text is all capitals, and more than one letter."""
    return text.isupper() and len(text) > 1


def without_sentence_capital(tokens: Sequence[str]) -> tuple[str, ...]:
    """The tokens of a word as written inside a sentence; not for names."""
    first, *others = tokens
    return (first if first in ALWAYS_CAPITAL else first[0].lower() + first[1:], *others)


def with_capital_of(original: Sequence[str], tokens: Sequence[str], *, capitals: bool) -> tuple[str, ...]:
    """Tokens that replace `original`: with a capital if that has one, else unchanged.

    capitals : whether the text has capitals; if not, all tokens are in lower case.
    """
    if not capitals:
        return tuple(token.lower() for token in tokens)
    first, *others = tokens
    return (first[0].upper() + first[1:], *others) if original[0][0].isupper() else tuple(tokens)
