"""How words are written in a text: spaces between them, spelling, capitals, numbers; marks are in `punctuation`.

All rules of writing are in these two modules, and look at characters only; what differs between languages is in
`languages`, by the BCP 47 tag of the stories. Standard library only.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise

from brainforecast.writing.characters import (
    APOSTROPHES,
    CHARACTER,
    CLOSING_MARKS,
    COMBINING,
    DASHES,
    HYPHEN,
    IDEOGRAPHS,
    OPENING_ALONE,
    PUNCTUATION,
    STOPS_BEFORE_SPACE,
    UNSPACED,
    UNSPACED_LETTERS,
    any_of,
    is_letter,
)
from brainforecast.writing.languages import Language, find_language
from brainforecast.writing.punctuation import FULL_STOP, is_abbreviation

STRAIGHT = str.maketrans(dict.fromkeys(APOSTROPHES, "'"))
MOST_LETTERS = 8  # of a word of Chinese or Japanese
IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")
FULL_WIDTH = 0xFEE0  # from a sign of ASCII to its form in full width
VOWELS = "aeiouhàèéìíòóùú"  # of Italian, before which one is elided, as before h
DOTTED = ("i\u0307", "i", "İ", "ı", "I")  # of Turkish; the first is what lower case makes of İ elsewhere
PARAGRAPH_END = re.compile(r"\n\s*\n")
DASH = re.compile(rf"\s*(?:{HYPHEN}{HYPHEN}+|{any_of(DASHES)})\s*")
# a character that is one word with those beside it: no letter of a script without spaces
_BOUND = re.compile(rf"(?![{UNSPACED_LETTERS}]){CHARACTER}")
_AFTER_BOUND = re.compile(rf"[^\W{UNSPACED_LETTERS}]|[{COMBINING}]")
# The end of a word that may be elided, and the start of one that may be a clitic: letters, apostrophes, hyphens
_TAIL, _HEAD = re.compile(r"[\w'-]+$"), re.compile(r"['-]?\w[\w'-]*")
_LAST_PART, _FIRST_PART = re.compile(r"[^'-]*['-]$"), re.compile(r"-[^'-]*'?")
_MARKS = rf"[^\s{UNSPACED_LETTERS}\w{COMBINING}]*"
_WITHOUT_OPENING = rf"(?![{re.escape(OPENING_ALONE)}])[^\s{UNSPACED_LETTERS}\w{COMBINING}]"
_CHARACTERS = re.compile(
    rf"{_MARKS}(?:[{IDEOGRAPHS}]|(?:(?![{IDEOGRAPHS}]){CHARACTER})+)(?:{_WITHOUT_OPENING})*|{_MARKS}$"
)


def space_between(before: str, after: str, language: str = "en") -> str:
    """The text between the end of a word and the start of the next one: a space, or nothing.

    In a language with spaces, nothing follows an elided word (``l'``, ``dell'``), precedes a clitic (``'s``, ``n't``,
    ``-il``), or divides words that are written as one (``gon``, ``na``). The hyphen of a clitic may be on the word
    before it (``dit-``, ``il``). In one without, nothing stands between words, but for two that both are of a script
    with spaces or numbers (``New``, ``York``) and no mark of full width between them; Thai, Lao, Khmer and Burmese set
    off each such word.

    Parameters
    ----------
    before, after : words with their marks.
    language : BCP 47.
    """
    known = find_language(language)
    touches = _touches(before, after, known) if known.spaced else _run_on(before, after, known)
    return "" if touches else " "


def join_words(words: Sequence[str], language: str = "en") -> tuple[str, list[int]]:
    """The words as one text, and the position of each word's first character in it."""
    spaced = [*(word + space_between(word, after, language) for word, after in pairwise(words)), *words[-1:]]
    return "".join(spaced), list(accumulate(map(len, spaced[:-1]), initial=0))


def words_in(text: str, language: str = "en") -> list[str]:
    """The words of a text, marks attached: what stands between spaces.

    In Chinese and Japanese, a text that is not cut into words, with more than `MOST_LETTERS` letters between two
    spaces, has a word for each of its characters, but for numbers and words of other scripts.
    """
    words = text.split()
    if find_language(language).spaced or all(len(IDEOGRAPH.findall(word)) <= MOST_LETTERS for word in words):
        return words
    return [part for word in words for part in _CHARACTERS.findall(word) if part]


