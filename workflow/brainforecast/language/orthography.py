"""How a language is written: spaces between words, punctuation, capitals.

All rules of writing are here, and look at characters only. A language with other sentence ends or quotes needs a
character in a set below. One without spaces needs another `space_between`, `words_in` and `find_word`; and
`tokens.words_ahead`, which cuts generated text where a space ends.
"""

import re
import string
from collections.abc import Sequence
from itertools import accumulate, pairwise

SENTENCE_ENDS = ".!?…。！？｡．؟।"
CLAUSE_ENDS = ",;:，、；：،؛"
OPENING_MARKS = "([{“‘"
CLOSING_MARKS = "\"'”’)]»›」』）》〉】"  # may follow the end of a clause or a sentence
OPENING_ALONE = OPENING_MARKS + "«‹„‚「『（《〈【¿¡"  # where a mark has a row of its own; in German « closes a word
SPACED_OPENING, SPACED_CLOSING = "«‹", "»›"  # with a space inside the quotation, as in French
DASHES, HYPHEN = "–—", "-"
APOSTROPHES = "'’ʼ‘＇"
STRAIGHT = str.maketrans(dict.fromkeys(APOSTROPHES, "'"))
PLAIN_SENTENCE_ENDS, PLAIN_CLOSING_MARKS = ".!?", "\"')]"  # of a text in ASCII
# removed around a word before a dictionary is searched
PUNCTUATION = string.punctuation + "‘’“”„‚«»‹›…–—¿¡。！？，、；：「」『』（）《》"
ALWAYS_CAPITAL = ("I",)  # words with a capital anywhere in a sentence, names apart
# what a full stop shortens, without ending a sentence
ABBREVIATIONS = frozenset([
    "mr", "mrs", "ms", "dr", "prof", "st", "mt", "rev", "gen", "col", "sgt", "capt", "lt", "maj", "gov", "messrs",
    "mme", "mlle", "mgr", "sr", "sra", "srta", "jr", "hr", "vs", "cf", "bzw", "ca", "vgl", "ud", "uds", "av", "p.ex",
    "approx",
])  # fmt: skip
# the same, before a number: no. 5, Jan. 5
BEFORE_NUMBERS = frozenset([
    "no", "nos", "nr", "núm", "num", "fig", "p", "pp", "s", "vol", "ch", "chap", "kap", "sec", "eq", "art", "bd",
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
])  # fmt: skip
GERMAN_MONTHS = frozenset([  # 3. Mai
    "januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november",
    "dezember",
])  # fmt: skip
SOMETIMES_LAST = frozenset(["etc", "usw", "a.m", "p.m", "inc", "ltd", "co", "corp"])  # may end one, before a capital
UNSPACED = re.compile(  # letters of scripts without spaces between words
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"
)


def _any(characters: str) -> str:
    return f"[{re.escape(characters)}]"


_AT_AN_END = _any(CLOSING_MARKS + "“‘«‹")  # in German these close
# at the end of a word, as are the next two
SENTENCE_END = re.compile(rf"{_any(SENTENCE_ENDS)}(?:\s?{_AT_AN_END})*[\s\u200b-\u200d\u2060\ufeff]*$")
PLAIN_SENTENCE_END = re.compile(rf"{_any(PLAIN_SENTENCE_ENDS)}{_any(PLAIN_CLOSING_MARKS)}*$")
PLAIN_CLAUSE_END = re.compile(rf"{_any(CLAUSE_ENDS)}{_any(PLAIN_CLOSING_MARKS)}*$")
PARAGRAPH_END = re.compile(r"\n\s*\n")
DASH = re.compile(rf"\s*(?:{HYPHEN}{HYPHEN}+|{_any(DASHES)})\s*")
# a single one, and what it may shorten
FULL_STOP = re.compile(rf"([\w.]*\w)\.(?:\s?{_AT_AN_END})*\s*$")
# What closes a word: marks that touch it (no dash, no opening bracket), stops one space away, guillemets after a space
_STOPS, _NO_CLOSING = SENTENCE_ENDS + CLAUSE_ENDS, OPENING_MARKS + DASHES + HYPHEN
# German closes with the marks that open in English
_TOUCHING = rf"(?:[^\s\w{re.escape(_NO_CLOSING)}]|[“‘](?=[\s{re.escape(_STOPS)}]))*"
_GUILLEMETS = rf"(?:\s{_any(SPACED_CLOSING)}+{_any(_STOPS)}*(?=\s))?"
CLOSING = re.compile(rf"(?:\s{_any(_STOPS)}+{_any(CLOSING_MARKS)}*|{_TOUCHING}){_GUILLEMETS}")
# What opens the next word: quotes, brackets and signs that touch it, after a space or a dash, and French guillemets
OPENING = re.compile(
    rf"(?:^|(?<=[\s{re.escape(DASHES + HYPHEN)}]))"
    rf"(?:{_any(SPACED_OPENING)}+\s|[^\s\w{re.escape(_STOPS + DASHES + HYPHEN)}]+)$"
)


