"""What a fine-tuned model has learned, on text it was not trained on: does it tell the word to come from others?"""

import logging
import math
from collections.abc import Callable, Mapping
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
from brainforecast.finetuning.snapshots import read_head
from brainforecast.language.extraction import counted
from brainforecast.language.pretrained import load_predictor

logger = logging.getLogger("brainforecast")

BATCH = 8  # blocks heard at once
PROBED, RATE = 512, 1e-3  # positions and rate of a step of the linear probe


class Probe:
    """Text that no model was trained on, to fit a linear probe and to test on, and what the frozen model makes of it.

    Not the training's text: a model that knows this by heart would have a probe that looks for what it knows.

    Parameters
    ----------
    source : the pretrained model; objective : ``layer``, ``distance``, ``temperature`` and ``negatives``
    settings : ``fit_blocks``, ``fit_steps``, ``test_blocks`` and ``distractors``.

    Raises
    ------
    BadInput : too little text is held out.
    """

    def __init__(self, source: str, path_to_corpus: str, objective: Mapping, settings: Mapping, seed: int):
        self.objective, self.distance, self.settings, self.seed = objective, objective["distance"], settings, seed
        self.test, self.fit = _held_out(path_to_corpus, settings["test_blocks"], settings["fit_blocks"])
        _, model = load_predictor(source)
        n_layers = model.config.num_hidden_layers
        layers = {"last": n_layers, "target": layer_at(objective["layer"], n_layers)}
        heard = self._hear(model, layers)
        self.target = {part: states.pop("target") for part, states in heard.items()}
        add_head(model, seed)  # as every training begins
        self.pretrained = self._score(0, model, heard, getattr(model, HEAD).weight.detach())

    def score(self, path_to_snapshot: str | Path) -> dict:
        """The row of one snapshot."""
        _, model = load_predictor(path_to_snapshot)
        step = int(Path(path_to_snapshot).name.removeprefix("step-"))
        heard = self._hear(model, {"last": model.config.num_hidden_layers})
        return self._score(step, model, heard, read_head(path_to_snapshot))

    def _hear(self, model, layers: Mapping[str, int]) -> dict[str, dict[str, torch.Tensor]]:
        return {"fit": hidden_states(model, self.fit, layers), "test": hidden_states(model, self.test, layers)}

    def _score(self, step: int, model, heard: Mapping, head: torch.Tensor) -> dict:
        fitted, tested = (heard[part]["last"] for part in ("fit", "test"))
        numbers = {key: self.objective[key] for key in ("temperature", "negatives")}
        states = aligned(fitted, self.target["fit"], self.distance)
        tokens = self.fit[:, self.distance :].flatten()
        probe = fit_probe(*states, tokens, **numbers, n_steps=self.settings["fit_steps"], seed=self.seed)
        X, Y = aligned(tested, self.target["test"], self.distance)
        return {
            "step": step,
            "perplexity": perplexity(model, tested, self.test),
            **self._retrieve("retrieval", X @ head.T, Y),
            **self._retrieve("linear_probe", probe(X), Y),
            "chance": 1 / (self.settings["distractors"] + 1),
            "n_positions": len(X),
        }

    def _retrieve(self, name: str, predicted: torch.Tensor, target: torch.Tensor) -> dict[str, float]:
        """Share of positions that are found, and its 95 % interval over blocks of text."""
        tokens, n_blocks = self.test[:, self.distance :].flatten(), len(self.test)
        found = retrieval(predicted, target, tokens, n_distractors=self.settings["distractors"], seed=self.seed)
        shares = found.reshape(n_blocks, -1).mean(axis=1)
        half = 1.96 * shares.std(ddof=1) / math.sqrt(n_blocks) if n_blocks > 1 else math.nan
        return {name: shares.mean(), f"{name}_low": shares.mean() - half, f"{name}_high": shares.mean() + half}


def score_snapshots_of(
    path_to_snapshots: str | Path, path_to_corpus: str, *, source: str, objective: Mapping, settings: Mapping, seed: int
) -> pd.DataFrame:
    """The pretrained model (step 0) and every snapshot of one training: columns of `training_tables.PROBE`."""
    probe = Probe(source, path_to_corpus, objective, settings, seed)
    folders = sorted(Path(path_to_snapshots).glob("step-*"), key=lambda path: int(path.name.removeprefix("step-")))
    return pd.DataFrame([probe.pretrained, *(probe.score(folder) for folder in folders)])


def _held_out(path_to_corpus: str, *n_blocks: int) -> list[torch.Tensor]:
    """Parts of so many blocks of the text held out, one after the other, (n_blocks, n_tokens) each."""
    blocks = read_blocks(path_to_corpus, "held_out")
    if len(blocks) < sum(n_blocks):
        raise BadInput(
            f"{path_to_corpus}: held_out", f"{len(blocks)} blocks", f"{sum(n_blocks)}: hold out more documents"
        )
    return list(torch.tensor(blocks[: sum(n_blocks)]["input_ids"]).split(list(n_blocks)))


