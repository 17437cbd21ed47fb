"""Static word vectors: found by spelling; zero and counted where there is none; files that do not fit are refused."""

import logging

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file

from brainforecast.errors import BadInput
from brainforecast.language.static_vectors import look_up_words
from brainforecast.storage.activations import read_metadata
from scripts.language import read_word_vectors as script

ENTRIES = ["the", "fox", "don't", ",", "half-way"]
VECTORS = np.arange(10, dtype=np.float32).reshape(5, 2) + 1


@pytest.fixture
def source(tmp_path):
    """A dictionary of five words."""
    np.save(tmp_path / "vectors.npy", VECTORS)
    pd.DataFrame({"index": ENTRIES}).to_parquet(tmp_path / "words.parquet")
    return tmp_path / "vectors.npy"


def test_words_are_looked_up(source, caplog):
    """Each word has its row; absent words are zero and counted."""
    with caplog.at_level(logging.INFO, logger="brainforecast"):
        X = look_up_words(["The", "zebra", "fox,", "Zebra"], source)
    np.testing.assert_array_equal(X, [VECTORS[0], [0, 0], VECTORS[1], [0, 0]])
    assert X.dtype == np.float32
    assert "2 of 4 words are not in" in caplog.text and "Zebra zebra" in caplog.text


@pytest.mark.parametrize(
    "array",
    [
        np.array([[1, 2]] * 5, object),
        np.array([["a", "b"]] * 5),
        np.zeros(5, [("a", "<f4"), ("b", "<f4")]),
        VECTORS + 1j,
        VECTORS * np.nan,
    ],
    ids=["pickles", "texts", "records", "complex", "nan"],
)
def test_vectors_that_are_no_numbers(source, array):
    """One line; a pickle is not read."""
    np.save(source, array)
    with pytest.raises(BadInput, match=r"vectors\.npy: found") as error:
        look_up_words(["the", "fox"], source)
    assert "\n" not in str(error.value)


def write_dictionary(folder, entries):
    """A dictionary whose vectors number its entries from 1."""
    np.save(folder / "vectors.npy", np.arange(1, len(entries) + 1, dtype=np.float32)[:, None])
    pd.DataFrame({"index": entries}).to_parquet(folder / "words.parquet")
    return folder / "vectors.npy"


def test_words_are_looked_up_as_their_language_is_written(tmp_path):
    """Elided words with their apostrophe if that is listed, else without it; ß as ss; Turkish i; curly apostrophes."""
    source = write_dictionary(tmp_path, ["l'", "d", "arbre", "coeur", "strasse", "ışık", "aujourd'hui"])
    french = look_up_words(["L’", "Arbre,", "d'", "cœur", "Aujourd’hui"], source, "fr")
    assert french[:, 0].tolist() == [1, 3, 2, 4, 7]
    assert look_up_words(["Straße"], source, "de-AT")[0, 0] == 5
    assert look_up_words(["IŞIK"], source, "tr")[0, 0] == 6


def test_nouns_of_german_in_a_dictionary_with_capitals(tmp_path):
    """As written, but for the first word of a sentence; in a dictionary without capitals, in lower case."""
    source = write_dictionary(tmp_path, ["Weg", "weg", "er", "Er"])
    assert look_up_words(["Er", "Weg", "weg.", "Weg", "er"], source, "de")[:, 0].tolist() == [3, 1, 2, 2, 3]
    assert look_up_words(["Er", "Weg"], source, "en")[:, 0].tolist() == [3, 2]
    source = write_dictionary(tmp_path, ["weg", "er"])
    assert look_up_words(["Er", "Weg"], source, "de")[:, 0].tolist() == [2, 1]


def test_no_word_known(source):
    with pytest.raises(BadInput, match="none of the 2 words"):
        look_up_words(["der", "Fuchs"], source)


@pytest.mark.parametrize(
    "fault", ["absent", "no table", "two tables", "a row too many", "a word twice", "cut", "no array"]
)
def test_files_that_do_not_fit(source, fault):
    """One line that names the file."""
    table = source.with_name("words.parquet")
    if fault == "absent":
        source.unlink()
    if fault == "no table":
        table.unlink()
    if fault == "two tables":
        table.with_name("more.parquet").write_bytes(table.read_bytes())
    if fault == "a row too many":
        np.save(source, np.zeros((6, 2)))
    if fault == "a word twice":
        pd.DataFrame({"index": [*ENTRIES[:4], "the"]}).to_parquet(table)
    if fault == "cut":
        source.write_bytes(source.read_bytes()[:-8])
    if fault == "no array":
        source.write_text("glove")
    with pytest.raises(BadInput, match=str(source)):
        look_up_words(["the"], source)


def test_script(source, tmp_path):
    """One layer, 0."""
    pd.DataFrame({"word": ["the", "fox"]}).to_parquet(tmp_path / "story")
    path = tmp_path / "out" / "story.safetensors"
    script.read_word_vectors(tmp_path / "story", path, source=str(source))
    assert list(load_file(path)) == ["layer-0"]
    assert read_metadata(path) == {"source": str(source)}
