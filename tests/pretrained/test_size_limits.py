"""Sizes of models: those of every family pass, those that no model has do not."""

import json
from pathlib import Path

import pytest
from transformers import CONFIG_MAPPING

from brainforecast.errors import BadInput
from brainforecast.pretrained.size_limits import check_sizes

FAMILIES = ("gpt2", "llama", "t5", "bert", "deberta-v2", "whisper", "gemma3", "qwen3_moe", "beit", "musicflamingo")


@pytest.mark.parametrize("family", FAMILIES)
def test_sizes_of_families_pass(family):
    """Also -1 for no limit, fractions, switches whose keys end like sizes, and those of parts."""
    check_sizes(Path("config.json"), json.loads(CONFIG_MAPPING[family]().to_json_string()))


@pytest.mark.parametrize(
    "settings",
    [
        {"n_layer": 10**12},
        {"num_hidden_layers": -1},
        {"hidden_size": 10**12},
        {"vocab_size": "300"},
        {"n_positions": float("nan")},
        {"text_config": {"vision": {"max_position_embeddings": 10**12}}},
    ],
)
def test_sizes_that_no_model_has(settings):
    """Before anything is made of them."""
    with pytest.raises(BadInput, match=r"^config\.json: found .* a number from"):
        check_sizes(Path("config.json"), settings)
