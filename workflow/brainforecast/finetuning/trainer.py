"""Fine-tune a language model to forecast: the objective inside transformers' Trainer, resumed where it was killed."""

import json
import logging
import math
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from datasets import Dataset
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import get_last_checkpoint

from brainforecast.errors import BadInput
from brainforecast.files import atomic
from brainforecast.finetuning.contrastive import Balance, Queue, contrastive_loss, share_of
from brainforecast.finetuning.frozen_layers import HEAD, FrozenTarget

logger = logging.getLogger("brainforecast")

N_LOGGED = 200  # rows of the curve of losses, and lines of the log, per training
STATE = "objective-{}.pt"  # one per process, beside what the Trainer keeps
TRAINER_STATE = "trainer_state.json"  # the last file that the Trainer writes


class ForecastObjective:
    """L = a' L_high + (1 - a') L_LM, with all it remembers from batch to batch.

    L_high is the contrastive loss of a linear map of the last layer at token t against the frozen copy's state at
    token ``t + distance`` (PAPER section 9). Negatives are states of other tokens of this and the last batches: a
    negative that is the target's token, here or elsewhere, counts for nothing. Where alpha is 0 nothing of this is
    computed: it is plain language modelling.

    Parameters
    ----------
    target : from `FrozenTarget`, None where alpha is 0
    settings : ``distance``, ``temperature``, ``queue``, ``negatives``, ``rebalance``, ``seed``
    """

    def __init__(self, alpha: float, target: FrozenTarget | None, settings: Mapping):
        self.alpha, self.target, self.settings = alpha, target, settings
        self.queue = Queue(settings["queue"])
        self.balance = Balance(alpha, settings["rebalance"])
        self.generator = torch.Generator().manual_seed(settings["seed"])
        self.sums = [0.0, 0.0, 0.0, 0]  # of L_high, L_LM and share since the last line of the log, and of how many

    def fill(self, blocks: Dataset, device: torch.device) -> None:
        """Fill the queue before the first batch, which would else meet fewer negatives than the rest."""
        d, heard = self.settings["distance"], 0
        while self.target and heard < len(blocks) and not self.queue.is_full:
            ids = torch.tensor([blocks[heard]["input_ids"]], device=device)
            self.queue.refresh(self.target.hear(ids)[:, d:].flatten(0, 1), ids[:, d:].flatten())
            heard += 1

    def high_loss(
        self, head: torch.nn.Module, ids: torch.Tensor, hidden_states: Sequence[torch.Tensor]
    ) -> torch.Tensor:
        """L_high of one batch: ids (n_texts, n_tokens), hidden_states of the model in training."""
        d = self.settings["distance"]
        target = self.target.states(ids, hidden_states)[:, d:].flatten(0, 1)  # (n_positions, n_features)
        tokens = ids[:, d:].flatten()
        predicted = head(hidden_states[-1][:, :-d]).flatten(0, 1)
        self.queue.refresh(target, tokens)
        negatives, theirs = self.queue.draw(self.settings["negatives"], self.generator)
        allowed = theirs[None] != tokens[:, None]  # (n_positions, n_negatives)
        return contrastive_loss(predicted, target, negatives, allowed, self.settings["temperature"])

    def count(self, high: float, language: float) -> None:
        """Add the losses of a batch to those that the next line of the log tells."""
        share = share_of(self.balance.weight, high, language) if self.alpha else 0.0
        self.sums = [old + new for old, new in zip(self.sums, (high, language, share, 1), strict=True)]

    def told(self) -> dict[str, float]:
        """Mean losses and share since this was last asked, and a'."""
        high, language, share, n = self.sums
        self.sums = [0.0, 0.0, 0.0, 0]
        means = {"loss_high": high / n, "loss_lm": language / n, "share": share / n}
        return means | {"weight": self.balance.weight or 0.0}

    def state(self) -> dict:
        """All that the next batch depends on."""
        return {"queue": vars(self.queue), "balance": vars(self.balance), "sums": self.sums,
                "generator": self.generator.get_state()}  # fmt: skip

    def restore(self, state: Mapping) -> None:
        """Go on from a `state`."""
        vars(self.queue).update(state["queue"])
        vars(self.balance).update(state["balance"])
        self.sums = list(state["sums"])
        self.generator.set_state(state["generator"])


