"""What a fine-tuned model has learned, on held-out text: perplexity, and retrieval of the word ahead."""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch.nn.functional import cross_entropy, normalize

from brainforecast.checkpoints import layer_at
from brainforecast.errors import BadInput
from brainforecast.finetuning.contrastive import contrastive_loss
from brainforecast.finetuning.corpus import read_blocks
from brainforecast.finetuning.frozen_layers import HEAD, add_head
from brainforecast.finetuning.objective import ObjectiveSettings
from brainforecast.finetuning.snapshots import read_head
from brainforecast.pretrained.loading import LoadSettings, load_predictor
from brainforecast.progress import log_progress

logger = logging.getLogger("brainforecast")

BLOCKS_PER_BATCH = 8
PROBE_BATCH, PROBE_LEARNING_RATE = 512, 1e-3  # positions per step of the linear probe's fit


@dataclass(frozen=True)
class ProbeSettings:
    """How snapshots are tested; the names are those of config `finetuning.<name>.evaluation.probe`.

    Parameters
    ----------
    fit_blocks : blocks of held-out text that the linear probe is fitted on, those after `test_blocks`.
    fit_steps : steps of that fit.
    test_blocks : blocks of held-out text it is tested on, the first ones.
    distractors : words among which retrieval must find the right one.
    """

    fit_blocks: int
    fit_steps: int
    test_blocks: int
    distractors: int


@dataclass(frozen=True)
class ProbeFit:
    """How a linear probe is fitted: temperature of the loss, negatives per step, steps, and seed of all draws."""

    temperature: float
    negatives: int
    n_steps: int
    seed: int


def evaluate_snapshots(
    path_to_snapshots: str | Path,
    path_to_corpus: str,
    *,
    source: str,
    objective: ObjectiveSettings,
    settings: ProbeSettings,
    seed: int,
    loading: LoadSettings | None = None,
) -> pd.DataFrame:
    """Evaluate the pretrained model (step 0) and every snapshot of one training: columns of `training_tables.PROBE`."""
    evaluation = HeldOutEvaluation(source, path_to_corpus, objective, settings, seed, loading)
    folders = sorted(Path(path_to_snapshots).glob("step-*"), key=lambda path: int(path.name.removeprefix("step-")))
    return pd.DataFrame([evaluation.pretrained, *(evaluation.score(folder) for folder in folders)])


class HeldOutEvaluation:
    """Held-out text to fit a linear probe and to test on, and the frozen model's states of it.

    The probe is not fitted on the training text: if a model has memorised that text, the probe would fit what it has
    memorised.

    Parameters
    ----------
    source : the pretrained model; loading : how it was loaded for its training.

    Raises
    ------
    BadInput : too little text is held out.
    """

    def __init__(
        self,
        source: str,
        path_to_corpus: str,
        objective: ObjectiveSettings,
        settings: ProbeSettings,
        seed: int,
        loading: LoadSettings | None = None,
    ):
        self.distance, self.settings, self.seed = objective.distance, settings, seed
        self.probe_fit = ProbeFit(objective.temperature, objective.negatives, settings.fit_steps, seed)
        self.test, self.fit = _held_out(path_to_corpus, settings.test_blocks, settings.fit_blocks)
        _, model = load_predictor(source, settings=(loading or LoadSettings()).for_training())
        n_layers = model.config.num_hidden_layers
        layers = {"last": n_layers, "target": layer_at(objective.layer, n_layers)}
        states = self._extract(model, layers)
        self.target = {part: by_layer.pop("target") for part, by_layer in states.items()}
        add_head(model, seed)  # as every training begins
        self.pretrained = self._score(0, model, states, getattr(model, HEAD).weight.detach())

    def score(self, path_to_snapshot: str | Path) -> dict:
        """Compute the table's row of one snapshot."""
        _, model = load_predictor(path_to_snapshot)
        step = int(Path(path_to_snapshot).name.removeprefix("step-"))
        states = self._extract(model, {"last": model.config.num_hidden_layers})
        return self._score(step, model, states, read_head(path_to_snapshot))

    def _extract(self, model, layers: Mapping[str, int]) -> dict[str, dict[str, torch.Tensor]]:
        return {"fit": hidden_states(model, self.fit, layers), "test": hidden_states(model, self.test, layers)}

    def _score(self, step: int, model, states: Mapping, head: torch.Tensor) -> dict:
        X_fit, Y_fit = align_states(states["fit"]["last"], self.target["fit"], self.distance)
        probe = fit_probe(X_fit, Y_fit, self.fit[:, self.distance :].flatten(), self.probe_fit)
        last = states["test"]["last"]
        X, Y = align_states(last, self.target["test"], self.distance)
        return {
            "step": step,
            "perplexity": perplexity(model, last, self.test),
            **self._retrieve("retrieval", X @ head.T, Y),
            **self._retrieve("linear_probe", probe(X), Y),
            "chance": 1 / (self.settings.distractors + 1),
            "n_positions": len(X),
        }

    def _retrieve(self, name: str, predicted: torch.Tensor, target: torch.Tensor) -> dict[str, float]:
        """Share of positions retrieved, and its 95 % interval over blocks of text."""
        tokens, n_blocks = self.test[:, self.distance :].flatten(), len(self.test)
        retrieved = retrieval(predicted, target, tokens, n_distractors=self.settings.distractors, seed=self.seed)
        shares = retrieved.reshape(n_blocks, -1).mean(axis=1)
        half = 1.96 * shares.std(ddof=1) / math.sqrt(n_blocks) if n_blocks > 1 else math.nan
        return {name: shares.mean(), f"{name}_low": shares.mean() - half, f"{name}_high": shares.mean() + half}


