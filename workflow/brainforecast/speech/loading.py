"""Load a speech model and its feature extractor."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import AutoFeatureExtractor, AutoModel, SequenceFeatureExtractor

from brainforecast.errors import BadInput, first_line
from brainforecast.files import checked
from brainforecast.pretrained.loading import LoadSettings, load_part
from brainforecast.speech.frames import frames_of

UNUSED = ("masked_spec_embed", "adapter")  # weights of training, and what follows the last layer
HIGHEST_RATE = 1_000_000  # Hz
EXTRACTOR = "the feature extractor of this model beside it, preprocessor_config.json"


def load_speech_model(source: str | Path, device: str | None = None, settings: LoadSettings | None = None) -> tuple:
    """Load a speech model without its head, of an encoder-decoder the encoder alone, and its feature extractor.

    Parameters
    ----------
    source : local folder, or name in the hub's cache; no network is used
    device : by default a GPU if there is one; without effect with a `device_map`
    settings : `LoadSettings`; by default float32

    Returns
    -------
    extractor, model : the model without dropout; its ``config.num_hidden_layers`` is the encoder's

    Raises
    ------
    BadInput : a model of text; one that does not load completely; no feature extractor, or another model's.
    """
    settings = settings or LoadSettings()
    model = load_part(source, device, settings, _model_class, _encoder)
    try:
        extractor = AutoFeatureExtractor.from_pretrained(
            str(checked(source)), revision=settings.revision, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # transformers raises many types, all of them about the source
        raise BadInput(f"model {source}", first_line(error), EXTRACTOR) from error
    model.config.num_hidden_layers = _count_layers(source, extractor, model)
    return extractor, model


def prepare_features(
    sounds: Sequence[np.ndarray], extractor: SequenceFeatureExtractor, model
) -> Mapping[str, torch.Tensor]:
    """What the model takes, of sounds of one length; without a mask where it would mask nothing.

    Parameters
    ----------
    sounds : (n_samples,) each, at ``extractor.sampling_rate``
    """
    features = extractor(list(sounds), sampling_rate=extractor.sampling_rate, return_tensors="pt")
    if "attention_mask" in features and features["attention_mask"].all():
        del features["attention_mask"]
    return features.to(model.device, model.dtype)


def _model_class(config, where: str) -> type:
    frames_of(where, config.to_dict())  # raises for a model of text
    return AutoModel


def _encoder(model: nn.Module, where: str) -> nn.Module:
    part = model.get_encoder() if model.config.is_encoder_decoder else model
    for name in UNUSED:
        if getattr(part, name, None) is not None:
            setattr(part, name, None)
    return part


def _count_layers(source: str | Path, extractor, model) -> int:
    """Layers of the model, from a second of faint noise, for which extractor and model have to fit each other."""
    rate, frames = extractor.sampling_rate, frames_of(f"model {source}", model.config.to_dict())
    if not isinstance(rate, int) or not 1 <= rate <= HIGHEST_RATE:
        raise BadInput(f"model {source}", f"{type(extractor).__name__} with a sampling_rate of {rate}", EXTRACTOR)
    noise = np.random.default_rng(0).normal(scale=1e-3, size=min(rate, frames.longest or rate)).astype(np.float32)
    try:
        with torch.inference_mode():
            states = model(**prepare_features([noise], extractor, model), output_hidden_states=True).hidden_states
    except Exception as error:  # of many types, all of them about sizes that do not fit
        found = f"{type(extractor).__name__}, of which it takes nothing ({first_line(error)})"
        raise BadInput(f"model {source}", found, EXTRACTOR) from error
    if states[0].shape[1] < frames.count(noise.size):
        found = f"{states[0].shape[1]} frames of {noise.size} samples"
        raise BadInput(f"model {source}", found, f"{frames.count(noise.size)}, by its settings")
    return len(states) - 1
