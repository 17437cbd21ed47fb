"""The part of a model that reads text: the model itself, the encoder of two, the text part of a larger one."""

import copy
from collections.abc import Iterator, Mapping, Sequence

import torch
import transformers
from torch import nn

from brainforecast.errors import BadInput, first_line

# tables of transformers, from a kind of settings to a class of models, in the order in which they are looked up
WITHOUT_HEAD = {
    "MODEL_MAPPING": transformers.AutoModel,
    "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING": transformers.AutoModelForSeq2SeqLM,
    "MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING": transformers.AutoModelForImageTextToText,
    "MODEL_FOR_MULTIMODAL_LM_MAPPING": transformers.AutoModelForMultimodalLM,
    "MODEL_FOR_CAUSAL_LM_MAPPING": transformers.AutoModelForCausalLM,
    "MODEL_FOR_MASKED_LM_MAPPING": transformers.AutoModelForMaskedLM,
}
PREDICTING = {
    "MODEL_FOR_CAUSAL_LM_MAPPING": transformers.AutoModelForCausalLM,
    "MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING": transformers.AutoModelForImageTextToText,
    "MODEL_FOR_MULTIMODAL_LM_MAPPING": transformers.AutoModelForMultimodalLM,
}
TEXT = "a model of text, causal, masked or an encoder-decoder, that transformers has"
CAUSAL = "a causal model, which predicts the next word"
N_TOKENS = 4  # of the input that a model is tried with


def reading_class(config: transformers.PreTrainedConfig, where: str) -> type:
    """Transformers' class to load a model of hidden states with.

    Raises
    ------
    BadInput : transformers has no model with these settings.
    """
    return _find_class(config, WITHOUT_HEAD, where, TEXT)


def predicting_class(config: transformers.PreTrainedConfig, where: str) -> type:
    """Transformers' class to load a model with that predicts the next token.

    Raises
    ------
    BadInput : an encoder-decoder; transformers has no causal model with these settings.
    """
    if config.is_encoder_decoder:
        raise BadInput(where, "an encoder-decoder model", CAUSAL)
    return _find_class(config, PREDICTING, where, CAUSAL)


def text_part(model: nn.Module, where: str) -> nn.Module:
    """The part of a model without its head that turns tokens into states; its `config` is that of the part.

    Raises
    ------
    BadInput : no part has an embedding of tokens and layers.
    """
    part = _reader(model)
    is_model = isinstance(part, transformers.PreTrainedModel)
    if not is_model or not isinstance(_embedding_of(part), nn.Embedding) or not any(_stacks(part)):
        raise BadInput(where, f"a model of type {model.config.model_type}, which reads no tokens", TEXT)
    part.config = _own_settings(part)
    return part


def predicting_part(model: nn.Module, where: str) -> nn.Module:
    """The causal model of text, with its head, inside a model that may also read images or sound.

    Raises
    ------
    BadInput : one whose text part transformers has no causal model for.
    """
    part = model
    if _is_composite(model):
        reader, head = text_part(model, where), model.get_output_embeddings()
        part = next((inner for inner in model.modules() if _predicts(inner, reader)), None)
        if part is None and head is not None and type(reader.config) in transformers.MODEL_FOR_CAUSAL_LM_MAPPING:
            part = _join(reader, head)
    if part is None or part.base_model is part:
        raise BadInput(
            where, f"a model of type {model.config.model_type}, with no model of text alone and a head", CAUSAL
        )
    return part


def check_states(part: nn.Module, where: str, *, predicts: bool) -> None:
    """Try a model with a few tokens, and correct the number of layers in its settings to that of its states.

    Raises
    ------
    BadInput : it needs more than tokens (images); its states are not one vector per token and layer.
    """
    reader = part.base_model if predicts else part
    ids = torch.arange(N_TOKENS, device=part.device)[None] + reader.get_input_embeddings().num_embeddings // 2
    try:
        with torch.inference_mode():
            states = reader(ids, output_hidden_states=True).hidden_states
        complete = all(state.shape[:2] == ids.shape for state in states)
    except Exception as error:  # each model raises its own
        found = f"a model that does not take {N_TOKENS} tokens alone ({first_line(error)})"
        raise BadInput(where, found, TEXT) from error
    if not complete or len(states) < 2:
        raise BadInput(where, "hidden states that are not one per token and layer", TEXT)
    if len(states) - 1 != part.config.num_hidden_layers:
        if predicts:  # the layers between them would lack keys and values
            raise BadInput(where, f"{len(states) - 1} of {part.config.num_hidden_layers} layers for text", CAUSAL)
        part.config.num_hidden_layers = len(states) - 1  # Mllama has layers that only images pass


