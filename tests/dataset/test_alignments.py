"""Alignments in three formats: found, and read row by row."""

import pytest

from brainforecast.dataset.alignments import find_alignment, find_transcript, first_onset, read_rows
from brainforecast.errors import BadInput
from helpers.datasets import assert_bad_input, write_gentle, write_lines, write_quoted_words

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


def times(path) -> list[tuple]:
    """Word, onset and offset of each row, in s."""
    return [(row.word, row.onset, row.offset) for row in read_rows(path)]


def test_alignments_have_three_formats(tmp_path):
    """Gentle before a BIDS table before a TextGrid."""
    assert find_alignment(tmp_path, "fable") is None
    for name in ("fable/words.TextGrid", "fable/words.tsv", "gentle/fable/align.csv"):
        path = write_lines(tmp_path / "stimuli" / name, "")
        assert find_alignment(tmp_path, "fable") == path


def test_transcript_of_a_gentle_alignment(tmp_path):
    """transcript.txt in the folder of align.csv, if there is one."""
    path = write_gentle(tmp_path, "a,a,1,2")
    assert find_transcript(path) is None
    transcript = write_lines(tmp_path / "transcript.txt", "a")
    assert find_transcript(path) == transcript


def test_gentle_alignment(tmp_path):
    """No header; quoted words, curly apostrophes, and words that table readers take for missing values."""
    path = write_gentle(tmp_path, "I’m,i'm,0.5,0.7", '"well, so",well,0.7,1', "null,<unk>,1,1.5", "NA,na,1.5,2")
    assert times(path) == [
        ("I’m", 0.5, 0.7),
        ("well, so", 0.7, 1.0),
        ("null", 1.0, 1.5),
        ("NA", 1.5, 2.0),
    ]


def test_bids_table(tmp_path):
    """Columns in any order, quotes kept, no times where they are n/a."""
    path = write_quoted_words(tmp_path / "words.tsv")
    assert times(path) == [('"Once,', 0.5, 0.75), ("null", None, None), ('time."', 1.5, 1.75)]


def test_textgrid(tmp_path):
    """The tier of words is taken, silences are not words."""
    path = write_lines(tmp_path / "words.TextGrid", *TEXTGRID.splitlines())
    assert times(path) == [("once", 0.5, 0.75), ("upon", 1.0, 2.0)]
    assert first_onset(path) == 0.5


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("words.tsv", b"onset\tduration\n1\t2\n", ["words.tsv row 1", "onset, duration", "a column word"]),
        ("words.tsv", b"onset\tduration\tword\n1\t2\t\xff\n", ["words.tsv", "not UTF-8"]),
        ("words.TextGrid", b"once upon a time\n", ["words.TextGrid", "a TextGrid that cannot be read"]),
        ("words.docx", b"once", ["words.docx", "a file with extension .docx", "align.csv, words.tsv or a TextGrid"]),
    ],
)
def test_files_in_another_format(tmp_path, name, content, parts):
    """Files that are not alignments."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput) as error:
        read_rows(tmp_path / name)
    assert_bad_input(error, *parts)


def test_textgrid_without_a_tier_of_words(tmp_path):
    """Two tiers, neither named words."""
    path = write_lines(tmp_path / "words.TextGrid", *TEXTGRID.replace('"words"', '"tones"').splitlines())
    with pytest.raises(BadInput) as error:
        read_rows(path)
    assert_bad_input(error, path, "tiers phones, tones", "named words")


def test_alignment_that_is_not_there(tmp_path):
    """A missing file."""
    with pytest.raises(BadInput) as error:
        read_rows(tmp_path / "align.csv")
    assert_bad_input(error, tmp_path / "align.csv", "No such file")
