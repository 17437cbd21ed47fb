"""When the frames of speech models are, against where a click appears in what the models make of it."""

import numpy as np
import pytest
import torch

from brainforecast.errors import BadInput
from brainforecast.speech.frames import FAMILIES, Frames, frames_of
from brainforecast.speech.loading import load_speech_model
from helpers.speech_models import MODELS, RATE, save_speech_model

pytest_plugins = ["helpers.language_models", "helpers.speech_folders"]
pytestmark = pytest.mark.usefixtures("one_thread")

NARROW = {"num_conv_pos_embeddings": 1, "num_conv_pos_embedding_groups": 1, "conv_pos_kernel_size": 1}


@pytest.mark.parametrize("name", MODELS)
def test_a_click_is_in_the_frame_of_its_time(name, tmp_path):
    """The centre of the frames that a click changes is the click's time, to a fifth of a frame on average.

    Positions are embedded by convolutions over many frames, which have a width of one here.
    """
    extractor, model = load_speech_model(save_speech_model(name, tmp_path, **NARROW))
    frames = frames_of(name, model.config.to_dict())
    rng = np.random.default_rng(0)
    noise = rng.normal(scale=0.1, size=2 * RATE).astype(np.float32)

    def first_states(sound):
        with torch.inference_mode():
            features = extractor([sound], sampling_rate=RATE, return_tensors="pt")
            return model(**features, output_hidden_states=True).hidden_states[0][0].numpy()

    before, errors = first_states(noise), []
    assert frames.count(noise.size) == len(before)
    middles = frames.middle + frames.step * np.arange(len(before))
    for click in rng.integers(4000, 28_000, size=40):
        sound = noise.copy()
        sound[click - 8 : click + 8] += rng.normal(scale=0.5, size=16).astype(np.float32)
        change = ((first_states(sound) - before) ** 2).sum(axis=1)
        change = (change - np.median(change)).clip(0)  # a normalisation over time changes all frames alike
        change[change < 0.05 * change.max()] = 0
        errors.append((change @ middles / change.sum() - click) / frames.step)
    assert abs(np.mean(errors)) < 0.2 and np.std(errors) < 0.4


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("n_samples", [900, 1279, 1280, 1281, 15_999, 16_000, 16_161])
def test_frames_are_counted_as_the_model_makes_them(name, n_samples, speech_model):
    """But for padding: Whisper's to its whole input, and one of an odd spectrum where two are put side by side."""
    extractor, model = load_speech_model(speech_model(name))
    sound = np.random.default_rng(0).normal(size=n_samples).astype(np.float32)
    with torch.inference_mode():
        features = extractor([sound], sampling_rate=RATE, return_tensors="pt")
        n_frames = model(**features, output_hidden_states=True).hidden_states[-1].shape[1]
    expected = {
        "whisper": -(-n_samples // 320),
        "wav2vec2-bert": int(features.get("attention_mask", torch.ones(1)).sum()),
    }
    assert frames_of(name, model.config.to_dict()).count(n_samples) == expected.get(name, n_frames)


def test_every_family_is_tested():
    assert set(FAMILIES) == {name.removesuffix("-large") for name in MODELS}


def test_frames_of_the_best_known_models():
    """wav2vec 2.0: 400 samples every 320, 25 and 20 ms; Whisper: one every 20 ms, the first at 0, of 30 s."""
    settings = {"conv_kernel": [10, 3, 3, 3, 3, 2, 2], "conv_stride": [5, 2, 2, 2, 2, 2, 2]}
    assert frames_of("m", {"model_type": "wav2vec2", **settings}) == Frames(400, 320, 200, 400)
    whisper = frames_of("m", {"model_type": "whisper", "max_source_positions": 1500})
    assert whisper == Frames(1, 320, 0, 1, longest=30 * RATE) and whisper.count(30 * RATE) == 1500
    assert whisper.count(0) == 0


def test_another_model_is_one_line():
    with pytest.raises(BadInput, match=r"model x: found a model of type bert.*expected a speech encoder \(data2vec-au"):
        frames_of("model x", {"model_type": "bert"})
