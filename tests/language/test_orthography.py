"""Orthography: words and marks of a text, by hand; another language would add cases here."""

import subprocess
import sys

import pytest

from brainforecast.language import orthography
from brainforecast.language.orthography import (
    CLOSING,
    DASH,
    OPENING,
    PARAGRAPH_END,
    PLAIN_CLAUSE_END,
    PLAIN_SENTENCE_END,
    SENTENCE_END,
    find_word,
    is_heading,
    join_words,
    n_letters,
    spelling,
    with_capital_of,
    without_sentence_capital,
    words_in,
)
from helpers.texts import CLOCKMAKER


def test_joined_words_start_where_stated():
    """A space between words; each word is found at its position, and the text has the same words again."""
    text, starts = join_words(CLOCKMAKER)
    assert text == " ".join(CLOCKMAKER)
    assert [text[a : a + len(word)] for a, word in zip(starts, CLOCKMAKER, strict=True)] == CLOCKMAKER
    assert words_in(text) == CLOCKMAKER
    assert join_words(["so"]) == ("so", [0])


def test_words_without_spaces(monkeypatch):
    """A language that has no space between words changes `space_between` alone."""
    monkeypatch.setattr(orthography, "space_between", lambda before, after: "")
    assert join_words(["从前", "有", "一条", "河"]) == ("从前有一条河", [0, 2, 3, 5])


@pytest.mark.parametrize(
    ("word", "ends", "ends_plain"),
    [
        ("end.", True, True),
        ("“End!”", True, False),
        ("end?')", True, True),
        ("end…", True, False),
        ("end,", False, False),
        ("3.5", False, False),
    ],
)
def test_sentence_ends(word, ends, ends_plain):
    """A stop, and marks that close; plain text has neither curly quotes nor an ellipsis."""
    assert bool(SENTENCE_END.search(word)) is ends
    assert bool(PLAIN_SENTENCE_END.search(word)) is ends_plain


def test_clause_ends():
    """A comma, semicolon or colon, and marks that close."""
    assert all(map(PLAIN_CLAUSE_END.search, ("so,", 'so;"', "so:)")))
    assert not any(map(PLAIN_CLAUSE_END.search, ("so.", "so")))


@pytest.mark.parametrize(
    ("gap", "closing", "opening"),
    [
        (",” “", ",”", "“"),
        (" . ", " .", None),
        (" (", "", "("),
        ("—", "", None),
        (" — “", "", "“"),
        ("-", "", None),
        ("?) ", "?)", None),
        (" $", "", "$"),
    ],
)
def test_marks_between_words(gap, closing, opening):
    """What touches the word before closes it, what touches the word after opens that; dashes do neither."""
    assert CLOSING.match(gap)[0] == closing
    found = OPENING.search(gap)
    assert (found and found[0]) == opening


def test_dashes_and_paragraphs():
    """Dashes, typed or printed, but not hyphens; an empty line, with or without spaces in it."""
    assert DASH.sub("|", "a--b --- c—d – well-worn") == "a|b|c|d|well-worn"
    assert PARAGRAPH_END.split("a\nb\n \n\nc") == ["a\nb", "c"]


def test_a_word_is_found_complete_and_in_any_case():
    text = "Another other. Don't"
    assert find_word("other", text, 0).start() == 8
    assert find_word("don't", text, 0).group() == "Don't"
    assert find_word("other", text, 9) is None


@pytest.mark.parametrize(("word", "n"), [("Don't,", 4), ("1,204", 4), ("—", 0), ("café", 4), ("", 0)])
def test_letters_and_digits_are_counted(word, n):
    assert n_letters(word) == n


@pytest.mark.parametrize(
    ("word", "entry"),
    [("The", "the"), ("“Fox”,", "fox"), ("don't!", "don't"), (",", ","), ("half-way…", "half-way"), ("—", "—")],
)
def test_spelling(word, entry):
    assert spelling(word) == entry


def test_headings():
    """All capitals; a single capital is a word."""
    assert is_heading("CHAPTER 2")
    assert not any(map(is_heading, ("I", "A", "Chapter", "2")))


def test_capital_of_a_sentence_is_removed():
    """Of the first token only, and not from I."""
    assert without_sentence_capital(["Do", "N't"]) == ("do", "N't")
    assert without_sentence_capital(["I", "'m"]) == ("I", "'m")
    assert without_sentence_capital(["In"]) == ("in",)


@pytest.mark.parametrize(
    ("original", "capitals", "expected"),
    [("Fox", True, ("Mary", "'s")), ("fox", True, ("mary", "'s")), ("fox", False, ("mary", "'s"))],
)
def test_capital_of_a_replacement(original, capitals, expected):
    """As the original has it; names keep theirs; a text without capitals gets none."""
    assert with_capital_of([original], ["mary", "'s"], capitals=capitals) == expected
    assert with_capital_of([original], ["Mary"], capitals=capitals) == ("Mary" if capitals else "mary",)


def test_orthography_imports_the_standard_library_only():
    """Readers and the simulation use it without loading a language model."""
    code = "import sys; from brainforecast.language import orthography; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, check=True)
