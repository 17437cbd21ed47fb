"""Orthography and punctuation: words and marks of a text, by hand, in English; test_languages.py has the others."""

import subprocess
import sys

import pytest

from brainforecast.writing.orthography import (
    DASH,
    PARAGRAPH_END,
    find_word,
    is_heading,
    join_words,
    n_letters,
    spelling,
    with_capital_of,
    with_straight_apostrophes,
    without_sentence_capital,
    words_in,
)
from brainforecast.writing.punctuation import (
    CLOSING,
    OPENING,
    PLAIN_CLAUSE_END,
    PLAIN_SENTENCE_END,
    SENTENCE_END,
    ends_sentence,
    side_of_mark,
)
from helpers.texts import CLOCKMAKER


def test_joined_words_start_where_stated():
    """A space between words; each word is found at its position, and the text has the same words again."""
    text, starts = join_words(CLOCKMAKER)
    assert text == " ".join(CLOCKMAKER)
    assert [text[a : a + len(word)] for a, word in zip(starts, CLOCKMAKER, strict=True)] == CLOCKMAKER
    assert words_in(text) == CLOCKMAKER
    assert join_words(["so"]) == ("so", [0])


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


@pytest.mark.parametrize(
    "word", ["fin.»", "fin !", "fin\u00a0!", "fin.\u00a0»", "fin.\u200b", "完。", "完！”", "完？』", "हाँ।", "نعم؟"]
)
def test_sentence_ends_of_other_languages(word):
    """Marks of Chinese, Hindi and Arabic, guillemets, French spaces, marks of no width."""
    assert SENTENCE_END.search(word)
    assert ends_sentence(word, "Puis")


@pytest.mark.parametrize(
    ("word", "after", "ends"),
    [
        ("end.", "Then", True),
        ("end.”", "then", True),
        ("Mr.", "Fox", False),
        ("“Dr.", "Who", False),
        ("St.", "Ives", False),
        ("Mme.", "Bovary", False),
        ("J.", "Doe", False),
        ("J.R.R.", "Tolkien", False),
        ("I.", "Then", True),
        ("p.m.", "then", False),
        ("p.m.", "Then", True),
        ("etc.", "and", False),
        ("3.", "5", False),
        ("1909.", "Then", True),
        ("Jan.", "5", False),
        ("Jan.", "Then", True),
        ("Nr.", "5", False),
        ("no.", "He", True),
        ("12.", "Then", True),
        ("d.h.", "nichts", False),
        ("ca.", "zwei", False),
        ("„Nein.“", "Dann", True),
        ("»Geh!«", "Sie", True),
        ("Mr...", "Fox", True),
        ("Mr?", "Fox", True),
        ("Mr.", "", True),
        ("end,", "Then", False),
        ("trust.", "Then", True),
    ],
)
def test_full_stops_that_end_nothing(word, after, ends):
    """After titles, initials and inside numbers; at the end of a text, any does."""
    assert ends_sentence(word, after) is ends


@pytest.mark.parametrize(
    ("word", "after", "touches", "ends"),
    [
        ("3.", "5", True, False),
        ("3.", "5", False, True),
        ("example.", "com", True, False),
        ("end.", "Then", True, True),
        ("子。", "他", True, True),
    ],
)
def test_full_stops_that_touch_the_next_word(word, after, touches, ends):
    """As a transcript shows."""
    assert ends_sentence(word, after, touches=touches) is ends


@pytest.mark.parametrize(
    ("mark", "n_quotes", "side"),
    [
        ("«", 0, "before"),
        ("»", 0, "after"),
        ("。", 0, "after"),
        ("...", 0, "after"),
        ("¿", 0, "before"),
        ('"', 0, "before"),
        ('"', 1, "after"),
        ("—", 0, None),
        ("--", 0, None),
        ("♪", 0, None),
    ],
)
def test_sides_of_marks(mark, n_quotes, side):
    """What opens, what closes, what does neither; straight quotation marks take turns."""
    assert side_of_mark(mark, n_quotes) == side


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
    assert find_word("don’t", text, 0).group() == "Don't"
    assert find_word("don't", "I don’t", 0).group() == "don’t"


def test_a_word_is_found_in_a_script_without_spaces():
    """Inside a run of Chinese characters, but not inside a word of letters."""
    assert find_word("小王子", "一个小王子他", 0).start() == 2
    assert find_word("is", "this", 0) is None


def test_apostrophes_are_made_straight():
    """One character for another."""
    assert with_straight_apostrophes("I’m ‘fine’, ʼkay") == "I'm 'fine', 'kay"


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
    code = "import sys; from brainforecast.writing import orthography; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, check=True)
