"""Fine-tune a language model to forecast: the objective inside transformers' Trainer, resumable from a checkpoint."""

import json
import logging
import math
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from datasets import Dataset
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import get_last_checkpoint

from brainforecast.errors import BadInput
from brainforecast.files import atomic
from brainforecast.finetuning.frozen_layers import HEAD
from brainforecast.finetuning.objective import ForecastObjective
from brainforecast.progress import duration

logger = logging.getLogger("brainforecast")

N_LOGGED = 200  # rows of the curve of losses, and lines of the log, per training
STATE = "objective-{}.pt"  # one per process, next to what the Trainer saves
TRAINER_STATE = "trainer_state.json"  # the last file that the Trainer writes


@dataclass(frozen=True)
class TrainingSettings:
    """How the Trainer is run; the names are those of config `finetuning.<name>.training`.

    Parameters
    ----------
    n_steps : gradient steps.
    learning_rate : of AdamW; head_learning_rate : of the head, None for the same as the rest.
    batch_size : blocks per process and batch; accumulation : batches per gradient step.
    processes : of one machine, a GPU each where there are GPUs.
    context : tokens of a block.
    precision : float32, bfloat16 or float16.
    trained : share of the layers that is trained, the upper ones.
    save_every : steps between two checkpoints.
    snapshots : ``first`` and ``n``, as `checkpoints.snapshot_steps` takes them.
    """

    n_steps: int
    learning_rate: float
    head_learning_rate: float | None
    batch_size: int
    processes: int
    accumulation: int
    context: int
    precision: str
    trained: float
    save_every: int
    snapshots: Mapping[str, int]


class ForecastTrainer(Trainer):
    """transformers' Trainer with the forecasting term in its loss and in its checkpoints."""

    def __init__(self, *, objective: ForecastObjective, head_learning_rate: float | None, **kwargs: object):
        super().__init__(**kwargs)
        self.objective, self.head_learning_rate = objective, head_learning_rate

    def create_optimizer(self, *args: object) -> torch.optim.Optimizer:
        """Create the Trainer's optimizer, with a separate rate for the head, which is untrained, where one is set."""
        optimizer, head = super().create_optimizer(*args), getattr(self.model, HEAD)
        if self.head_learning_rate and head.weight.requires_grad:
            for group in optimizer.param_groups:
                group["params"] = [weight for weight in group["params"] if weight is not head.weight]
            shared = {key: value for key, value in optimizer.param_groups[0].items() if key != "params"}
            optimizer.add_param_group({**shared, "params": [head.weight], "lr": self.head_learning_rate})
        return optimizer

    def compute_loss(
        self,
        model,
        inputs: Mapping,
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> torch.Tensor | tuple:
        """Compute the loss of one batch; see `ForecastObjective`."""
        options = {"output_hidden_states": True} if self.objective.alpha else {}
        loss, outputs = super().compute_loss(model, {**inputs, **options}, True, num_items_in_batch)
        # the Trainer's loss of a batch is already scaled to its part of the step's mean: scale L_high alike
        scaled = self.model_accepts_loss_kwargs and num_items_in_batch is not None
        part = 1 / self.current_gradient_accumulation_steps if scaled else 1.0
        if self.objective.alpha:
            high = self.objective.high_loss(getattr(self.model, HEAD), inputs["input_ids"], outputs.hidden_states)
            means = torch.stack([high.detach(), loss.detach() / part])
            means = self.accelerator.reduce(means, "mean").tolist()
            self.objective.balance.update(*means, self.state.global_step)
            weight = self.objective.balance.weight
            loss = weight * high * part + (1 - weight) * loss if weight < 1 else high * part
            self.objective.add_losses(*means)
        else:
            self.objective.add_losses(0.0, self.accelerator.reduce(loss.detach() / part, "mean").item())
        return (loss, outputs) if return_outputs else loss

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Log the two losses instead of the Trainer's own, whose means start anew in a resumed run."""
        if "learning_rate" in logs:
            super().log(self.objective.pop_means() | {"learning_rate": logs["learning_rate"]}, start_time)

    def _save_checkpoint(self, model, trial) -> None:
        folder = Path(self.args.output_dir) / f"checkpoint-{self.state.global_step}"
        with atomic(folder / STATE.format(self.args.process_index)) as temporary:
            torch.save(self.objective.state_dict(), temporary)
        super()._save_checkpoint(model, trial)  # removes the previous checkpoint once this one is complete

    def _load_from_checkpoint(self, resume_from_checkpoint, model=None) -> None:
        super()._load_from_checkpoint(resume_from_checkpoint, model)
        path = Path(resume_from_checkpoint) / STATE.format(self.args.process_index)
        self.objective.load_state_dict(torch.load(path, weights_only=True))


class Progress(TrainerCallback):
    """Progress lines in the log, and snapshots of the model at given steps.

    Parameters
    ----------
    steps : after which a snapshot is written
    write : function of the model and the step that writes it
    """

    def __init__(self, steps: Sequence[int], write: Callable[[torch.nn.Module, int], None] | None):
        self.steps, self.write = set(steps), write
        self.started, self.first = time.monotonic(), 0

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs) -> None:
        """Remember where this run starts, to estimate the time left."""
        self.started, self.first = time.monotonic(), state.global_step

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, model=None, **kwargs
    ) -> None:
        """Write a snapshot at the given steps."""
        if state.global_step in self.steps and state.is_world_process_zero:
            self.write(model, state.global_step)

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: Mapping, **kwargs
    ) -> None:
        """Log the progress, from one process only."""
        if not state.is_world_process_zero:
            return
        done, n = state.global_step, state.max_steps
        left = (time.monotonic() - self.started) / max(done - self.first, 1) * (n - done)
        line = "step %d of %d (%d %%), L_high %.3f, L_LM %.3f, share of L_high %.3f, about %s left"
        logger.info(line, done, n, 100 * done / n, logs["loss_high"], logs["loss_lm"], logs["share"], duration(left))


