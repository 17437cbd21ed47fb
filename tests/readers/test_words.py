"""Words of a story: times filled in, punctuation and sentences from the transcript."""

import pandas as pd
import pytest

from brainforecast.errors import BadInput
from brainforecast.readers.words import count_words_outside, prepare_words, punctuate, sentence_numbers
from brainforecast.storage.parquet import read_provenance, read_units
from helpers.datasets import assert_bad_input, write_gentle, write_lines, write_quoted_words, write_table_of_words
from scripts.dataset.read_words import read_words


def times(words: pd.DataFrame) -> list[tuple]:
    """Rows of a table of words, times to the millisecond."""
    rows = words[["word", "onset", "offset"]].itertuples(index=False)
    return [(word, round(onset, 3), round(offset, 3)) for word, onset, offset in rows]


# times


def test_times_are_interpolated_between_aligned_words(tmp_path):
    """Two words without times lie on the line between their neighbours."""
    path = write_gentle(tmp_path, "a,a,1,2", "b,,,", "c,,,", "d,d,4,5.6")
    assert times(prepare_words(path)[0]) == [("a", 1, 2), ("b", 2, 3.2), ("c", 3, 4.4), ("d", 4, 5.6)]


def test_times_are_extrapolated_by_the_mean_word(tmp_path):
    """Before the first and after the last aligned word, words follow each other at the mean duration."""
    path = write_gentle(tmp_path, "a,,,", "b,b,1,1.4", "c,c,2,2.6", "d,,,", "e,,,")
    assert times(prepare_words(path)[0]) == [
        ("a", 0.5, 0.9),
        ("b", 1, 1.4),
        ("c", 2, 2.6),
        ("d", 2.5, 3.1),
        ("e", 3, 3.6),
    ]


def test_times_are_interpolated_in_a_bids_table(tmp_path):
    """Columns in any order, quotes kept, n/a times interpolated."""
    path = write_quoted_words(tmp_path / "words.tsv")
    assert times(prepare_words(path)[0]) == [('"Once,', 0.5, 0.75), ("null", 1.0, 1.25), ('time."', 1.5, 1.75)]


def test_overlaps_are_tolerated(tmp_path):
    """A word may start before the one above it has ended, or at the same time."""
    path = write_gentle(tmp_path, "a,a,1,1.8", "b,b,1.5,1.7", "c,c,1.5,1.9")
    assert len(prepare_words(path)[0]) == 3


@pytest.mark.parametrize(
    ("rows", "parts"),
    [
        (["a,a,1,2", "b,,,", "c,c,0.5,3"], ["align.csv row 3", "c at 0.5 s", "no earlier than 1 s"]),
        (["a,,,", "b,,,"], ["align.csv row 1", "no times for any of 2 words"]),
        (["a,a,1,0.5"], ["align.csv row 1", "a ending at 0.5 s", "after its onset at 1 s"]),
        (["a,a,one,2"], ["align.csv row 1", "time one", "seconds"]),
        (["a,a,1,inf"], ["align.csv row 1", "time inf", "seconds"]),
        (["a,a,1"], ["align.csv row 1", "3 columns", "4: word, aligned, onset, offset"]),
        ([",a,1,2"], ["align.csv row 1", "no word"]),
        ([], ["align.csv", "no words"]),
    ],
)
def test_bad_alignments(tmp_path, rows, parts):
    """Onsets that go backwards or are all missing, and rows that are no words: one line, and no table."""
    path = write_gentle(tmp_path, *rows)
    with pytest.raises(BadInput) as error:
        read_words(str(path), None, str(tmp_path / "words/fable.parquet"), story="fable", shift=0.0)
    assert_bad_input(error, *parts)
    assert not (tmp_path / "words").exists()


def test_negative_duration(tmp_path):
    """A duration below zero."""
    path = write_table_of_words(tmp_path / "words.tsv", [("once", 1.0, 0.5), ("upon", 2.0, -0.5)])
    with pytest.raises(BadInput) as error:
        prepare_words(path)
    assert_bad_input(error, "words.tsv row 3", "upon ending at 1.5 s")


# punctuation and sentences


