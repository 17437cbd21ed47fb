"""How common words are, whatever stands around them."""

import numpy as np
import pytest

from brainforecast.errors import BadInput
from brainforecast.language.frequency import zipf_frequencies


def test_common_words_have_high_frequencies():
    """Zipf: log10 of the count in a billion words. A word that the list lacks, and marks alone, have 0."""
    the, house, snarf, dash = zipf_frequencies(["the", "house", "snarfblatt", "—"], "en")
    assert 7 < the < 8 and 5 < house < 6
    assert snarf == dash == 0
    assert zipf_frequencies([], "en").shape == (0,)


def test_marks_and_capitals_do_not_count():
    plain = zipf_frequencies(["house", "don't", "well-known"], "en")
    np.testing.assert_array_equal(zipf_frequencies(["“House,", "DON'T!", "(well-known)"], "en"), plain)
    assert (plain > 3).all()


def test_languages_have_their_own_words():
    """A region is ignored where the list has none of its own."""
    words = ["huis", "house"]
    dutch, english = zipf_frequencies(words, "nl"), zipf_frequencies(words, "en-GB")
    assert dutch[0] > dutch[1] and english[0] < english[1]
    np.testing.assert_array_equal(english, zipf_frequencies(words, "en"))


def test_an_unknown_language_names_the_nearest():
    with pytest.raises(BadInput, match=r"config key dataset.language: found eng; .* nearest is en$"):
        zipf_frequencies(["house"], "eng")
