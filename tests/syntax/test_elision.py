"""Elision: no word is drawn that its neighbours, replaced too, could not stand beside."""

from itertools import pairwise, product

import pytest

from brainforecast.syntax.elision import Elision, begins_with_vowel
from brainforecast.writing.languages import find_language

FRENCH = Elision(find_language("fr").elided)
WORDS = ["le", "la", "l'", "un", "arbre", "chat", "homme", "que", "qu'", "il", "qui", "école", "petit"]


@pytest.mark.parametrize(
    ("word", "expected"), [("arbre", True), ("École", True), ("homme", True), ("chat", False), ("", False)]
)
def test_vowels(word, expected):
    """Accents apart; an h counts as mute."""
    assert begins_with_vowel(word) is expected


def test_words_that_are_elided():
    """l' is; le, la and que would be before a vowel, qui would not. Either apostrophe, any case."""
    assert FRENCH.is_elided("L’") and not FRENCH.is_elided("la")
    assert [word for word in WORDS if FRENCH.would_elide(word)] == ["le", "la", "que"]


def test_other_languages_restrict_nothing():
    """English has no elided words; the article "a" is not looked at."""
    assert Elision(find_language("en").elided).fitting("an", "apple", "is") is None


@pytest.mark.parametrize("story", ["le petit chat", "l' arbre que l' homme", "un arbre petit", "il que le chat qui"])
def test_whatever_is_drawn_agrees_in_elision(story):
    """All combinations of fitting words: an elided word stands before a vowel, and no word that would elide does."""
    words = story.split()
    fitting = []
    for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False):
        fits = FRENCH.fitting(before, word, after)
        assert fits(word)
        fitting.append([other for other in WORDS if fits(other)])
    assert all(len(others) > 1 for others in fitting)
    for drawn in product(*fitting):
        for first, second in pairwise(drawn):
            assert FRENCH.is_elided(first) <= begins_with_vowel(second)
            assert not (FRENCH.would_elide(first) and begins_with_vowel(second))
