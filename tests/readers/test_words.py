"""When each word is heard, and in which sentence."""

import pandas as pd
import pytest

from brainforecast.dataset.alignments import find_transcript, first_onset
from brainforecast.errors import BadInput
from brainforecast.readers.words import prepare_words, punctuate, read_alignment, sentences, words_outside
from brainforecast.storage.parquet import read_provenance, read_units
from helpers.datasets import assert_bad_input, write_lines, write_table_of_words
from scripts.dataset.read_words import read_words

TEXTGRID = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "phones"
        xmin = 0
        xmax = 2
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 2
            text = "W"
    item [2]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 2
        intervals: size = 4
        intervals [1]:
            xmin = 0
            xmax = 0.5
            text = ""
        intervals [2]:
            xmin = 0.5
            xmax = 0.75
            text = "once"
        intervals [3]:
            xmin = 0.75
            xmax = 1
            text = "sp"
        intervals [4]:
            xmin = 1
            xmax = 2
            text = "upon"
"""


def write_gentle(folder, *rows):
    """Write an align.csv."""
    return write_lines(folder / "align.csv", *rows)


def times(words: pd.DataFrame) -> list[tuple]:
    """Rows of a table of words, times to the millisecond."""
    rows = words[["word", "onset", "offset"]].itertuples(index=False)
    return [(word, round(onset, 3), round(offset, 3)) for word, onset, offset in rows]


# alignments


def test_gentle_alignment(tmp_path):
    """No header; quoted words, curly apostrophes, and words that a table reader would take for missing."""
    path = write_gentle(tmp_path, "I’m,i'm,0.5,0.7", '"well, so",well,0.7,1', "null,<unk>,1,1.5", "NA,na,1.5,2")
    assert times(read_alignment(path)) == [
        ("I’m", 0.5, 0.7),
        ("well, so", 0.7, 1.0),
        ("null", 1.0, 1.5),
        ("NA", 1.5, 2.0),
    ]


def test_times_are_interpolated_between_aligned_words(tmp_path):
    """Two words without times lie on the line between their neighbours."""
    path = write_gentle(tmp_path, "a,a,1,2", "b,,,", "c,,,", "d,d,4,5.6")
    assert times(read_alignment(path)) == [("a", 1, 2), ("b", 2, 3.2), ("c", 3, 4.4), ("d", 4, 5.6)]


def test_times_are_extrapolated_by_the_mean_word(tmp_path):
    """Before the first and after the last aligned word, words follow each other at the mean duration."""
    path = write_gentle(tmp_path, "a,,,", "b,b,1,1.4", "c,c,2,2.6", "d,,,", "e,,,")
    assert times(read_alignment(path)) == [
        ("a", 0.5, 0.9),
        ("b", 1, 1.4),
        ("c", 2, 2.6),
        ("d", 2.5, 3.1),
        ("e", 3, 3.6),
    ]


def test_bids_table(tmp_path):
    """Columns in any order, quotes as they stand, n/a times interpolated."""
    path = write_lines(
        tmp_path / "words.tsv",
        "word\tonset\tduration\tpart",
        '"Once,\t0.5\t0.25\ta',
        "null\tn/a\tn/a\ta",
        'time."\t1.5\t0.25\ta',
    )
    assert times(read_alignment(path)) == [('"Once,', 0.5, 0.75), ("null", 1.0, 1.25), ('time."', 1.5, 1.75)]


def test_textgrid(tmp_path):
    """The tier of words is taken, silences are not words."""
    path = write_lines(tmp_path / "words.TextGrid", *TEXTGRID.splitlines())
    assert times(read_alignment(path)) == [("once", 0.5, 0.75), ("upon", 1.0, 2.0)]
    assert first_onset(path) == 0.5


def test_overlaps_are_tolerated(tmp_path):
    """A word may start before the one above it has ended, or at the same time."""
    assert len(read_alignment(write_gentle(tmp_path, "a,a,1,1.8", "b,b,1.5,1.7", "c,c,1.5,1.9"))) == 3


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
        read_alignment(path)
    assert_bad_input(error, "words.tsv row 3", "upon ending at 1.5 s")


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("words.tsv", b"onset\tduration\n1\t2\n", ["words.tsv row 1", "onset, duration", "a column word"]),
        ("words.tsv", b"onset\tduration\tword\n1\t2\t\xff\n", ["words.tsv", "not UTF-8"]),
        ("words.TextGrid", b"once upon a time\n", ["words.TextGrid", "no TextGrid"]),
        ("words.docx", b"once", ["words.docx", "a .docx file", "align.csv, words.tsv or a TextGrid"]),
    ],
)
def test_files_of_another_kind(tmp_path, name, content, parts):
    """What is no alignment at all."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput) as error:
        read_alignment(tmp_path / name)
    assert_bad_input(error, *parts)


