"""The forecasting objective: a contrastive loss, and its weight against next-token prediction.

Tensors only: no model and no training here.
"""

import torch
from torch.nn.functional import normalize


def contrastive_loss(
    predicted: torch.Tensor, target: torch.Tensor, negatives: torch.Tensor, allowed: torch.Tensor, temperature: float
) -> torch.Tensor:
    """Cross-entropy of each prediction picking its target out of the negatives, averaged over positions.

    L = mean over t of -log( exp(S(p_t, y_t) / T) / ( exp(S(p_t, y_t) / T) + sum over j of exp(S(p_t, n_j) / T) ) )

    with S the cosine (PAPER section 9; van den Oord 2018, Henaff 2020).

    Parameters
    ----------
    predicted, target : (n_positions, n_features); negatives : (n_negatives, n_features)
    allowed : (n_positions, n_negatives) of bool; a negative that is not allowed is left out of the sum.
    temperature : T

    Notes
    -----
    The denominator contains the target. The paper leaves open whether it does; without it the loss has no lower bound,
    and a share of a loss that can be negative means nothing.
    """
    predicted, target, negatives = (normalize(x.float(), dim=-1) for x in (predicted, target, negatives))
    positive_logits = (predicted * target).sum(-1, keepdim=True) / temperature  # (n_positions, 1)
    negative_logits = (predicted @ negatives.T / temperature).masked_fill(~allowed, -torch.inf)
    logits = torch.cat([positive_logits, negative_logits], dim=1)  # (n_positions, 1 + n_negatives)
    return (torch.logsumexp(logits, dim=1) - positive_logits[:, 0]).mean()


class Queue:
    """Queue of states from recent batches, to draw negatives from: first in, first out.

    Attributes
    ----------
    states : (n_kept, n_features) float32, oldest first; tokens : (n_kept,) the token of each state
    """

    def __init__(self, size: int):
        self.size = size
        self.states: torch.Tensor | None = None
        self.tokens: torch.Tensor | None = None

    @property
    def is_full(self) -> bool:
        """Whether new states replace old ones."""
        return self.tokens is not None and len(self.tokens) == self.size

    def refresh(self, states: torch.Tensor, tokens: torch.Tensor) -> None:
        """Add a batch of states, (n, n_features), and their tokens, (n,)."""
        states = states.detach().float()
        if self.states is not None:
            states, tokens = torch.cat([self.states, states]), torch.cat([self.tokens, tokens])
        self.states, self.tokens = states[-self.size :].clone(), tokens[-self.size :].clone()

    def draw(self, n: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Draw at most n at random, without replacement: states and tokens."""
        chosen = torch.randperm(len(self.tokens), generator=generator)[:n].to(self.states.device)
        return self.states[chosen], self.tokens[chosen]


class Balance:
    """The weight that makes the forecasting term a share alpha of the total loss.

    L = a' L_high + (1 - a') L_LM,   a' = alpha L_LM / ( (1 - alpha) L_high + alpha L_LM )

    so that ``a' L_high`` is the share alpha of L (PAPER section 9). The losses are running means; a' is updated at the
    first batch and then every `every` steps.

    Attributes
    ----------
    weight : a'; high, language : the running means; step : of the last update of a'
    """

    MEMORY = 0.9  # of the running means, per batch

    def __init__(self, alpha: float, every: int):
        self.alpha, self.every = alpha, every
        self.weight = self.high = self.language = self.step = None

    def update(self, high: float, language: float, step: int) -> None:
        """Add the losses of a batch of `step`; a step may have several batches."""
        first = self.weight is None
        self.high = high if first else self.MEMORY * self.high + (1 - self.MEMORY) * high
        self.language = language if first else self.MEMORY * self.language + (1 - self.MEMORY) * language
        if first or (step % self.every == 0 and step != self.step):
            self.weight, self.step = balanced_weight(self.alpha, self.high, self.language), step


def balanced_weight(alpha: float, high: float, language: float) -> float:
    """Compute a' for which ``a' high`` is the share alpha of ``a' high + (1 - a') language``."""
    return alpha * language / ((1 - alpha) * high + alpha * language)


def forecast_share(weight: float, high: float, language: float) -> float:
    """Share of the forecasting term in the loss: a' L_high / L."""
    return weight * high / (weight * high + (1 - weight) * language)
