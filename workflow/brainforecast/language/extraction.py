"""Extract hidden states of a story, one vector per word and layer; and the perplexity of the story."""

import logging
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

import numpy as np
import torch

from brainforecast.checkpoints import PAPER_CONTEXT
from brainforecast.errors import BadInput
from brainforecast.language.frames import Frame, enclosing_tokens, opening_token
from brainforecast.language.known_tokens import MOST_UNKNOWN, as_metadata, count_known, read_known_tokens
from brainforecast.language.tokens import Span, Tokens, batches, left_spans, token_weights, word_spans
from brainforecast.progress import log_progress

logger = logging.getLogger("brainforecast")

# names of a model's longest input in its settings; GPT-2's n_positions is read by the first of them
LIMITS = ("max_position_embeddings", "max_encoder_position_embeddings", "max_seq_len", "context_length")


@dataclass(frozen=True)
class ExtractionSettings:
    """How hidden states are extracted; from the model's section of the config.

    context : tokens of one input at most, including the tokens that open and close it; None: 1,024, or the model's
        longest input where that is less (`complete_settings`)
    stride : tokens between the starts of neighbouring inputs, from 1 to the story's tokens in one input; None: a
        quarter of the context
    word_vector : ``last``, ``mean`` or ``sum`` over the states of the word's tokens
    batch_size : inputs, or branches of one input, in a forward pass; no vector depends on the others in its batch
    language : of the story, BCP 47: how its words are joined into a text
    most_unknown : largest share of the story's tokens that the tokenizer may not know
    """

    context: int | None = None
    stride: int | None = None
    word_vector: str = "last"
    batch_size: int = 4
    language: str = "en"
    most_unknown: float = MOST_UNKNOWN


def extract_activations(
    words: Sequence[str],
    tokenizer,
    model,
    settings: ExtractionSettings,
    *,
    layers: Sequence[int] | None = None,
) -> dict[int, np.ndarray]:
    """Extract hidden states of a story, one vector per word and layer; no word ever sees a later word.

    Parameters
    ----------
    words : (n_words,) the story
    tokenizer, model : from `pretrained.loading.load_model`
    layers : layers to keep; all by default. Layer k is ``hidden_states[k]`` of transformers, 0 the embedding.

    Returns
    -------
    activations : layer -> (n_words, n_features) float32

    Raises
    ------
    BadInput : a layer, context or stride out of range; a word without token; too many unknown tokens; a model that
        does not give one state per token and layer; a state that is not a finite number.

    Notes
    -----
    Causal models: an input is an opening token (`frames.opening_token`, its state dropped) and up to ``context - 1``
    tokens of the story. A story that fits takes one pass, and stride has no effect. A longer one is split into
    overlapping chunks: each token sees all tokens before it or at least ``context - 1 - stride`` of them; stride 1 is
    exact, each token sees the last ``context - 2`` (PAPER section 2). Positions count from the start of the chunk.

    Models that attend to both sides (BERT and similar, and the encoders of T5, BART and similar): one input per word,
    ``[CLS]``, up to ``context - 2`` tokens that end with the word's last one, ``[SEP]``, or whatever the tokenizer puts
    around a text (`frames.enclosing_tokens`); stride has no effect.

    Memory is bounded by the result and one batch.
    """
    layers = checked_layers(layers, model)
    settings = complete_settings(settings, model)
    tokens = read_known_tokens(words, tokenizer, model, language=settings.language, most_unknown=settings.most_unknown)
    weights = torch.from_numpy(token_weights(tokens, settings.word_vector))
    frame, spans = _plan_inputs(tokens, tokenizer, model, settings)
    activations: dict[int, torch.Tensor] = {}
    for batch in log_progress(batches(spans, settings.batch_size), len(spans), "chunk", len):
        with torch.inference_mode():
            hidden_states = _hidden_states(model, _inputs(batch, tokens, frame))
        kept = _kept(batch, weights, n_before=len(frame.before))
        word = torch.from_numpy(tokens.word)[kept.token]
        for layer in layers:
            states = hidden_states[layer][kept.row, kept.position].float().cpu()  # (n_kept, n_features)
            check_finite(states, model, layer, [words[i] for i in word])
            vectors = activations.setdefault(layer, torch.zeros(len(words), states.shape[1]))
            vectors.index_add_(0, word, states * weights[kept.token, None])
    return {layer: vectors.numpy() for layer, vectors in activations.items()}