def hidden_states(model, blocks: torch.Tensor, layers: Mapping[str, int]) -> dict[str, torch.Tensor]:
    """States of some layers, (n_blocks, n_tokens, n_features) float32 each.

    Parameters
    ----------
    model : from `pretrained.load_predictor`; blocks : (n_blocks, n_tokens) of tokens; layers : name -> layer.
    """
    found = {name: [] for name in layers}
    for batch in counted(list(blocks.split(BATCH)), len(blocks), "block"):
        with torch.inference_mode():
            heard = model.base_model(batch.to(model.device), output_hidden_states=True)
        for name, layer in layers.items():
            found[name].append(heard.hidden_states[layer].float().cpu())
    return {name: torch.cat(parts) for name, parts in found.items()}


def perplexity(model, last: torch.Tensor, blocks: torch.Tensor) -> float:
    """exp of the mean surprise per token of the blocks, from the states of the last layer."""
    surprise = 0.0
    for states, tokens in zip(last[:, :-1].split(1), blocks[:, 1:].split(1), strict=True):
        with torch.inference_mode():
            logits = model.get_output_embeddings()(states[0].to(model.device))
        surprise += cross_entropy(logits.float(), tokens[0].to(model.device), reduction="sum").item()
    return math.exp(surprise / blocks[:, 1:].numel())


def fit_probe(
    last: torch.Tensor, target: torch.Tensor, tokens: torch.Tensor, *, temperature: float, negatives: int, n_steps: int,
    seed: int,
) -> Callable[[torch.Tensor], torch.Tensor]:  # fmt: skip
    """The linear map from the last layer to the target that tells it best from others, the model left as it is.

    The same for every model: features standardised, the objective of the training (`contrastive.contrastive_loss`),
    Adam with a rate that falls to 0, negatives drawn from the targets of other positions. So a model's share in a
    retrieval is what its last layer tells linearly, whether it was trained to tell it or not. (A ridge map, which is
    fitted to distances and not to order among others, finds a fifth as many words.)

    Parameters
    ----------
    last, target : (n_positions, n_features); tokens : (n_positions,) which token each target is

    Returns
    -------
    from (n, n_features) of the last layer to (n, n_features) of what is predicted
    """
    mean, deviation = last.mean(dim=0), last.std(dim=0).clamp_min(1e-6)
    last, generator = (last - mean) / deviation, torch.Generator().manual_seed(seed)
    weights = 10 * RATE * torch.randn((target.shape[1], last.shape[1]), generator=generator)  # soon forgotten
    optimiser = torch.optim.Adam([weights.requires_grad_()], lr=RATE)
    falling = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 1 / n_steps, n_steps)
    for _ in range(n_steps):
        here = torch.randint(len(last), (PROBED,), generator=generator)
        there = torch.randint(len(last), (negatives,), generator=generator)
        allowed = tokens[there][None] != tokens[here][:, None]
        loss = contrastive_loss(last[here] @ weights.T, target[here], target[there], allowed, temperature)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        falling.step()
    logger.info("linear probe fitted to %d positions, its loss at last %.3f", len(last), loss.item())
    fitted = weights.detach()
    return lambda new: (new - mean) / deviation @ fitted.T


def aligned(last: torch.Tensor, target: torch.Tensor, distance: int) -> tuple[torch.Tensor, torch.Tensor]:
    """States of the last layer and what they are to forecast, (n_positions, n_features) each; blocks never touch."""
    return last[:, :-distance].flatten(0, 1), target[:, distance:].flatten(0, 1)


def retrieval(
    predicted: torch.Tensor, target: torch.Tensor, tokens: torch.Tensor, *, n_distractors: int, seed: int
) -> np.ndarray:
    """Whether each prediction is nearer, by cosine, to its target than to every one of the distractors.

    Distractors are the targets of other positions whose token is another one, drawn anew for each position; the seed
    decides which, so that every model meets the same.

    Parameters
    ----------
    predicted, target : (n_positions, n_features); tokens : (n_positions,) which token each target is

    Returns
    -------
    (n_positions,) of bool; chance is 1 / (n_distractors + 1)
    """
    predicted, target = normalize(predicted, dim=-1), normalize(target, dim=-1)
    rng = np.random.default_rng(seed)
    right = np.empty(len(tokens), dtype=bool)
    for position, token in enumerate(tokens):
        others = torch.nonzero(tokens != token)[:, 0]
        chosen = others[rng.choice(len(others), n_distractors, replace=False)]
        nearness = target[torch.cat([torch.tensor([position]), chosen])] @ predicted[position]
        right[position] = bool((nearness[0] > nearness[1:]).all())
    return right
