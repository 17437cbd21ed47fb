"""Tiny speech models with random weights, and sound to test them with."""

from pathlib import Path

import numpy as np
import torch
import transformers

RATE = 16_000  # of the models
SIZES = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
WIDE = {"initializer_range": 0.3}  # so that random weights still make a frame depend on its neighbours
CONVOLUTIONS = {"conv_dim": (16,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 2}
LARGE = {"feat_extract_norm": "layer", "do_stable_layer_norm": True}  # as the larger models of the family have it
TOKENS = dict.fromkeys(["pad_token_id", "bos_token_id", "eos_token_id", "decoder_start_token_id"], 0)
DECODER = {
    "vocab_size": 60, "d_model": 16, "encoder_layers": 2, "decoder_layers": 1, "encoder_attention_heads": 2,
    "decoder_attention_heads": 2, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "init_std": 0.3, **TOKENS,
}  # fmt: skip
MOONSHINE = {
    "vocab_size": 60, "hidden_size": 16, "intermediate_size": 32, "encoder_num_hidden_layers": 2,
    "decoder_num_hidden_layers": 1, "encoder_num_attention_heads": 2, "decoder_num_attention_heads": 2, **TOKENS,
}  # fmt: skip
SECONDS = 2  # that the tiny Whisper takes, in place of 30
# name: prefix of the classes, their settings, and those of the feature extractor
WAVE = ("Wav2Vec2FeatureExtractor", {"do_normalize": True})
MASKED_WAVE = ("Wav2Vec2FeatureExtractor", {"do_normalize": True, "return_attention_mask": True})
MODELS = {
    "wav2vec2": ("Wav2Vec2", "ForCTC", CONVOLUTIONS | SIZES | WIDE, WAVE),
    "wav2vec2-large": ("Wav2Vec2", "ForPreTraining", CONVOLUTIONS | SIZES | WIDE | LARGE, MASKED_WAVE),
    "hubert": ("Hubert", "Model", CONVOLUTIONS | SIZES | WIDE, WAVE),
    "wavlm": ("WavLM", "Model", CONVOLUTIONS | SIZES | WIDE, MASKED_WAVE),
    "data2vec-audio": ("Data2VecAudio", "Model", CONVOLUTIONS | SIZES | WIDE, MASKED_WAVE),
    "unispeech": ("UniSpeech", "Model", CONVOLUTIONS | SIZES | WIDE, WAVE),
    "unispeech-sat": ("UniSpeechSat", "Model", CONVOLUTIONS | SIZES | WIDE, MASKED_WAVE),
    "sew": ("SEW", "Model", CONVOLUTIONS | SIZES | WIDE | {"conv_dim": (16,) * 13}, WAVE),
    "sew-d": ("SEWD", "Model", CONVOLUTIONS | SIZES | WIDE | {"conv_dim": (16,) * 13}, WAVE),
    "wav2vec2-conformer": ("Wav2Vec2Conformer", "Model", CONVOLUTIONS | SIZES | WIDE | LARGE, MASKED_WAVE),
    "wav2vec2-bert": (
        "Wav2Vec2Bert", "Model", SIZES | WIDE | {"feature_projection_input_dim": 160},
        ("SeamlessM4TFeatureExtractor", {}),
    ),
    "whisper": (
        "Whisper", "ForConditionalGeneration", DECODER | {"max_source_positions": 50 * SECONDS},
        ("WhisperFeatureExtractor", {"chunk_length": SECONDS}),
    ),
    "speech_to_text": (
        "Speech2Text", "ForConditionalGeneration", DECODER | {"conv_channels": 32}, ("Speech2TextFeatureExtractor", {})
    ),
    "moonshine": ("Moonshine", "ForConditionalGeneration", MOONSHINE | WIDE, MASKED_WAVE),
}  # fmt: skip


def save_speech_model(name: str, folder: Path, **changes: object) -> str:
    """Draw the weights of one of `MODELS`, always the same, and save it with its feature extractor.

    changes : to its settings.
    """
    prefix, head, settings, (extractor, options) = MODELS[name]
    torch.manual_seed(0)
    config = getattr(transformers, f"{prefix}Config")(**settings | changes)
    getattr(transformers, f"{prefix}{head}")(config).save_pretrained(folder)
    getattr(transformers, extractor)(**options).save_pretrained(folder)
    return str(folder)


def make_sound(seconds: float, rate: int = RATE, seed: int = 0) -> np.ndarray:
    """Sound with the rhythm of speech: a gliding tone with overtones and noise, four syllables a second, in -1 to 1."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate)) / rate
    pitch = 120 + 30 * np.sin(2 * np.pi * 0.4 * t) + 10 * np.sin(2 * np.pi * 1.7 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    voice = sum(np.sin(k * phase) / k for k in range(1, 8))
    rhythm = np.sin(2 * np.pi * 2 * t + rng.uniform(0, 2)) ** 2
    return (0.2 * rhythm * (voice + 0.3 * rng.normal(size=t.size))).clip(-1, 1)
