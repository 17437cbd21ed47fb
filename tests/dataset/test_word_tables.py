"""Tables of words: delimiters, quoting, names of columns; Gentle's table, which has no header."""

import pytest

from brainforecast.dataset.alignment_rows import AlignmentOptions, Columns
from brainforecast.dataset.alignments import read_alignment, read_rows
from brainforecast.errors import BadInput
from helpers.datasets import assert_bad_input, write_lines


def read(path, **columns) -> list[tuple]:
    """Word, onset and offset of each row."""
    return [(row.word, row.onset, row.offset) for row in read_rows(path, AlignmentOptions(Columns(**columns)))]


EXPECTED = [("Le", 0.5, 0.75), ("chat", 1.0, 1.5)]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("words.tsv", ["onset\tduration\tword", "0.5\t0.25\tLe", "1\t0.5\tchat"]),
        ("words.csv", ["word,onset,offset", "Le,0.5,0.75", "chat,1,1.5"]),
        ("words.csv", ["token;start;end", "Le;0,5;0,75", "chat;1,0;1,5"]),
        ("words.csv", [",word,lemma,onset,offset,section", "0,Le,le,0.5,0.75,1", "1,chat,chat,1,1.5,1"]),
        ("words.tsv", ["Text\tStart_time\tStop", "Le\t0.5\t0.75", "\t\t", "chat\t1\t1.5"]),
        ("words.csv", ["Begin,End,Label,Type", "0.5,0.6,L,phones", "0.5,0.75,Le,words", "1,1.5,chat,words"]),
        ("words.csv", ["tmin,tier,text,tmax", "0.5,word,Le,0.75", "1,word,chat,1.5"]),
        ("words.csv", ['"word","onset","duration"', '"Le","0.5","0.25"', '"chat","1","0.5"']),
        ("words.tsv", ["word,onset,offset", "Le,0.5,0.75", "chat,1,1.5"]),
    ],
    ids=[
        "BIDS",
        "CSV",
        "semicolons",
        "with an index",
        "other names",
        "aligner",
        "from Praat",
        "all quoted",
        "misnamed",
    ],
)
def test_tables_of_labs(tmp_path, name, lines):
    """Names that are usual, in any case and order; rows of words among those of phones; blank rows."""
    assert read(write_lines(tmp_path / name, *lines)) == EXPECTED


def test_columns_named_in_config(tmp_path):
    """They win; what was taken is known afterwards."""
    path = write_lines(tmp_path / "words.csv", "mot,word,debut,duree,end", "Le,the,0.5,0.25,9", "chat,cat,1,0.5,9")
    assert read(path, word="mot", onset="debut", duration="duree") == EXPECTED
    taken = read_alignment(path, AlignmentOptions(Columns("mot", "debut", duration="duree"))).taken
    expected = {"word": "mot", "onset": "debut", "duration": "duree", "unit": "s"}
    assert expected.items() <= taken.items()
    assert "offset" not in taken


@pytest.mark.parametrize(
    ("lines", "columns", "parts"),
    [
        (["mot,debut,fin", "Le,0,1"], {}, ["row 1", "columns mot, debut, fin", "stimuli.columns.word"]),
        (["word,onset", "Le,0"], {}, ["row 1", "a column duration or offset", "stimuli.columns.duration"]),
        (["word,end", "Le,0"], {}, ["row 1", "a column onset or start", "stimuli.columns.onset"]),
        (["word,start,begin,end", "Le,0,0,1"], {}, ["row 1", "columns start, begin", "stimuli.columns.onset"]),
        (["word,onset,end"], {"word": "words"}, ["a column words, as in stimuli.columns.word", "nearest is word"]),
        (["word,onset,end", "Le,0"], {}, ["row 2", "2 columns", "3 as in the header"]),
        (["word,onset,end", "Le,zero,1"], {}, ["row 2", "time zero", "seconds"]),
        (["word,onset_ms,end_s", "Le,0,1"], {}, ["columns onset_ms, end_s in two units", "stimuli.unit"]),
        (["word,onset,end", '"Le,0,1', "chat,1,2"], {}, ["unexpected end of data", "in pairs"]),
        (["word,onset,end"], {}, ["no words"]),
    ],
)
def test_tables_that_cannot_be_read(tmp_path, lines, columns, parts):
    """The row or the key of the config, what was found, what was expected."""
    path = write_lines(tmp_path / "words.csv", *lines)
    with pytest.raises(BadInput) as error:
        read(path, **columns)
    assert_bad_input(error, path, *parts)


def test_quoting_is_undone_where_there_is_some(tmp_path):
    """As CSV writers quote; a BIDS table without quoting keeps the quotation marks of its words."""
    header = "onset\tduration\tword"
    path = write_lines(tmp_path / "words.tsv", header, '0\t1\t"""Non"""', '1\t1\t"dit,"""', "2\t1\til")
    assert [word for word, *_ in read(path)] == ['"Non"', 'dit,"', "il"]
    path = write_lines(tmp_path / "plain/words.tsv", header, '0\t1\t"Non', '1\t1\tmerci"', '2\t1\t"Oui"')
    assert [word for word, *_ in read(path)] == ['"Non', 'merci"', '"Oui"']


def test_missing_times(tmp_path):
    """However a statistics program spells them; words that look missing are words."""
    lines = ["word,onset,offset", "NA,NA,", "null,1,n/a", "nan,NaN,null", "None,2,3"]
    path = write_lines(tmp_path / "words.csv", *lines)
    assert read(path) == [("NA", None, None), ("null", 1.0, None), ("nan", None, None), ("None", 2.0, 3.0)]


def test_gentle_has_no_header(tmp_path):
    """Its first row may be a word without times, and may read like a name; three columns are too few."""
    path = write_lines(tmp_path / "align.csv", "word,word,,", "start,start,1,2", "end,end,2,3")
    assert read(path) == [("word", None, None), ("start", 1.0, 2.0), ("end", 2.0, 3.0)]
    assert read_alignment(path).taken["format"] == "Gentle table"
    with pytest.raises(BadInput) as error:
        read(write_lines(tmp_path / "align.csv", "Le,0.5,0.75"))
    assert_bad_input(error, "align.csv row 1", "3 columns", "4: word, aligned, onset, offset")
