"""The dictionary: words counted by label in a text; a word is replaced by another one."""

import numpy as np
import pandas as pd
import pytest

from brainforecast.errors import BadInput
from brainforecast.storage.parquet import read_provenance
from brainforecast.syntax.lexicon import Lexicon, build_lexicon
from helpers.datasets import PARSER, assert_bad_input
from scripts.syntax import build_lexicon as script

TABLE = pd.DataFrame(
    [("NN|NOUN|dobj", "dog", 6), ("NN|NOUN|dobj", "cat", 3), ("NN|NOUN|dobj", "Cow", 1), ("NN|NOUN|pobj", "sea", 2),
     ("UH|INTJ|intj", "oh", 4), ("VBP|AUX|aux+RB|PART|neg", "do n't", 5), ("VBP|AUX|aux+RB|PART|neg", "ca n't", 5)],
    columns=["label", "word", "count"],
)  # fmt: skip


def test_words_are_counted_by_label(nlp, tmp_path):
    """By hand: capitals of sentences are removed, not those of names and I; headings and marks are not counted."""
    text = "THE SISTERS\r\n\r\nThe dog saw the _cat_--and Mary saw the cat. I don't know.\r\n"
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbf" + text.encode())
    table = build_lexicon([tmp_path / "a.txt"], nlp)
    counts = table.groupby("word")["count"].sum().to_dict()
    assert counts == {"the": 3, "cat": 2, "saw": 2, "dog": 1, "and": 1, "Mary": 1, "I": 1, "do n't": 1, "know": 1}
    assert table["count"].is_monotonic_decreasing


@pytest.mark.parametrize(
    ("content", "found"), [(None, "does not read"), (b"\xff\xfe\x00", "does not read"), (b" \n\n ", "no words")]
)
def test_a_corpus_that_is_no_text(nlp, tmp_path, content, found):
    """Missing, not UTF-8 or empty: one line names the file."""
    if content is not None:
        (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(BadInput) as error:
        build_lexicon([tmp_path / "a.txt"], nlp)
    assert_bad_input(error, "a.txt", found)


def test_the_original_is_never_drawn():
    """In any case; the rest keep their proportions."""
    entries, origin = Lexicon(TABLE).entries("NN|NOUN|dobj", ("Cat",))
    assert origin == "own"
    assert entries.words == [("dog",), ("Cow",)]
    assert np.diff(entries.cumulative, prepend=0) == pytest.approx([6 / 7, 1 / 7])


def test_a_contraction_is_replaced_as_one_word():
    """Words of two tokens replace words of the same two kinds of tokens."""
    entries, _ = Lexicon(TABLE).entries("VBP|AUX|aux+RB|PART|neg", ("do", "n't"))
    assert entries.words == [("ca", "n't")]


def test_empty_classes_fall_back():
    """A label that is unknown, or has only this word, falls back to the wider class; without one the word is kept."""
    lexicon = Lexicon(TABLE)
    entries, origin = lexicon.entries("NN|NOUN|pobj", ("sea",))
    assert (origin, entries.words) == ("wider", [("Cow",), ("cat",), ("dog",)])
    assert lexicon.entries("NN|NOUN|attr", ("sea",))[1] == "wider"
    assert lexicon.entries("UH|INTJ|intj", ("oh",)) == (None, "kept")
    assert lexicon.entries("FW|X|dep", ("ciao",)) == (None, "kept")


def test_script_writes_units_and_provenance(tmp_path):
    """The provenance of the table has the corpus and the parser."""
    (tmp_path / "a.txt").write_text("The dog saw the cat.")
    script.build_lexicon(str(tmp_path / "lexicon.parquet"), corpus=[str(tmp_path / "a.txt")], parser=PARSER)
    provenance = read_provenance(tmp_path / "lexicon.parquet")
    assert provenance["parser"] == PARSER
    assert provenance["corpus"] == [str(tmp_path / "a.txt")]
    assert pd.read_parquet(tmp_path / "lexicon.parquet")["count"].sum() == 5
