"""Languages by their BCP 47 tags; the table in docs/models.md is what the records have."""

import subprocess
import sys
from string import ascii_lowercase

import langcodes
import pytest

from brainforecast.errors import BadInput
from brainforecast.planning.grammar import CORPORA, PARSERS
from brainforecast.writing.languages import Language, find_language, is_known, keeps_capital
from brainforecast.writing.records import ALIASES, ISO_639_1, MISTAKES, NAMES, RECORDS
from helpers.datasets import REPOSITORY, assert_bad_input
from helpers.texts_languages import STORIES

DOCUMENT = REPOSITORY / "docs/models.md"
HEADER = (
    "| | words touch | a full stop ends no sentence after | sentences end with | quotes | numbers | parser, corpus |"
)


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("en", "English"),
        ("EN-us", "English"),
        ("eng", "English"),
        ("fr-CA", "French"),
        ("fre", "French"),
        ("de-AT", "German"),
        ("de-DE-1996", "German"),
        ("pt-BR", "Portuguese"),
        ("zh-Hans", "Chinese"),
        ("zh-TW", "Chinese"),
        ("zh-cmn-Hans-CN", "Chinese"),
        ("cmn-Hant", "Chinese"),
        ("yue-HK", "Cantonese"),
        ("nn", "Norwegian"),
        ("no", "Norwegian"),
        ("iw", "Hebrew"),
        ("sr-Cyrl", "Serbian"),
        ("es-419", "Spanish"),
        ("en-x-lab", "English"),
    ],
)
def test_a_tag_finds_its_language(tag, name):
    """By code of two or three letters, in any case, with script, region and more."""
    assert find_language(tag).name == name
    assert is_known(tag)


def test_latin_script_has_spaces():
    """Pinyin and romaji."""
    assert not find_language("ja").spaced
    assert find_language("zh-Latn").spaced
    assert find_language("ja-Latn-JP").spaced


@pytest.mark.parametrize("tag", ["sw", "und", "tlh", "kr", "eu-ES"])
def test_a_language_without_a_record_is_plain(tag):
    """Spaces, all sentence ends, no elision, no clitics, no abbreviations."""
    plain = find_language(tag)
    assert not is_known(tag)
    assert plain.spaced and "。" in plain.sentence_ends and "؟" in plain.sentence_ends
    assert not (plain.elided or plain.clitics or plain.abbreviations or plain.ordinal_digits)


@pytest.mark.parametrize(
    ("tag", "suggestion"),
    [
        ("english", "en (English)"),
        ("Francais", "fr (French)"),
        ("mandarin chinese", "zh (Chinese)"),
        ("cn", "zh"),
        ("jp", "ja"),
        ("jp-JP", "ja-JP"),
        ("cz", "cs"),
        ("dk", "da"),
        ("gr", "el"),
        ("en_US", "en-US"),
        ("zh_hans", "zh-hans"),
        ("zx", "zh (Chinese)"),
        ("", ""),
        ("中文", "zh"),
        ("Bokmål", "nb"),
        ("fr-", "fr"),
    ],
)
def test_what_is_no_tag_names_the_nearest(tag, suggestion):
    """Names of languages, countries, underscores, letters that are no code: one line."""
    for function in (find_language, is_known):
        with pytest.raises(BadInput) as error:
            function(tag)
        assert_bad_input(error, "dataset.language", tag, "BCP 47")
        assert suggestion.partition(" ")[0] in str(error.value).rpartition("nearest")[2]


def test_codes_are_those_of_the_registry():
    """As the registry of BCP 47 has them, by another package."""
    known = ISO_639_1 | set(ALIASES) | set(RECORDS)
    assert [code for code in known if not langcodes.tag_is_valid(langcodes.standardize_tag(code))] == []
    assert [code for code in MISTAKES if langcodes.tag_is_valid(langcodes.standardize_tag(code))] == []
    assert {*MISTAKES.values(), *NAMES.values()} <= set(RECORDS)
    two = {a + b for a in ascii_lowercase for b in ascii_lowercase}
    assert {code for code in two if langcodes.tag_is_valid(code)} - known == set()


