"""Unknown tokens: counted whatever a tokenizer calls them, logged, in the metadata, and stopped above a bound."""

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from brainforecast.errors import BadInput
from brainforecast.language.extraction import ExtractionSettings, extract_activations, provenance
from brainforecast.language.known_tokens import count_known
from helpers import vocabularies
from helpers.datasets import assert_bad_input
from helpers.texts_languages import chinese, english, story

pytest_plugins = ["helpers.language_models"]
pytestmark = pytest.mark.usefixtures("one_thread")

WORDS = ["one", "bäd", "word", "one"]


def letters_tokenizer(**special: str) -> PreTrainedTokenizerFast:
    """Letters of a small alphabet; what its algorithm does not know is <gap>."""
    entries = {letter: i for i, letter in enumerate([*"abdenorw", "<gap>"])}
    backend = Tokenizer(models.BPE(vocab=entries, merges=[], unk_token="<gap>"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=backend, **special)


@pytest.mark.parametrize("special", [{}, {"unk_token": "<gap>"}, {"eos_token": "<gap>"}, {"pad_token": "<gap>"}])
def test_unknown_by_any_name(special):
    """Declared or not, or shared with the end of a text or padding; one letter of a word is enough to list it."""
    known = count_known(WORDS, letters_tokenizer(**special))
    assert (known.n_tokens, known.n_unknown, known.unknown) == (13, 1, ["bäd"])
    assert known.share == pytest.approx(1 / 13)


def test_no_unknown_token_over_bytes():
    """Nothing is unknown to a tokenizer of bytes, in any language."""
    for words in (english(), chinese(), story("hi")):
        assert count_known(words, vocabularies.gpt2()).n_unknown == 0


def test_replacement_characters_are_unknown():
    """A text that was decoded wrongly has them: their tokens are known, their meaning is not."""
    known = count_known(["caf\ufffd", "one"], vocabularies.gpt2())
    assert known.unknown == ["caf\ufffd"]
    assert known.n_unknown == known.n_tokens - 1


def test_dropped_letters_are_counted():
    """Without an unknown token, a letter that is not in the vocabulary has no token."""
    backend = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate("abdenorw")}, merges=[]))
    known = count_known(WORDS, PreTrainedTokenizerFast(tokenizer_object=backend))
    assert (known.n_unknown, known.n_incomplete, known.unknown) == (0, 1, ["bäd"])


def test_share_in_metadata_and_bound(load):
    """What the report shows; the bound is the setting's."""
    tokenizer, model = load("tiny_bert")
    words = [*english()[:3], "☃"]
    settings = ExtractionSettings(most_unknown=1.0)
    tokens = provenance(words, tokenizer, model, settings)["tokens"]
    assert tokens["n_unknown"] >= 1 and tokens["unknown"][-1] == "☃"
    assert tokens["share"] == tokens["n_unknown"] / tokens["n_tokens"]
    extract_activations(words, tokenizer, model, settings)
    with pytest.raises(BadInput) as error:
        extract_activations(words, tokenizer, model, ExtractionSettings(most_unknown=0.0))
    assert_bad_input(error, "tokens unknown", "at most 0%")
