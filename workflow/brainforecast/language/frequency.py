"""How common words are, by a list that knows no language model: Zipf frequencies of `wordfreq`.

Speer (2022), rspeer/wordfreq: log10 of how often a word occurs in a billion words, from subtitles, news, books and the
web; 3 is once in a million, 6 is once in a thousand.
"""

from collections.abc import Iterable

import numpy as np
from wordfreq import available_languages, zipf_frequency

from brainforecast.errors import BadInput, nearest
from brainforecast.language.orthography import spelling


def zipf_frequencies(words: Iterable[str], language: str) -> np.ndarray:
    """Zipf frequency of each word, (n_words,) float64; 0 for words that the list lacks.

    Marks around a word are removed first; a word that is written as several has the frequency of all of them together.

    Parameters
    ----------
    language : BCP 47; a region is ignored where the list has none.

    Raises
    ------
    BadInput : a language that the list lacks.
    """
    known = known_language(language)
    return np.array([zipf_frequency(spelling(word), known) for word in words], dtype=float)


def known_language(language: str) -> str:
    """The name of a language in the list.

    Raises
    ------
    BadInput : the list lacks it.
    """
    languages = available_languages()
    named = (name.lower() for name in (language, language.partition("-")[0]))
    known = next((name for name in named if name in languages), None)
    try:
        if known:
            zipf_frequency("1", known)
            return known
    except ModuleNotFoundError as error:  # Chinese, Japanese and Korean are cut into words by packages of their own
        raise BadInput("config key dataset.language", language, f"package {error.name} for its words") from error
    expected = f"the code of a language whose words are counted; nearest is {nearest(language, languages)}"
    raise BadInput("config key dataset.language", language, expected)