def find_word(
    word: str, text: str, start: int, language: str = "en", *, before: str = "", after: str = ""
) -> re.Match | None:
    """The first match of a word in a text from `start` on, in any case, not inside a longer word.

    Straight and curly apostrophes are one, as are numbers with and without marks between their thousands, ß and ss in
    German, and the two widths of a letter in Chinese and Japanese. In a script without spaces, a word may stand inside
    a run of letters.

    Parameters
    ----------
    before, after : the words beside it, which it may touch: ``do`` and ``n't`` in "don't".
    """
    known = find_language(language)
    pattern = _pattern(word, known)
    is_part = known.spaced and bool(before) and not space_between(before, word, language)
    has_part = known.spaced and bool(after) and not space_between(word, after, language)
    next_part = _pattern(after.strip(PUNCTUATION), known) if has_part else None
    is_free = [is_part or not _BOUND.match(word), not _BOUND.match(word[-1:])]
    match = pattern.search(text, start)
    while match:
        starts = is_free[0] or not _AFTER_BOUND.match(text[match.start() - 1 : match.start()])
        ends = is_free[1] or not _BOUND.match(text, match.end()) or (next_part and next_part.match(text, match.end()))
        if starts and ends:
            return match
        match = pattern.search(text, match.start() + 1)
    return None


def with_straight_apostrophes(text: str) -> str:
    """A text with straight apostrophes in place of curly ones; as long as before."""
    return text.translate(STRAIGHT)


def n_letters(word: str) -> int:
    """Number of letters and digits of a word; 0 for a word of only marks."""
    return sum(character.isalnum() for character in word)


def spelling(word: str, language: str = "en") -> str:
    """A word as a dictionary lists it: lower case, no punctuation around it (unless it is nothing else)."""
    return lower(word.strip(PUNCTUATION) or word, language)


def spellings(word: str, language: str = "en", *, is_cased: bool = False, is_first: bool = False) -> list[str]:
    """The entries of a dictionary that a word may have, the best one first.

    An elided word or a clitic with its apostrophe (``l'``, ``'s``), then `spelling`; curly apostrophes as straight
    ones; in German ß as ss. A dictionary with capitals also has the word as it is written: first of all in a language
    whose nouns have one, unless the word is the first of its sentence.

    Parameters
    ----------
    is_cased : whether the dictionary has capitals.
    is_first : whether the word is the first of a sentence.
    """
    known, written = find_language(language), word.strip(PUNCTUATION) or word
    lowered = [*_marked(word, known), spelling(word, language)]
    found = [written, *lowered] if is_cased and known.noun_capitals and not is_first else [*lowered, written]
    found = found if is_cased else lowered
    found += [with_straight_apostrophes(entry) for entry in found]
    for letter, spelled in known.variants:
        found += [entry.replace(*pair) for entry in found for pair in ((letter, spelled), (spelled, letter))]
    return list(dict.fromkeys(found))


def lower(text: str, language: str = "en") -> str:
    """A text in lower case; in Turkish the capital of ı is I, and that of i is İ."""
    return (text.replace("İ", "i").replace("I", "ı") if find_language(language).dotless else text).lower()


def is_heading(text: str) -> bool:
    """Whether a text is all capitals, and more than one letter."""
    return text.isupper() and len(text) > 1


def without_sentence_capital(tokens: Sequence[str], language: str = "en") -> tuple[str, ...]:
    """The tokens of a word as written inside a sentence; not for names, nor for nouns where those have capitals."""
    first, *others = tokens
    if first in find_language(language).always_capital:
        return tuple(tokens)
    n_capital = 2 if first[:2] == "IJ" else 1  # one letter, of Dutch
    return (lower(first[:n_capital], language) + first[n_capital:], *others)


def with_capital_of(
    original: Sequence[str], tokens: Sequence[str], *, capitals: bool, language: str = "en"
) -> tuple[str, ...]:
    """Tokens that replace `original`: with a capital if that has one, else unchanged.

    capitals : whether the text has capitals; if not, all tokens are in lower case.
    """
    if not capitals:
        return tuple(lower(token, language) for token in tokens)
    first, *others = tokens
    return (_with_capital(first, find_language(language)), *others) if original[0][0].isupper() else tuple(tokens)


def _with_capital(word: str, known: Language) -> str:
    if known.dotless and word[:1] == "i":
        return f"İ{word[1:]}"
    n_capital = 2 if known.tag == "nl" and word[:2] == "ij" else 1
    return word[:n_capital].upper() + word[n_capital:]


def _touches(before: str, after: str, known: Language) -> bool:
    """Whether two words of a language with spaces have none between them."""
    tail = _TAIL.search(lower(with_straight_apostrophes(before), known.tag))
    head = _HEAD.match(lower(with_straight_apostrophes(after), known.tag))
    end, start = tail[0] if tail else "", head[0].rstrip("'-") if head else ""
    if _is_elided(end, start or after, known, is_quoted=before[:1] in APOSTROPHES):
        return True
    if end[-1:] == "-" and end[-2:-1].isalnum() and _is_clitic(f"-{start}", known):  # vole-, t-, il
        return True
    return (end, start) in known.pairs or (_is_clitic(start, known) and _takes_clitic(before, known))


