"""Words of stories in other languages than English: marks, sentences and spellings from alignment and transcript."""

import pandas as pd
import pytest

from brainforecast.dataset.alignment_rows import Row
from brainforecast.errors import BadInput
from brainforecast.readers.words import attach_marks, prepare_words, punctuate, sentence_numbers
from brainforecast.storage.parquet import read_provenance
from brainforecast.writing.characters import PUNCTUATION
from brainforecast.writing.orthography import join_words
from brainforecast.writing.records import RECORDS
from helpers.datasets import assert_bad_input, write_lines, write_table_of_words
from helpers.texts_languages import STORIES, story
from scripts.dataset.read_words import read_words

MARKS = PUNCTUATION.replace("'", "").replace("-", "")


def bare(word: str, language: str) -> str:
    """A word as an aligner has it: lower case, no marks; the apostrophe of an elided word stays."""
    word = word.strip(MARKS).lower().replace("’", "'")
    return word if RECORDS[language].get("elided") else word.rstrip("'")


def marked_rows(*words: str) -> list[Row]:
    """Rows of an alignment with these labels."""
    return [Row(f"words.tsv row {i}", word, i, i + 0.5) for i, word in enumerate(words)]


@pytest.mark.parametrize("language", sorted(STORIES))
@pytest.mark.parametrize("with_apostrophes", [True, False])
def test_a_transcript_gives_marks_and_sentences_back(tmp_path, language, with_apostrophes):
    """Words without marks and capitals, found in the story's text, are the story's words; joined, they are its text."""
    words = story(language)
    text = join_words(words, language)[0]
    rows = [bare(word, language) for word in words]
    rows = rows if with_apostrophes else [row.rstrip("'") for row in rows]
    found = punctuate(rows, write_lines(tmp_path / "transcript.txt", text), language)
    assert found == words
    assert join_words(found, language)[0] == text


@pytest.mark.parametrize(
    ("language", "text", "rows", "words"),
    [
        ("fr", "« L’arbre », dit-il.", ["l'", "arbre", "dit", "-il"], ["«L’", "arbre»,", "dit", "-il."]),
        ("fr", "« L’arbre », dit-il.", ["l", "arbre", "dit", "il"], ["«L’", "arbre»,", "dit", "-il."]),
        ("fr", "Est-ce peut-être - là ?", ["est", "ce", "peut", "être", "là"], ["Est", "-ce", "peut", "être", "là?"]),
        ("fr", "Vole-t-il ?", ["vole-", "t-", "il"], ["Vole-", "t-", "il?"]),
        ("en", "A well-known it.", ["a", "well", "known", "it"], ["A", "well", "known", "it."]),
        ("fr", "L’arbre qu'il a", ["l'arbre", "qu", "il", "a"], ["L’arbre", "qu'", "il", "a"]),
        ("fr", "Il y en avait 1 000,5 !", ["il", "y", "en", "avait", "1000,5"], ["Il", "y", "en", "avait", "1 000,5!"]),
        ("en", "It's what I don't.", ["it", "'s", "what", "i", "do", "n't"], ["It", "'s", "what", "I", "do", "n't."]),
        (
            "zh",
            '他说："你好。"她笑了。',
            ["他", "说", "你好", "她", "笑了"],
            ["他", "说：", '"你好。"', "她", "笑了。"],
        ),
        ("zh", "他读《红楼梦》，很久——", ["他", "读", "红楼梦", "很久"], ["他", "读", "《红楼梦》，", "很久"]),
        ("zh", "从New York来。", ["从", "new", "york", "来"], ["从", "New", "York", "来。"]),
        ("ja", "「はい。」「いいえ」と", ["はい", "いいえ", "と"], ["「はい。」", "「いいえ」", "と"]),
        ("es", "Dijo:¿Qué? ¡Nada!", ["dijo", "qué", "nada"], ["Dijo:", "¿Qué?", "¡Nada!"]),
        ("tr", "İrfan Işık'ı", ["i̇rfan", "ışık'ı"], ["İrfan", "Işık'ı"]),
    ],
)
def test_marks_of_transcripts(tmp_path, language, text, rows, words):
    """With apostrophes or without them in the alignment, spaces or none around marks, straight quotes in Chinese."""
    assert punctuate(rows, write_lines(tmp_path / "transcript.txt", text), language) == words


@pytest.mark.parametrize(
    ("language", "rows", "words"),
    [
        ("fr", ["«", "l'", "arbre", "»", "."], ["«l'", "arbre»."]),
        ("de", ["»", "Ja", "«", ",", "„", "nein", "“"], ["»Ja«,", "„nein“"]),
        ("sv", ["”", "ja", "”", "sa", "”", "hon", "”"], ["”ja”", "sa", "”hon”"]),
        ("ja", ["「", "はい", "」", "と"], ["「はい」", "と"]),
        ("el", ["ναι", ";"], ["ναι;"]),
        ("zh", ["他", "，", "“", "好", "。", "”"], ["他，", "“好。”"]),
    ],
)
def test_marks_with_rows_of_their_own(language, rows, words):
    """They go to the word they belong to in the language."""
    assert attach_marks(marked_rows(*rows), language)[1] == words


def test_the_language_is_in_the_provenance_and_the_log(tmp_path, caplog):
    """By whose rules the words were read; sentences of German, not of English."""
    words = [
        ("Am", 0.5, 0.2),
        ("3.", 0.8, 0.2),
        ("Mai", 1.1, 0.2),
        ("kam", 1.4, 0.2),
        ("er.", 1.7, 0.2),
        ("Sie", 2, 0.2),
    ]
    path = write_table_of_words(tmp_path / "words.tsv", words)
    out = tmp_path / "fable.parquet"
    with caplog.at_level("INFO", logger="brainforecast"):
        read_words(str(path), None, str(out), story="fable", shift=0.0, language="de-AT")
    assert pd.read_parquet(out)["sentence"].tolist() == [0, 0, 0, 0, 0, 1]
    assert read_provenance(out)["language"] == "de-AT"
    assert "words.tsv: marks and sentences as in German" in caplog.text
    assert prepare_words(path)[0]["sentence"].tolist() == [0, 0, 1, 1, 1, 2]


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("th", "Thai has no marks between sentences: their numbers are not known"),
        ("sw", "no rules for language sw: spaces between words, sentence ends of any script"),
        ("en", "no mark ends a sentence: their numbers are not known"),
    ],
)
def test_what_is_not_known_is_logged(tmp_path, caplog, language, message):
    """A language without marks of sentences, one without a record, an alignment without marks."""
    path = write_table_of_words(tmp_path / "words.tsv", [("jana", 0.5, 0.2), ("usiku", 0.8, 0.2)])
    with caplog.at_level("INFO", logger="brainforecast"):
        words, _ = prepare_words(path, language=language)
    assert words["sentence"].isna().all()
    assert message in caplog.text


def test_sentences_of_thai_are_not_known():
    """Even where the text has a question mark."""
    assert sentence_numbers(["ไป", "ไหน?", "มา"], language="th").isna().all()


def test_a_language_that_is_none_is_named(tmp_path):
    """In one line, with the nearest."""
    path = write_table_of_words(tmp_path / "words.tsv", [("once", 0.5, 0.2)])
    with pytest.raises(BadInput) as error:
        prepare_words(path, language="jp")
    assert_bad_input(error, "dataset.language", "jp", "nearest is ja")
