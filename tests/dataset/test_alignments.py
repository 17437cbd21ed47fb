"""Alignments: what is a word, the clock of the times, and the first and last word, in every format."""

from collections import Counter

import pytest

from brainforecast.dataset.alignment_notes import alignment_notes
from brainforecast.dataset.alignment_rows import NOT_WORDS, AlignmentOptions, Columns
from brainforecast.dataset.alignments import (
    first_onset,
    last_offset,
    read_alignment,
    read_rows,
    section_names,
    word_times,
)
from brainforecast.errors import BadInput
from brainforecast.planning.config import describe_keys
from helpers.datasets import REPOSITORY, assert_bad_input, write_gentle, write_lines, write_quoted_words
from helpers.textgrids import textgrid


def times(path) -> list[tuple]:
    """Word, onset and offset of each row, in s."""
    return [(row.word, row.onset, row.offset) for row in read_rows(path)]


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


def test_alignment_that_is_not_there(tmp_path):
    """A missing file."""
    with pytest.raises(BadInput) as error:
        read_rows(tmp_path / "align.csv")
    assert_bad_input(error, tmp_path / "align.csv", "No such file")


# labels that are no words


def test_labels_of_noise_are_counted_not_read(tmp_path):
    """Marks of aligners and corpora in any case, in brackets or not, and their XML spelling."""
    noise = [
        "SP",
        "sil",
        "<SIL>",
        "&lt;unk&gt;",
        "{lg}",
        "{NS}",
        "[laughs]",
        "(cough)",
        "#",
        "Br",
        "%HESITATION",
        "&=sighs",
    ]
    words = ["silent", "spare", "a", "I", "null", "NaN", "noise", "silence", "no"]
    labels = [label for pair in zip(words, noise, strict=False) for label in pair] + noise[len(words) :]
    rows = [(0.5 * i, 0.5 * i + 0.4, label) for i, label in enumerate(labels)]
    path = write_lines(tmp_path / "words.TextGrid", textgrid({"words": rows}))
    alignment = read_alignment(path)
    assert [row.word for row in alignment.words] == words
    assert alignment.not_words == Counter(noise)


def test_labels_that_are_no_words_are_config(tmp_path):
    """With a pattern of one's own, and none of the default's."""
    path = write_gentle(tmp_path, "um,um,1,1.2", "sp,sp,1.2,1.5", "Umlaut,umlaut,2,3")
    alignment = read_alignment(path, AlignmentOptions.from_config({"not_words": ["UM", "*laut"]}))
    assert [row.word for row in alignment.words] == ["sp"]
    assert alignment.not_words == {"um": 1, "Umlaut": 1}
    assert read_alignment(path, AlignmentOptions(not_words=("s?", "[su]*"))).not_words == {}
    with pytest.raises(BadInput) as error:
        read_rows(path, AlignmentOptions(not_words=("*",)))
    assert_bad_input(error, path, "no words (left out: Umlaut 1, sp 1, um 1)")


def test_the_default_of_the_config_is_that_of_the_reader():
    """A config without `stimuli` reads as one with it."""
    keys = {key: default for key, default, _ in describe_keys(REPOSITORY / "workflow/schemas/config.schema.yaml")}
    assert keys["stimuli.not_words"] == str(list(NOT_WORDS)).replace("'", '"')
    assert AlignmentOptions.from_config({}) == AlignmentOptions.from_config(None) == AlignmentOptions()


def test_rows_without_a_word_are_left_out_and_counted(tmp_path):
    """Only an empty cell and n/a are missing."""
    rows = ["onset\tduration\tword", "0\t.2\tNone", "1\t.2\tn/a", "2\t.2\t", "3\t.2\tNA", "4\t.2\t\u200b"]
    alignment = read_alignment(write_lines(tmp_path / "words.tsv", *rows))
    assert [row.word for row in alignment.words] == ["None", "NA"]
    assert alignment.n_empty == 3


def test_words_have_one_normal_form_and_no_marks_of_no_width(tmp_path):
    """A byte order mark, a soft hyphen, a decomposed letter; the joiner of Persian stays."""
    path = write_gentle(tmp_path, "cafe\u0301,x,1,2", "\ufeffold,x,2,3", "ba\u00adker,x,3,4", "می\u200cخواهم,x,4,5")
    alignment = read_alignment(path)
    assert [row.word for row in alignment.words] == ["caf\u00e9", "old", "baker", "می\u200cخواهم"]
    assert alignment.n_respelled == 3


