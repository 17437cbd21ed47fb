"""Snapshots: folders that transformers loads, with the frozen weights on disk once."""

from pathlib import Path

import pytest
import torch

from brainforecast.finetuning.frozen_layers import add_head, freeze_lower
from brainforecast.finetuning.launch import finetune
from brainforecast.finetuning.snapshots import FROZEN, max_disk_bytes, read_head
from brainforecast.pretrained.loading import load_predictor
from helpers.finetuning import finetuning

pytest_plugins = ["helpers.language_models"]


@pytest.fixture(scope="module")
def snapshots(tiny_llama, corpus, tmp_path_factory) -> Path:
    """A finished training."""
    out = tmp_path_factory.mktemp("trained") / "alpha-0.5"
    finetune(finetuning(tiny_llama), corpus, str(out))
    return out


def test_snapshot_loads_as_a_model(snapshots, tiny_llama):
    """Each step's folder loads alone; trained layers differ from step to step, the rest are the pretrained ones."""
    _, base = load_predictor(tiny_llama)
    loaded = {step: load_predictor(snapshots / f"step-{step}")[1].state_dict() for step in (3, 6, 12)}
    for name, weight in base.state_dict().items():
        same = all(torch.equal(weight, found[name]) for found in loaded.values())
        assert same == ("layers.1." not in name), name
    assert not torch.equal(*(read_head(snapshots / f"step-{step}") for step in (3, 12)))


def test_frozen_weights_are_on_disk_once(snapshots, tiny_llama):
    """Every snapshot links to one file; all that is written stays below the announced maximum."""
    links = list(snapshots.glob(f"step-*/{FROZEN}"))
    assert len(links) == 3
    assert all(link.is_symlink() and link.resolve() == snapshots / FROZEN for link in links)
    _, model = load_predictor(tiny_llama)
    freeze_lower(model, 1 / 3)
    add_head(model, 0)
    written = sum(path.stat().st_size for path in snapshots.rglob("*.safetensors") if not path.is_symlink())
    assert written < max_disk_bytes(model, 3) + 20_000  # headers
