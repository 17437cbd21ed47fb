"""Tokenizers: read from whatever files there are, never empty, and of the model they stand beside."""

import base64
import json
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
import sentencepiece
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    GPT2Config,
    LlamaConfig,
    MarianConfig,
    Qwen2Config,
    T5Config,
    XGLMConfig,
    XLMRobertaConfig,
)

from brainforecast.errors import BadInput
from brainforecast.pretrained.loading import load_model, load_tokenizer
from brainforecast.pretrained.vocabulary import n_entries, read_tokenizer
from helpers.language_models import TEXT, byte_tokenizer, save_tiny, wordpiece_tokenizer

pytest_plugins = ["helpers.language_models"]
pytestmark = pytest.mark.usefixtures("one_thread")
NO_SETTINGS: Mapping = {}
SENTENCE = "The quick brown fox jumped over the river."


@pytest.fixture(scope="module")
def pieces(tmp_path_factory) -> Path:
    """A vocabulary of sentencepiece, without any other file."""
    folder = tmp_path_factory.mktemp("pieces")
    (folder / "text").write_text(TEXT)
    special = {"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1}
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "text"), model_prefix=str(folder / "pieces"), vocab_size=80, minloglevel=2, **special
    )
    return folder / "pieces.model"


@pytest.mark.parametrize(
    ("config", "name"),
    [(T5Config(), "spiece.model"), (LlamaConfig(), "tokenizer.model"), (XLMRobertaConfig(), "sentencepiece.bpe.model")],
)
def test_folders_with_sentencepiece_alone(config, name, pieces, tmp_path):
    """The pieces are those of sentencepiece itself."""
    config.save_pretrained(tmp_path)
    shutil.copy(pieces, tmp_path / name)
    tokenizer = read_tokenizer(str(tmp_path), tmp_path)
    own = sentencepiece.SentencePieceProcessor(str(pieces)).encode(f"a {SENTENCE}", out_type=str)
    assert tokenizer.tokenize(f"a {SENTENCE}")[1:] == own[1:]  # the first may lack its space
    assert n_entries(tokenizer) > 60


@pytest.mark.parametrize("missing", ["vocab.json", "merges.txt"])
def test_one_file_of_a_pair(missing, tmp_path):
    """The other one is named."""
    GPT2Config().save_pretrained(tmp_path)
    pieces = json.loads(byte_tokenizer().backend_tokenizer.to_str())["model"]
    (tmp_path / "vocab.json").write_text(json.dumps(pieces["vocab"]))
    (tmp_path / "merges.txt").write_text("\n".join(" ".join(pair) for pair in pieces["merges"]))
    assert n_entries(read_tokenizer(str(tmp_path), tmp_path)) > 200
    (tmp_path / missing).unlink()
    with pytest.raises(BadInput, match=f"found .* without {missing}; expected both"):
        read_tokenizer(str(tmp_path), tmp_path)


def test_a_tokenizer_in_python(pieces, tmp_path):
    """Marian's, of two files of pieces and one of entries, which transformers does not make faster."""
    MarianConfig().save_pretrained(tmp_path)
    own = sentencepiece.SentencePieceProcessor(str(pieces))
    entries = {own.id_to_piece(i): i for i in range(own.get_piece_size())}
    for name in ("source.spm", "target.spm"):
        shutil.copy(pieces, tmp_path / name)
    (tmp_path / "vocab.json").write_text(json.dumps(entries))
    tokenizer = read_tokenizer(str(tmp_path), tmp_path)
    assert tokenizer(SENTENCE, add_special_tokens=False)["input_ids"] == own.encode(SENTENCE)


@pytest.mark.parametrize(
    ("config", "name"),
    [(LlamaConfig(), "tokenizer.model"), (Qwen2Config(), "own.tiktoken"), (GPT2Config(), "tiktoken.model")],
)
def test_folders_with_tiktoken_alone(config, name, tmp_path):
    """Pieces of bytes and their ranks; special tokens are those of tokenizer_config.json."""
    config.save_pretrained(tmp_path)
    ranks = [*(bytes([i]) for i in range(256)), b"th", b"the", b" q", b" qu"]
    lines = [f"{base64.b64encode(piece).decode()} {rank}" for rank, piece in enumerate(ranks)]
    (tmp_path / name).write_text("\n".join(lines))
    special = {"260": {"content": "<|endoftext|>"}, "261": {"content": "<|turn|>"}}
    settings = {"added_tokens_decoder": special, "eos_token": "<|endoftext|>"}
    if name != "tokenizer.model":  # transformers reads that one itself
        (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings))
    tokenizer = read_tokenizer(str(tmp_path), tmp_path)
    ids = tokenizer("the quiet café", add_special_tokens=False)["input_ids"]
    assert ids == [257, 259, *b"iet caf\xc3\xa9"]
    assert tokenizer.decode(ids) == "the quiet café"
    if name != "tokenizer.model":
        assert (tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids("<|turn|>")) == (260, 261)


