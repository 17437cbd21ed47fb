"""Words and tokens: the word of each token, its weight, and the inputs that the tokens of a story are split into."""

import numpy as np
import pytest

from brainforecast.errors import BadInput
from brainforecast.language.frames import enclosing_tokens, opening_token
from brainforecast.language.segmentation import words_ahead
from brainforecast.language.tokens import (
    NO_WORD,
    Span,
    Tokens,
    batches,
    left_spans,
    read_tokens,
    token_texts,
    token_weights,
    word_spans,
)
from helpers.texts import CLOCKMAKER, RIVER

pytest_plugins = ["helpers.language_models"]
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("name", ["tiny_gpt2", "tiny_bert"])
def test_tokens_of_a_word_spell_it(load, name):
    """Tokens that belong to a word, put together, are the word: punctuation, contractions, unicode, many tokens."""
    tokenizer, _ = load(name)
    tokens = read_tokens(CLOCKMAKER, tokenizer)
    spelled = [tokenizer.decode(tokens.ids[tokens.word == i]) for i in range(len(CLOCKMAKER))]
    spelled = [word.replace("##", "").replace(" ", "") for word in spelled]
    plain = (
        CLOCKMAKER if name == "tiny_gpt2" else [word.lower().replace("ï", "i").replace("é", "e") for word in CLOCKMAKER]
    )
    pairs = [(a, b) for a, b in zip(spelled, plain, strict=True) if "[UNK]" not in a]  # WordPiece has no pieces for it
    assert len(pairs) >= len(CLOCKMAKER) - 3
    assert all(a == b for a, b in pairs)
    assert np.bincount(tokens.word[tokens.word != NO_WORD]).max() > 3


def test_every_byte_of_a_character_belongs_to_its_word(load):
    """A character of four bytes is four tokens of one word."""
    tokenizer, _ = load("tiny_gpt2")
    tokens = read_tokens(["a", "🦜🦜", "b"], tokenizer)
    assert tokens.word.tolist()[:10] == [0, NO_WORD, *[1] * 8]
    assert tokens.word[-1] == 2


def test_token_of_space_belongs_to_no_word(load):
    """It stays in the text, as context, and has no weight in any vector."""
    tokenizer, _ = load("tiny_gpt2")
    tokens = read_tokens(["so", "   ?", "yes"], tokenizer)
    assert NO_WORD in tokens.word
    for word_vector in ("last", "mean", "sum"):
        assert not token_weights(tokens, word_vector)[tokens.word == NO_WORD].any()


@pytest.mark.parametrize("word", ["", " ", "\x00"])
def test_word_without_token_is_refused(load, word):
    """The message names the word and its row."""
    tokenizer, _ = load("tiny_bert")
    with pytest.raises(BadInput, match=r"row 2 .*without a token"):
        read_tokens(["one", "two", word, "three"], tokenizer)


def test_no_words_are_refused(load):
    """An empty story is reported as bad input."""
    with pytest.raises(BadInput, match="no words"):
        read_tokens([], load("tiny_gpt2")[0])


def test_weights_of_tokens():
    """By hand: a word of one token, one of three, a token of space between."""
    tokens = Tokens(np.arange(5), np.array([0, NO_WORD, 1, 1, 1]))
    assert token_weights(tokens, "last").tolist() == [1, 0, 0, 0, 1]
    assert token_weights(tokens, "sum").tolist() == [1, 0, 1, 1, 1]
    np.testing.assert_allclose(token_weights(tokens, "mean"), [1, 0, 1 / 3, 1 / 3, 1 / 3])
    with pytest.raises(BadInput, match="first"):
        token_weights(tokens, "first")


@pytest.mark.parametrize(("n_tokens", "room", "stride"), [(5, 9, 4), (9, 9, 1), (50, 9, 4), (50, 9, 9), (50, 9, 1)])
def test_chunks_keep_each_token_once_with_enough_before_it(n_tokens, room, stride):
    """Every token is kept once, from the first chunk that holds it, after all tokens or room - stride of them."""
    spans = left_spans(n_tokens, room, stride)
    assert [t for span in spans for t in range(span.keep, span.stop)] == list(range(n_tokens))
    assert all(span.start == i * stride and span.stop - span.start <= room for i, span in enumerate(spans))
    assert all(span.keep - span.start >= room - stride for span in spans[1:])
    longer = left_spans(n_tokens + 1, room, stride)
    assert [span[:2] for span in longer[: len(spans)]] == [span[:2] for span in spans]


def test_batches_hold_inputs_of_one_length():
    """Neighbours of equal length share a batch; nothing is lost or reordered."""
    spans = [Span(0, 0, n) for n in (3, 3, 3, 3, 5, 5, 3)]
    grouped = list(batches(spans, 3))
    assert [len(batch) for batch in grouped] == [3, 1, 2, 1]
    assert [span for batch in grouped for span in batch] == spans


def test_word_longer_than_an_input_is_refused(load):
    """The input of a masked model must hold the complete word."""
    tokens = read_tokens(CLOCKMAKER, load("tiny_bert")[0])
    with pytest.raises(BadInput, match="tokens"):
        word_spans(tokens, 1)


def test_opening_token(load):
    """The end of a document, not the end of a turn."""
    tokenizer, _ = load("tiny_gpt2")
    tokenizer.bos_token = tokenizer.eos_token = "a"
    assert tokenizer.convert_ids_to_tokens(opening_token(tokenizer)) == "<|endoftext|>"


def test_opening_token_declared_or_absent(load):
    """Without an end of document: the declared begin; without any: refused."""
    tokenizer, _ = load("tiny_bert")
    with pytest.raises(BadInput, match="begin or end"):
        opening_token(tokenizer)
    tokenizer.bos_token = "[CLS]"
    assert opening_token(tokenizer) == tokenizer.cls_token_id


def test_masked_model_needs_enclosing_tokens(load):
    """A causal tokenizer has none."""
    with pytest.raises(BadInput, match="CLS"):
        enclosing_tokens(load("tiny_gpt2")[0])


@pytest.mark.parametrize("name", ["tiny_llama", "tiny_gpt2"])
def test_texts_of_tokens_spell_the_story(load, name):
    """Put together they are the text, spaces included, and words are numbered as the story's own."""
    tokenizer, _ = load(name)
    tokens, texts = read_tokens(RIVER, tokenizer), token_texts(tokenizer)
    assert "".join(texts[token] for token in tokens.ids) == " ".join(RIVER)
    assert (
        words_ahead([" " if t == 0 else texts[token] for t, token in enumerate([0, *tokens.ids])])[1:] == tokens.word
    ).all()