def training_arguments(settings: TrainingSettings, folder: str | Path, seed: int) -> TrainingArguments:
    """Build the Trainer's arguments; the others keep the Trainer's defaults, as in the paper."""
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=settings.n_steps,
        learning_rate=settings.learning_rate,
        per_device_train_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.accumulation,
        bf16=settings.precision == "bfloat16",
        fp16=settings.precision == "float16",
        seed=seed,
        full_determinism=True,
        logging_strategy="steps",
        logging_steps=max(1, settings.n_steps // N_LOGGED),
        save_strategy="steps",
        save_steps=settings.save_every,
        save_total_limit=1,
        report_to=[],
        disable_tqdm=True,
        use_cpu=not torch.cuda.is_available(),
        ddp_backend=None if torch.cuda.is_available() or settings.processes == 1 else "gloo",
        # every trained weight is used, the head by the loss alone: DDP would take it for unused
        ddp_find_unused_parameters=False,
        dataloader_pin_memory=torch.cuda.is_available(),
    )


def train(
    model, blocks: Dataset, objective: ForecastObjective, args: TrainingArguments, callback: TrainerCallback,
    head_learning_rate: float | None = None,
) -> list[dict[str, float]]:  # fmt: skip
    """Train to the last step, from the last complete checkpoint in ``args.output_dir`` where there is one.

    Parameters
    ----------
    head_learning_rate : of the head; None for the same as the rest.

    Returns
    -------
    curve : step, loss_high, loss_lm, share, weight, learning_rate of every line of the log
    """
    last = last_complete_checkpoint(args.output_dir)
    if last:
        logger.info("resuming from %s", last)
    else:
        objective.fill(blocks, args.device)
    trainer = ForecastTrainer(
        objective=objective,
        head_learning_rate=head_learning_rate,
        model=model,
        args=args,
        train_dataset=blocks,
        data_collator=_collate,
        callbacks=[callback],
    )
    trainer.remove_callback(PrinterCallback)  # `callback` logs counted lines instead
    trainer.train(resume_from_checkpoint=last)
    return [row for row in trainer.state.log_history if "loss_lm" in row]


def last_complete_checkpoint(folder: str | Path) -> str | None:
    """Find the last checkpoint that was written to its end; later, incomplete ones are removed."""
    while last := get_last_checkpoint(str(folder)) if Path(folder).is_dir() else None:
        try:
            json.loads((Path(last) / TRAINER_STATE).read_text())
            return last
        except (OSError, ValueError):
            shutil.rmtree(last)
    return None


def check_disk_space(folder: str | Path, n_bytes: float) -> None:
    """Log how much a training will write, before it starts; `BadInput` where there is no room for it."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    logger.info("writes at most %.2f GB to %s, where %.1f GB are free", n_bytes / 1e9, folder, free / 1e9)
    if free < n_bytes:
        raise BadInput(folder, f"{free / 1e9:.1f} GB free", f"{math.ceil(n_bytes / 1e8) / 10} GB for checkpoints")


def _collate(rows: Sequence[Mapping]) -> dict[str, torch.Tensor]:
    return {name: torch.tensor([row["input_ids"] for row in rows]) for name in ("input_ids", "labels")}