def write_ranks(folder: Path, changes: Mapping[int, str], settings: Mapping = NO_SETTINGS) -> Path:
    """A model's folder with a vocabulary of tiktoken: single bytes, in lines of which some are others."""
    GPT2Config().save_pretrained(folder)
    lines = [f"{base64.b64encode(bytes([i])).decode()} {i}" for i in range(256)]
    (folder / "x.tiktoken").write_text(
        "\n".join(changes.get(i, line) for i, line in enumerate(lines)), encoding="utf-8"
    )
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return folder


def test_ranks_are_those_of_the_file_itself(tmp_path):
    """The library of tiktoken keeps files by their path, for all users of a machine: one that changes is read anew."""
    write_ranks(tmp_path, {})
    assert load_tokenizer_of(tmp_path)("ab")["input_ids"] == [97, 98]
    write_ranks(tmp_path, {97: "Yg== 97", 98: "YQ== 98"})
    assert load_tokenizer_of(tmp_path)("ab")["input_ids"] == [98, 97]


@pytest.mark.parametrize(
    "line", ["YQ== 1000000000", "YQ== -1", "YQ== 98", "YQ== 97 97", "YQ==", "!!!! 97", " 97", "YQ== ٩٧", "YQ== 9e1"]
)
def test_ranks_that_are_none(tmp_path, line):
    """Far beyond any vocabulary, twice, no number, no base64: one line, and no list of 10^9 entries."""
    with pytest.raises(BadInput, match=r"x\.tiktoken") as error:
        load_tokenizer_of(write_ranks(tmp_path, {97: line}))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("added", [None, [], {"256": None}, {"x": "a"}, {"256": {"content": 1}}, {"256": "\ud800"}])
def test_special_tokens_of_ranks_that_are_none(tmp_path, added):
    """No text, no number, half a character."""
    with pytest.raises(BadInput, match=r"tokenizer_config\.json|x\.tiktoken"):
        load_tokenizer_of(write_ranks(tmp_path, {}, {"added_tokens_decoder": added}))


