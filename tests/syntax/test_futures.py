"""Futures: other words with the grammar of the true ones; marks and capitals kept; every word accounted for."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from brainforecast.errors import BadInput
from brainforecast.syntax.elision import begins_with_vowel
from brainforecast.syntax.futures import DrawingSettings, draw_futures
from brainforecast.syntax.lexicon import Lexicon, build_lexicon
from brainforecast.syntax.parser import load_parser, parse_words, split_words
from helpers.datasets import PARSER, assert_bad_input
from helpers.grammar import FRENCH_CORPUS, GERMAN_CORPUS, GERMAN_SENTENCES, GERMAN_STORY, german_pipeline
from helpers.texts_languages import french
from scripts.syntax import prepare_futures as script

CORPUS = """The boy opened the door and saw a small dog in the garden. A girl closed the window and heard a big cat on
the road. He didn't know the man, but she couldn't see the woman. They were walking slowly to the old house. We had
quickly gone into a new town with the captain. I told him a long story; you asked me a short question. It isn't bad.

“The teacher has found the key,” said John. “My brother will take this letter to London.” """
TEXT = "The king closed the gate, and he didn't hear the little horse. “She was looking at a star,” said Mary."
STORY = TEXT.split(" ")
SENTENCES = [0] * 12 + [1] * 8
DRAWING = DrawingSettings(n_futures=4, horizon=5, n_candidates=8, threshold=0.8, too_few="best", function_words=True)


@pytest.fixture(scope="module")
def lexicon(nlp, tmp_path_factory):
    """A dictionary of a few sentences."""
    path = tmp_path_factory.mktemp("corpus") / "corpus.txt"
    path.write_text(CORPUS)
    return Lexicon(build_lexicon([path], nlp))


def drawn(lexicon, nlp, words=STORY, sentences=SENTENCES, seed=(3, 5), **changes):
    """Futures and labels of a story."""
    return draw_futures(words, sentences, lexicon, nlp, drawing=replace(DRAWING, **changes), seed=seed)


def test_every_word_but_the_last_has_its_futures(lexicon, nlp):
    """n_futures each, as long as the horizon, or as the story has words left."""
    futures, labels = drawn(lexicon, nlp)
    assert (futures.groupby("word").size() == 4).all()
    assert futures["word"].unique().tolist() == list(range(len(STORY) - 1))
    left = np.minimum(len(STORY) - 1 - futures["word"], 5)
    assert (futures["n_words"] == left).all()
    assert (futures["text"].str.split(" ").str.len() == left).all()
    assert (futures["n_drawn"] + futures["n_wider"] + futures["n_kept"] == left).all()
    assert labels["text"].tolist() == STORY


def test_words_are_replaced_marks_and_capitals_are_not(lexicon, nlp):
    """No drawn word is the original; marks around it and its capital stay."""
    futures, labels = drawn(lexicon, nlp)
    for row in futures.itertuples():
        for index, word in enumerate(row.text.split(" "), start=row.word + 1):
            (true,), (other,) = split_words([STORY[index]], nlp), split_words([word], nlp)
            assert (other.before, other.after) == (true.before, true.after)
            same = [token.lower() for token in other.core] == [token.lower() for token in true.core]
            assert same == (labels["origin"][index] == "kept")
            assert other.core[0][0].isupper() or not true.core[0][0].isupper()


def test_labels_are_those_of_the_true_words(lexicon, nlp):
    """A drawn word has the label it was drawn for somewhere in the corpus: it is in the label's class."""
    futures, labels = drawn(lexicon, nlp)
    own = labels[labels["origin"] == "own"]
    for row in futures.itertuples():
        for index, word in enumerate(row.text.split(" "), start=row.word + 1):
            if index in own.index:
                (other,) = split_words([word], nlp)
                entries, _ = lexicon.entries(labels["label"][index], ())
                assert [t.lower() for t in other.core] in [[t.lower() for t in entry] for entry in entries.words]


