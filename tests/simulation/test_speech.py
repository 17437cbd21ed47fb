"""The speech-rate model: properties of its word times, and of the table it writes."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from brainforecast.errors import BadInput
from brainforecast.simulation.speech import read_story, speak
from helpers.datasets import REPOSITORY, assert_bad_input, write_lines
from scripts.simulation.simulate_speech import simulate_speech

TEXT = 'One day, a fox spoke. "Why not?" it said; nobody answered.\n\nThen the extraordinary fox slept.\n'
STORIES = sorted((REPOSITORY / "workflow" / "demo").glob("*.txt"))


@pytest.fixture
def words() -> pd.DataFrame:
    """A short text, spoken."""
    return speak(TEXT, words_per_second=2.5, start=4.0)


def gaps(words: pd.DataFrame) -> pd.Series:
    """Silence after each word but the last, by word."""
    silence = words["onset"].to_numpy()[1:] - (words["onset"] + words["duration"]).to_numpy()[:-1]
    return pd.Series(silence, index=words["word"][:-1])


@pytest.mark.parametrize("rate", [0.5, 2.54, 6.0])
def test_rate_is_exact(rate):
    """N words take N / rate seconds from the first onset to the last offset."""
    words = speak(TEXT, words_per_second=rate, start=1.0)
    end = words["onset"].iloc[-1] + words["duration"].iloc[-1]
    assert len(words) / (end - words["onset"].iloc[0]) == pytest.approx(rate)


def test_first_word_follows_the_silence(words):
    """The first onset is `start`."""
    assert words["onset"].iloc[0] == 4.0


def test_words_keep_their_punctuation(words):
    """The words are those of the text, nothing added or lost."""
    assert words["word"].tolist() == TEXT.split()


def test_words_take_time_and_never_overlap(words):
    """Durations are positive, and a word starts when the one before has ended, or later."""
    assert (words["duration"] > 0).all()
    assert gaps(words).min() > -1e-9


def test_longer_words_take_longer(words):
    """A word's duration grows with its letters."""
    duration = words.groupby("word")["duration"].first()
    assert duration["a"] < duration["fox"] < duration["nobody"] < duration["extraordinary"]


def test_pauses_follow_punctuation(words):
    """None inside a clause, then longer after a clause, a sentence, a paragraph."""
    silence = gaps(words)
    assert abs(silence["fox"].iloc[0]) < 1e-9
    assert 0.05 < silence["day,"] < silence["spoke."] < silence["answered."]
    assert silence["said;"] == pytest.approx(silence["day,"])
    assert silence['not?"'] == pytest.approx(silence["spoke."])


def test_a_single_word_has_a_time():
    """One word takes 1 / rate seconds."""
    assert speak("Hush.", words_per_second=2.0, start=0.0)["duration"].tolist() == [0.5]


def test_table_of_words_reads_back(tmp_path):
    """The script's table has the columns of BIDS, whole milliseconds, no quoting and no overlap."""
    path = tmp_path / "stimuli" / "fable" / "words.tsv"
    simulate_speech(str(write_lines(tmp_path / "fable.txt", TEXT)), str(path), words_per_second=2.5, start=4.0)
    table = pd.read_csv(path, sep="\t", quoting=csv.QUOTE_NONE)
    assert list(table.columns) == ["onset", "duration", "word"]
    assert table["word"].tolist() == TEXT.split()
    milliseconds = 1000 * table[["onset", "duration"]].to_numpy()
    assert np.allclose(milliseconds, milliseconds.round(), atol=1e-6)
    assert (gaps(table) > -1e-9).all()


def test_story_without_a_word_is_refused(tmp_path):
    """The error names the file."""
    path = write_lines(tmp_path / "silence.txt", "", "  ")
    with pytest.raises(BadInput) as error:
        read_story(path)
    assert_bad_input(error, path, "no words")


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_demo_stories_are_as_promised(path: Path):
    """900 to 1,050 words of plain ASCII, named by one word in lower case."""
    assert path.stem.isalpha() and path.stem.islower()
    text = read_story(path)
    assert text.isascii()
    assert 900 <= len(text.split()) <= 1050


def test_a_text_without_spaces_is_spoken_by_the_character():
    """In Chinese, with the pauses of its own marks."""
    words = speak("从前有一座小镇，镇上的钟慢了。没有人知道，为什么。", words_per_second=4, start=0, language="zh")
    assert "".join(words["word"]) == "从前有一座小镇，镇上的钟慢了。没有人知道，为什么。"
    silence = gaps(words)
    assert silence["镇，"] == pytest.approx(silence["了。"] / 2)
    assert (silence.drop(["镇，", "了。", "道，"]) < 1e-9).all()


def test_pauses_follow_the_sentences_of_a_language():
    """An ordinal of German ends none; in English any full stop has a pause."""
    german, english = (
        gaps(speak("Am 3. Mai kam er. Sie ging.", words_per_second=2, start=0, language=tag)) for tag in ("de", "en")
    )
    assert german["3."] == pytest.approx(0, abs=1e-9)
    assert english["3."] > 0.1 and german["er."] > 0.1