def test_labels_of_several_words_stop_where_they_are_many(tmp_path):
    """One name among four words is one word; utterances are not words. A no-break space is a part of a word."""
    few = write_lines(tmp_path / "a.tsv", "onset\tduration\tword", *(f"{i}\t.2\t{w}" for i, w in enumerate(
        ["New York", "is", "Fin\u00a0!", "big"])))  # fmt: skip
    assert read_alignment(few).n_several == 1
    many = write_lines(
        tmp_path / "b.tsv", "onset\tduration\tword", "0\t1\tit was late", "1\t1\tand", "2\t1\tso we left"
    )
    unspaced = write_gentle(tmp_path / "c", "x,x,0,1").with_name("words.tsv")
    write_lines(
        unspaced, "onset\tduration\tword", "0\t4\t小王子说他在那里等着我们", "4\t1\tコミュニケーション", "5\t1\t好"
    )
    with pytest.raises(BadInput, match="several words"):
        read_rows(unspaced)
    with pytest.raises(BadInput) as error:
        read_rows(many)
    assert_bad_input(error, "b.tsv row 2", "several words (it was late) in 2 of 3 labels", "stimuli.columns.word")


# the clock


def test_milliseconds(tmp_path):
    """By config, or by the names of the columns; times that no speech has, in either unit, stop."""
    rows = ["the,500,900", "old,1000,1500", "man,1600,2000"]
    path = write_lines(tmp_path / "words.csv", "word,onset,offset", *rows)
    with pytest.raises(BadInput) as error:
        read_rows(path)
    assert_bad_input(error, path, "words that last 400 s", "seconds, or stimuli.unit: ms")
    expected = [("the", 0.5, 0.9), ("old", 1.0, 1.5), ("man", 1.6, 2.0)]
    found = read_rows(path, AlignmentOptions(unit="ms"))
    assert [(row.word, row.onset, row.offset) for row in found] == expected
    named = write_lines(tmp_path / "named.csv", "word,onset_ms,end (ms)", *rows)
    assert times(named) == expected
    seconds = write_lines(tmp_path / "seconds.csv", "word,onset,offset", "the,.5,.9", "old,1,1.5")
    with pytest.raises(BadInput) as error:
        read_rows(seconds, AlignmentOptions(unit="ms"))
    assert_bad_input(error, seconds, "words that last 0.00045 s", "unit: s")
    half = write_lines(tmp_path / "half.csv", "word,onset_ms,duration", "the,500,.4", "old,1000,.3")
    with pytest.raises(BadInput) as error:
        read_rows(half)
    assert_bad_input(error, half, "words that last 0.00035 s", "all times in milliseconds")
    mixed = write_lines(tmp_path / "mixed.csv", "word,onset,duration", "the,.5,400", "old,1,300")
    with pytest.raises(BadInput) as error:
        read_rows(mixed)
    assert_bad_input(error, mixed, "words that last 350 s", "one unit")
    onsets = write_lines(
        tmp_path / "onsets.csv", "word,onset,end", *(f"w,{400 * i},{400 * i + 0.3}" for i in range(10))
    )
    with pytest.raises(BadInput) as error:
        read_rows(onsets)
    assert_bad_input(error, onsets, "400 s from one word to the next", "stimuli.unit: ms")


def test_first_and_last_word(tmp_path):
    """Of words with times: a mark before the first word and noise after the last do not count."""
    rows = [(0.0, 0.4, "«"), (1.0, 1.5, "Le"), (1.5, 2.25, "chat"), (2.25, 3.0, "."), (3.0, 9.0, "sil")]
    path = write_lines(tmp_path / "words.TextGrid", textgrid({"words": rows}))
    assert (first_onset(path), last_offset(path)) == (1.0, 2.25)
    assert word_times(path) == [(1.0, 1.5), (1.5, 2.25)]
    path = write_gentle(tmp_path, "a,,,", "b,,,")
    for read in (first_onset, last_offset):
        with pytest.raises(BadInput) as error:
            read(path)
        assert_bad_input(error, path, "no word with a time")


def test_a_file_that_changes_is_read_again(tmp_path):
    """Also by one process, as in a planner that stays."""
    path = write_gentle(tmp_path, "a,a,1,2")
    assert last_offset(path) == 2
    write_gentle(tmp_path, "a,a,1,2", "b,b,2,3.5")
    assert last_offset(path) == 3.5


