"""Which weights are trained: those of the upper layers; a frozen copy of the model gives the states to forecast."""

from copy import deepcopy

import torch
from torch import nn

from brainforecast.errors import BadInput

HEAD = "forecast_head"  # name of the linear map that the forecasting term adds to the model


def freeze_lower(model: nn.Module, share: float) -> int:
    """Train only the upper `share` of the layers; the embedding, the last norm and the LM head stay frozen.

    Returns
    -------
    n_frozen : number of frozen layers: ``hidden_states[n_frozen]`` is the last that training cannot change.
    """
    holder, name = layer_list(model)
    layers = getattr(holder, name)
    n_frozen = len(layers) - round(len(layers) * share)
    model.requires_grad_(False)
    for layer in layers[n_frozen:]:
        layer.requires_grad_(True)
    return n_frozen


def add_head(model: nn.Module, seed: int) -> None:
    """Add the linear map from the last layer to the layer that is forecast; the seed draws its weights.

    The global random generators keep their state.
    """
    width = model.config.hidden_size
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        setattr(model, HEAD, nn.Linear(width, width, bias=False))


class FrozenTarget:
    """The hidden states of a frozen copy of the pretrained model at one layer: what is forecast.

    The copy has only the layers it needs, shares the weights that training does not change, and never gets a gradient.
    Where the layer lies below all trained layers and nothing below it is random (no dropout), the model in training
    computes the very same numbers. They are then taken from it, and the copy does not run.
    """

    def __init__(self, model: nn.Module, layer: int, n_frozen: int):
        self.layer = layer
        shared = {id(p): p for p in model.parameters() if not p.requires_grad}
        self.copy = deepcopy(model.base_model, memo=shared).requires_grad_(False).eval()
        holder, name = layer_list(self.copy)
        n = min(layer + 1, len(getattr(holder, name)))  # one more than needed: the last layer passes the final norm
        setattr(holder, name, getattr(holder, name)[:n])
        self.copy.config.num_hidden_layers = n
        self.shared = layer <= n_frozen and not has_dropout(model)

    def states(self, ids: torch.Tensor, hidden_states: tuple[torch.Tensor, ...]) -> torch.Tensor:
        """(n_texts, n_tokens, n_features); `hidden_states` are those of the model in training, for the same text."""
        return hidden_states[self.layer].detach() if self.shared else self.encode(ids)

    def encode(self, ids: torch.Tensor) -> torch.Tensor:
        """Run the copy: its states, (n_texts, n_tokens, n_features)."""
        with torch.no_grad():
            return self.copy.to(ids.device)(ids, output_hidden_states=True).hidden_states[self.layer]


def layer_list(model: nn.Module) -> tuple[nn.Module, str]:
    """Find the ModuleList of a transformers model's layers: the module that holds it, and its attribute name."""
    for holder in model.modules():
        for name, child in holder.named_children():
            if isinstance(child, nn.ModuleList) and len(child) == model.config.num_hidden_layers:
                return holder, name
    raise BadInput(model.name_or_path, "no list of its layers", "a transformers model of stacked layers")


def has_dropout(model: nn.Module) -> bool:
    """Whether a model drops anything out in training."""
    rates = [getattr(module, "p", 0) for module in model.modules() if isinstance(module, nn.Dropout)]
    configured = [getattr(model.config, key) for key in vars(model.config) if "dropout" in key or key.endswith("pdrop")]
    return any(rate for rate in (*rates, *configured) if isinstance(rate, float))