def complete_settings(settings: ExtractionSettings, model) -> ExtractionSettings:
    """The settings as used; logged: what takes the place of a context or stride that is None, a stride without effect.

    The stride is None where every word has an input of its own: models that attend to both sides.
    """
    used, longest = _as_used(settings, model), longest_input(model)
    if settings.context is None:
        limit = f"the longest input of {model.name_or_path}" if longest < PAPER_CONTEXT else "as in the paper"
        logger.info("context: %d tokens, %s", used.context, limit)
    if used.stride is None and settings.stride is not None:
        logger.info("stride: not used, as each word has an input of its own")
    elif used.stride is not None and settings.stride is None:
        logger.info("stride: %d tokens, a quarter of the context", used.stride)
    return used


def _as_used(settings: ExtractionSettings, model) -> ExtractionSettings:
    context, stride = settings.context, settings.stride
    if context is None:
        context = int(min(PAPER_CONTEXT, longest_input(model)))
    if not is_causal(model.base_model):
        stride = None
    elif stride is None:
        stride = max(1, context // 4)
    return replace(settings, context=context, stride=stride)


def provenance(words: Sequence[str], tokenizer, model, settings: ExtractionSettings) -> dict:
    """For the metadata of a file of activations: the settings as used, and how many tokens the tokenizer knows.

    Returns
    -------
    the fields of `ExtractionSettings`, and ``tokens``: n_tokens, n_unknown, n_incomplete, share, unknown
    """
    known = count_known(words, tokenizer, settings.language)
    return {**asdict(_as_used(settings, model)), "tokens": as_metadata(known)}


def perplexity(words: Sequence[str], tokenizer, model, *, context: int, language: str = "en") -> float:
    """Perplexity: exp of the mean negative log-likelihood per token.

    Inputs of `context` tokens overlap by half, so that each token is predicted from all tokens before it or from at
    least ``context / 2 - 1``.

    Parameters
    ----------
    words : (n_words,) the story
    tokenizer, model : from `pretrained.loading.load_predictor`
    """
    tokens = read_known_tokens(words, tokenizer, model, language=language)
    check_range(model, context, stride=1, n_framing=1)
    frame = Frame([opening_token(tokenizer)], [])
    negative_log_likelihood = 0.0
    for span in left_spans(tokens.ids.size, context - 1, max(1, context // 2)):
        ids = _inputs([span], tokens, frame).to(model.device)
        with torch.inference_mode():
            logits = model(ids).logits[0, span.keep - span.start : -1]  # (n_kept, n_vocabulary)
        true = ids[0, span.keep - span.start + 1 :]
        negative_log_likelihood += torch.nn.functional.cross_entropy(logits, true, reduction="sum").item()
    return math.exp(negative_log_likelihood / tokens.ids.size)


def is_causal(model) -> bool:
    """Whether a token's state does not depend on the tokens after it.

    Measured, not read from the config: replacing the last of four tokens must not change the states before it.
    """
    vocabulary = model.get_input_embeddings().num_embeddings
    ids = torch.arange(4) + vocabulary // 2  # the middle of a vocabulary: ordinary tokens
    replaced = torch.cat([ids[:-1], ids[-1:] - 4])
    with torch.inference_mode():
        before, after = (model(x[None].to(model.device)).last_hidden_state[0, :-1] for x in (ids, replaced))
    change = torch.linalg.vector_norm(after - before) / torch.linalg.vector_norm(before)
    return not change > 1e-5  # NaN counts as causal: `extract_activations` reports it


def checked_layers(layers: Sequence[int] | None, model) -> list[int]:
    """The requested layers, each once and in order, all by default; `BadInput` if the model does not have one."""
    n_layers = model.config.num_hidden_layers + 1
    layers = list(range(n_layers)) if layers is None else sorted(set(layers))
    for layer in layers:
        if not 0 <= layer < n_layers:
            expected = f"one of its {n_layers} layers, 0 (the embedding) to {n_layers - 1}"
            raise BadInput(model.name_or_path, f"layer {layer}", expected)
    return layers


def cut_layers(model, last: int) -> torch.nn.Module:
    """Remove the layers after `last` from the model, in place, for jobs that do not need them.

    One more layer stays: transformers may apply the final norm to the last state, whichever layer that is.
    """
    n_layers = model.config.num_hidden_layers
    stacks = [m for m in model.modules() if isinstance(m, torch.nn.ModuleList) and len(m) == n_layers]
    if len(stacks) == 1 and last + 1 < n_layers:
        del stacks[0][last + 1 :]
        model.config.num_hidden_layers = last + 1
    return model


def longest_input(model) -> float:
    """Maximum number of tokens in one input of the model; infinite if it sets no limit.

    Models with relative positions or none set none (T5, XLNet, BLOOM, Mamba); an attention that slides is no limit.
    """
    config = model.config.get_text_config()
    limits = [getattr(config, name, None) for name in LIMITS]
    maximum = next((limit for limit in limits if limit and limit > 0), math.inf)
    for name, module in model.named_modules():
        # RoBERTa and similar models number positions from padding_idx + 1
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            return maximum - module.padding_idx - 1
    return maximum


def check_range(model, context: int, stride: int, n_framing: int) -> None:
    """Raise `BadInput` unless the model takes inputs of `context` tokens, `n_framing` of which are not the story's."""
    longest = longest_input(model)
    if not n_framing < context <= longest:
        expected = f"{n_framing + 1} to {longest:.0f} tokens, the longest input of {model.name_or_path}"
        raise BadInput("context", context, expected)
    if not 1 <= stride <= context - n_framing:
        expected = f"1 to {context - n_framing}, the story's tokens in a context of {context}"
        raise BadInput("stride", stride, expected)


def check_finite(states: torch.Tensor, model, layer: int, words: Sequence[str]) -> None:
    """Raise `BadInput` where a state of one layer, (n_words, n_features), is NaN or infinite; `words` : of each."""
    finite = torch.isfinite(states).all(dim=1)
    if not finite.all():
        word = words[int(torch.argmin(finite.int()))]
        where = f"activations of {model.name_or_path}, layer {layer}, word {word!r}"
        raise BadInput(where, "NaN or infinity", "finite numbers (are the model's weights complete?)")


class _Kept(NamedTuple):
    """The tokens of a batch whose states are kept: their index in the story, and row and position in the batch."""

    token: torch.Tensor  # (n_kept,)
    row: torch.Tensor  # (n_kept,)
    position: torch.Tensor  # (n_kept,)


def _plan_inputs(tokens: Tokens, tokenizer, model, settings: ExtractionSettings) -> tuple[Frame, list[Span]]:
    """The tokens that frame every input, and the story tokens of each: chunks; without a stride an input per word."""
    context, stride = settings.context, settings.stride
    if stride is not None:
        check_range(model, context, stride, n_framing=1)
        return Frame([opening_token(tokenizer)], []), left_spans(tokens.ids.size, context - 1, stride)
    frame = enclosing_tokens(tokenizer, settings.language)
    check_range(model, context, stride=1, n_framing=frame.n)
    return frame, word_spans(tokens, context - frame.n)


def _inputs(batch: Sequence[Span], tokens: Tokens, frame: Frame) -> torch.Tensor:
    rows = [[*frame.before, *tokens.ids[span.start : span.stop].tolist(), *frame.after] for span in batch]
    return torch.tensor(rows)  # (n_inputs, n_positions)


def _hidden_states(model, ids: torch.Tensor) -> Sequence[torch.Tensor]:
    """The states of all layers, (n_inputs, n_positions, n_features) each."""
    output = model(ids.to(model.device), output_hidden_states=True)
    states = getattr(output, "hidden_states", None) or ()
    n_layers = model.config.num_hidden_layers + 1
    if len(states) != n_layers or any(state.shape[:2] != ids.shape for state in states):
        found = f"{len(states)} hidden states, of {sorted({state.shape[1] for state in states})} positions"
        expected = f"{n_layers}, the embedding and one per layer, of {ids.shape[1]} positions, one per token"
        raise BadInput(model.name_or_path, found, expected)
    return states


def _kept(batch: Sequence[Span], weights: torch.Tensor, n_before: int) -> _Kept:
    token = [torch.arange(span.keep, span.stop)[weights[span.keep : span.stop] > 0] for span in batch]
    row = [torch.full_like(t, i) for i, t in enumerate(token)]
    position = [t - span.start + n_before for t, span in zip(token, batch, strict=True)]
    return _Kept(torch.cat(token), torch.cat(row), torch.cat(position))
