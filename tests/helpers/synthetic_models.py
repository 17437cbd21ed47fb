"""Scores of several models with planted differences, as the workflow writes them: subjects, group and models."""

from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.cells import LISTENERS
from brainforecast.results.frames import cast
from brainforecast.results.models import COLUMNS
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import write_table
from helpers.synthetic_tables import group_roi_scores

LOBES = {"frontal": 0.5, "temporal": 1.5}  # factor of the planted scores
N_SUBJECTS = 10
MODELS = {  # kind, layers scored, number of layers, highest mean score
    "trained": ("pretrained", (0, 4, 8, 12), 12, 0.06),
    "trained-untrained": ("untrained", (0, 4, 8, 12), 12, 0.04),
    "vectors": ("static", (0,), None, 0.03),
    "other": ("pretrained", (0, 3, 6), 6, 0.055),
}
PEAK = 2 / 3  # of the layers, where a pretrained model scores highest
WINDOW = {"source": "true", "width": 7, "distance": 8}
REGIONS = [("all", None, "all"), *(("lobe", hemi, lobe) for hemi in (None, "L", "R") for lobe in LOBES),
           ("roi", None, "gyrus")]  # fmt: skip


def model_subject_scores(models: dict = MODELS, n_subjects: int = N_SUBJECTS, *, seed: int = 0) -> list[pd.DataFrame]:
    """Regional brain scores of each subject and model, forecast scores of pretrained ones, and the noise ceiling."""
    rng = np.random.default_rng(seed)
    subjects = []
    for number in range(1, n_subjects + 1):
        own = rng.normal(0, 0.02)  # of the subject, the same for all models
        frames = []
        for name, (kind, layers, n_layers, height) in models.items():
            for layer in layers:
                below = 0.06 * (layer / n_layers - PEAK) ** 2 if kind == "pretrained" else 0
                mean = height - below + own
                frames.append(_cell(rng, "brain_score", name, layer, ("present", 0, 0), mean))
                if kind == "pretrained":
                    frames.append(_cell(rng, "forecast_score", name, layer, tuple(WINDOW.values()), height / 10))
        frames.append(_cell(rng, "brain_score", LISTENERS, 0, ("present", 0, 0), 0.12 + own))
        subjects.append(pd.concat(frames, ignore_index=True).assign(subject=f"{number:02d}"))
    return subjects


def _cell(rng, score: str, model: str, layer: int, window: tuple, mean: float) -> pd.DataFrame:
    table = pd.DataFrame(REGIONS, columns=["level", "hemi", "roi"])
    factor = table["roi"].map(LOBES).fillna(1.0)
    source, width, distance = window
    cell = {"score": score, "model": model, "layer": layer, "base": "paper"}
    cell |= {"source": source, "width": width, "distance": distance}
    return table.assign(**cell, mean=mean * factor + rng.normal(0, 0.004, len(table)), n_targets=10)


def write_model_scores(folder: Path, subjects: list[pd.DataFrame]) -> list[Path]:
    """The subjects' tables of regional scores, one row group per cell."""
    keys = ["score", "model", "layer", "base", "source", "width", "distance"]
    paths = []
    for table in subjects:
        order = ["subject", *keys, "level", "hemi", "roi", "mean", "n_targets"]
        frames = [cell[order].astype({"hemi": "str"}) for _, cell in table.groupby(keys, sort=False)]
        paths.append(folder / f"sub-{table['subject'].iloc[0]}.parquet")
        write_table(frames, paths[-1], units=UNITS)
    return paths


def model_table(models: dict = MODELS, stories: tuple[str, ...] = ("desert", "piano")) -> pd.DataFrame:
    """As group/models.parquet."""
    tokens = {"dtype": "float32", "context": 1024, "stride": 256, "word_vector": "last", "n_tokens": 400}
    rows = [
        {"model": name, "story": story, "model_kind": kind, "modality": "text", "model_source": f"hub/{name}",
         "n_layers": n_layers, "layers": ", ".join(map(str, layers)), "n_features": 64, "rows": "word", "n_rows": 300,
         **({} if kind == "static" else {**tokens, "n_unknown": 4 * (story == "piano"),
                                         "unknown": 0.01 * (story == "piano")})}
        for name, (kind, layers, n_layers, _) in models.items() for story in stories
    ]  # fmt: skip
    return cast(pd.DataFrame(rows, columns=COLUMNS))


def group_model_scores(subjects: list[pd.DataFrame]) -> pd.DataFrame:
    """As group/roi_scores.parquet."""
    return group_roi_scores(pd.concat(subjects, ignore_index=True))
