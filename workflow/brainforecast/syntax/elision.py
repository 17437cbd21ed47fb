"""Words that fit between their neighbours where vowels are elided: in French "l'arbre", not "le arbre" or "l'chat".

Words are replaced one by one, each by a word of its class, so that whether a vowel is elided has to be right whatever
its neighbours are replaced by. A word that is elided is replaced by one that is, the word after it by one that begins
with a vowel, and a word that begins with a consonant by another such word. Before a vowel no word is drawn that would
be elided there. An h counts as mute in all of this, so that "l'haricot" can occur.
"""

import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

from brainforecast.writing.orthography import with_straight_apostrophes

APOSTROPHE = "'"
VOWELS, MUTE, DROPPED = "aeiouyœæ", "h", "aeo"  # le, la and lo lose their vowel, qui does not


class Elision:
    """Elision in one language.

    Parameters
    ----------
    elided : elided words, with their apostrophe, as "l'" is; none in a language without elision.
    """

    def __init__(self, elided: Sequence[str]):
        self._elided = frozenset(with_straight_apostrophes(word).lower() for word in elided)

    def is_elided(self, word: str) -> bool:
        """Whether a word is elided, as "l'" is."""
        return with_straight_apostrophes(word).lower() in self._elided

    def would_elide(self, word: str) -> bool:
        """Whether a word is elided before a vowel, as "le" is."""
        word = word.lower()
        return word[-1:] in tuple(DROPPED) and word[:-1] + APOSTROPHE in self._elided

    def fitting(self, before: str, word: str, after: str) -> Callable[[str], bool] | None:
        """Which words can stand in place of `word`; None if all can.

        Parameters
        ----------
        before, after : its neighbours, without marks; empty at the ends of the text. They may be replaced too.
        """
        if not self._elided:
            return None
        elided, after_elided = self.is_elided(word), self.is_elided(before)
        consonant = not after_elided and not begins_with_vowel(word)
        before_vowel = begins_with_vowel(after) and not elided and not self.would_elide(word)

        def fits(other: str) -> bool:
            if self.is_elided(other) != elided or (before_vowel and self.would_elide(other)):
                return False
            return begins_with_vowel(other) if after_elided else not (consonant and begins_with_vowel(other))

        return fits


@lru_cache(maxsize=100_000)
def begins_with_vowel(word: str) -> bool:
    """Whether a word begins with the letter of a vowel or a mute h, accents apart."""
    return unicodedata.normalize("NFD", word[:1]).lower()[:1] in tuple(VOWELS + MUTE)