def space_between(before: str, after: str) -> str:
    """The text between the end of a word and the start of the next one."""
    return " "


def join_words(words: Sequence[str], language: str = "en") -> tuple[str, list[int]]:
    """The words as one text, and the position of each word's first character in it."""
    spaced = [*(word + space_between(word, after) for word, after in pairwise(words)), *words[-1:]]
    return "".join(spaced), list(accumulate(map(len, spaced[:-1]), initial=0))


def words_in(text: str) -> list[str]:
    """The words of a text, marks attached."""
    return text.split()


def find_word(word: str, text: str, start: int) -> re.Match | None:
    """The first match of a word in a text from `start` on, in any case, not inside a longer word.

    Straight and curly apostrophes are one. In a script without spaces, a word may stand inside a run of letters.
    """
    spelled = "".join(_any(APOSTROPHES) if letter in APOSTROPHES else re.escape(letter) for letter in word)
    before, after = ("" if UNSPACED.match(edge) else r"\w" for edge in (word[:1], word[-1:]))
    pattern = rf"{f'(?<!{before})' if before else ''}{spelled}{f'(?!{after})' if after else ''}"
    return re.compile(pattern, re.IGNORECASE).search(text, start)


def marks_between(gap: str, *, is_first: bool = False) -> tuple[str, str]:
    """The marks between two words: what closes the one before, and what opens the one after.

    is_first : whether no word stands before the gap.
    """
    closing = "" if is_first else CLOSING.match(gap)[0]
    opening = OPENING.search(gap[len(closing) :])
    return "".join(closing.split()), "".join(opening[0].split()) if opening else ""


def side_of_mark(mark: str, n_quotes: int = 0) -> str | None:
    """Where a mark with a row of its own belongs: ``after`` the word above, ``before`` the one below; None for dashes.

    n_quotes : straight quotation marks so far; every other one opens.
    """
    first = mark[:1]
    if first == '"':
        return "after" if n_quotes % 2 else "before"
    if first in OPENING_ALONE:
        return "before"
    return "after" if first in SENTENCE_ENDS + CLAUSE_ENDS + CLOSING_MARKS else None


def ends_sentence(word: str, after: str = "", *, touches: bool | None = None) -> bool:
    """Whether a sentence ends with a word: not after an abbreviation, an initial, or inside a number.

    Parameters
    ----------
    after : the next word; empty where there is none.
    touches : whether the next word touches this one in the text; None where that is not known.
    """
    if not SENTENCE_END.search(word):
        return False
    shortened = FULL_STOP.search(word)
    if not shortened or not after:
        return True
    stem, first = shortened[1], next(filter(str.isalnum, after), "")
    if touches:
        return not (first.isdigit() or first.islower())
    if touches is None and stem[-1].isdigit() and first.isdigit():
        return False
    if stem.lower() in SOMETIMES_LAST:
        return first.isupper()
    if stem.lower() in BEFORE_NUMBERS and first.isdigit():
        return False
    if stem.isdigit() and len(stem) <= 2 and after.lower().rstrip(PUNCTUATION) in GERMAN_MONTHS:
        return False
    return stem.lower() not in ABBREVIATIONS and not _are_initials(stem)


def _are_initials(stem: str) -> bool:
    """J, J.R or z.B, but not a pronoun."""
    letters = stem.split(".")
    is_capital = len(letters) > 1 or stem.isupper()
    return stem not in ALWAYS_CAPITAL and is_capital and all(len(one) == 1 and one.isalpha() for one in letters)


def with_straight_apostrophes(text: str) -> str:
    """A text with straight apostrophes in place of curly ones; as long as before."""
    return text.translate(STRAIGHT)


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
