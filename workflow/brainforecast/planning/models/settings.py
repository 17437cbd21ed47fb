"""What the settings of a model, its config.json, say of its size and kind; standard library only.

Every function takes the settings as they are in the file. Families differ in the names of keys: each quantity is the
first of several that is there, in the part of the settings that reads text or speech.
"""

from collections.abc import Iterator, Mapping

LAYER_KEYS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
ENCODER_KEYS = ("encoder_layers", "num_layers", "speech_encoder_layers", "num_hidden_layers")  # of an encoder-decoder
WIDTH_KEYS = ("hidden_size", "d_model", "n_embd", "dim", "model_dim")
INNER_KEYS = ("intermediate_size", "encoder_ffn_dim", "d_ff", "ffn_dim", "n_inner", "ffn_hidden_size", "hidden_dim")
HEAD_KEYS = ("num_attention_heads", "n_head", "n_heads", "num_heads", "encoder_attention_heads")
LENGTH_KEYS = ("max_position_embeddings", "n_positions", "max_sequence_length")
EXPERT_KEYS = ("num_local_experts", "num_experts", "n_routed_experts")
TEXT_PARTS = ("text_config", "llm_config", "language_config", "thinker_config", "encoder", "decoder")
SPEECH_TYPES = frozenset([  # that read audio
    "whisper", "wav2vec2", "hubert", "wavlm", "data2vec-audio", "unispeech", "unispeech-sat", "sew", "sew-d",
    "wav2vec2-conformer", "wav2vec2-bert", "seamless_m4t", "seamless_m4t_v2", "speech_to_text", "mctct", "speecht5",
    "moonshine", "parakeet_encoder", "parakeet_ctc", "granite_speech",
])  # fmt: skip
BOTH_TYPES = frozenset(["seamless_m4t", "seamless_m4t_v2", "speecht5", "granite_speech"])  # that read text too
MASKED_TYPES = frozenset([  # that see both sides of a word
    "bert", "roberta", "distilbert", "albert", "electra", "deberta", "deberta-v2", "xlm-roberta", "xlm-roberta-xl",
    "camembert", "mpnet", "modernbert", "eurobert", "nomic_bert", "roberta-prelayernorm", "flaubert", "xlm",
    "layoutlm", "longformer", "big_bird", "nezha", "ernie", "esm", "convbert", "mobilebert", "squeezebert", "funnel",
    "megatron-bert", "fnet", "nystromformer", "rembert", "roformer", "splinter", "yoso", "ibert", "mra", "canine",
    "luke", "mluke", "data2vec-text", "xmod", "jina_embeddings_v3",
])  # fmt: skip
RELATIVE_TYPES = frozenset(["t5", "mt5", "umt5", "longt5", "switch_transformers", "bloom", "mpt", "xlnet"])  # no limit
FROM_PADDING_TYPES = frozenset([  # whose positions start behind the one of padding
    "roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "mpnet", "longformer", "roberta-prelayernorm", "xmod",
    "data2vec-text", "luke", "mluke", "ibert", "esm",
])  # fmt: skip
CONVOLUTIONS = 12e6  # weights before the first layer of a speech model, at most


def family_of(settings: Mapping) -> str:
    """The family, transformers' `model_type`; empty where the settings do not say."""
    kind = settings.get("model_type")
    return kind if isinstance(kind, str) else ""


def modality_of_settings(settings: Mapping) -> str | None:
    """What the model reads, ``text`` or ``speech``; None where the settings do not say."""
    kind = family_of(settings)
    return ("speech" if kind in SPEECH_TYPES else "text") if kind else None


def is_encoder_decoder(settings: Mapping) -> bool:
    """Whether the model has an encoder and a decoder; its layers are then those of the encoder."""
    return settings.get("is_encoder_decoder") is True


