"""Loading speech models: complete or refused in one line, in any precision, with weights of their own or drawn."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import WhisperFeatureExtractor, WhisperModel

from brainforecast.errors import BadInput
from brainforecast.pretrained.loading import LoadSettings, load_model
from brainforecast.speech.loading import load_speech_model, prepare_features
from helpers.datasets import assert_bad_input
from helpers.speech_models import MODELS, RATE, make_sound

pytest_plugins = ["helpers.language_models", "helpers.speech_folders"]
pytestmark = pytest.mark.usefixtures("one_thread")


def copied(folder: str, path: Path) -> Path:
    return Path(shutil.copytree(folder, path / "model"))


def last_states(extractor, model) -> np.ndarray:
    with torch.inference_mode():
        features = prepare_features([make_sound(1.0).astype(np.float32)], extractor, model)
        return model(**features, output_hidden_states=True).hidden_states[-1][0].float().numpy()


def test_code_of_a_feature_extractor_is_never_run(speech_model, tmp_path):
    """One of its own is one line."""
    folder = copied(speech_model("wav2vec2"), tmp_path)
    settings = json.loads((folder / "preprocessor_config.json").read_text())
    settings |= {"auto_map": {"AutoFeatureExtractor": "own.Own"}, "feature_extractor_type": "Own"}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    (folder / "own.py").write_text("raise SystemExit('run')")
    with pytest.raises(BadInput) as error:
        load_speech_model(folder)
    assert_bad_input(error, str(folder), "preprocessor_config.json")


@pytest.mark.parametrize("name", MODELS)
def test_layers_are_those_of_the_encoder(name, speech_model):
    """Two, of an encoder-decoder too, whose decoder has one."""
    _, model = load_speech_model(speech_model(name), device="cpu")
    assert model.config.num_hidden_layers == 2 and not model.training
    assert not [key for key in model.state_dict() if "decoder" in key]


def test_an_encoder_has_the_weights_of_its_encoder_decoder(speech_model):
    """Saved with the head that writes text, loaded without."""
    _, model = load_speech_model(speech_model("whisper"), device="cpu")
    expected = WhisperModel.from_pretrained(speech_model("whisper")).encoder.state_dict()
    assert expected.keys() == model.state_dict().keys()
    assert all(torch.equal(weights, expected[key]) for key, weights in model.state_dict().items())


def test_weights_that_no_state_needs_may_be_absent(speech_model, tmp_path):
    """The vector that masks frames in training, and the decoder; those of the encoder may not."""
    folder = copied(speech_model("wav2vec2"), tmp_path)
    weights = load_file(folder / "model.safetensors")
    del weights["wav2vec2.masked_spec_embed"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    expected = last_states(*load_speech_model(speech_model("wav2vec2"), device="cpu"))
    assert np.array_equal(last_states(*load_speech_model(folder, device="cpu")), expected)
    absent = next(key for key in weights if "attention.k_proj.weight" in key)
    del weights[absent]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BadInput) as error:
        load_speech_model(folder)
    assert_bad_input(error, "1 weights absent", "k_proj.weight")


@pytest.mark.parametrize("name", ["wav2vec2", "wav2vec2-large", "whisper"])
def test_bfloat16_is_near_float32(name, speech_model):
    """Nearer than it seems: random weights as wide as these enlarge every rounding."""
    exact = last_states(*load_speech_model(speech_model(name), device="cpu"))
    extractor, model = load_speech_model(speech_model(name), "cpu", LoadSettings(dtype="bfloat16"))
    assert model.dtype == torch.bfloat16
    found = last_states(extractor, model)
    assert 0.9 < np.corrcoef(found.ravel(), exact.ravel())[0, 1] < 1 - 1e-9


@pytest.mark.parametrize("name", ["hubert", "whisper"])
def test_random_weights_come_from_the_seed(name, speech_model):
    """The untrained control: the same for the same seed, others for another one."""
    seeds = {seed: LoadSettings(weights="random", seed=seed) for seed in (0, 1)}
    first, again, other = (
        last_states(*load_speech_model(speech_model(name), "cpu", seeds[seed])) for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again) and not np.allclose(first, other)


def test_a_feature_extractor_that_is_absent_or_does_not_fit_is_one_line(speech_model, tmp_path):
    """None beside the model; one of spectra for a model of samples; one with another number of bands."""
    folder = copied(speech_model("whisper"), tmp_path)
    WhisperFeatureExtractor(feature_size=128, chunk_length=2).save_pretrained(folder)
    with pytest.raises(BadInput) as error:
        load_speech_model(folder, device="cpu")
    assert_bad_input(error, "WhisperFeatureExtractor", "preprocessor_config.json")
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(BadInput) as error:
        load_speech_model(folder, device="cpu")
    assert_bad_input(error, "model", "preprocessor_config.json")
    folder = copied(speech_model("wav2vec2"), tmp_path / "waves")
    WhisperFeatureExtractor().save_pretrained(folder)
    with pytest.raises(BadInput) as error:
        load_speech_model(folder, device="cpu")
    assert_bad_input(error, "WhisperFeatureExtractor", "preprocessor_config.json")


def test_models_of_text_and_speech_are_not_confused(speech_model, tiny_gpt2):
    with pytest.raises(BadInput) as error:
        load_speech_model(tiny_gpt2)
    assert_bad_input(error, "gpt2", "speech encoder", "modality: text")
    for name in ("wav2vec2", "whisper"):
        with pytest.raises(BadInput):
            load_model(speech_model(name))


def test_settings_of_another_size_are_one_line(speech_model, tmp_path):
    """A stack of layers in the settings that the files do not have."""
    folder = copied(speech_model("hubert"), tmp_path)
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(settings | {"num_hidden_layers": 3}))
    with pytest.raises(BadInput) as error:
        load_speech_model(folder)
    assert_bad_input(error, "weights absent", "layers.2")


def test_a_mask_of_nothing_is_left_out(speech_model):
    """Inputs have one length; only an odd spectrum, where two stand side by side, is masked."""
    sounds = [make_sound(1.0, seed=seed).astype(np.float32) for seed in (0, 1)]
    cases = [("wavlm", RATE, False), ("wav2vec2-bert", RATE, False), ("wav2vec2-bert", 15_840, True)]
    for name, n_samples, has_mask in cases:
        extractor, model = load_speech_model(speech_model(name), device="cpu")
        features = prepare_features([sound[:n_samples] for sound in sounds], extractor, model)
        assert ("attention_mask" in features) == has_mask
