"""What opens and closes an input: as tokenizers frame a text, with the code of the story's language."""

import pytest
import transformers

from brainforecast.errors import BadInput
from brainforecast.language.frames import enclosing_tokens, opening_token
from helpers import vocabularies
from helpers.model_families import FAMILIES, frame, tokenizer_of

pytest_plugins = ["helpers.language_models"]


@pytest.mark.parametrize("name", [name for name, family in FAMILIES.items() if family.kind != "causal"])
@pytest.mark.parametrize("language", ["en", "fr", "zh"])
def test_frames_of_families(name, language):
    """The entries that each family's paper or documentation has."""
    tokenizer = tokenizer_of(FAMILIES[name].tokenizer)
    found = enclosing_tokens(tokenizer, language)
    assert tuple(tokenizer.convert_ids_to_tokens(ids) for ids in found) == frame(FAMILIES[name], language)


@pytest.mark.parametrize(
    ("language", "codes"),
    [
        ("fr", ("fr_XX", "fra_Latn")), ("pt-BR", ("pt_XX", "por_Latn")), ("zh-Hant-TW", ("zh_CN", "zho_Hant")),
        ("cmn", ("zh_CN", "zho_Hans")),
    ],
)  # fmt: skip
def test_code_of_the_language(language, codes):
    """Of three letters or two, with the script where there are two."""
    mbart, nllb = vocabularies.unigram("MBart50Tokenizer"), vocabularies.merged("NllbTokenizer")
    found = [
        tokenizer.convert_ids_to_tokens(enclosing_tokens(tokenizer, language).before[0]) for tokenizer in (mbart, nllb)
    ]
    assert tuple(found) == codes


def test_language_without_code(caplog):
    """Logged, with the code that is used."""
    tokenizer = vocabularies.unigram("MBartTokenizer")
    with caplog.at_level("INFO", logger="brainforecast"):
        frame = enclosing_tokens(tokenizer, "ca")
    assert tokenizer.convert_ids_to_tokens(frame.after) == ["</s>", "en_XX"]
    assert any("no code of the language ca" in line and "en_XX" in line for line in caplog.messages)


def test_nothing_around_a_text(load):
    """[CLS] and [SEP] if it has them, else refused."""
    tokenizer, _ = load("tiny_bert")  # no template in its file
    assert tokenizer.convert_ids_to_tokens(enclosing_tokens(tokenizer)[0] + enclosing_tokens(tokenizer)[1]) == [
        "[CLS]",
        "[SEP]",
    ]
    with pytest.raises(BadInput, match="puts nothing around a text"):
        enclosing_tokens(load("tiny_gpt2")[0])


def test_opening_of_tokenizers_without_vocabulary():
    """ByT5 has an end of text."""
    tokenizer = transformers.ByT5Tokenizer()
    assert opening_token(tokenizer) == tokenizer.eos_token_id
