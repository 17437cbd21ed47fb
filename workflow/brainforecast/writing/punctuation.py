"""Punctuation: which marks close the word before and open the word after, and where sentences end.

What differs between languages is in `languages`, by the BCP 47 tag of the stories. Standard library only.
"""

import re
from functools import cache

from brainforecast.writing.characters import (
    ALWAYS_OPENING,
    CHARACTER,
    CLAUSE_ENDS,
    CLOSING_MARKS,
    DASHES,
    HYPHEN,
    OPENING_ALONE,
    OPENING_MARKS,
    PUNCTUATION,
    SPACED_CLOSING,
    SPACED_OPENING,
    STOPS,
    any_of,
    is_letter,
)
from brainforecast.writing.languages import Language, find_language
from brainforecast.writing.records import SENTENCE_ENDS

PLAIN_SENTENCE_ENDS, PLAIN_CLOSING_MARKS = ".!?", "\"')]"  # of a text in ASCII
_AT_AN_END = any_of(CLOSING_MARKS + "“‘«‹")  # in German these close
# at the end of a word, as are the next two
SENTENCE_END = re.compile(rf"{any_of(SENTENCE_ENDS)}(?:\s?{_AT_AN_END})*[\s\u200b-\u200d\u2060\ufeff]*$")
CLAUSE_END = re.compile(rf"{any_of(CLAUSE_ENDS)}{_AT_AN_END}*$")
PLAIN_SENTENCE_END = re.compile(rf"{any_of(PLAIN_SENTENCE_ENDS)}{any_of(PLAIN_CLOSING_MARKS)}*$")
PLAIN_CLAUSE_END = re.compile(rf"{any_of(CLAUSE_ENDS)}{any_of(PLAIN_CLOSING_MARKS)}*$")
# a single one, and what it may shorten
FULL_STOP = re.compile(rf"((?:{CHARACTER}|\.)*{CHARACTER})\.(?:\s?{_AT_AN_END})*\s*$")
ROMAN_NUMBER = re.compile("[IVXLC]+")
# What closes a word: marks that touch it (no dash, no opening bracket), stops one space away, guillemets after a space
_NO_CLOSING = OPENING_MARKS + ALWAYS_OPENING + DASHES + HYPHEN
# German closes with the marks that open in English
_TOUCHING = rf"(?:[^\s\w{re.escape(_NO_CLOSING)}]|[“‘](?=[\s{re.escape(STOPS)}]))*"
_GUILLEMETS = rf"(?:\s{any_of(SPACED_CLOSING)}+{any_of(STOPS)}*(?=\s))?"
CLOSING = re.compile(rf"(?:\s{any_of(STOPS)}+{any_of(CLOSING_MARKS)}*|{_TOUCHING}){_GUILLEMETS}")
# What opens the next word: quotes, brackets and signs that touch it, after a space or a dash, and French guillemets
OPENING = re.compile(
    rf"(?:^|(?<=[\s{re.escape(DASHES + HYPHEN)}]))"
    rf"(?:{any_of(SPACED_OPENING)}+\s|[^\s\w{re.escape(STOPS + DASHES + HYPHEN)}]+)$"
)


def marks_between(gap: str, *, is_first: bool = False, n_quotes: int = 0, language: str = "en") -> tuple[str, str]:
    """The marks between two words: what closes the one before, and what opens the one after.

    Parameters
    ----------
    is_first : whether no word stands before the gap.
    n_quotes : straight quotation marks before the gap, of which every other one opens, where no spaces show it.
    """
    if find_language(language).spaced:
        closing = "" if is_first else CLOSING.match(gap)[0]
        opening = OPENING.search(gap[len(closing) :])
        return "".join(closing.split()), "".join(opening[0].split()) if opening else ""
    return _marks_in_a_run(gap, n_quotes, is_first=is_first)


