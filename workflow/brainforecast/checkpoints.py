"""Checkpoints of a language model that is fine-tuned to forecast: each is a model with its own name.

A config's `finetuning.<name>` trains one model per alpha, the share of the forecasting term in the loss, and keeps
snapshots at steps that grow by a constant factor. A snapshot is called ``<name>-alpha<alpha>-step<step>`` wherever a
model is named: in paths, cells and tables. Standard library only: the Snakefile reads this.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NAME = re.compile(r"(?P<finetuning>[A-Za-z0-9.-]+)-alpha(?P<alpha>[0-9.]+)-step(?P<step>[0-9]+)")


PAPER_CONTEXT = 1024  # tokens of a model whose config names none, and that has no smaller limit
EXTRACTION_KEYS = ("context", "stride", "word_vector", "batch_size", "most_unknown")
INHERITED = (*EXTRACTION_KEYS, "dtype", "device_map")  # keys of a model that its checkpoints have too


@dataclass(frozen=True, order=True)
class Checkpoint:
    """One snapshot."""

    finetuning: str
    alpha: float
    step: int

    @property
    def model(self) -> str:
        """Its name among the models."""
        return f"{self.finetuning}-alpha{self.alpha:g}-step{self.step}"


def read_name(model: str) -> Checkpoint | None:
    """The checkpoint that a model's name denotes; None for every other model."""
    found = NAME.fullmatch(model)
    return Checkpoint(found["finetuning"], float(found["alpha"]), int(found["step"])) if found else None


def snapshot_steps(n_steps: int, first: int, n: int) -> list[int]:
    """Steps at which a snapshot is kept: n that grow by a constant factor from `first` to the last step.

    Equal steps are kept once, so there may be fewer than n. Step 0, the pretrained model at any alpha, is not kept.
    """
    growth = (n_steps / first) ** (1 / max(n - 1, 1))
    return sorted({*(min(round(first * growth**i), n_steps) for i in range(n)), n_steps})


def checkpoints_of(name: str, finetuning: Mapping) -> list[Checkpoint]:
    """Every snapshot of a fine-tuning, by alpha and step."""
    training = finetuning["training"]
    steps = snapshot_steps(training["n_steps"], **training["snapshots"])
    return [Checkpoint(name, alpha, step) for alpha in finetuning["objective"]["alphas"] for step in steps]


def with_checkpoints(analyses: Mapping[str, Mapping], finetuning: Mapping[str, Mapping]) -> dict[str, dict]:
    """The analyses with the name of a fine-tuning replaced by the names of all its checkpoints."""
    named = {name: [c.model for c in checkpoints_of(name, section)] for name, section in finetuning.items()}
    return {
        key: {**analysis, "models": [model for given in analysis["models"] for model in named.get(given, [given])]}
        for key, analysis in analyses.items()
    }


def checkpoint_models(config: Mapping) -> dict[str, dict]:
    """Every checkpoint as an entry of `models`: extracted like its base model, its layers concatenated."""
    return {
        checkpoint.model: {
            **{key: config["models"][section["base"]][key] for key in INHERITED},
            "source": f"{alpha_folder(config, checkpoint)}/step-{checkpoint.step}",
            "side_by_side": section["evaluation"]["layers"],
        }
        for name, section in config["finetuning"].items()
        for checkpoint in checkpoints_of(name, section)
    }


def alpha_folder(config: Mapping, checkpoint: Checkpoint) -> str:
    """Folder of the snapshots of one alpha."""
    training = training_hash(config, checkpoint.finetuning)
    return f"resources/finetuned/{checkpoint.finetuning}-{training}/alpha-{checkpoint.alpha:g}"


def finetuning_of(path: str) -> str:
    """The fine-tuning that a snapshot folder of one alpha, or a table next to it, belongs to (see `alpha_folder`)."""
    return path.split("/")[-2].rpartition("-")[0]


def training_hash(config: Mapping, name: str) -> str:
    """Hash of what determines the weights at any alpha: datasets share a training; another setting starts a new one."""
    section = config["finetuning"][name]
    objective = {key: value for key, value in section["objective"].items() if key != "alphas"}
    training = {key: value for key, value in section["training"].items() if key != "save_every"}
    return _hash([*_base(config, section), section["corpus"], objective, training, config["seed"]])


def corpus_hash(config: Mapping, name: str) -> str:
    """Hash of what determines the tokens of a corpus."""
    section = config["finetuning"][name]
    return _hash([section["corpus"], section["training"]["context"], *_base(config, section)])


def layer_at(layer: int | Mapping, n_layers: int) -> int:
    """The layer that a config names: a number, or {depth} as a fraction of the model's layers (0: the embedding)."""
    return round(layer["depth"] * n_layers) if isinstance(layer, Mapping) else layer


def layers_at(layers: Sequence[int] | Mapping, n_layers: int) -> list[int]:
    """The layers that a config names: numbers, or {depths} as fractions of the model's layers.

    Depths that are the same layer of a model with few layers are one.
    """
    if isinstance(layers, Mapping):
        return list(dict.fromkeys(layer_at({"depth": depth}, n_layers) for depth in layers["depths"]))
    return list(layers)


def _base(config: Mapping, section: Mapping) -> list[str]:
    """What determines the weights and the tokenizer of the model that a fine-tuning starts from."""
    base = config["models"][section["base"]]
    others = {"weights": "pretrained", "revision": None}  # as they are by default: they leave the hash as it is
    return [base["source"], *(f"{key} {base[key]}" for key, usual in others.items() if base.get(key, usual) != usual)]


def _hash(settings: object) -> str:
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
