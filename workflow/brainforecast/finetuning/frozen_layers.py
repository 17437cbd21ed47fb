"""What of a model is trained and what stays: the upper layers move; a frozen copy says what is to be forecast."""

from copy import deepcopy

import torch
from torch import nn

from brainforecast.errors import BadInput

HEAD = "forecast_head"  # name of the linear map that the forecasting term adds to the model


def blocks_of(model: nn.Module) -> tuple[nn.Module, str]:
    """The layers of a transformers model: the module that holds the list of them, and the list's name in it."""
    for holder in model.modules():
        for name, child in holder.named_children():
            if isinstance(child, nn.ModuleList) and len(child) == model.config.num_hidden_layers:
                return holder, name
    raise BadInput(model.name_or_path, "no list of its layers", "a transformers model of stacked layers")


def freeze_lower(model: nn.Module, share: float) -> int:
    """Leave only the upper `share` of the layers to be trained; the embedding, the last norm and the LM head stay.

    Returns
    -------
    n_frozen : how many layers stay as they are: ``hidden_states[n_frozen]`` is the last that training cannot change.
    """
    holder, name = blocks_of(model)
    blocks = getattr(holder, name)
    n_frozen = len(blocks) - round(len(blocks) * share)
    model.requires_grad_(False)
    for block in blocks[n_frozen:]:
        block.requires_grad_(True)
    return n_frozen


def add_head(model: nn.Module, seed: int) -> None:
    """Give the model the linear map from its last layer to the layer it is to forecast; the seed draws its weights.

    The generators that others draw from are left as they were.
    """
    width = model.config.hidden_size
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        setattr(model, HEAD, nn.Linear(width, width, bias=False))


class FrozenTarget:
    """What a frozen copy of the pretrained model makes of a text at one layer: the state that is to be forecast.

    The copy has only the layers it needs, shares the weights that training does not change, and never gets a gradient.
    Where the layer lies below all that is trained and nothing is random below it (no dropout), the model in training
    computes the very same numbers itself; they are then taken from it, and the copy does not run.
    """

    def __init__(self, model: nn.Module, layer: int, n_frozen: int):
        self.layer = layer
        kept = {id(p): p for p in model.parameters() if not p.requires_grad}
        self.copy = deepcopy(model.base_model, memo=kept).requires_grad_(False).eval()
        holder, name = blocks_of(self.copy)
        n = min(layer + 1, len(getattr(holder, name)))  # the last of a shorter stack would pass the final norm
        setattr(holder, name, getattr(holder, name)[:n])
        self.copy.config.num_hidden_layers = n
        self.shared = layer <= n_frozen and not is_random(model)

    def states(self, ids: torch.Tensor, hidden_states: tuple[torch.Tensor, ...]) -> torch.Tensor:
        """(n_texts, n_tokens, n_features); `hidden_states` are those of the model in training, of the same text."""
        return hidden_states[self.layer].detach() if self.shared else self.hear(ids)

    def hear(self, ids: torch.Tensor) -> torch.Tensor:
        """The copy's own states, (n_texts, n_tokens, n_features)."""
        with torch.no_grad():
            return self.copy.to(ids.device)(ids, output_hidden_states=True).hidden_states[self.layer]


def is_random(model: nn.Module) -> bool:
    """Whether a model in training drops anything out."""
    rates = [getattr(module, "p", 0) for module in model.modules() if isinstance(module, nn.Dropout)]
    told = [getattr(model.config, key) for key in vars(model.config) if "dropout" in key or key.endswith("pdrop")]
    return any(rate for rate in (*rates, *told) if isinstance(rate, float))