def test_textgrid_without_a_tier_of_words(tmp_path):
    """Two tiers, neither named words."""
    path = write_lines(tmp_path / "words.TextGrid", *TEXTGRID.replace('"words"', '"tones"').splitlines())
    with pytest.raises(BadInput) as error:
        read_alignment(path)
    assert_bad_input(error, path, "tiers phones, tones", "named words")


def test_alignment_that_is_not_there(tmp_path):
    """A missing file."""
    with pytest.raises(BadInput) as error:
        read_alignment(tmp_path / "align.csv")
    assert_bad_input(error, tmp_path / "align.csv", "No such file")


# punctuation and sentences


def test_punctuation_comes_back(tmp_path):
    """Marks go to the word they touch, opening ones to the next word; dashes and text nobody aligned are left out."""
    text = '[music] "Well," she said — half-asleep, 50% (or $5)...\n“What?” ! He  left -- at last.'
    path = write_lines(tmp_path / "transcript.txt", text)
    words = ["well", "she", "said", "half", "asleep", "50", "or", "5", "WHAT", "he", "left", "at", "last"]
    expected = '"Well,"|she|said|half|asleep,|50%|(or|$5)...|“What?”|He|left|at|last.'
    assert punctuate(words, path) == expected.split("|")


def test_words_are_found_whole(tmp_path):
    """A short word is not found inside a longer one."""
    path = write_lines(tmp_path / "transcript.txt", "Saga, again: a... story.")
    assert punctuate(["a", "story"], path) == ["a...", "story."]


def test_word_that_the_transcript_has_not(tmp_path):
    """A transcript of another story."""
    path = write_lines(tmp_path / "transcript.txt", "Once upon a time.")
    with pytest.raises(BadInput) as error:
        punctuate(["once", "upon", "the", "time"], path)
    assert_bad_input(error, path, "row 3", "no the", "in order")


def test_transcript_lies_beside_a_gentle_alignment(tmp_path):
    """transcript.txt beside align.csv, if there is one."""
    path = write_gentle(tmp_path, "a,a,1,2")
    assert find_transcript(path) is None
    assert (
        find_transcript(write_lines(tmp_path / "transcript.txt", "a").with_name("align.csv")).name == "transcript.txt"
    )


def test_sentences_are_counted():
    """A sentence ends with its stop, inside quotes too; after the last stop a new one begins."""
    words = ["Who?", "“I", "did.”", "Then", "3.5", "went!", "so"]
    assert sentences(words).tolist() == [0, 1, 1, 2, 2, 2, 3]
    assert sentences(words).dtype == "Int64"


def test_without_punctuation_there_are_no_sentences():
    """All null, of the same type."""
    result = sentences(["once", "upon"])
    assert result.isna().all()
    assert result.dtype == "Int64"


# the table


def test_words_outside():
    """Before the first volume and from the end of the last."""
    words = pd.DataFrame({"onset": [-0.1, 0.0, 2.9, 3.0, 4.0]})
    assert words_outside(words, n_trs=2, tr=1.5) == 3


def test_read_words_writes_a_table_on_the_scans_clock(tmp_path):
    """Shifted times, units, and how many were interpolated."""
    path = write_gentle(tmp_path, "a,a,1,2", "b,,,", "c,c,3,4")
    transcript = write_lines(tmp_path / "transcript.txt", "A b. C")
    read_words(str(path), str(transcript), str(tmp_path / "fable.parquet"), story="fable", shift=-0.5)
    words = pd.read_parquet(tmp_path / "fable.parquet")
    assert words.columns.tolist() == ["word", "onset", "offset", "sentence"]
    assert times(words) == [("A", 0.5, 1.5), ("b.", 1.5, 2.5), ("C", 2.5, 3.5)]
    assert words["sentence"].tolist() == [0, 0, 1]
    assert read_units(tmp_path / "fable.parquet")["onset"].startswith("s, ")
    about = read_provenance(tmp_path / "fable.parquet")
    assert (about["story"], about["shift"], about["n_words"], about["n_interpolated"]) == ("fable", -0.5, 3, 1)


# real data


def test_all_real_alignments_read(shared_data):
    """26 stories: every word has times, in order, at the pace of speech."""
    paths = sorted((shared_data / "narratives/stimuli/gentle").glob("*/align.csv"))
    assert len(paths) == 26
    for path in paths:
        words, about = prepare_words(path)
        assert words["onset"].is_monotonic_increasing, path
        assert (words["offset"] >= words["onset"]).all(), path
        span = words["offset"].iloc[-1] - words["onset"].iloc[0]
        assert 1.9 < len(words) / span < 3.2, path
        assert about["n_interpolated"] < 0.07 * len(words), path


def test_real_interpolation(shared_data):
    """Pie Man: 957 words, 3 of them without times, the first at 15.09 s."""
    words, about = prepare_words(shared_data / "pieman/stimuli/gentle/pieman/align.csv")
    assert (len(words), about["n_interpolated"]) == (957, 3)
    assert words["onset"].iloc[0] == pytest.approx(15.09, abs=1e-4)
    assert words_outside(words, n_trs=300, tr=1.5) == 0
