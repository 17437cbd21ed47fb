"""Snapshots of a model in training: folders that transformers loads, with one shared copy of the frozen weights."""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from brainforecast.files import atomic
from brainforecast.finetuning.frozen_layers import HEAD

FROZEN, TRAINED, HEAD_FILE = "frozen.safetensors", "trained.safetensors", "forecast_head.safetensors"
INDEX = "model.safetensors.index.json"  # transformers' own name: which file holds which weight


def write_snapshot(model: torch.nn.Module, tokenizer, folder: Path, step: int) -> None:
    """Write ``step-<n>/`` into `folder`: the trained weights, the head, and a link to the frozen ones.

    The frozen weights are written once, next to the snapshots, and must be the same at every step.
    """
    frozen, trained, head = split_weights(model)
    shared = folder / FROZEN
    if not shared.exists():
        with atomic(shared) as temporary:
            save_file(frozen, temporary, metadata={"format": "pt"})
    with atomic(folder / f"step-{step}") as snapshot:
        snapshot.mkdir()
        save_file(trained, snapshot / TRAINED, metadata={"format": "pt"})
        save_file(head, snapshot / HEAD_FILE)
        (snapshot / FROZEN).symlink_to(Path("..") / FROZEN)
        (snapshot / INDEX).write_text(json.dumps(_index({FROZEN: frozen, TRAINED: trained})))
        model.config.save_pretrained(snapshot)
        tokenizer.save_pretrained(snapshot)


def read_head(path_to_snapshot: str | Path) -> torch.Tensor:
    """Read the linear map of the forecasting term, (n_features, n_features)."""
    return load_file(Path(path_to_snapshot) / HEAD_FILE)["weight"]


def split_weights(model: torch.nn.Module) -> tuple[dict, dict, dict]:
    """Weights by name: the frozen, the trained, and the head's; tied weights appear once."""
    seen, frozen, trained, head = set(), {}, {}, {}
    trainable = {name for name, p in model.named_parameters() if p.requires_grad}
    for name, weight in model.state_dict().items():
        if weight.data_ptr() not in seen:
            seen.add(weight.data_ptr())
            part = head if name.startswith(f"{HEAD}.") else trained if name in trainable else frozen
            part[name.removeprefix(f"{HEAD}.")] = weight.detach().cpu().contiguous()
    return frozen, trained, head


def max_disk_bytes(model: torch.nn.Module, n_snapshots: int) -> int:
    """Upper bound of the bytes that one training has on disk at any time.

    The frozen weights once, the trained ones in every snapshot; and, until it ends, two checkpoints to resume from
    (the last one and the next), each with the complete model and Adam's two running means per trained weight.
    """
    frozen, trained, head = (sum(map(_n_bytes, part.values())) for part in split_weights(model))
    checkpoint = frozen + 3 * (trained + head)
    return frozen + n_snapshots * (trained + head) + 2 * checkpoint


def _index(files: Mapping[str, Mapping[str, torch.Tensor]]) -> dict:
    size = sum(_n_bytes(weight) for weights in files.values() for weight in weights.values())
    return {"metadata": {"total_size": size}, "weight_map": {name: file for file in files for name in files[file]}}


def _n_bytes(weight: torch.Tensor) -> int:
    return weight.numel() * weight.element_size()