def sees_both_sides(settings: Mapping) -> bool:
    """Whether a word's state depends on what follows it, so that each word is an input of its own."""
    if family_of(settings) in MASKED_TYPES:
        return settings.get("is_decoder") is not True
    return is_encoder_decoder(settings) or modality_of_settings(settings) == "speech"


def count_layers_of(settings: Mapping) -> int | None:
    """Layers without the embedding, of the encoder if there is one; None where the settings do not say."""
    return _first(settings, ENCODER_KEYS if is_encoder_decoder(settings) else LAYER_KEYS)


def width_of(settings: Mapping) -> int | None:
    """Features of a hidden state."""
    return _first(settings, WIDTH_KEYS)


def vocabulary_of(settings: Mapping) -> int | None:
    """Rows of the embedding."""
    return _first(settings, ("vocab_size", "n_vocab"))


def heads_of(settings: Mapping) -> int | None:
    """Attention heads of a layer."""
    return _first(settings, HEAD_KEYS)


def key_width_of(settings: Mapping) -> int | None:
    """Features of the keys of a layer, or of its values: fewer than those of a state where heads share them."""
    width, heads = width_of(settings), heads_of(settings)
    if not width or not heads:
        return width
    return (_first(settings, ("num_key_value_heads",)) or heads) * (_first(settings, ("head_dim",)) or width // heads)


def longest_input_of(settings: Mapping) -> int | None:
    """Tokens of one input at most; None without a limit, or where the settings do not say."""
    kind, longest = family_of(settings), _first(settings, LENGTH_KEYS)
    if longest is None or longest < 1 or kind in RELATIVE_TYPES:
        return None
    padding = settings.get("pad_token_id", 1)
    return longest - padding - 1 if kind in FROM_PADDING_TYPES and isinstance(padding, int) else longest


def dtype_of(settings: Mapping) -> str | None:
    """Type of the weights in the files, as the settings have it."""
    for part in _parts(settings):
        for key in ("dtype", "torch_dtype"):
            if isinstance(part.get(key), str):
                return part[key].removeprefix("torch.")
    return None


def quantization_of(settings: Mapping) -> str | None:
    """How the weights in the files are quantised; None where they are not."""
    for part in _parts(settings):
        if isinstance(part.get("quantization_config"), Mapping):
            return str(part["quantization_config"].get("quant_method") or "an unnamed method")
    return None


def estimate_parameters(settings: Mapping) -> int | None:
    """Weights of a model with these sizes: attention and feed-forward layers, and the embedding.

    Per layer, of width D, inner width I and keys of width K: D (2 D + 2 K) + 3 D I (2 D I in families without a gate).
    The decoder of an encoder-decoder, of the same size, has another 4 D^2 per layer.
    """
    width, layers = width_of(settings), count_layers_of(settings)
    if not width or not layers:
        return None
    inner = _first(settings, INNER_KEYS) or 4 * width
    gated = (
        3 if "num_key_value_heads" in settings or str(settings.get("feed_forward_proj", "")).startswith("gated") else 2
    )
    experts = _first(settings, EXPERT_KEYS) or 1
    layer = width * (2 * width + 2 * (key_width_of(settings) or width)) + experts * gated * width * inner
    decoder = layers * (layer + 4 * width**2) if is_encoder_decoder(settings) else 0
    start = CONVOLUTIONS if modality_of_settings(settings) == "speech" else (vocabulary_of(settings) or 0) * width
    return int(layers * layer + decoder + start)


def _parts(settings: Mapping) -> Iterator[Mapping]:
    """The settings, and their part for text where they have several."""
    yield settings
    for name in TEXT_PARTS:
        if isinstance(settings.get(name), Mapping):
            yield from _parts(settings[name])


def _first(settings: Mapping, keys: tuple[str, ...]) -> int | None:
    found = (part.get(key) for part in _parts(settings) for key in keys)
    return next((number for number in found if isinstance(number, int) and not isinstance(number, bool)), None)
