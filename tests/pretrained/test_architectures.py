"""Encoder-decoders and multimodal models: the part that reads text, with its layers and all of its weights."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import WhisperConfig, WhisperForConditionalGeneration

from brainforecast.errors import BadInput
from brainforecast.language.extraction import ExtractionSettings, cut_layers, extract_activations
from brainforecast.language.generation import generate_continuations
from brainforecast.language.sampling import DecodingSettings
from brainforecast.pretrained.loading import LoadSettings, load_model, load_predictor
from helpers.architectures import BOTH, ENCODER_DECODERS, MULTIMODAL, save_architecture
from helpers.language_models import save_tiny
from helpers.texts import CLOCKMAKER

pytest_plugins = ["helpers.language_models"]
pytestmark = pytest.mark.usefixtures("one_thread")
IDS = torch.arange(10, 30)[None]
STORY = CLOCKMAKER[:6]
PREDICTS = {"llava", "gemma3", "paligemma", "idefics2", "blip2", "qwen2_audio"}  # transformers has their text models


def states_of(part) -> tuple[torch.Tensor, ...]:
    """All hidden states of a few tokens."""
    with torch.inference_mode():
        return part(IDS, output_hidden_states=True).hidden_states


@pytest.mark.parametrize("name", ENCODER_DECODERS)
def test_encoder(name, tmp_path):
    """The states of the model's own encoder, three layers of it, and vectors of words."""
    folder, complete = save_architecture(ENCODER_DECODERS, name, tmp_path)
    tokenizer, model = load_model(folder)
    expected = states_of(complete.get_encoder())
    assert model.config.num_hidden_layers == 3 == len(expected) - 1
    for ours, theirs in zip(states_of(model), expected, strict=True):
        torch.testing.assert_close(ours, theirs)
    assert model.name_or_path == folder
    assert model.get_input_embeddings().num_embeddings == 300
    X = extract_activations(STORY, tokenizer, model, ExtractionSettings(context=32, stride=8))
    assert list(X) == [0, 1, 2, 3] and X[3].shape == (len(STORY), 16)
    if name != "prophetnet":  # whose number of layers cannot be changed
        torch.testing.assert_close(states_of(cut_layers(model, 1))[1], expected[1])
    with pytest.raises(BadInput, match="an encoder-decoder model; expected a causal model"):
        load_predictor(folder)


@pytest.mark.parametrize("name", ["bart", "t5"])
def test_only_the_encoders_weights_are_needed(name, tmp_path):
    """Files without the decoder; without one weight of the encoder, or without its embedding, they are refused."""
    folder, complete = save_architecture(ENCODER_DECODERS, name, tmp_path)
    path = Path(folder) / "model.safetensors"
    encoder = {key: weight for key, weight in load_file(path).items() if "decoder" not in key and "lm_head" not in key}
    save_file(encoder, path, metadata={"format": "pt"})
    torch.testing.assert_close(states_of(load_model(folder)[1])[3], states_of(complete.get_encoder())[3])
    for absent in ("shared", "2.fc1.weight" if name == "bart" else "2.layer.1.DenseReluDense.wi.weight"):
        kept = {key: weight for key, weight in encoder.items() if absent not in key}
        assert len(kept) < len(encoder)
        save_file(kept, path, metadata={"format": "pt"})
        with pytest.raises(BadInput, match="weights absent"):
            load_model(folder)


@pytest.mark.parametrize("name", MULTIMODAL)
def test_text_part(name, tmp_path):
    """The states of the model's own text part; layers that images alone pass do not count."""
    folder, complete = save_architecture(MULTIMODAL, name, tmp_path)
    tokenizer, model = load_model(folder)
    reader = complete.get_decoder()
    expected = states_of(reader.base_model if name == "blip2" else reader)
    assert model.config.num_hidden_layers == 2 == len(expected) - 1
    for ours, theirs in zip(states_of(model), expected, strict=True):
        torch.testing.assert_close(ours, theirs)
    X = extract_activations(STORY, tokenizer, model, ExtractionSettings(context=32, stride=8))
    assert X[2].shape == (len(STORY), 16) and np.isfinite(X[2]).all()
    assert sum(weight.numel() for weight in model.parameters()) < sum(w.numel() for w in complete.parameters())


@pytest.mark.parametrize("name", MULTIMODAL)
def test_predictor_of_text(name, tmp_path):
    """The same logits as the complete model, where transformers has a model of its text part; else one line."""
    folder, complete = save_architecture(MULTIMODAL, name, tmp_path)
    if name not in PREDICTS:
        with pytest.raises(BadInput, match="expected a causal model"):
            load_predictor(folder)
        return
    tokenizer, model = load_predictor(folder)
    assert model.base_model is not model and model.config.num_hidden_layers == 2
    if name != "paligemma":  # which sees a text from both sides
        with torch.inference_mode():
            whole = complete.get_decoder() if name == "blip2" else complete
            torch.testing.assert_close(model(IDS).logits, whole(input_ids=IDS).logits)
    if name == "llava":
        settings = DecodingSettings(n_futures=1, horizon=1, temperature=0, top_p=1)
        vectors, _ = generate_continuations(
            STORY, tokenizer, model, layers=[2], decoding=settings,
            extraction=ExtractionSettings(context=64, stride=8), seed=(0, 0),
        )  # fmt: skip
        assert vectors[2].shape == (len(STORY), 1, 16)


@pytest.mark.parametrize("settings", [LoadSettings(dtype="bfloat16"), LoadSettings(device_map={"": "cpu"})])
def test_parts_take_precision_and_devices(settings, tmp_path):
    """As complete models do."""
    folder, _ = save_architecture(MULTIMODAL, "llava", tmp_path)
    _, model = load_model(folder, settings=settings)
    assert {weight.dtype for weight in model.parameters()} == {getattr(torch, settings.dtype)}
    assert model.device.type == "cpu" and torch.isfinite(states_of(model)[2]).all()


def test_a_speech_model_reads_no_text(tmp_path):
    """Nor is its decoder taken for a language model."""
    sizes = {key: value for key, value in BOTH.items() if key != "max_position_embeddings"}
    model_class, tokenizer = WhisperForConditionalGeneration, load_tokens(tmp_path)
    folder = save_tiny(model_class, WhisperConfig(**sizes, max_source_positions=16), tokenizer, tmp_path / "whisper")
    with pytest.raises(BadInput, match="whisper, which reads no tokens"):
        load_model(folder)


def load_tokens(folder: Path):
    """A tokenizer."""
    return load_model(save_architecture(ENCODER_DECODERS, "bart", folder / "bart")[0])[0]
