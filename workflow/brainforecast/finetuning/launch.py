"""One training from a pretrained model to its snapshots, in one process or in one for each GPU."""

import logging
import os
import shutil
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import torch
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from brainforecast.checkpoints import layer_at, snapshot_steps
from brainforecast.finetuning.corpus import read_blocks
from brainforecast.finetuning.frozen_layers import HEAD, FrozenTarget, add_head, freeze_lower
from brainforecast.finetuning.snapshots import most_bytes, move_folder, write_snapshot
from brainforecast.finetuning.trainer import ForecastObjective, Progress, arguments, check_disk, train
from brainforecast.language.pretrained import load_predictor
from brainforecast.storage.parquet import write_table
from brainforecast.storage.training_tables import CURVE, TRAINED

logger = logging.getLogger("brainforecast")


def finetune(
    source: str, path_to_corpus: str, path_to_snapshots: str, *, alpha: float, objective: Mapping, training: Mapping,
    seed: int, threads: int,
) -> None:  # fmt: skip
    """Train one model and leave ``step-<n>/`` folders, ``frozen.safetensors`` and ``losses.parquet``.

    What a killed run left in ``<path_to_snapshots>.unfinished`` is taken up again; it is removed at the end.

    Parameters
    ----------
    source : hub name or local folder of the pretrained model
    alpha : share of the forecasting term in the loss
    objective, training : sections of the config
    """
    about = {"alpha": alpha, "objective": dict(objective), "training": dict(training), "seed": seed}
    paths = [str(source), str(path_to_corpus), f"{path_to_snapshots}.unfinished"]
    launch(_train, training["processes"], *paths, about, threads)
    work = Path(f"{path_to_snapshots}.unfinished")
    move_folder(work / "snapshots", path_to_snapshots)
    shutil.rmtree(work)


def launch(function: Callable, n_processes: int, *values: object) -> None:
    """Call the function in this process, or in `n_processes` of one machine that torch.distributed joins."""
    if n_processes == 1:
        function(*values)
        return
    logs = [handler.baseFilename for handler in logging.getLogger().handlers if hasattr(handler, "baseFilename")]
    about = LaunchConfig(1, 1, n_processes, run_id="finetuning", rdzv_backend="c10d", rdzv_endpoint="localhost:0")
    elastic_launch(about, _with_log)(logs, function, *values)


def _with_log(paths_to_logs: list[str], function: Callable, *values: object) -> None:
    loopback = next(name for _, name in socket.if_nameindex() if name.startswith("lo"))
    os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)  # else an address that a firewall may keep from itself
    handlers = [*(logging.FileHandler(path) for path in paths_to_logs), logging.StreamHandler()]
    logging.basicConfig(level=logging.INFO, handlers=handlers, format="%(message)s", force=True)
    function(*values)


def _train(source: str, path_to_corpus: str, path_to_work: str, about: Mapping, threads: int) -> None:
    """One process of a training."""
    torch.set_num_threads(threads)
    training, work = about["training"], Path(path_to_work)
    args = arguments(training, work, about["seed"])  # seeds the generators: before the model is touched
    tokenizer, model = load_predictor(source)
    objective = prepare(model, about["alpha"], about["objective"], training["trained"], about["seed"])
    steps = snapshot_steps(training["n_steps"], **training["snapshots"])
    if args.process_index == 0:
        check_disk(work, most_bytes(model, len(steps)))
        logger.info("%.1f of %.1f million weights are trained, alpha %g", *_millions(model), about["alpha"])
    keep = lambda model, step: write_snapshot(model, tokenizer, work / "snapshots", step)  # noqa: E731
    blocks, rate = read_blocks(path_to_corpus, "train"), training["head_learning_rate"]
    curve = train(model, blocks, objective, args, Progress(steps, keep), rate)
    if args.process_index == 0:
        table = pd.DataFrame(curve)[list(CURVE)].assign(finetuning_alpha=about["alpha"])
        write_table(table, work / "snapshots" / "losses.parquet", units=CURVE | TRAINED)


def prepare(model, alpha: float, objective: Mapping, trained: float, seed: int) -> ForecastObjective:
    """Freeze what is not trained, add the head, and make the objective that trains the rest."""
    n_frozen = freeze_lower(model, trained)
    add_head(model, seed)
    getattr(model, HEAD).requires_grad_(alpha > 0)  # what the loss does not use, processes would wait for
    layer = layer_at(objective["layer"], model.config.num_hidden_layers)
    target = FrozenTarget(model, layer, n_frozen) if alpha else None
    return ForecastObjective(alpha, target, {**objective, "seed": seed})


def _millions(model) -> tuple[float, float]:
    sizes = [(p.numel(), p.requires_grad) for p in model.parameters()]
    return sum(n for n, trained in sizes if trained) / 1e6, sum(n for n, _ in sizes) / 1e6
