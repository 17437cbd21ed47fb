"""Tables of what was trained and what was learned, free of torch so that figures and reports read them fast."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from brainforecast.storage.columns import UNITS

TRAINED = {name: UNITS[name] for name in ("finetuning", "finetuning_alpha")}
CURVE = {
    "step": "gradient steps",
    "loss_high": "contrastive loss of the word ahead, nats, mean since the row before; 0 where alpha is 0",
    "loss_lm": "loss of the next token, nats, mean since the row before",
    "share": "share of the forecasting term in the loss, mean since the row before",
    "weight": "a', the weight of the forecasting term",
    "learning_rate": "of AdamW",
}
PROBE = {
    "step": "gradient steps; 0 = the pretrained model",
    "perplexity": "exp of the mean surprise per token of held-out text",
    "retrieval": "share of held-out positions where the map that was trained tells the word ahead from others",
    "retrieval_low": "lower end of its 95 % interval over blocks of text",
    "retrieval_high": "upper end of its 95 % interval over blocks of text",
    "linear_probe": "the same with a linear map of the last layer that is fitted anew, alike for every model",
    "linear_probe_low": "lower end of its 95 % interval over blocks of text",
    "linear_probe_high": "upper end of its 95 % interval over blocks of text",
    "chance": "of both retrievals",
    "n_positions": "held-out positions",
}


def read_trainings(paths: Sequence[str | Path], finetunings: Sequence[str]) -> pd.DataFrame:
    """The tables of several trainings, one below the other, each under the name of its fine-tuning."""
    frames = [pd.read_parquet(path).assign(finetuning=name) for path, name in zip(paths, finetunings, strict=True)]
    table = pd.concat(frames, ignore_index=True)
    return table[[*TRAINED, *(name for name in table if name not in TRAINED)]].sort_values(
        [*TRAINED, "step"], ignore_index=True
    )
