"""Extend many prefixes of a story in parallel from one shared key-value cache.

The story passes the model once, and the keys and values of its attention are cached. A branch leaves the story after
one of its words: its tokens see the story up to there and each other, nothing else. All branches pass the model as one
row of tokens; an attention mask separates them, and position ids are those of a plain input:

    story      0 1 2 3 4 5 6
    branch 0         3'4'5'         sees 0 1 2 and itself
    branch 1             5"6"7"     sees 0 1 2 3 4 and itself
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from transformers import DynamicCache
from transformers.utils import ModelOutput

from brainforecast.errors import BadInput
from brainforecast.language.extraction import check_range, is_causal
from brainforecast.language.frames import opening_token
from brainforecast.language.tokens import Span, Tokens, left_spans, token_weights

STORY = -1  # branch number of the story's own keys


class BranchPoint(NamedTuple):
    """A word of the story where branches start.

    word : its index; span : the story tokens of its input; token : id of its last token; position : index of that
    token in the input, where the opening token has 0.
    """

    word: int
    span: Span
    position: int
    token: int


class Branches:
    """Branches from one input of the story, extended in parallel; none sees another.

    Parameters
    ----------
    model : any causal model, with or without the head that predicts
    past : key-value cache of the story, from `prefill`
    starts : (n_branches,) position of each branch's first token; the branch sees the story's positions before it
    """

    def __init__(self, model, past: DynamicCache, starts: torch.Tensor):
        self.model, self.starts = model, starts.to(model.device)
        n_past = int(starts.max())  # positions that no branch sees are dropped
        self.cache = _first_positions(past, n_past)
        self.branch = torch.full((n_past,), STORY, device=model.device)  # of each cached key
        self.position = torch.arange(n_past, device=model.device)

    def extend(self, ids: Sequence[int], branch: Sequence[int], steps: Sequence[int] | int) -> ModelOutput:
        """Append tokens to the branches, in one forward pass.

        Parameters
        ----------
        ids : (n_tokens,); branch : (n_tokens,) the branch of each; steps : (n_tokens,) or one for all, the number of
            tokens before it in its branch.

        Returns
        -------
        the model's output, with hidden states; its arrays are (1, n_tokens, ...)
        """
        ids, branch = (torch.as_tensor(values, device=self.model.device) for values in (ids, branch))
        position = self.starts[branch] + torch.as_tensor(steps, device=self.model.device)
        self.branch, self.position = torch.cat([self.branch, branch]), torch.cat([self.position, position])
        with torch.inference_mode():
            return self.model(
                ids[None],
                attention_mask=self._mask(branch, position),
                position_ids=position[None],
                past_key_values=self.cache,
                use_cache=True,
                output_hidden_states=True,
            )

    def _mask(self, branch: torch.Tensor, position: torch.Tensor) -> torch.Tensor:
        """The additive attention mask, (1, 1, n_tokens, n_keys): 0 where a token sees a key, else the lowest number."""
        own = (self.branch == branch[:, None]) & (self.position <= position[:, None])  # (n_tokens, n_keys)
        story = (self.branch == STORY) & (self.position < self.starts[branch][:, None])
        masked = torch.finfo(self.model.dtype).min
        return torch.where(own | story, 0.0, masked).to(self.model.dtype)[None, None]


def find_branch_points(tokens: Tokens, *, room: int, stride: int) -> list[BranchPoint]:
    """The branch point of each word, in the first input of at most `room` story tokens that holds all of its tokens.

    Inputs overlap as in `tokens.left_spans`, by at least half of `room`: the input of a word, and the context it has
    there, do not depend on the words after it.
    """
    spans = left_spans(tokens.ids.size, room, min(stride, max(1, room // 2)))
    last = np.flatnonzero(token_weights(tokens, "last"))
    first_input = np.searchsorted([span.stop for span in spans], last, side="right")
    inputs = [spans[i] for i in first_input]
    return [
        BranchPoint(word, span, int(token) - span.start + 1, int(tokens.ids[token]))
        for word, (span, token) in enumerate(zip(inputs, last, strict=True))
    ]


def prefill(tokens: Tokens, span: Span, tokenizer, model) -> DynamicCache:
    """The key-value cache of one input of the story, after the opening token."""
    ids = torch.tensor([[opening_token(tokenizer), *tokens.ids[span.start : span.stop].tolist()]])
    past = DynamicCache()
    with torch.inference_mode():
        model.base_model(ids.to(model.device), past_key_values=past, use_cache=True)
    return past


def room_for_story(model, *, context: int, n_ahead: int) -> int:
    """Number of story tokens in an input of `context` tokens that also holds the opening token and `n_ahead` more.

    Raises
    ------
    BadInput : a model that is not causal, or whose attention does not follow a mask and positions; no room.
    """
    if not is_causal(model.base_model):
        raise BadInput(model.name_or_path, "a model that sees both sides of a word", "one that predicts the next word")
    check_range(model, context, stride=1, n_framing=1)
    room = context - 1 - n_ahead
    if room < 1:
        raise BadInput(
            "context", context, f"more than {n_ahead + 1} tokens: one to open, {n_ahead} for what may follow"
        )
    window = getattr(model.config, "sliding_window", None)
    if window and window < context:
        raise BadInput("context", context, f"at most {window}, as far as the attention of {model.name_or_path} slides")
    _check_branches(model)
    return room


def _first_positions(past: DynamicCache, n: int) -> DynamicCache:
    """A copy of the first `n` positions, which can grow."""
    cache = DynamicCache()
    for index, layer in enumerate(past.layers):
        cache.update(layer.keys[:, :, :n], layer.values[:, :, :n], index)
    return cache


def _check_branches(model) -> None:
    """Check on seven tokens that branches give the states of a plain input: some models number positions themselves."""
    ids = torch.arange(7, device=model.device) + model.get_input_embeddings().num_embeddings // 2
    story, ahead = ids[:4], ids[4:]
    past = DynamicCache()
    with torch.inference_mode():
        model.base_model(story[None], past_key_values=past, use_cache=True)
        plain = model.base_model(torch.cat([story[:2], ahead])[None]).last_hidden_state[0, -1]
    branches = Branches(model.base_model, past, torch.tensor([4, 2]))
    states = branches.extend(torch.cat([ahead, ahead]), [0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2]).last_hidden_state
    if torch.linalg.vector_norm(states[0, -1] - plain) > 1e-3 * torch.linalg.vector_norm(plain):
        found = "attention that does not follow a mask and positions"
        raise BadInput(model.name_or_path, found, "a model such as GPT-2 or Llama, to extend many prefixes at once")
