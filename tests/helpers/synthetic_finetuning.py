"""Region scores, gains, losses and probes of a fine-tuning, small and from known numbers."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.checkpoints import Checkpoint
from brainforecast.results.finetuning_gains import group_gains, subject_gains

STEPS, ALPHAS = (10, 30, 100), (0.0, 0.5, 1.0)
REGIONS = [("roi", "L", "auditory"), ("roi", "R", "auditory"), ("roi", "L", "frontal"), ("roi", "R", "frontal"),
           ("lobe", None, "temporal"), ("lobe", None, "frontal"), ("all", None, "all")]  # fmt: skip
SHARE = {"auditory": 0.0, "temporal": 0.0, "frontal": 0.1, "all": 0.05}  # gain of alpha 1, as a share of R


def roi_scores(subject: int) -> pd.DataFrame:
    """Region scores of one subject, as a scoring run leaves them: snapshots, the pretrained model, forecast scores."""
    rng = np.random.default_rng(subject)
    rows = []
    for level, hemi, roi in REGIONS:
        R = 0.1 + rng.normal(0, 0.01)
        for alpha in ALPHAS:
            for step in STEPS:
                score = R * (1 + SHARE[roi] * alpha) + rng.normal(0, 0.001)
                rows.append((Checkpoint("forecast", alpha, step).model, "brain_score", level, hemi, roi, score))
        rows += [("tiny", "brain_score", level, hemi, roi, R), ("tiny", "forecast_score", level, hemi, roi, 0.01)]
    table = pd.DataFrame(rows, columns=["model", "score", "level", "hemi", "roi", "mean"])
    return table.assign(subject=f"{subject:02d}", base="paper")


def write_gains(folder: Path, n_subjects: int = 8) -> list[Path]:
    """Write the tables of gains of some subjects."""
    paths = [folder / f"{subject}.parquet" for subject in range(n_subjects)]
    for subject, path in enumerate(paths):
        subject_gains(roi_scores(subject)).to_parquet(path)
    return paths


def gains_of(paths: Iterable[Path]) -> pd.DataFrame:
    """The group table of gains."""
    return pd.concat(group_gains(list(paths)), ignore_index=True)


def probe() -> pd.DataFrame:
    """Probes of every snapshot on held-out text."""
    rows = [
        {"finetuning": "forecast", "finetuning_alpha": alpha, "step": step, "perplexity": 30 - step / 20,
         "retrieval": 0.1 + alpha * step / 1000, "retrieval_low": 0.09, "retrieval_high": 0.2 + alpha * step / 1000,
         "linear_probe": 0.15, "linear_probe_low": 0.14, "linear_probe_high": 0.16, "chance": 1 / 101,
         "n_positions": 960}
        for alpha in ALPHAS
        for step in (0, *STEPS)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def losses() -> pd.DataFrame:
    """Loss curves of three trainings."""
    frames = [
        pd.DataFrame({"finetuning": "forecast", "finetuning_alpha": alpha, "step": range(1, 101), "loss_lm": 3.0,
                      "loss_high": np.linspace(7, 5, 100) * (alpha > 0), "share": alpha, "weight": alpha,
                      "learning_rate": 1e-4})
        for alpha in ALPHAS
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)
