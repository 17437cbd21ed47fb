"""One training from a pretrained model to its snapshots, in one process or in one for each GPU."""

import logging
import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import torch
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from brainforecast.checkpoints import layer_at, snapshot_steps
from brainforecast.files import atomic
from brainforecast.finetuning.corpus import read_blocks
from brainforecast.finetuning.frozen_layers import HEAD, FrozenTarget, add_head, freeze_lower
from brainforecast.finetuning.objective import ForecastObjective, ObjectiveSettings
from brainforecast.finetuning.snapshots import max_disk_bytes, write_snapshot
from brainforecast.finetuning.trainer import (
    Progress,
    TrainingSettings,
    check_disk_space,
    train,
    training_arguments,
)
from brainforecast.pretrained.loading import LoadSettings, load_predictor
from brainforecast.storage.parquet import write_table
from brainforecast.storage.training_tables import CURVE, TRAINED

logger = logging.getLogger("brainforecast")


@dataclass(frozen=True)
class Finetuning:
    """One training.

    Parameters
    ----------
    source : hub name or local folder of the pretrained model
    alpha : share of the forecasting term in the loss
    seed : of the head's weights, of the order of blocks and of the negatives
    threads : of each process
    loading : how the pretrained model is loaded; training is in float32, on the devices of its processes
    """

    source: str
    alpha: float
    objective: ObjectiveSettings
    training: TrainingSettings
    seed: int
    threads: int
    loading: LoadSettings = field(default_factory=LoadSettings)


def finetune(settings: Finetuning, path_to_corpus: str, path_to_snapshots: str) -> None:
    """Train one model and write ``step-<n>/`` folders, ``frozen.safetensors`` and ``losses.parquet``.

    A killed run resumes from ``<path_to_snapshots>.unfinished``, which is removed at the end.
    """
    work = Path(f"{path_to_snapshots}.unfinished")
    launch(_train, settings.training.processes, settings, str(path_to_corpus), str(work))
    with atomic(path_to_snapshots) as temporary:  # complete or not at all
        shutil.move(work / "snapshots", temporary)
    shutil.rmtree(work)


def launch(function: Callable, n_processes: int, *args: object) -> None:
    """Call the function in this process, or in `n_processes` processes of one machine, joined by torch.distributed."""
    if n_processes == 1:
        function(*args)
        return
    logs = [handler.baseFilename for handler in logging.getLogger().handlers if hasattr(handler, "baseFilename")]
    config = LaunchConfig(1, 1, n_processes, run_id="finetuning", rdzv_backend="c10d", rdzv_endpoint="localhost:0")
    elastic_launch(config, _with_log)(logs, function, *args)


def prepare_training(model: torch.nn.Module, settings: Finetuning) -> ForecastObjective:
    """Freeze the lower layers, add the head, and build the objective that trains the rest."""
    n_frozen = freeze_lower(model, settings.training.trained)
    add_head(model, settings.seed)
    getattr(model, HEAD).requires_grad_(settings.alpha > 0)  # DDP would wait for gradients the loss does not give
    layer = layer_at(settings.objective.layer, model.config.num_hidden_layers)
    target = FrozenTarget(model, layer, n_frozen) if settings.alpha else None
    return ForecastObjective(settings.alpha, target, settings.objective, seed=settings.seed)


def _with_log(paths_to_logs: list[str], function: Callable, *args: object) -> None:
    loopback = next(name for _, name in socket.if_nameindex() if name.startswith("lo"))
    os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)  # a firewall may block the address gloo picks by default
    handlers = [*(logging.FileHandler(path) for path in paths_to_logs), logging.StreamHandler()]
    logging.basicConfig(level=logging.INFO, handlers=handlers, format="%(message)s", force=True)
    function(*args)


def _train(settings: Finetuning, path_to_corpus: str, path_to_work: str) -> None:
    """Run one process of a training."""
    torch.set_num_threads(settings.threads)
    training, work = settings.training, Path(path_to_work)
    args = training_arguments(training, work, settings.seed)  # seeds the generators: before the model is touched
    tokenizer, model = load_predictor(settings.source, settings=settings.loading.for_training())
    objective = prepare_training(model, settings)
    steps = snapshot_steps(training.n_steps, **training.snapshots)
    if args.process_index == 0:
        check_disk_space(work, max_disk_bytes(model, len(steps)))
        logger.info("%.1f of %.1f million weights are trained, alpha %g", *_millions(model), settings.alpha)
    progress = Progress(steps, lambda model, step: write_snapshot(model, tokenizer, work / "snapshots", step))
    blocks = read_blocks(path_to_corpus, "train")
    curve = train(model, blocks, objective, args, progress, training.head_learning_rate)
    if args.process_index == 0:
        table = pd.DataFrame(curve)[list(CURVE)].assign(finetuning_alpha=settings.alpha)
        write_table(table, work / "snapshots" / "losses.parquet", units=CURVE | TRAINED)


def _millions(model: torch.nn.Module) -> tuple[float, float]:
    """Trained weights and all weights, in millions."""
    sizes = [(p.numel(), p.requires_grad) for p in model.parameters()]
    return sum(n for n, trained in sizes if trained) / 1e6, sum(n for n, _ in sizes) / 1e6
