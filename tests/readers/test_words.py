"""Words of a story: times filled in, punctuation and sentences from the transcript."""

import json

import pandas as pd
import pytest

from brainforecast.dataset.alignment_rows import AlignmentOptions
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


def test_words_of_the_transcript_alone_are_counted(tmp_path):
    """A speaker's name and a note on laughter are no aligned words: left out, and counted."""
    (tmp_path / "align.csv").write_text("once,once,0.5,0.7\nupon,upon,0.7,0.9\n")
    path = write_lines(tmp_path / "transcript.txt", "NARRATOR: Once [loud laughter] — upon.")
    words, about = prepare_words(tmp_path / "align.csv", path)
    assert words["word"].tolist() == ["Once", "upon."]
    assert about["n_only_in_transcript"] == 3


def test_word_missing_in_the_transcript(tmp_path):
    """A transcript of another story."""
    path = write_lines(tmp_path / "transcript.txt", "Once upon a time.")
    with pytest.raises(BadInput) as error:
        punctuate(["once", "upon", "the", "time"], path)
    assert_bad_input(error, path, "row 3", "no the", "in order")


def test_a_mark_between_two_words_goes_to_the_first(tmp_path):
    """Once; a bracket goes to the second, as do quotes after a dash."""
    path = write_lines(tmp_path / "transcript.txt", "In 3.5, rock'n'roll/blues word(s)—“so” end")
    expected = "In|3.|5,|rock'|n'|roll/|blues|word|(s)|“so”|end"
    words = ["in", "3", "5", "rock", "n", "roll", "blues", "word", "s", "so", "end"]
    assert punctuate(words, path) == expected.split("|")


def test_guillemets_come_back(tmp_path):
    """With spaces inside, as in French, and without them, either way round."""
    text = "«\u00a0Bonjour\u00a0», dit-il. « Viens ! » Il partit… »Ja«, sagte „sie“."
    words = ["bonjour", "dit-il", "viens", "il", "partit", "ja", "sagte", "sie"]
    punctuated = punctuate(words, write_lines(tmp_path / "transcript.txt", text))
    assert punctuated == ["«Bonjour»,", "dit-il.", "«Viens!»", "Il", "partit…", "»Ja«,", "sagte", "„sie“."]
    assert sentence_numbers(punctuated).tolist() == [0, 0, 1, 2, 2, 3, 3, 3]


def test_transcripts_are_compared_in_one_normal_form(tmp_path):
    """Decomposed letters, marks of no width and curly apostrophes; the transcript's spelling without those marks."""
    text = "Le\u200b cafe\u0301 d’en\ufeff bas\u00ad, l'e\u0301té."
    words = ["le", "caf\u00e9", "d'en", "bas", "l’été"]
    punctuated = punctuate(words, write_lines(tmp_path / "transcript.txt", text))
    assert punctuated == ["Le", "caf\u00e9", "d’en", "bas,", "l'été."]


def test_printed_letters_of_transcripts_are_plain_ones(tmp_path):
    """Ligatures and hyphens, as of a PDF."""
    path = write_lines(tmp_path / "transcript.txt", "The ﬁrst well‑known e‐mail.")
    assert punctuate(["the", "first", "well-known", "e-mail"], path) == ["The", "first", "well-known", "e-mail."]


def test_encodings_of_transcripts(tmp_path):
    """UTF-16 is read; an empty file is none."""
    path = tmp_path / "transcript.txt"
    path.write_bytes("Été.".encode("utf-16"))
    assert punctuate(["été"], path) == ["Été."]
    with pytest.raises(BadInput) as error:
        punctuate(["été"], write_lines(path, ""))
    assert_bad_input(error, path, "an empty file")


def test_a_transcript_without_spaces(tmp_path):
    """Words of Chinese stand inside a run of characters; of two equal ones the next is found."""
    path = write_lines(tmp_path / "transcript.txt", "从前，有一个小王子。他住在那里！")
    words = ["从前", "有", "一个", "小王子", "他", "住", "在", "那里"]
    assert punctuate(words, path) == ["从前，", "有", "一个", "小王子。", "他", "住", "在", "那里！"]