def hidden_states(model, blocks: torch.Tensor, layers: Mapping[str, int]) -> dict[str, torch.Tensor]:
    """Extract the states of some layers, (n_blocks, n_tokens, n_features) float32 each.

    Parameters
    ----------
    model : from `pretrained.loading.load_predictor`; blocks : (n_blocks, n_tokens) token ids; layers : name -> layer.
    """
    states = {name: [] for name in layers}
    for batch in log_progress(list(blocks.split(BLOCKS_PER_BATCH)), len(blocks), "block", len):
        with torch.inference_mode():
            outputs = model.base_model(batch.to(model.device), output_hidden_states=True)
        for name, layer in layers.items():
            states[name].append(outputs.hidden_states[layer].float().cpu())
    return {name: torch.cat(batches) for name, batches in states.items()}


def perplexity(model, last: torch.Tensor, blocks: torch.Tensor) -> float:
    """Perplexity of the blocks: exp of the mean negative log-likelihood per token, from the last layer's states."""
    loss = 0.0
    for states, tokens in zip(last[:, :-1].split(1), blocks[:, 1:].split(1), strict=True):
        with torch.inference_mode():
            logits = model.get_output_embeddings()(states[0].to(model.device))
        loss += cross_entropy(logits.float(), tokens[0].to(model.device), reduction="sum").item()
    return math.exp(loss / blocks[:, 1:].numel())


def align_states(last: torch.Tensor, target: torch.Tensor, distance: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pair states of the last layer with the states they forecast, (n_positions, n_features) each, within blocks."""
    return last[:, :-distance].flatten(0, 1), target[:, distance:].flatten(0, 1)


def fit_probe(
    last: torch.Tensor, target: torch.Tensor, tokens: torch.Tensor, fit: ProbeFit
) -> Callable[[torch.Tensor], torch.Tensor]:
    """Fit the linear map from the last layer to the target that retrieves it best; the model is not changed.

    The same for every model: features standardised, the objective of the training (`contrastive.contrastive_loss`),
    Adam with a learning rate that falls to 0, negatives drawn from the targets of other positions. So the retrieval
    measures what the last layer represents linearly, whether or not it was trained to. (A ridge map minimises
    distances, not the rank of the target among others, and retrieves a fifth as many words.)

    Parameters
    ----------
    last, target : (n_positions, n_features); tokens : (n_positions,) the token of each target

    Returns
    -------
    function from (n, n_features) of the last layer to the predicted (n, n_features)
    """
    mean, deviation = last.mean(dim=0), last.std(dim=0).clamp_min(1e-6)
    last, generator = (last - mean) / deviation, torch.Generator().manual_seed(fit.seed)
    # small enough for Adam to replace them in its first tens of steps
    weights = 10 * PROBE_LEARNING_RATE * torch.randn((target.shape[1], last.shape[1]), generator=generator)
    optimizer = torch.optim.Adam([weights.requires_grad_()], lr=PROBE_LEARNING_RATE)
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 1 / fit.n_steps, fit.n_steps)
    for _ in range(fit.n_steps):
        batch = torch.randint(len(last), (PROBE_BATCH,), generator=generator)
        negatives = torch.randint(len(last), (fit.negatives,), generator=generator)
        allowed = tokens[negatives][None] != tokens[batch][:, None]
        loss = contrastive_loss(last[batch] @ weights.T, target[batch], target[negatives], allowed, fit.temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
    logger.info("linear probe fitted to %d positions, final loss %.3f", len(last), loss.item())
    fitted = weights.detach()
    return lambda new: (new - mean) / deviation @ fitted.T


def retrieval(
    predicted: torch.Tensor, target: torch.Tensor, tokens: torch.Tensor, *, n_distractors: int, seed: int
) -> np.ndarray:
    """Whether each prediction is nearer, by cosine, to its target than to every distractor.

    Distractors are targets of other positions with another token, drawn anew for each position; the seed decides
    which, so that every model is tested with the same ones.

    Parameters
    ----------
    predicted, target : (n_positions, n_features); tokens : (n_positions,) the token of each target

    Returns
    -------
    (n_positions,) of bool; chance is 1 / (n_distractors + 1)
    """
    predicted, target = normalize(predicted, dim=-1), normalize(target, dim=-1)
    rng = np.random.default_rng(seed)
    retrieved = np.empty(len(tokens), dtype=bool)
    for position, token in enumerate(tokens):
        others = torch.nonzero(tokens != token)[:, 0]
        chosen = others[rng.choice(len(others), n_distractors, replace=False)]
        cosines = target[torch.cat([torch.tensor([position]), chosen])] @ predicted[position]
        retrieved[position] = bool((cosines[0] > cosines[1:]).all())
    return retrieved


def _held_out(path_to_corpus: str, *n_blocks: int) -> list[torch.Tensor]:
    """Consecutive parts of the held-out text, of the given numbers of blocks: (n_blocks, n_tokens) each."""
    blocks = read_blocks(path_to_corpus, "held_out")
    if len(blocks) < sum(n_blocks):
        raise BadInput(
            f"{path_to_corpus}: held_out", f"{len(blocks)} blocks", f"{sum(n_blocks)}: hold out more documents"
        )
    return list(torch.tensor(blocks[: sum(n_blocks)]["input_ids"]).split(list(n_blocks)))
