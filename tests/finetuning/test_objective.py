"""The objective of fine-tuning: its settings, and the negatives of the forecasting term."""

import pytest
import torch

from brainforecast.finetuning.contrastive import contrastive_loss
from brainforecast.finetuning.frozen_layers import HEAD
from brainforecast.finetuning.objective import ObjectiveSettings
from helpers.finetuning import prepared

pytest_plugins = ["helpers.language_models"]


def test_negatives_of_the_target_token_are_left_out(tiny_gpt2):
    """Negatives of the target's own token have no weight: the loss is the same without them."""
    objective, model = prepared(tiny_gpt2)
    ids = torch.randint(1, 6, (4, 16), generator=torch.Generator().manual_seed(0))  # few tokens: most are repeated
    states = model(ids, output_hidden_states=True).hidden_states
    found = objective.high_loss(getattr(model, HEAD), ids, states)
    target, tokens = states[1][:, 3:].flatten(0, 1), ids[:, 3:].flatten()
    predicted = getattr(model, HEAD)(states[-1][:, :-3]).flatten(0, 1)
    chosen = torch.randperm(len(tokens), generator=torch.Generator().manual_seed(0))[:80]
    losses = [
        contrastive_loss(predicted[[t]], target[[t]], target[others], torch.ones(1, len(others), dtype=torch.bool), 0.1)
        for t in range(len(tokens))
        if len(others := chosen[tokens[chosen] != tokens[t]])
    ]
    assert found.item() == pytest.approx(torch.stack(losses).mean().item(), abs=1e-6)


def test_settings_refuse_unknown_and_missing_keys():
    """Only `alphas`, one training each, is left out of the config's section."""
    section = {"layer": 1, "distance": 3, "temperature": 0.1, "queue": 100, "negatives": 80, "rebalance": 5}
    assert vars(ObjectiveSettings.from_config(section | {"alphas": [0.0, 0.5]})) == section
    with pytest.raises(TypeError, match="margin"):
        ObjectiveSettings.from_config(section | {"margin": 1})
    with pytest.raises(TypeError, match="queue"):
        ObjectiveSettings.from_config({key: value for key, value in section.items() if key != "queue"})
