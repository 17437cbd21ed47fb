"""Tiny random models of many kinds, saved with a tokenizer: encoder-decoders, and readers of images or sound."""

from collections.abc import Callable
from pathlib import Path

import torch
import transformers as t

from helpers.language_models import byte_tokenizer

LAYERS = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
TEXT = {**LAYERS, "num_key_value_heads": 2, "vocab_size": 300, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
HEADS = {**TEXT, "head_dim": 8}
SECTIONS = {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 1e4}
IMAGES = {**LAYERS, "num_hidden_layers": 1, "image_size": 8, "patch_size": 4}
BOTH = {
    "d_model": 16, "encoder_layers": 3, "decoder_layers": 2, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "vocab_size": 300, "bos_token_id": 0, "pad_token_id": 1,
    "eos_token_id": 2, "decoder_start_token_id": 2, "forced_eos_token_id": None, "max_position_embeddings": 64,
}  # fmt: skip
T5 = {"vocab_size": 300, "d_model": 16, "d_ff": 32, "d_kv": 8, "num_layers": 3, "num_decoder_layers": 2, "num_heads": 2}
QFORMER = {**LAYERS, "num_hidden_layers": 1, "encoder_hidden_size": 16}
BERT = {key: value for key, value in TEXT.items() if key != "num_key_value_heads"}

# name: class of the complete model, its settings
ENCODER_DECODERS: dict[str, tuple[str, Callable]] = {
    "bart": ("BartForConditionalGeneration", lambda: t.BartConfig(**BOTH)),
    "mbart": ("MBartForConditionalGeneration", lambda: t.MBartConfig(**BOTH)),
    "marian": ("MarianMTModel", lambda: t.MarianConfig(**BOTH)),
    "pegasus": ("PegasusForConditionalGeneration", lambda: t.PegasusConfig(**BOTH)),
    "m2m100": ("M2M100ForConditionalGeneration", lambda: t.M2M100Config(**BOTH)),
    "t5": ("T5ForConditionalGeneration", lambda: t.T5Config(**T5)),
    "umt5": ("UMT5ForConditionalGeneration", lambda: t.UMT5Config(**T5)),
    "prophetnet": (
        "ProphetNetForConditionalGeneration",
        lambda: t.ProphetNetConfig(
            vocab_size=300, hidden_size=16, num_encoder_layers=3, num_decoder_layers=2, num_encoder_attention_heads=2,
            num_decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, max_position_embeddings=64,
        ),
    ),
    "bert2bert": (
        "EncoderDecoderModel",
        lambda: t.EncoderDecoderConfig.from_encoder_decoder_configs(
            t.BertConfig(**BERT | {"num_hidden_layers": 3}), t.BertConfig(**BERT)
        ),
    ),
}  # fmt: skip
MULTIMODAL: dict[str, tuple[str, Callable]] = {
    "llava": (
        "LlavaForConditionalGeneration",
        lambda: t.LlavaConfig(text_config=t.LlamaConfig(**TEXT), vision_config=t.CLIPVisionConfig(**IMAGES)),
    ),
    "qwen2_vl": (
        "Qwen2VLForConditionalGeneration",
        lambda: t.Qwen2VLConfig(
            text_config=TEXT | {"rope_parameters": SECTIONS},
            vision_config={"depth": 1, "embed_dim": 16, "hidden_size": 16, "num_heads": 2, "patch_size": 4},
        ),
    ),
    "gemma3": (
        "Gemma3ForConditionalGeneration",
        lambda: t.Gemma3Config(text_config=HEADS, vision_config=IMAGES, mm_tokens_per_image=4),
    ),
    "paligemma": (
        "PaliGemmaForConditionalGeneration",
        lambda: t.PaliGemmaConfig(text_config=t.GemmaConfig(**HEADS), vision_config=t.SiglipVisionConfig(**IMAGES)),
    ),
    "mllama": (
        "MllamaForConditionalGeneration",
        lambda: t.MllamaConfig(
            text_config=TEXT | {
                "num_hidden_layers": 3, "cross_attention_layers": [1],
                "rope_parameters": {"rope_type": "default", "rope_theta": 1e4},
            },
            vision_config={
                "hidden_size": 16, "attention_heads": 2, "num_hidden_layers": 1, "num_global_layers": 1,
                "intermediate_size": 32, "image_size": 8, "patch_size": 4, "vision_output_dim": 32,
                "intermediate_layers_indices": [0],
            },
        ),
    ),
    "idefics2": (
        "Idefics2ForConditionalGeneration",
        lambda: t.Idefics2Config(text_config=t.MistralConfig(**TEXT), vision_config=IMAGES),
    ),
    "blip2": (
        "Blip2ForConditionalGeneration",
        lambda: t.Blip2Config(
            text_config=t.OPTConfig(
                vocab_size=300, hidden_size=16, ffn_dim=32, num_hidden_layers=2, num_attention_heads=2,
                word_embed_proj_dim=16, max_position_embeddings=64,
            ),
            vision_config=IMAGES, qformer_config=QFORMER,
        ),
    ),
    "qwen2_audio": (
        "Qwen2AudioForConditionalGeneration",
        lambda: t.Qwen2AudioConfig(
            text_config=t.Qwen2Config(**TEXT),
            audio_config={
                "d_model": 16, "encoder_layers": 1, "encoder_attention_heads": 2, "encoder_ffn_dim": 32,
                "num_mel_bins": 80,
            },
        ),
    ),
}  # fmt: skip


def save_architecture(kinds: dict, name: str, folder: Path) -> tuple[str, torch.nn.Module]:
    """Draw a model, and save it with a tokenizer: the folder and the model."""
    model_class, settings = kinds[name]
    torch.manual_seed(0)
    model = getattr(t, model_class)(settings()).eval()
    model.save_pretrained(folder)
    byte_tokenizer(cls_token="<s>", sep_token="</s>", pad_token="<pad>").save_pretrained(folder)
    return str(folder), model
