"""Tables of a fine-tuning: losses during training, and probes of its snapshots. No torch, so that they read fast."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from brainforecast.storage.columns import UNITS

TRAINED = {name: UNITS[name] for name in ("finetuning", "finetuning_alpha")}
CURVE = {
    "step": "gradient steps",
    "loss_high": "contrastive loss of the word ahead, nats, mean since the previous row; 0 where alpha is 0",
    "loss_lm": "loss of the next token, nats, mean since the previous row",
    "share": "share of the forecasting term in the loss, mean since the previous row",
    "weight": "a', the weight of the forecasting term",
    "learning_rate": "of AdamW",
}
PROBE = {
    "step": "gradient steps; 0 = the pretrained model",
    "perplexity": "exp of the mean negative log-likelihood per token of held-out text",
    "retrieval": "share of held-out positions where the trained map picks the word ahead among others",
    "retrieval_low": "lower end of its 95 % interval over blocks of text",
    "retrieval_high": "upper end of its 95 % interval over blocks of text",
    "linear_probe": "the same with a linear map of the last layer, fitted anew in the same way for every model",
    "linear_probe_low": "lower end of its 95 % interval over blocks of text",
    "linear_probe_high": "upper end of its 95 % interval over blocks of text",
    "chance": "chance level of retrieval and linear_probe",
    "n_positions": "held-out positions",
}


def read_trainings(paths: Sequence[str | Path], finetunings: Iterable[str]) -> pd.DataFrame:
    """Read and concatenate the tables of several trainings; column finetuning has the name of each."""
    frames = [pd.read_parquet(path).assign(finetuning=name) for path, name in zip(paths, finetunings, strict=True)]
    table = pd.concat(frames, ignore_index=True)
    return table[[*TRAINED, *(name for name in table if name not in TRAINED)]].sort_values(
        [*TRAINED, "step"], ignore_index=True
    )
