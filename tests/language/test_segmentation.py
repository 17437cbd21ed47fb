"""The words of generated text: by hand, and unchanged by the tokens that follow them."""

import random

import numpy as np
import pytest

from brainforecast.errors import BadInput
from brainforecast.language.segmentation import n_complete, rows_with_elided, words_ahead
from brainforecast.language.tokens import NO_WORD, growing_texts, read_tokens
from brainforecast.writing.languages import check_segmentation
from helpers import vocabularies
from helpers.datasets import assert_bad_input
from helpers.texts_languages import chinese, english, french


def spelled(texts, words) -> list[str]:
    """The words of a continuation, as text."""
    return ["".join(t for t, w in zip(texts, words, strict=True) if w == i) for i in range(words.max() + 1)]


def test_words_start_where_a_space_ends():
    """By hand: the end of the true word, a word of two tokens, a line end, a word after a token of space."""
    texts = ["'s", " fox", "es", ".", "\n", "The", " ", "end"]
    assert words_ahead(texts).tolist() == [NO_WORD, 0, 0, 0, NO_WORD, 1, NO_WORD, 2]
    assert words_ahead([]).tolist() == []


def test_elided_words_are_words_of_their_own():
    """Not inside a word, nor before a clitic; in English no word is elided."""
    texts = [" l", "'", "arbre", " aujourd", "’", "hui", ",", " qu", "’", "elle", "-", "même"]
    words = words_ahead(texts, "fr")
    assert [text.strip() for text in spelled(texts, words)] == ["l'", "arbre", "aujourd’hui,", "qu’", "elle-même"]
    assert words_ahead([" it", "'s", " late"], "en").tolist() == [0, 0, 1]


def test_a_word_follows_an_elided_one_at_once():
    """After l', the first token is the next word; after any other word it still belongs to that."""
    assert words_ahead(["arbre", " est"], "fr", before="l'").tolist() == [0, 1]
    assert words_ahead(["arbre", " est"], "fr", before="L’").tolist() == [0, 1]
    assert words_ahead(["s", " est"], "fr", before="arbre").tolist() == [NO_WORD, 0]


@pytest.mark.parametrize(
    ("words", "joined"),
    [
        (french(), []),
        (["l'arbre", "est", "qu’elle", "l'arbre"], ["l'arbre", "qu’elle", "l'arbre"]),
        (["aujourd'hui", "l'", "a-t-il"], []),
        ([], []),
    ],
)
def test_rows_that_generated_text_would_divide(words, joined):
    """An article and its noun in one row are named; generated words are cut all the same."""
    assert rows_with_elided(words, "fr") == joined
    assert rows_with_elided(["l'arbre", *english()], "en") == []


def test_chinese_by_hand():
    """Words of several characters, marks with the word before, an opening mark with the next, Latin letters."""
    texts = ["。", "今天", "天气", "很", "好", "，", "“", "我们", "去", " New", " York", "！", "”"]
    words = words_ahead(texts, "zh")
    found = [text.strip() for text in spelled(texts, words)]
    assert found == ["今天天气", "很", "好，", "“我们", "去", "New", "York！”"]
    assert words[0] == NO_WORD
    assert n_complete(texts, words) == 6


def test_a_token_of_several_words_is_one():
    """A state cannot be divided: words are cut where a token starts."""
    assert words_ahead(["研究了", "生命", "的"], "zh").tolist() == [0, 1, 2]


@pytest.mark.parametrize("tokenizer", [vocabularies.qwen, vocabularies.gpt2, vocabularies.wordpiece])
def test_complete_words_never_change(tokenizer):
    """Every prefix of a text has the first words of the whole; tokens of parts of characters, spaces of BERT."""
    tokenizer, words = tokenizer(), chinese()
    ids = read_tokens(words, tokenizer, "zh").ids[:150].tolist()
    for seed in (0, 1):
        random.Random(seed).shuffle(ids) if seed else None
        whole = words_ahead(growing_texts(ids, tokenizer), "zh")
        for n in range(1, len(ids)):
            texts = growing_texts(ids[:n], tokenizer)
            part = words_ahead(texts, "zh")
            complete = n_complete(texts, part)
            kept = np.flatnonzero((part != NO_WORD) & (part < complete))
            assert complete >= 0 or not kept.size
            assert (whole[kept] == part[kept]).all()
            assert not set(np.flatnonzero((whole != NO_WORD) & (whole < complete))) - set(kept)


@pytest.mark.parametrize("tokenizer", [vocabularies.qwen, vocabularies.gpt2])
def test_growing_texts_spell_the_whole(tokenizer):
    """Bytes of a character add nothing until it is complete."""
    tokenizer = tokenizer()
    ids = read_tokens(chinese(), tokenizer, "zh").ids[:200].tolist()
    texts = growing_texts(ids, tokenizer)
    assert "".join(texts) == tokenizer.decode(ids).rstrip("\ufffd")
    assert "\ufffd" not in "".join(texts)


@pytest.mark.parametrize("language", ["ja", "th", "lo", "km"])
def test_languages_without_a_segmenter(language):
    """One line that names the key."""
    with pytest.raises(BadInput) as error:
        check_segmentation(language)
    assert_bad_input(error, "dataset.language", language, "no spaces between words", "zh")
    with pytest.raises(BadInput):
        words_ahead(["a"], language)


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-TW", "cmn", "ko", "vi", "ja-Latn"])
def test_languages_with_one(language):
    """With spaces, or Chinese."""
    check_segmentation(language)