def test_marks_with_rows_of_their_own(tmp_path):
    """What opens goes to the next word, what closes to the one before, dashes to none; times are those of the words."""
    labels = ["«", "Oui", "»", ",", "dit", "-", '"', "elle", '"', ".", "¿", "Qué", "?", "。", "♪", "("]
    path = write_table_of_words(tmp_path / "words.tsv", [(label, i, 0.5) for i, label in enumerate(labels)])
    words, provenance = prepare_words(path)
    assert times(words) == [("«Oui»,", 1, 1.5), ("dit", 4, 4.5), ('"elle".', 7, 7.5), ("¿Qué?。", 11, 11.5)]
    assert words["sentence"].tolist() == [0, 0, 0, 1]
    assert provenance["marks_left_out"] == {"-": 1, "♪": 1, "(": 1}


def test_a_transcript_decides_on_marks(tmp_path):
    """Marks in the table are passed over where the transcript has them."""
    path = write_table_of_words(tmp_path / "words.tsv", [("so", 0, 0.5), (".", 1, 0.1), ("it", 2, 0.5)])
    words, _ = prepare_words(path, write_lines(tmp_path / "transcript.txt", "So, it."))
    assert words["word"].tolist() == ["So,", "it."]


def test_the_transcript_in_gentles_json(tmp_path):
    """It is used where there is no other."""
    aligned = [{"word": word, "case": "success", "start": i, "end": i + 0.5} for i, word in enumerate(["so", "it"])]
    path = write_lines(tmp_path / "align.json", json.dumps({"transcript": "“So!” It", "words": aligned}))
    words, provenance = prepare_words(path)
    assert words["word"].tolist() == ["“So!”", "It"]
    assert words["sentence"].tolist() == [0, 1]
    assert provenance["transcript"] == "align.json"


def test_numbers_end_no_sentence_inside(tmp_path):
    """3.5 as two words is one number; with a space between them, they are two sentences."""
    path = write_gentle(tmp_path, "in,in,1,1.2", "3,3,2,2.2", "5,5,3,3.2", "men,men,4,4.2")
    for text, sentences in (("In 3.5 men.", [0, 0, 0, 0]), ("In 3. 5 men.", [0, 0, 1, 1])):
        words, _ = prepare_words(path, write_lines(tmp_path / "transcript.txt", text))
        assert words["word"].tolist() == ["In", "3.", "5", "men."]
        assert words["sentence"].tolist() == sentences


@pytest.mark.parametrize(
    ("case", "words", "sentences"),
    [
        ("sentences_guillemets", "«Bonjour,|dit-il.»|Il|partit.»|Puis|plus|rien.|Fin\u00a0!", "00112223"),
        ("sentences_chinese", "从前|有|一个|小王子。|他|住|在|那里！|完", "000011112"),
        ("numbers_gentle", "In|1909,|3.|5|million.", "00000"),
        ("nfd_transcript", "The|caf\u00e9|opened.", "000"),
        ("zero_width_transcript", "The|old|baker.", "000"),
    ],
)
def test_inputs_of_labs(shared_data, case, words, sentences):
    """Texts as public reports describe them."""
    folder = shared_data.parent / "cases" / case
    (path,) = (path for path in folder.glob("stimuli/**/*") if path.suffix in (".csv", ".tsv"))
    transcript = path.with_name("transcript.txt")
    table, _ = prepare_words(path, transcript if transcript.exists() else None)
    assert table["word"].tolist() == words.split("|")
    assert "".join(map(str, table["sentence"])) == sentences


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


def test_what_was_read_is_in_the_provenance(tmp_path, caplog):
    """Columns, unit, labels that are no words; the log has the labels too."""
    rows = ["sp,500,100", "le,1000,400", "{BR},1500,100", ",1600,100", "chat.,2000,500", "sp,3000,1"]
    path = write_lines(tmp_path / "words.csv", "token,start,dur", *rows)
    options = AlignmentOptions(unit="ms")
    with caplog.at_level("INFO", logger="brainforecast"):
        read_words(str(path), None, str(tmp_path / "fable.parquet"), story="fable", shift=1.0, options=options)
    assert times(pd.read_parquet(tmp_path / "fable.parquet")) == [("le", 2.0, 2.4), ("chat.", 3.0, 3.5)]
    provenance = read_provenance(tmp_path / "fable.parquet")
    assert provenance["not_words"] == {"sp": 2, "{BR}": 1}
    assert provenance["n_without_word"] == 1
    columns = {"word": "token", "onset": "start", "duration": "dur"}
    assert provenance["read_from"] == {"format": "table", "unit": "ms", **columns, "encoding": "utf-8"}
    assert "words.csv: labels that are no words: sp 2, {BR} 1" in caplog.text


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