@pytest.mark.parametrize("number", [10**9, -1, 2**40])
def test_entries_with_numbers_that_no_vocabulary_has(tiny_gpt2, tmp_path, number):
    """A list of 10^9 entries would end the process without a word."""
    folder = Path(shutil.copytree(tiny_gpt2, tmp_path / "model"))
    content = json.loads((folder / "tokenizer.json").read_text())
    content["model"]["vocab"] |= {"the": number}
    (folder / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(BadInput, match=r"tokenizer\.json: found the entry the with the number"):
        load_tokenizer_of(folder)


def test_an_entry_beyond_the_embedding(tiny_gpt2, tmp_path):
    """Though there are no more entries than rows."""
    folder = Path(shutil.copytree(tiny_gpt2, tmp_path / "model"))
    content = json.loads((folder / "tokenizer.json").read_text())
    last = max(content["model"]["vocab"], key=content["model"]["vocab"].get)
    content["model"]["vocab"][last] = 5000
    (folder / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(BadInput, match="embedding of 300, one with the number 5000"):
        load_model(folder)


def test_a_vocabulary_without_its_unknown_token(tmp_path):
    """Found when a text is tokenized, not when the vocabulary is read."""
    BertConfig().save_pretrained(tmp_path)
    (tmp_path / "vocab.txt").write_text("\n".join(f"word{i}" for i in range(40)))
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer", "unk_token": "[NONE]"}')
    with pytest.raises(BadInput, match=str(tmp_path)) as error:
        load_tokenizer_of(tmp_path)
    assert "\n" not in str(error.value)


def load_tokenizer_of(folder: Path):
    """The tokenizer in a folder."""
    return read_tokenizer(str(folder), folder)


def test_ranks_that_do_not_fit_their_special_tokens(tmp_path):
    """A special token whose id is not the next one would be another entry of the model."""
    GPT2Config().save_pretrained(tmp_path)
    (tmp_path / "x.tiktoken").write_text("\n".join(f"{base64.b64encode(bytes([i])).decode()} {i}" for i in range(256)))
    special = {"added_tokens_decoder": {"300": {"content": "<|endoftext|>"}}}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(special))
    with pytest.raises(BadInput, match=r"<\|endoftext\|> at 256"):
        read_tokenizer(str(tmp_path), tmp_path)


@pytest.mark.parametrize(
    "config", [BertConfig(), GPT2Config(), T5Config(), XGLMConfig(), LlamaConfig(), XLMRobertaConfig()]
)
@pytest.mark.parametrize(
    "file", [None, "tokenizer_config.json", "special_tokens_map.json", "merges.txt", "other.model"]
)
def test_no_tokenizer_is_never_an_empty_one(config, file, tmp_path):
    """transformers makes a tokenizer with no entries, for which every word is unknown; here it is one line."""
    config.save_pretrained(tmp_path)
    if file:
        (tmp_path / file).write_text("{}")
    with pytest.raises(BadInput, match="tokenizer") as error:
        read_tokenizer(str(tmp_path), tmp_path)
    assert "\n" not in str(error.value) and str(tmp_path) in str(error.value)


def test_a_vocabulary_of_special_tokens_alone(tiny_bert, tmp_path):
    """A tokenizer.json that is complete, but for its entries."""
    folder = Path(shutil.copytree(tiny_bert, tmp_path / "model"))
    content = json.loads((folder / "tokenizer.json").read_text())
    content["model"]["vocab"] = {key: i for key, i in content["model"]["vocab"].items() if i < 5}
    (folder / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(BadInput, match="0 entries"):
        load_tokenizer(folder)


def test_a_larger_vocabulary_than_the_models(tiny_gpt2, tmp_path):
    """GPT-2's kind of tokenizer beside a BERT with fewer entries, as GPT-2's beside BERT itself."""
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    folder = save_tiny(BertForMaskedLM, BertConfig(vocab_size=200, **sizes), byte_tokenizer(), tmp_path)
    with pytest.raises(BadInput, match="300 entries for a model with an embedding of 200"):
        load_model(folder)


def test_a_smaller_vocabulary_without_the_models_special_tokens(tiny_gpt2, tmp_path):
    """BERT's kind of tokenizer beside a GPT-2 that ends its texts with a token beyond it."""
    folder = Path(shutil.copytree(tiny_gpt2, tmp_path / "model"))
    settings = json.loads((folder / "config.json").read_text()) | {"bos_token_id": 299, "eos_token_id": 299}
    (folder / "config.json").write_text(json.dumps(settings))
    wordpiece_tokenizer().save_pretrained(folder)
    with pytest.raises(BadInput, match=r"120 entries, and bos_token_id 299 in config\.json"):
        load_model(folder)


def test_a_smaller_vocabulary_is_logged(tiny_bert, caplog):
    """With both sizes: an embedding is padded to a round number, but not by that much."""
    caplog.set_level(logging.INFO)
    load_model(tiny_bert)
    assert "120 entries for an embedding of 300" in caplog.text


def test_entries_added_beyond_the_embedding_are_logged(tiny_gpt2, tmp_path, caplog):
    """A padding token that the model was not resized for is not used; one that opens a text is."""
    caplog.set_level(logging.INFO)
    folder = Path(shutil.copytree(tiny_gpt2, tmp_path / "model"))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"pad_token": "<pad>"})
    tokenizer.save_pretrained(folder)
    load_model(folder)
    assert "1 added entries lie beyond the embedding of 300" in caplog.text
    tokenizer.add_special_tokens({"eos_token": "<end>"})
    tokenizer.save_pretrained(folder)
    with pytest.raises(BadInput, match="302 entries"):
        load_model(folder)


def test_complete_models_raise_no_doubt(tiny_gpt2, tiny_llama, tiny_roberta, caplog):
    """Their own tokenizers."""
    caplog.set_level(logging.INFO)
    for folder in (tiny_gpt2, tiny_llama):
        load_model(folder)
    assert "is it the model's own" not in caplog.text


def test_a_tokenizer_with_code_of_its_own(tiny_gpt2, tmp_path):
    """It is never run."""
    folder = Path(shutil.copytree(tiny_gpt2, tmp_path / "model"))
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings |= {"auto_map": {"AutoTokenizer": ["own.Own", None]}, "tokenizer_class": "Own"}
    settings |= {"chat_template": "{{ 1 / 0 }}{% never %}"}  # not a template: nothing renders it
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    (folder / "own.py").write_text("raise SystemExit('run')")
    try:
        tokenizer = load_tokenizer(folder)
    except BadInput as error:
        assert "\n" not in str(error)
    else:
        assert tokenizer("the fox")["input_ids"] == AutoTokenizer.from_pretrained(tiny_gpt2)("the fox")["input_ids"]