class ForecastTrainer(Trainer):
    """transformers' Trainer with the forecasting term in its loss and in its checkpoints."""

    def __init__(self, *, objective: ForecastObjective, head_rate: float | None, **trainer: object):
        super().__init__(**trainer)
        self.objective, self.head_rate = objective, head_rate

    def create_optimizer(self, *args: object) -> torch.optim.Optimizer:
        """The Trainer's, with a rate of its own for the head, which starts from nothing, where one is asked for."""
        optimiser, head = super().create_optimizer(*args), getattr(self.model, HEAD)
        if self.head_rate and head.weight.requires_grad:
            for group in optimiser.param_groups:
                group["params"] = [weight for weight in group["params"] if weight is not head.weight]
            shared = {key: value for key, value in optimiser.param_groups[0].items() if key != "params"}
            optimiser.add_param_group({**shared, "params": [head.weight], "lr": self.head_rate})
        return optimiser

    def compute_loss(
        self,
        model,
        inputs: Mapping,
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> torch.Tensor | tuple:
        """The loss of one batch; see `ForecastObjective`."""
        asked = {"output_hidden_states": True} if self.objective.alpha else {}
        loss, outputs = super().compute_loss(model, {**inputs, **asked}, True, num_items_in_batch)
        # the Trainer's loss of a batch is its part of the step's mean: what of it a batch is, it is of L_high too
        scaled = self.model_accepts_loss_kwargs and num_items_in_batch is not None
        part = 1 / self.current_gradient_accumulation_steps if scaled else 1.0
        if self.objective.alpha:
            high = self.objective.high_loss(getattr(self.model, HEAD), inputs["input_ids"], outputs.hidden_states)
            means = torch.stack([high.detach(), loss.detach() / part])
            means = self.accelerator.reduce(means, "mean").tolist()
            self.objective.balance.update(*means, self.state.global_step)
            weight = self.objective.balance.weight
            loss = weight * high * part + (1 - weight) * loss if weight < 1 else high * part
            self.objective.count(*means)
        else:
            self.objective.count(0.0, self.accelerator.reduce(loss.detach() / part, "mean").item())
        return (loss, outputs) if return_outputs else loss

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Tell the two losses instead of the Trainer's own, whose means a resumed run cuts elsewhere."""
        if "learning_rate" in logs:
            super().log(self.objective.told() | {"learning_rate": logs["learning_rate"]}, start_time)

    def _save_checkpoint(self, model, trial) -> None:
        folder = Path(self.args.output_dir) / f"checkpoint-{self.state.global_step}"
        with atomic(folder / STATE.format(self.args.process_index)) as temporary:
            torch.save(self.objective.state(), temporary)
        super()._save_checkpoint(model, trial)  # removes the checkpoint before, once this one is whole

    def _load_from_checkpoint(self, resume_from_checkpoint, model=None) -> None:
        super()._load_from_checkpoint(resume_from_checkpoint, model)
        path = Path(resume_from_checkpoint) / STATE.format(self.args.process_index)
        self.objective.restore(torch.load(path, weights_only=True))


class Progress(TrainerCallback):
    """Counted lines in the log, and snapshots of the model at the steps that are asked for."""

    def __init__(self, steps: Sequence[int], keep):
        self.steps, self.keep = set(steps), keep
        self.started, self.first = time.monotonic(), 0

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **rest) -> None:
        """Remember where this run starts, to tell how long it will take."""
        self.started, self.first = time.monotonic(), state.global_step

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, model=None, **rest
    ) -> None:
        """Keep a snapshot where one is asked for."""
        if state.global_step in self.steps and state.is_world_process_zero:
            self.keep(model, state.global_step)

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: Mapping, **rest
    ) -> None:
        """Tell how far it is, once however many processes there are."""
        if not state.is_world_process_zero:
            return
        done, n = state.global_step, state.max_steps
        left = (time.monotonic() - self.started) / max(done - self.first, 1) * (n - done)
        told = "step %d of %d (%d %%), L_high %.3f, L_LM %.3f, share of L_high %.3f, about %.0f s left"
        logger.info(told, done, n, 100 * done / n, logs["loss_high"], logs["loss_lm"], logs["share"], left)