def test_matches_are_those_of_a_new_parse(lexicon, nlp):
    """Of a future at the end of its story: parsed after the words of its sentence, label by label."""
    futures, labels = drawn(lexicon, nlp)
    row = futures[futures["word"] == len(STORY) - 5].iloc[0]
    (again,) = parse_words([split_words(STORY[12:-4] + row["text"].split(" "), nlp)], nlp)
    same = [a == b for a, b in zip(again.labels[-4:], labels["label"][-4:], strict=True)]
    assert row["n_matched"] == sum(same)
    assert row["n_drawn_matched"] <= min(row["n_matched"], row["n_drawn"])


def test_the_best_are_kept(lexicon, nlp):
    """In order of agreement; the best of more candidates are better; the threshold decides what passes."""
    futures, _ = drawn(lexicon, nlp)
    assert futures.groupby("word")["tree_agreement"].apply(lambda a: a.is_monotonic_decreasing).all()
    assert (futures["passed"] == (futures["tree_agreement"] > 0.8)).all()
    single, many = (drawn(lexicon, nlp, n_futures=1, n_candidates=n)[0]["tree_agreement"].mean() for n in (1, 30))
    assert many > single


def test_where_too_few_pass(lexicon, nlp):
    """Nothing passes a threshold of 1: the best fill up, or the one best is kept alone."""
    filled, fewer = (drawn(lexicon, nlp, threshold=1.0, too_few=way)[0] for way in ("best", "fewer"))
    assert not filled["passed"].any()
    assert (filled.groupby("word").size() == 4).all()
    assert (fewer.groupby("word").size() == 1).all()
    assert fewer["text"].tolist() == filled.loc[filled["future"] == 0, "text"].tolist()


def test_function_words_may_be_kept(lexicon, nlp):
    """Without them only nouns, verbs and the like are replaced."""
    futures, labels = drawn(lexicon, nlp, function_words=False)
    kept = labels[labels["origin"] == "kept"]["text"].tolist()
    assert {"The", "the", "and", "he", "didn't"} <= set(kept)
    first = futures[futures["word"] == 1]["text"].str.split(" ", expand=True)
    assert (first[1] == "the").all()
    assert (first[0] != "closed").all()


def test_draws_are_seeded_word_by_word(lexicon, nlp):
    """The same seed, the same futures; another seed, others; a story that ends later does not change the first ones."""
    futures, again, other = (drawn(lexicon, nlp, seed=seed)[0] for seed in ((3, 5), (3, 5), (3, 6)))
    pd.testing.assert_frame_equal(futures, again)
    assert (futures["text"] != other["text"]).mean() > 0.5
    longer = drawn(lexicon, nlp, [*STORY, "And", "so", "it", "ended."], [*SENTENCES, 2, 2, 2, 2])[0]
    early = futures["word"] < len(STORY) - 1 - 5
    assert futures.loc[early, "text"].tolist() == longer.loc[longer["word"] < len(STORY) - 1 - 5, "text"].tolist()


def test_a_transcript_without_marks_or_capitals(lexicon, nlp):
    """Without sentences the parser finds them, every word has futures, and none has a capital."""
    text = "the king closed the gate and he didn't hear the little horse she was looking at a star said mary i think"
    words = text.split(" ")
    futures, labels = drawn(lexicon, nlp, words, [None] * len(words))
    assert futures["word"].nunique() == len(words) - 1
    assert (futures["text"] == futures["text"].str.lower()).all()
    assert (labels["origin"] == "own").mean() > 0.5


def test_a_word_of_marks_is_kept(lexicon, nlp):
    """A dash is not replaced."""
    words = [*STORY[:4], "—", *STORY[4:]]
    futures, labels = drawn(lexicon, nlp, words, [0] * len(words))
    assert labels.loc[4, ["label", "origin"]].tolist() == ["", "kept"]
    assert (futures[futures["word"] == 3]["text"].str.split(" ").str[0] == "—").all()


def test_a_single_word_has_no_future(lexicon, nlp):
    """It is refused in one line."""
    with pytest.raises(BadInput) as error:
        drawn(lexicon, nlp, ["Well."], [0])
    assert_bad_input(error, "a story of 1 words", "two words or more")


