"""The objective of fine-tuning: its settings, and the forecasting term with its state from batch to batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from datasets import Dataset

from brainforecast.finetuning.contrastive import Balance, Queue, contrastive_loss, forecast_share
from brainforecast.finetuning.frozen_layers import FrozenTarget


@dataclass(frozen=True)
class ObjectiveSettings:
    """Settings of the forecasting loss; the names are those of config `finetuning.<name>.objective`.

    Parameters
    ----------
    layer : layer of the frozen copy that is forecast, or ``{depth}`` as a fraction of all layers.
    distance : tokens ahead.
    temperature : of the contrastive loss.
    queue : states kept to draw negatives from; negatives : how many are drawn for each batch.
    rebalance : steps between two updates of the weight a'.
    """

    layer: int | Mapping[str, float]
    distance: int
    temperature: float
    queue: int
    negatives: int
    rebalance: int

    @classmethod
    def from_config(cls, section: Mapping) -> "ObjectiveSettings":
        """Build from the config's section; an unknown or a missing key is a TypeError.

        ``alphas`` is left out: each is a training with the same settings.
        """
        return cls(**{key: value for key, value in section.items() if key != "alphas"})


class ForecastObjective:
    """L = a' L_high + (1 - a') L_LM, with its state from batch to batch.

    L_high is the contrastive loss of a linear map of the last layer at token t against the frozen copy's state at
    token ``t + distance`` (PAPER section 9). Negatives are states of other tokens of this and recent batches: a
    negative of the same token as the target, here or elsewhere, is left out. Where alpha is 0 none of this is
    computed: it is plain language modelling.

    Parameters
    ----------
    target : None where alpha is 0
    seed : of the draws of negatives
    """

    def __init__(self, alpha: float, target: FrozenTarget | None, settings: ObjectiveSettings, *, seed: int):
        self.alpha, self.target, self.settings = alpha, target, settings
        self.queue = Queue(settings.queue)
        self.balance = Balance(alpha, settings.rebalance)
        self.generator = torch.Generator().manual_seed(seed)
        self.sums = [0.0, 0.0, 0.0, 0]  # of L_high, L_LM and share since the last line of the log; number of batches

    def fill(self, blocks: Dataset, device: torch.device) -> None:
        """Fill the queue before the first batch, which would otherwise have fewer negatives than the others."""
        d, n_encoded = self.settings.distance, 0
        while self.target and n_encoded < len(blocks) and not self.queue.is_full:
            ids = torch.tensor([blocks[n_encoded]["input_ids"]], device=device)
            self.queue.refresh(self.target.encode(ids)[:, d:].flatten(0, 1), ids[:, d:].flatten())
            n_encoded += 1

    def high_loss(
        self, head: torch.nn.Module, ids: torch.Tensor, hidden_states: Sequence[torch.Tensor]
    ) -> torch.Tensor:
        """L_high of one batch: ids (n_texts, n_tokens), hidden_states of the model in training."""
        d = self.settings.distance
        target = self.target.states(ids, hidden_states)[:, d:].flatten(0, 1)  # (n_positions, n_features)
        target_tokens = ids[:, d:].flatten()
        predicted = head(hidden_states[-1][:, :-d]).flatten(0, 1)
        self.queue.refresh(target, target_tokens)
        negatives, negative_tokens = self.queue.draw(self.settings.negatives, self.generator)
        allowed = negative_tokens[None] != target_tokens[:, None]  # (n_positions, n_negatives)
        return contrastive_loss(predicted, target, negatives, allowed, self.settings.temperature)

    def add_losses(self, high: float, language: float) -> None:
        """Add the losses of a batch to the means of the next line of the log."""
        share = forecast_share(self.balance.weight, high, language) if self.alpha else 0.0
        self.sums = [old + new for old, new in zip(self.sums, (high, language, share, 1), strict=True)]

    def pop_means(self) -> dict[str, float]:
        """Return a', and the mean losses and share since the last call."""
        high, language, share, n = self.sums
        self.sums = [0.0, 0.0, 0.0, 0]
        means = {"loss_high": high / n, "loss_lm": language / n, "share": share / n}
        return means | {"weight": self.balance.weight or 0.0}

    def state_dict(self) -> dict:
        """Everything the next batch depends on."""
        return {"queue": vars(self.queue), "balance": vars(self.balance), "sums": self.sums,
                "generator": self.generator.get_state()}  # fmt: skip

    def load_state_dict(self, state: Mapping) -> None:
        """Continue from a `state_dict`."""
        vars(self.queue).update(state["queue"])
        vars(self.balance).update(state["balance"])
        self.sums = list(state["sums"])
        self.generator.set_state(state["generator"])
