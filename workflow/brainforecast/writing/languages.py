"""How each language is written: what `orthography` needs to know of it, by the BCP 47 tag in config dataset.language.

The records are in `records`; a language without one has spaces between its words, the sentence ends of all
scripts, and neither elision nor abbreviations. Standard library only: planning checks the tag.
"""

import re
from dataclasses import dataclass
from functools import cache

from brainforecast.errors import BadInput, nearest
from brainforecast.writing.records import ALIASES, ISO_639_1, MISTAKES, NAMES, RECORDS, SENTENCE_ENDS

WHERE = "config key dataset.language"
SEGMENTED = ("zh",)  # languages without spaces whose words are found in a text (`language.segmentation`)
# language, script, region, and further subtags (RFC 5646); what follows -x- is anybody's own
TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-[a-z]{3}){0,3}(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[a-wy-z\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?"
)


@dataclass(frozen=True)
class Language:
    """How a language is written.

    Parameters
    ----------
    tag : of the language alone, without script and region.
    name : in English.
    spaced : whether spaces separate its words.
    spaced_foreign : in a language without spaces, whether one separates its words from numbers and foreign words.
    elided : words that touch the next one, with their mark: ``l'``; straight apostrophes, lower case.
    elides_vowels : whether any word that ends with a consonant and an apostrophe touches a next one with a vowel.
    clitics : words that touch the one before, with their mark: ``'s``, ``-il``; ``'*`` is any after an apostrophe.
    pairs : two words that touch each other: (gon, na).
    sentence_ends : marks that end a sentence; none where sentences have no mark.
    abbreviations : what a full stop shortens, without ending a sentence; lower case, without that stop.
    before_numbers : the same, before a number: no. 5.
    sometimes_last : abbreviations that may end a sentence, before a capital.
    ordinal_digits : most digits of an ordinal number with a full stop (3. Mai); 0 where ordinals have none.
    ordinal_before : words that an ordinal with a full stop may follow, before a capital: am 3. Tag.
    ordinal_after : words with a capital that may follow an ordinal: 3. Mai.
    quotes : pairs of marks, opening and closing.
    decimal, thousands : the mark of a decimal number, and the marks between groups of three digits.
    noun_capitals : whether nouns have a capital anywhere in a sentence.
    always_capital : other words that have one.
    dotless : whether i without a dot is a letter of its own, with the capital I.
    variants : letters that are written in two ways: (ß, ss).
    """

    tag: str
    name: str
    spaced: bool = True
    spaced_foreign: bool = False
    elided: frozenset[str] = frozenset()
    elides_vowels: bool = False
    clitics: frozenset[str] = frozenset()
    pairs: frozenset[tuple[str, str]] = frozenset()
    sentence_ends: str = SENTENCE_ENDS
    abbreviations: frozenset[str] = frozenset()
    before_numbers: frozenset[str] = frozenset()
    sometimes_last: frozenset[str] = frozenset()
    ordinal_digits: int = 0
    ordinal_before: frozenset[str] = frozenset()
    ordinal_after: frozenset[str] = frozenset()
    quotes: tuple[str, ...] = ("“”", "‘’")
    decimal: str = "."
    thousands: str = ","
    noun_capitals: bool = False
    always_capital: tuple[str, ...] = ()
    dotless: bool = False
    variants: tuple[tuple[str, str], ...] = ()


@cache
def find_language(tag: str) -> Language:
    """The record of a language.

    Parameters
    ----------
    tag : BCP 47, in any case: ``fr``, ``pt-BR``, ``zh-Hans``; codes of three letters are those of ISO 639. Script and
        region are ignored, but for Latin script: pinyin and romaji have spaces.

    Raises
    ------
    BadInput : no BCP 47 tag, or two letters that are no language: ``jp`` is a country.
    """
    code, script = _parse(tag)
    record = RECORDS.get(code)
    if record is None:
        return Language(code, f"language {code}", thousands=",. \u00a0\u202f'’")
    language = Language(code, **record)
    if script == "latn" and not language.spaced:
        return Language(code, f"{language.name} in Latin letters")
    return language


def is_known(tag: str) -> bool:
    """Whether a language has a record of its own; `BadInput` as in `find_language`."""
    return _parse(tag)[0] in RECORDS


def check_segmentation(tag: str, where: str = WHERE) -> None:
    """Raise `BadInput` if the words of a text in this language cannot be found.

    where : the key that needs them.
    """
    known = find_language(tag)
    if not known.spaced and known.tag not in SEGMENTED:
        found = f"{tag}, which has no spaces between words, for the source generated"
        raise BadInput(where, found, "a language with spaces, or zh: no other is cut into words")


def keeps_capital(tag: str, pos: str) -> bool:
    """Whether a word of a part of speech (Universal Dependencies) has its capital inside a sentence too."""
    return pos == "PROPN" or (pos == "NOUN" and find_language(tag).noun_capitals)


def _parse(tag: str) -> tuple[str, str | None]:
    """Code of the language, the shortest there is, and of the script, both in lower case."""
    match = TAG.fullmatch(str(tag).lower())
    code = match and ALIASES.get(match["language"], match["language"])
    if not match or (len(code) == 2 and code not in ISO_639_1) or code in MISTAKES:
        raise BadInput(WHERE, tag, f"a BCP 47 tag such as en, pt-BR or zh-Hans; nearest is {_nearest(str(tag))}")
    return code, match["script"]


def _nearest(tag: str) -> str:
    """The tag that was meant, by names of languages, codes of countries, and spelling."""
    first, *others = [part for part in re.split(r"[\W_]+", tag.strip()) if part] or [""]
    code = first.lower()
    known = ALIASES.get(code) or MISTAKES.get(code) or (code if code in ISO_639_1 else None)
    joined = "-".join([known or code, *others])
    if known and TAG.fullmatch(joined.lower()):
        return joined
    names = NAMES | {record["name"].lower(): tag for tag, record in RECORDS.items()}
    known = known or (names[nearest(code, names)] if len(code) > 3 or not code.isascii() else nearest(code, RECORDS))
    return f"{known} ({RECORDS[known]['name']})" if known in RECORDS else known
