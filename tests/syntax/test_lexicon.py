"""The dictionary: words counted by label in a text; a word is replaced by another one."""

import re

import numpy as np
import pandas as pd
import pytest
import spacy
from spacy.tokens import Doc

from brainforecast.errors import BadInput
from brainforecast.storage.parquet import read_provenance
from brainforecast.syntax.lexicon import Lexicon, build_lexicon
from brainforecast.syntax.parser import load_parser
from helpers.datasets import PARSER, assert_bad_input
from helpers.grammar import GERMAN_CORPUS, german_pipeline
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
    script.build_lexicon(
        str(tmp_path / "lexicon.parquet"), corpus=[str(tmp_path / "a.txt")], parser=PARSER, language="en"
    )
    provenance = read_provenance(tmp_path / "lexicon.parquet")
    assert provenance["parser"] == PARSER
    assert (provenance["language"], provenance["parser_version"]) == ("en", "3.8.0")
    assert provenance["corpus"] == [str(tmp_path / "a.txt")]
    assert pd.read_parquet(tmp_path / "lexicon.parquet")["count"].sum() == 5


def test_french_words_are_counted_with_their_elided_word_and_without(french_nlp, tmp_path):
    """By hand: alignments have l'arbre as one row or as two; apostrophes are straight, names keep their capitals."""
    text = "L’arbre est grand, l'arbre qu'il voit aujourd’hui. L'Italie est belle. Qu'est-ce ?"
    (tmp_path / "a.txt").write_text(text)
    counts = build_lexicon([tmp_path / "a.txt"], french_nlp, "fr").groupby("word")["count"].sum().to_dict()
    assert counts == {
        "l' arbre": 2, "l' Italie": 1, "qu' il": 1, "qu' est -ce": 1, "l'": 3, "arbre": 2, "Italie": 1, "qu'": 2,
        "il": 1, "est -ce": 1, "est": 2, "grand": 1, "voit": 1, "aujourd'hui": 1, "belle": 1,
    }  # fmt: skip


def test_german_nouns_keep_their_capitals(tmp_path):
    """Nouns and names, wherever they stand; verbs, articles and adverbs lose that of a sentence's start."""
    (tmp_path / "a.txt").write_text(GERMAN_CORPUS)
    table = build_lexicon([tmp_path / "a.txt"], load_parser(german_pipeline(tmp_path / "de"), "de"), "de")
    capital = table["word"].str[0].str.isupper()
    assert (capital == table["label"].str.contains(r"\|NOUN\||\|PROPN\|")).all()
    assert {"läuft", "der", "schnell", "dann"} <= set(table["word"])
    english = build_lexicon([tmp_path / "a.txt"], load_parser(german_pipeline(tmp_path / "de"), "de"), "en")
    assert "hund" in set(english["word"]) and "Berlin" not in set(english["word"]) and "Rom" in set(english["word"])


def test_words_of_a_corpus_without_spaces_are_the_tokens_of_the_parser(tmp_path):
    """No more than single characters could be found in the text alone."""
    nlp = spacy.blank("zh")
    nlp.tokenizer = Longest(nlp.vocab, ["老师", "今天", "学生"])
    (tmp_path / "a.txt").write_text("老师今天说。\n\n学生说。", encoding="utf-8")
    assert build_lexicon([tmp_path / "a.txt"], nlp, "zh").groupby("word")["count"].sum().to_dict() == {
        "说": 2, "老师": 1, "今天": 1, "学生": 1,
    }  # fmt: skip


class Longest:
    """A tokenizer of Chinese that knows a few words; every other character is a token."""

    def __init__(self, vocab, words):
        self.vocab, self.pattern = vocab, re.compile("|".join([*words, "."]), re.DOTALL)

    def __call__(self, text):
        words = self.pattern.findall(text)
        return Doc(self.vocab, words=words, spaces=[False] * len(words))