def arguments(settings: Mapping, folder: str | Path, seed: int) -> TrainingArguments:
    """The Trainer's arguments; what is not named is the Trainer's default, as in the paper."""
    n_steps = settings["n_steps"]
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=n_steps,
        learning_rate=settings["learning_rate"],
        per_device_train_batch_size=settings["batch_size"],
        gradient_accumulation_steps=settings["accumulation"],
        bf16=settings["precision"] == "bfloat16",
        fp16=settings["precision"] == "float16",
        seed=seed,
        full_determinism=True,
        logging_strategy="steps",
        logging_steps=max(1, n_steps // N_LOGGED),
        save_strategy="steps",
        save_steps=settings["save_every"],
        save_total_limit=1,
        report_to=[],
        disable_tqdm=True,
        use_cpu=not torch.cuda.is_available(),
        ddp_backend=None if torch.cuda.is_available() or settings["processes"] == 1 else "gloo",
        # all that is trained is used, the head by the loss alone: what the model's own output leaves out is not unused
        ddp_find_unused_parameters=False,
        dataloader_pin_memory=torch.cuda.is_available(),
    )


def train(
    model, blocks: Dataset, objective: ForecastObjective, args: TrainingArguments, callback: TrainerCallback,
    head_rate: float | None = None,
) -> list[dict[str, float]]:  # fmt: skip
    """Train to the last step, from the last whole checkpoint in ``args.output_dir`` where there is one.

    Parameters
    ----------
    head_rate : learning rate of the head; that of all else where None.

    Returns
    -------
    curve : step, loss_high, loss_lm, share, weight, learning_rate of every line of the log
    """
    last = last_whole_checkpoint(args.output_dir)
    if last:
        logger.info("going on from %s", last)
    else:
        objective.fill(blocks, args.device)
    collate = lambda rows: {name: torch.tensor([row["input_ids"] for row in rows]) for name in ("input_ids", "labels")}  # noqa: E731
    about = {"model": model, "args": args, "train_dataset": blocks, "data_collator": collate, "callbacks": [callback]}
    trainer = ForecastTrainer(objective=objective, head_rate=head_rate, **about)
    trainer.remove_callback(PrinterCallback)  # `callback` tells it in counted lines
    trainer.train(resume_from_checkpoint=last)
    return [row for row in trainer.state.log_history if "loss_lm" in row]


def last_whole_checkpoint(folder: str | Path) -> str | None:
    """The last checkpoint that was written to its end; those that were not are removed."""
    while last := get_last_checkpoint(str(folder)) if Path(folder).is_dir() else None:
        try:
            json.loads((Path(last) / TRAINER_STATE).read_text())
            return last
        except (OSError, ValueError):
            shutil.rmtree(last)
    return None


def check_disk(folder: str | Path, n_bytes: float) -> None:
    """Say how much a training will write, before it starts; `BadInput` where there is no room for it."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    logger.info("writes at most %.2f GB to %s, where %.1f GB are free", n_bytes / 1e9, folder, free / 1e9)
    if free < n_bytes:
        raise BadInput(folder, f"{free / 1e9:.1f} GB free", f"{math.ceil(n_bytes / 1e8) / 10} GB for checkpoints")