def absent_weights(model: nn.Module, part: nn.Module, names: Sequence[str]) -> list[str]:
    """Of the names of a model's weights, those that the hidden states of a part of it depend on.

    Not the weights of a pooler; nor sines of positions, which transformers computes where the files lack them.
    """
    used = {id(weight) for weight in (*part.parameters(), *part.buffers())}
    by_name = dict([*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)])
    modules = dict(model.named_modules())
    computed = {name for name in names if "Sinusoidal" in type(modules.get(name.rpartition(".")[0])).__name__}
    return sorted(name for name in {*names} - computed if "pooler" not in name and id(by_name.get(name)) in used)


def _find_class(config: transformers.PreTrainedConfig, tables: Mapping[str, type], where: str, expected: str) -> type:
    for name, automatic in tables.items():
        if type(config) in getattr(transformers, name):
            return automatic
    raise BadInput(where, f"a model of type {config.model_type}", expected)


def _reader(model: nn.Module) -> nn.Module:
    """The innermost model that reads text."""
    if not isinstance(model, transformers.PreTrainedModel):
        return model
    if model.config.is_encoder_decoder:
        part = model.get_encoder()
    elif _is_composite(model):
        part = model.get_decoder()
    elif model.get_output_embeddings() is not None:  # with a head
        part = _without_head(model)
    else:
        return model
    return model if part is model else _reader(part)


def _without_head(model: nn.Module) -> nn.Module:
    if model.base_model is not model:
        return model.base_model
    inner = (child for child in model.children() if isinstance(child, transformers.PreTrainedModel))
    return next(inner, model)


def _is_composite(model: nn.Module) -> bool:
    return model.config.get_text_config() is not model.config


def _embedding_of(part: nn.Module) -> nn.Module | None:
    try:
        return part.get_input_embeddings()
    except (AttributeError, NotImplementedError):
        return None


def _stacks(part: nn.Module) -> Iterator[nn.ModuleList]:
    """The lists of modules in a part, the outermost and longest first."""
    level = [part]
    while level:
        children = [child for module in level for child in module.children()]
        yield from sorted((child for child in children if isinstance(child, nn.ModuleList)), key=len, reverse=True)
        level = [child for child in children if not isinstance(child, nn.ModuleList)]


def _own_settings(part: nn.Module):
    """A copy of a part's settings, with the layers of the encoder where it shares them with its decoder."""
    config = copy.deepcopy(part.config)
    if config.is_encoder_decoder:
        n_layers = len(next(_stacks(part)))
        if config.num_hidden_layers != n_layers:
            config.num_decoder_layers = 0  # where the number of layers is the sum of both
        if config.num_hidden_layers != n_layers:
            config.num_hidden_layers = n_layers
    config.is_encoder_decoder = False
    config.use_cache = False
    return config


def _predicts(inner: nn.Module, reader: nn.Module) -> bool:
    """Whether a module is a causal model with its head, of which `reader` is the part without it."""
    is_around = isinstance(inner, transformers.PreTrainedModel) and inner is not reader and inner.base_model is reader
    return is_around and inner.get_output_embeddings() is not None


def _join(reader: nn.Module, head: nn.Module) -> nn.Module:
    """The causal model of text that has these two parts."""
    with torch.device("meta"):  # without weights of its own
        predictor = transformers.AutoModelForCausalLM.from_config(reader.config, trust_remote_code=False)
    setattr(predictor, predictor.base_model_prefix, reader)
    predictor.set_output_embeddings(head)
    return predictor
