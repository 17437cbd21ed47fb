"""A small training: its settings, and tiny models before and after it."""

from dataclasses import replace
from pathlib import Path

import torch
from datasets import Dataset

from brainforecast.finetuning.launch import Finetuning, prepare_training
from brainforecast.finetuning.objective import ForecastObjective, ObjectiveSettings
from brainforecast.finetuning.trainer import Progress, TrainingSettings, train, training_arguments
from brainforecast.pretrained.loading import load_predictor

OBJECTIVE = ObjectiveSettings(layer=1, distance=3, temperature=0.1, queue=100, negatives=80, rebalance=5)
TRAINING = TrainingSettings(
    n_steps=12,
    learning_rate=1e-3,
    head_learning_rate=None,
    batch_size=4,
    processes=1,
    accumulation=1,
    context=16,
    precision="float32",
    trained=1 / 3,
    save_every=4,
    snapshots={"first": 3, "n": 3},
)


def finetuning(
    source: str,
    alpha: float = 0.5,
    *,
    objective: ObjectiveSettings = OBJECTIVE,
    training: TrainingSettings = TRAINING,
) -> Finetuning:
    """One small training."""
    return Finetuning(source, alpha, objective, training, seed=0, threads=1)


def prepared(source: str, alpha: float = 0.5, **objective: object) -> tuple[ForecastObjective, torch.nn.Module]:
    """Objective and model, ready to be trained; keywords replace settings of the objective."""
    _, model = load_predictor(source)
    return prepare_training(model, finetuning(source, alpha, objective=replace(OBJECTIVE, **objective))), model


def trained(source: str, corpus: str, folder: Path, alpha: float = 0.5, **training: object) -> tuple:
    """A model after training, its weights before, and the curve of losses; keywords replace training settings."""
    args = training_arguments(replace(TRAINING, **training), folder, seed=0)
    objective, model = prepared(source, alpha)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    blocks = Dataset.load_from_disk(f"{corpus}/train")
    return model, before, train(model, blocks, objective, args, Progress([], None))