# sections


def test_sections(tmp_path):
    """Times start anew in each: without a section the order of the onsets is refused, with a pointer to the column."""
    lines = [f"w{i},{4 + i},{4.5 + i},{part}" for part in ("1", "2.0") for i in range(3)]
    path = write_lines(tmp_path / "words.csv", "word,onset,offset,part", *(lines[:-1]), "end,99,99.5,2")
    with pytest.raises(BadInput) as error:
        read_rows(write_lines(tmp_path / "whole.csv", "word,onset,offset,part", "a,99,99.5,1", "b,4,4.5,2"))
    assert_bad_input(error, "whole.csv row 3", "b at 4 s", "stimuli.columns.section")
    columns = Columns(section="part")
    assert section_names(path, AlignmentOptions(columns)) == ["1", "2"]
    of_second = AlignmentOptions.from_config({"columns": {"section": "part"}}, section=2)
    assert (first_onset(path, of_second), last_offset(path, of_second)) == (4, 99.5)
    with pytest.raises(BadInput) as error:
        read_rows(path, AlignmentOptions(columns, section="3"))
    assert_bad_input(error, path, "no part 3", "1, 2")
    with pytest.raises(BadInput) as error:
        read_rows(path, AlignmentOptions(section="1"))
    assert_bad_input(error, path, "columns word, onset, offset, part", "stimuli.columns.section")
    assert section_names(write_gentle(tmp_path, "a,a,1,2")) == []


# notes


def test_what_is_left_out_or_read_otherwise_is_noted(tmp_path):
    """One sentence for each kind, over the stories."""
    first = write_lines(tmp_path / "a/words.csv", "token,start,end", "sp,0,1", "le,1,2", ",2,3", "caf\u00e9,3,4")
    second = tmp_path / "b/words.TextGrid"
    second.parent.mkdir()
    second.write_bytes(textgrid({"words": [(0, 1, "caf\u00e9"), (1, 2, "sp")]}).encode("latin-1"))
    third = write_gentle(tmp_path / "c", "the,the,1,2")
    write_lines(tmp_path / "c/align.json", "{}")
    options = AlignmentOptions()
    notes = alignment_notes({"one": (first, options), "two": (second, options), "three": (third, options)})
    assert notes == [
        "labels that are no words, by stimuli.not_words: sp 2 (one, two)",
        "rows without a word, left out: 1 (one)",
        "two: words.TextGrid is not UTF-8 and is read as latin-1",
        "three: align.csv is read, and not align.json beside it",
        "columns of the tables of words: token as word, start as onset, end as offset (s), in one",
    ]
    assert alignment_notes({"three": (write_gentle(tmp_path / "d", "the,the,1,2"), options)}) == []


# inputs of labs

CASES = {
    "tg_noise_labels": "THE OLD BAKER OPENED HIS SHOP BEFORE DAWN AND LIT BOTH OF THE OVENS DONE",
    "tg_praat_escapes": "the naïve garçon étoile Begrüßung café øre",
    "tg_utf16le": "le garçon a vu l'étoile là où naïve",
    "alignment_other_name": "le garçon a vu l'étoile là où naïve",
    "tg_tiny_exponent": "the old",
    "tg_old_points": "the old baker opened his shop",
    "tg_duplicate_other": "the old baker opened his shop",
    "tg_zero_length": "the old baker",
    "words_tsv_na_and_quotes": 'The old baker "No" said," null NaN done.',
}


@pytest.mark.parametrize("case", CASES)
def test_inputs_of_labs_are_read(shared_data, case):
    """Files as public reports describe them."""
    (path,) = (shared_data.parent / "cases" / case / "stimuli/pieman").iterdir()
    assert " ".join(row.word for row in read_rows(path)) == CASES[case]


@pytest.mark.parametrize(
    ("case", "parts"),
    [
        (
            "tg_utterances",
            ["tier words interval 2", "several words (the old baker opened)", "stimuli.tier", "tiers: words"],
        ),
        ("tg_single_phones", ["tier phones", "phones (DH, AH0, OW1, L, D)", "stimuli.tier", "tiers: phones"]),
    ],
)
def test_inputs_of_labs_are_refused(shared_data, case, parts):
    """Tiers that have no words."""
    (path,) = (shared_data.parent / "cases" / case / "stimuli/pieman").iterdir()
    with pytest.raises(BadInput) as error:
        read_rows(path)
    assert_bad_input(error, path, *parts)