def test_a_long_sentence_is_cut_around_the_future(lexicon, nlp):
    """A sentence of a hundred words is parsed in pieces, and the trees of the pieces are compared."""
    words = ("the boy saw the dog and " * 20).split()
    futures, _ = drawn(lexicon, nlp, words, [0] * len(words))
    assert futures["tree_agreement"].between(-1, 1).all()
    assert futures["passed"].mean() > 0.5


def test_script_writes_both_tables(lexicon, nlp, tmp_path):
    """Futures and labels; units for every column."""
    (tmp_path / "corpus.txt").write_text(CORPUS)
    build_lexicon([tmp_path / "corpus.txt"], nlp).to_parquet(tmp_path / "lexicon.parquet")
    pd.DataFrame({"word": STORY, "sentence": pd.array(SENTENCES, "Int64")}).to_parquet(tmp_path / "words.parquet")
    paths = [str(tmp_path / f"{name}.parquet") for name in ("words", "lexicon", "futures", "labels")]
    script.prepare_futures(*paths, parser=PARSER, language="en", drawing=DRAWING, seed=(3, 5))
    expected, _ = drawn(Lexicon(pd.read_parquet(paths[1])), nlp)
    pd.testing.assert_frame_equal(pd.read_parquet(paths[2]), expected, check_dtype=False)
    assert len(pd.read_parquet(paths[3])) == len(STORY)


def test_apostrophes_are_those_of_the_story(lexicon, nlp):
    """The dictionary has straight ones; words drawn for a story with curly ones have curly ones."""
    curly = [word.replace("'", "’") for word in STORY]
    futures, labels = drawn(lexicon, nlp, curly)
    straight, same_labels = drawn(lexicon, nlp)
    assert futures["text"].tolist() == [text.replace("'", "’") for text in straight["text"]]
    assert futures["text"].str.contains("’").any()
    assert labels["label"].tolist() == same_labels["label"].tolist()


def test_german_nouns_are_drawn_with_capitals(tmp_path):
    """A noun for a noun, with its capital; a verb inside a sentence has none, at its start it has one."""
    nlp, words = load_parser(german_pipeline(tmp_path / "de"), "de"), GERMAN_STORY.split()
    (tmp_path / "corpus.txt").write_text(GERMAN_CORPUS)
    lexicon = Lexicon(build_lexicon([tmp_path / "corpus.txt"], nlp, "de"))
    drawing = replace(DRAWING, function_words=True)
    futures, labels = draw_futures(words, GERMAN_SENTENCES, lexicon, nlp, drawing=drawing, seed=(2,), language="de")
    assert (labels["origin"] == "own").mean() > 0.8
    for row in futures.itertuples():
        for index, word in enumerate(row.text.split(" "), start=row.word + 1):
            assert word[0].isupper() == words[index][0].isupper()
    lower, _ = draw_futures(
        [word.lower() for word in words], GERMAN_SENTENCES, lexicon, nlp, drawing=drawing, seed=(2,), language="de"
    )
    assert (lower["text"] == lower["text"].str.lower()).all()


def test_french_futures_agree_in_elision(french_nlp, tmp_path):
    """A story whose elided words are rows: each stands before a vowel in every future; apostrophes as around them."""
    (tmp_path / "corpus.txt").write_text(FRENCH_CORPUS)
    lexicon, words = Lexicon(build_lexicon([tmp_path / "corpus.txt"], french_nlp, "fr")), french()[:90]
    futures, labels = draw_futures(
        words, [None] * len(words), lexicon, french_nlp, drawing=DRAWING, seed=(2,), language="fr"
    )
    assert (labels["origin"] != "kept").mean() > 0.5
    replaced = set(labels.index[labels["origin"] != "kept"])
    for row in futures.itertuples():
        text = row.text.split(" ")
        for index, (first, second) in enumerate(pairwise(text), start=row.word + 1):
            assert first.endswith("'") == words[index].endswith("'")
            if first.endswith("'") and index + 1 in replaced:
                assert begins_with_vowel(second)
    assert futures["n_drawn"].gt(0).any() and (futures["tree_agreement"] > 0.5).mean() > 0.9
