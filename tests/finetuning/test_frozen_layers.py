"""What is trained and what is not: frozen weights, and the frozen copy that gives the states to forecast."""

import pytest
import torch

from brainforecast.finetuning.frozen_layers import HEAD, FrozenTarget, freeze_lower
from brainforecast.pretrained.loading import load_model, load_predictor
from helpers.finetuning import prepared, trained

pytest_plugins = ["helpers.language_models"]


def test_only_the_upper_third_is_trained(tiny_gpt2, corpus, tmp_path):
    """Of three layers the last one and the head change; embedding, lower layers, last norm and LM head do not."""
    model, before, _ = trained(tiny_gpt2, corpus, tmp_path)
    changed = {name for name, weight in model.state_dict().items() if not torch.equal(weight, before[name])}
    assert changed
    assert {name.split(".")[2] if "h." in name else name for name in changed} == {"2", f"{HEAD}.weight"}


def test_target_never_gets_a_gradient(tiny_gpt2):
    """After a backward pass no weight of the frozen copy has a gradient; layers that are trained are copies."""
    objective, model = prepared(tiny_gpt2, layer=3)
    ids = torch.randint(0, 300, (2, 16), generator=torch.Generator().manual_seed(0))
    states = model(ids, output_hidden_states=True).hidden_states
    objective.high_loss(getattr(model, HEAD), ids, states).backward()
    frozen = dict(objective.target.copy.named_parameters())
    assert not [name for name, p in frozen.items() if p.requires_grad or p.grad is not None]
    assert [p for p in model.transformer.h[2].parameters() if p.grad is not None and p.grad.abs().sum() > 0]
    assert frozen["h.2.mlp.c_fc.weight"] is not model.transformer.h[2].mlp.c_fc.weight
    assert frozen["h.1.mlp.c_fc.weight"] is model.transformer.h[1].mlp.c_fc.weight


@pytest.mark.parametrize("layer", [0, 1, 2, 3])
def test_target_is_the_pretrained_layer(tiny_gpt2, tiny_llama, layer):
    """The copy's state at a layer is hidden_states[layer] of the complete pretrained model."""
    ids = torch.arange(20)[None] + 40
    for source in (tiny_gpt2, tiny_llama):
        _, pretrained = load_model(source)
        if layer > pretrained.config.num_hidden_layers:
            continue
        with torch.no_grad():
            expected = pretrained(ids, output_hidden_states=True).hidden_states[layer]
        _, model = load_predictor(source)
        target = FrozenTarget(model, layer, freeze_lower(model, 1 / 3))
        assert torch.equal(target.copy(ids, output_hidden_states=True).hidden_states[layer], expected)
        shared = source == tiny_llama and layer <= 1  # GPT-2 has dropout
        assert target.shared == shared
        hidden = model.train()(ids, output_hidden_states=True).hidden_states
        assert torch.equal(target.states(ids, hidden), expected)