def test_punctuation_comes_back(tmp_path):
    """Marks go to the word they touch, opening ones to the next word; dashes and unaligned text are left out."""
    text = '[music] "Well," she said — half-asleep, 50% (or $5)...\n“What?” ! He  left -- at last.'
    path = write_lines(tmp_path / "transcript.txt", text)
    words = ["well", "she", "said", "half", "asleep", "50", "or", "5", "WHAT", "he", "left", "at", "last"]
    expected = '"Well,"|she|said|half|asleep,|50%|(or|$5)...|“What?”|He|left|at|last.'
    assert punctuate(words, path) == expected.split("|")


def test_words_are_not_found_inside_others(tmp_path):
    """A short word is not found inside a longer one."""
    path = write_lines(tmp_path / "transcript.txt", "Saga, again: a... story.")
    assert punctuate(["a", "story"], path) == ["a...", "story."]


def test_word_missing_in_the_transcript(tmp_path):
    """A transcript of another story."""
    path = write_lines(tmp_path / "transcript.txt", "Once upon a time.")
    with pytest.raises(BadInput) as error:
        punctuate(["once", "upon", "the", "time"], path)
    assert_bad_input(error, path, "row 3", "no the", "in order")


def test_sentences_are_numbered():
    """A sentence ends with its stop, inside quotes too; after the last stop a new one begins."""
    words = ["Who?", "“I", "did.”", "Then", "3.5", "went!", "so"]
    assert sentence_numbers(words).tolist() == [0, 1, 1, 2, 2, 2, 3]
    assert sentence_numbers(words).dtype == "Int64"


def test_without_punctuation_there_are_no_sentences():
    """All null, of the same type."""
    result = sentence_numbers(["once", "upon"])
    assert result.isna().all()
    assert result.dtype == "Int64"


# the table


def test_words_outside():
    """Before the first volume and from the end of the last."""
    words = pd.DataFrame({"onset": [-0.1, 0.0, 2.9, 3.0, 4.0]})
    assert count_words_outside(words, n_trs=2, tr=1.5) == 3


def test_read_words_writes_a_table_on_the_scans_clock(tmp_path):
    """Shifted times, units, and the number of interpolated words."""
    path = write_gentle(tmp_path, "a,a,1,2", "b,,,", "c,c,3,4")
    transcript = write_lines(tmp_path / "transcript.txt", "A b. C")
    read_words(str(path), str(transcript), str(tmp_path / "fable.parquet"), story="fable", shift=-0.5)
    words = pd.read_parquet(tmp_path / "fable.parquet")
    assert words.columns.tolist() == ["word", "onset", "offset", "sentence"]
    assert times(words) == [("A", 0.5, 1.5), ("b.", 1.5, 2.5), ("C", 2.5, 3.5)]
    assert words["sentence"].tolist() == [0, 0, 1]
    assert read_units(tmp_path / "fable.parquet")["onset"].startswith("s, ")
    provenance = read_provenance(tmp_path / "fable.parquet")
    expected = {"story": "fable", "shift": -0.5, "n_words": 3, "n_interpolated": 1}
    assert expected.items() <= provenance.items()


# real data


def test_all_real_alignments_read(shared_data):
    """26 stories: every word has times, in order, at the pace of speech."""
    paths = sorted((shared_data / "narratives/stimuli/gentle").glob("*/align.csv"))
    assert len(paths) == 26
    for path in paths:
        words, provenance = prepare_words(path)
        assert words["onset"].is_monotonic_increasing, path
        assert (words["offset"] >= words["onset"]).all(), path
        span = words["offset"].iloc[-1] - words["onset"].iloc[0]
        assert 1.9 < len(words) / span < 3.2, path
        assert provenance["n_interpolated"] < 0.07 * len(words), path


def test_real_interpolation(shared_data):
    """Pie Man: 957 words, 3 of them without times, the first at 15.09 s."""
    words, provenance = prepare_words(shared_data / "pieman/stimuli/gentle/pieman/align.csv")
    assert (len(words), provenance["n_interpolated"]) == (957, 3)
    assert words["onset"].iloc[0] == pytest.approx(15.09, abs=1e-4)
    assert count_words_outside(words, n_trs=300, tr=1.5) == 0
