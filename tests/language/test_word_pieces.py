"""Tokens of words: the plain tokens of a text where words have spaces, and never of two words."""

import numpy as np
import pytest
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from brainforecast.language.tokens import NO_WORD, read_tokens, token_weights
from brainforecast.language.word_pieces import merges_words, tokenize_words
from brainforecast.writing.orthography import join_words
from helpers import vocabularies
from helpers.texts_languages import chinese, english, french, story

KINDS = {
    "pairs of bytes": vocabularies.gpt2,
    "Qwen": vocabularies.qwen,
    "merged": lambda: vocabularies.merged("LlamaTokenizer"),
    "unigram": lambda: vocabularies.unigram("T5Tokenizer", ("<pad>", "</s>", "<unk>")),
    "word pieces": vocabularies.wordpiece,
    "bytes": transformers.ByT5Tokenizer,
    "characters": transformers.CanineTokenizer,
    "slow": vocabularies.marian,
}


@pytest.mark.parametrize("kind", KINDS)
def test_words_with_spaces_have_the_plain_tokens(kind):
    """The same tokens as the whole text at once, of slow tokenizers too."""
    tokenizer, words = KINDS[kind](), english()
    plain = tokenizer(" ".join(words), add_special_tokens=False, verbose=False)["input_ids"]
    assert read_tokens(words, tokenizer).ids.tolist() == plain


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("language", "words"), [("fr", french()), ("zh", chinese()), ("ja", story("ja"))])
def test_tokens_do_not_depend_on_later_words(kind, language, words):
    """Of every beginning of a story; each word has one, also where nothing stands between words."""
    tokenizer = KINDS[kind]()
    complete = read_tokens(words, tokenizer, language)
    for n in range(1, min(len(words), 60)):
        part = read_tokens(words[:n], tokenizer, language)
        assert part.ids.tolist() == complete.ids[: part.ids.size].tolist()
        assert part.word.tolist() == complete.word[: part.ids.size].tolist()
        assert complete.word[part.ids.size] != n - 1


@pytest.mark.parametrize("kind", ["bytes", "characters"])
def test_space_is_no_word_without_offsets(kind):
    """A token of nothing but space has no weight, as with tokenizers that give characters."""
    tokens = read_tokens(["so", "it", "is"], KINDS[kind]())
    assert tokens.word.tolist() == [0, 0, NO_WORD, 1, 1, NO_WORD, 2, 2]
    assert token_weights(tokens, "last").sum() == 3


def test_no_token_holds_two_words():
    """Qwen has an entry for 我们的: where a row ends inside, the tokens do."""
    tokenizer, words = vocabularies.qwen(), ["我们", "的", "的", "是"]
    plain = tokenizer("".join(words), add_special_tokens=False)["input_ids"]
    tokens = read_tokens(words, tokenizer, "zh")
    assert len(plain) < 4 <= tokens.ids.size
    assert [tokenizer.decode(tokens.ids[tokens.word == i]) for i in range(4)] == words


def test_a_vocabulary_of_several_words():
    """Entries that pass over a space are not used: the word before would see the next one."""
    entries = {"▁of": 0, "▁the": 1, "▁of▁the": 2, "▁sea": 3, "▁a": 4, "▁.": 5, "<unk>": 6}
    backend = Tokenizer(models.Unigram([(entry, -1.0 - (i == 6) * 9) for entry, i in entries.items()], unk_id=6))
    backend.pre_tokenizer = pre_tokenizers.Metaspace(split=False)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="<unk>")
    assert merges_words(tokenizer) and not merges_words(vocabularies.gpt2())
    assert tokenizer("of the sea", add_special_tokens=False)["input_ids"] == [2, 3]
    tokens = read_tokens(["of", "the", "sea"], tokenizer)
    assert (tokens.ids.tolist(), tokens.word.tolist()) == ([0, 1, 3], [0, 1, 2])


def test_letters_without_token_are_found():
    """A tokenizer without an unknown token drops what it does not know, inside a word too."""
    backend = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate("abcdef")}, merges=[]))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend)
    pieces = tokenize_words(["abc", "adzf"], tokenizer)
    assert pieces.incomplete == [1]
    assert np.bincount([word for word in pieces.word if word != NO_WORD]).tolist() == [3, 3]


def test_the_text_is_the_languages_own():
    """No space in Chinese, none after an elided word."""
    assert join_words(["l'", "arbre", "est"], "fr")[0] == "l'arbre est"
    tokens = read_tokens(["l'", "arbre"], vocabularies.gpt2(), "fr")
    assert vocabularies.gpt2().decode(tokens.ids) == "l'arbre"