def test_other_codes_are_of_the_same_language():
    """As the registry shortens them; Norwegian of both kinds, and Croatian and its neighbours, have one record each."""
    shortened = {alias: langcodes.standardize_tag(alias).partition("-")[0] for alias in ALIASES}
    differ = {alias: ALIASES[alias] for alias, code in shortened.items() if code not in (alias, ALIASES[alias])}
    assert set(differ.values()) <= {"nb", "hr"}


def test_records_hold_what_the_rules_expect():
    """Lower case, straight apostrophes, no stop at the end, pairs of marks; a text to test most of them."""
    for tag in RECORDS:
        known = find_language(tag)
        assert known == Language(tag, **RECORDS[tag])
        listed = known.abbreviations | known.before_numbers | known.sometimes_last | known.ordinal_after
        assert all(word == word.lower() and not word.endswith(".") and "’" not in word for word in listed)
        assert all(word[-1] in "'-" and word[0] not in "'-" for word in known.elided)
        assert all(word[0] in "'-n" and word[-1] != "-" for word in known.clitics)
        assert all(len(pair) == 2 for pair in known.quotes)
        assert not set(known.decimal) & set(known.thousands)
    assert set(STORIES) <= set(RECORDS)


def test_capitals_inside_a_sentence():
    """Nouns of German; names anywhere."""
    assert keeps_capital("de-CH", "NOUN")
    assert not keeps_capital("en", "NOUN")
    assert all(keeps_capital(tag, "PROPN") for tag in ("de", "en", "sw"))
    assert not keeps_capital("de", "ADJ")


def test_planning_may_import_it():
    """The standard library alone."""
    code = "import sys; from brainforecast.writing import languages; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, check=True)


def test_the_documented_table_is_what_the_records_have():
    """docs/models.md, section Languages; on a difference, the message is the table to put there."""
    table = documented_table()
    assert table in DOCUMENT.read_text(), f"put this table into {DOCUMENT.name}:\n{table}"


def documented_table() -> str:
    """What each language decides, a row each, in Markdown."""
    rows = [HEADER, "|---|---|---|---|---|---|---|"]
    return "\n".join([*rows, *(_row(tag, find_language(tag)) for tag in sorted(RECORDS))])


def _row(tag: str, known: Language) -> str:
    shortened = sorted(known.abbreviations | known.before_numbers | known.sometimes_last)
    stops = [_some([f"{word}." for word in shortened], 3)] if shortened else []
    stops += ["ordinals: 3."] if known.ordinal_digits else []
    parser = [f"`{PARSERS[tag]}`"] if tag in PARSERS else []
    corpus = ["two novels"] if tag in CORPORA else []
    thousands = "space" if known.thousands[0] == " " else known.thousands[0]
    cells = [
        f"`{tag}` {known.name}",
        _touching(known),
        "; ".join(stops),
        _ends(known),
        " ".join(f"{pair[0]}…{pair[1]}" for pair in known.quotes[:2]),
        f"1{' ' if thousands == 'space' else thousands}000{known.decimal[0]}5",
        ", ".join(parser + corpus),
    ]
    return "| " + " | ".join(cells) + " |"


def _touching(known: Language) -> str:
    if not known.spaced:
        return "all, but for numbers and foreign words" if known.spaced_foreign else "all, but for two foreign ones"
    elided = sorted(known.elided, key=lambda word: (len(word), word))
    clitics = sorted(known.clitics, key=lambda word: (len(word), word))
    parts = [f"after {_some(elided, 3)}"] if elided else []
    parts += [f"before {_some(clitics, 3)}"] if clitics else []
    parts += [_some(["+".join(pair) for pair in sorted(known.pairs)], 2)] if known.pairs else []
    return "; ".join(parts)


def _ends(known: Language) -> str:
    own = {"el": ";", "hy": "։ :", "zh": "。！？", "yue": "。！？", "ja": "。！？", "hi": "।", "bn": "।", "ur": "۔ ؟"}
    own |= {"ar": "؟", "fa": "؟", "am": "። ፧", "km": "។", "my": "။", "bo": "།"}
    if not known.sentence_ends:
        return "no mark: sentences are null"
    marks = own.get(known.tag, "")
    assert all(mark in known.sentence_ends for mark in marks.split() for mark in mark)
    return f". ! ? … {marks}".strip()


def _some(words: list[str], most: int) -> str:
    return ", ".join(f"`{word}`" for word in words[:most]) + (" …" if len(words) > most else "")