def side_of_mark(mark: str, n_same: int = 0, language: str = "en") -> str | None:
    """Where a mark with a row of its own belongs: ``after`` the word above, ``before`` the one below; None for dashes.

    Parameters
    ----------
    n_same : the same mark so far; where it both opens and closes, as ``"`` or Swedish ”, every other one opens.
    """
    first = mark[:1]
    pair = next((pair for pair in ('""', *find_language(language).quotes) if first and first in pair), None)
    if pair:
        opens = first == pair[0] and not (pair[0] == pair[1] and n_same % 2)
        return "before" if opens else "after"
    if first in OPENING_ALONE:
        return "before"
    return "after" if first in STOPS + CLOSING_MARKS else None


def ends_sentence(
    word: str, after: str = "", before: str = "", *, touches: bool | None = None, language: str = "en"
) -> bool:
    """Whether a sentence ends with a word: not after an abbreviation, an ordinal, an initial, or inside a number.

    Parameters
    ----------
    after, before : the words beside it; empty where there is none.
    touches : whether the next word touches this one in the text; None where that is not known.
    language : BCP 47; without marks of sentences, as Thai, no word ends one.
    """
    known = find_language(language)
    if not _sentence_end(known.sentence_ends).search(word):
        return False
    shortened = FULL_STOP.search(word)
    if not shortened or not after:
        return True
    stem, first = shortened[1], next(filter(str.isalnum, after), "")
    if touches:
        return not (first.isdigit() or first.islower())
    if touches is None and stem[-1].isdigit() and first.isdigit():
        return False
    if stem.lower() in known.sometimes_last:
        return first.isupper()
    if stem.lower() in known.before_numbers and first.isdigit():
        return False
    return not (_is_ordinal(stem, before, after, known) or is_abbreviation(stem, known))


def is_abbreviation(stem: str, known: Language) -> bool:
    """A listed one, or initials (J, J.R, z.B), but not a pronoun."""
    letters = stem.split(".")
    is_capital = len(letters) > 1 or stem.isupper()
    are_initials = is_capital and all(one[:1].isalpha() and sum(map(str.isalnum, one)) == 1 for one in letters)
    return stem.lower() in known.abbreviations or (are_initials and stem not in known.always_capital)


def _marks_in_a_run(gap: str, n_quotes: int, *, is_first: bool) -> tuple[str, str]:
    """As `marks_between`, in a language without spaces: marks close, up to the first one that opens."""
    letters = [i for i, character in enumerate(gap) if is_letter(character)]
    head, tail = (gap[: letters[0]], gap[letters[-1] + 1 :]) if letters else (gap, gap)
    n_before_tail = n_quotes + gap[: len(gap) - len(tail)].count('"')
    closing = "" if is_first else head[: _first_opening(head, n_quotes)]
    opening = tail[_first_opening(tail, n_before_tail) :]
    dropped = DASHES + HYPHEN
    return tuple("".join(c for c in part if not c.isspace() and c not in dropped) for part in (closing, opening))


def _first_opening(marks: str, n_quotes: int) -> int:
    for i, mark in enumerate(marks):
        if mark in OPENING_ALONE or (mark == '"' and (n_quotes + marks[:i].count('"')) % 2 == 0):
            return i
    return len(marks)


@cache
def _sentence_end(marks: str) -> re.Pattern:
    """At the end of a word, marks that end a sentence and those that may follow; nothing where none does."""
    return re.compile(SENTENCE_END.pattern.replace(any_of(SENTENCE_ENDS), any_of(marks), 1) if marks else "(?!)")


def _is_ordinal(stem: str, before: str, after: str, known: Language) -> bool:
    """3. Mai, am 3. kam, Karel IV. byl; not: um 12. Dann."""
    is_number = (stem.isdecimal() and len(stem) <= known.ordinal_digits) or ROMAN_NUMBER.fullmatch(stem)
    if not known.ordinal_digits or not is_number:
        return False
    next_word, word_before = after.strip(PUNCTUATION), before.strip(PUNCTUATION).lower()
    return next_word[:1].islower() or next_word.lower() in known.ordinal_after or word_before in known.ordinal_before