def _is_elided(end: str, after: str, known: Language, *, is_quoted: bool) -> bool:
    last = _LAST_PART.search(end)
    if not last:
        return False
    if last[0] in known.elided:
        return True
    is_consonant = last[0][:-1][-1:].isalpha() and last[0][:-1][-1:] not in VOWELS
    return known.elides_vowels and last[0][-1] == "'" and is_consonant and after[:1] in VOWELS and not is_quoted


def _is_clitic(start: str, known: Language) -> bool:
    part = _FIRST_PART.match(start)
    is_any = "'*" in known.clitics and start[:1] == "'" and start[1:2].isalpha()
    # an elided one with or without its apostrophe: donne, -m', en
    parts = {part[0], part[0].rstrip("'"), f"{part[0]}'"} if part else set()
    return start in known.clitics or is_any or not parts.isdisjoint(known.clitics)


def _takes_clitic(before: str, known: Language) -> bool:
    """Whether a word may have a clitic: it ends with a letter, a closing mark, or as an abbreviation."""
    shortened = FULL_STOP.search(before)
    last = before[-1:]
    return last.isalnum() or last in CLOSING_MARKS or bool(shortened and is_abbreviation(shortened[1], known))


def _run_on(before: str, after: str, known: Language) -> bool:
    """Whether two words of a language without spaces have none between them."""
    letters = next(filter(is_letter, reversed(before)), ""), next(filter(is_letter, after), "")
    if not all(letters) or before[-1] in STOPS_BEFORE_SPACE:
        return not all(letters)
    n_foreign = sum(not UNSPACED.match(letter) for letter in letters)
    if known.spaced_foreign:
        return n_foreign == 0
    is_mark = [
        UNSPACED.match(edge) is None and unicodedata.east_asian_width(edge) in "WF" for edge in (before[-1], after[0])
    ]
    return n_foreign < 2 or any(is_mark)


@lru_cache(maxsize=65536)  # most words of a story are repetitions
def _pattern(word: str, known: Language) -> re.Pattern:
    """A word in any case; what is written in several ways matches in all of them."""
    spelled = _number(word, known) or "".join(_letter(letter, known) for letter in _letters(word, known))
    return re.compile(spelled, re.IGNORECASE)


def _letters(word: str, known: Language) -> list[str]:
    """The letters of a word; two of them, or a run of spaces, may be one."""
    several = "|".join([spelled for _, spelled in known.variants] + ["i\u0307", r"\s+", "."])
    return re.findall(several, word, re.DOTALL | re.IGNORECASE)


def _letter(letter: str, known: Language) -> str:
    """The pattern of a letter."""
    if letter in APOSTROPHES:
        return any_of(APOSTROPHES)
    if letter.isspace():
        return r"\s+"
    if known.dotless and letter in DOTTED:
        return f"(?:{'|'.join(DOTTED)})"
    forms = {form for pair in known.variants if letter.lower() in pair for form in pair}
    if forms:
        return f"(?:{'|'.join(sorted(forms))})"
    if not known.spaced and "!" <= letter <= "~":
        return any_of(letter + chr(ord(letter) + FULL_WIDTH))
    if not known.spaced and "！" <= letter <= "～":
        return any_of(letter + chr(ord(letter) - FULL_WIDTH))
    return re.escape(letter)


def _number(word: str, known: Language) -> str | None:
    """The pattern of a number of four digits or more, with or without marks between groups of three."""
    number = re.fullmatch(rf"(\d+(?:{any_of(known.thousands)}\d{{3}})*)(?:{any_of(known.decimal)}(\d+))?", word)
    digits = re.sub(r"\D", "", number[1]) if number else ""
    if len(digits) < 4:
        return None
    first = len(digits) % 3 or 3
    groups = [digits[:first], *(digits[i : i + 3] for i in range(first, len(digits), 3))]
    decimals = f"{any_of(known.decimal)}{number[2]}" if number[2] else ""
    return f"{any_of(known.thousands)}?".join(groups) + decimals


def _marked(word: str, known: Language) -> list[str]:
    """An elided word or a clitic with its apostrophe."""
    straight = lower(with_straight_apostrophes(word), known.tag).strip(PUNCTUATION.replace("'", ""))
    elided, clitic = _LAST_PART.search(straight), _HEAD.match(straight)
    found = [elided[0]] if elided and elided[0] in known.elided else []
    return found + ([clitic[0]] if clitic and clitic[0] in known.clitics else [])
