"""Gain of fine-tuning to forecast: brain scores of a model's snapshots minus those of alpha 0, by region.

A gain compares trainings of equal length, so the effect of training on more text is in both and cancels. Step 0 is the
same model for every alpha and is left out.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.checkpoints import read_name
from brainforecast.results.frames import cast, empty_frame
from brainforecast.statistics.inference import summarise
from brainforecast.storage.columns import REGION

TRAINING = ["finetuning", "finetuning_alpha", "base"]
SUBJECT_COLUMNS = ["subject", *TRAINING, "step", *REGION, "brain_score", "reference", "gain", "gain_percent"]
GROUP_COLUMNS = [
    *TRAINING, "step", *REGION, "n_subjects", "brain_score", "reference", "mean", "sem", "ci_low", "ci_high",
    "gain_percent", "percent_low", "percent_high", "p_value", "q_value",
]  # fmt: skip
PERCENTS = {"gain_percent": "mean", "percent_low": "ci_low", "percent_high": "ci_high"}


def subject_gains(roi_scores: pd.DataFrame) -> pd.DataFrame:
    """Gains of one subject: a row per training, base, step and region; step null is the mean over snapshots.

    gain = R_alpha - R_0, of scores averaged over snapshots first; gain_percent = 100 gain / R_0.

    Parameters
    ----------
    roi_scores : the subject's table of regional scores.

    Returns
    -------
    subject, finetuning, finetuning_alpha, base, step, level, hemi, roi, brain_score, reference, gain, gain_percent; no
    rows if no snapshot was scored, and none for a training without its alpha 0.
    """
    scores = snapshot_scores(roi_scores)
    if scores.empty:
        return empty_frame(SUBJECT_COLUMNS)
    keys = ["subject", "finetuning", "base", "step", *REGION]
    mean = scores.drop(columns="step").groupby([*TRAINING, "subject", *REGION], dropna=False, sort=False)
    scores = pd.concat([scores, mean["brain_score"].mean().reset_index()], ignore_index=True)
    baseline = scores[scores["finetuning_alpha"] == 0].rename(columns={"brain_score": "reference"})
    both = scores.merge(baseline[[*keys, "reference"]], on=keys, validate="many_to_one")
    both = both.assign(gain=both["brain_score"] - both["reference"])
    both = both.assign(gain_percent=_percent(both["gain"], both["reference"]))
    return cast(both[SUBJECT_COLUMNS])


def snapshot_scores(roi_scores: pd.DataFrame) -> pd.DataFrame:
    """The brain scores of snapshots: finetuning, finetuning_alpha, step, subject, base, level .. roi, brain_score."""
    scores = roi_scores[roi_scores["score"] == "brain_score"].astype({"model": str})
    names = {model: read_name(model) for model in scores["model"].unique()}
    scores = scores[scores["model"].map(lambda model: names[model] is not None)]
    snapshots = [vars(names[model]) for model in scores["model"]]
    training = pd.DataFrame(snapshots, index=scores.index, columns=["finetuning", "alpha", "step"])
    training = training.rename(columns={"alpha": "finetuning_alpha"})
    kept = scores[["subject", "base", *REGION, "mean"]].astype({"base": str}).rename(columns={"mean": "brain_score"})
    return pd.concat([training, kept], axis=1)


def group_gains(paths_to_subjects: Sequence[str | Path]) -> Iterator[pd.DataFrame]:
    """Statistics of the gain over subjects, a frame per training, base and step; q-values are over one level's regions.

    Percentages are relative to the group's mean reference, because a ratio to the score of one subject, which may be
    near 0, means nothing. They are null where that mean is not above 0.
    """
    subjects = pd.concat([pd.read_parquet(path) for path in paths_to_subjects], ignore_index=True)
    yield cast(empty_frame(GROUP_COLUMNS))
    for key, cell in subjects.groupby([*TRAINING, "step"], dropna=False, sort=True):
        for _, regions in cell.groupby(["level", cell["hemi"].isna()], sort=False):
            yield cast(_statistics(regions).assign(**dict(zip([*TRAINING, "step"], key, strict=True)))[GROUP_COLUMNS])


def _statistics(cell: pd.DataFrame) -> pd.DataFrame:
    """A row per region of one level: means over subjects, test of the gain, percentages of the mean reference."""
    names = cell[REGION].drop_duplicates().reset_index(drop=True)
    order = pd.MultiIndex.from_frame(names.fillna(""))
    values = {
        name: cell.fillna({"hemi": ""}).pivot(index="subject", columns=REGION, values=name)[order].to_numpy(float)
        for name in ("brain_score", "reference", "gain")
    }
    table = pd.concat([names, pd.DataFrame(summarise(values["gain"]))], axis=1)
    table = table.assign(**{name: np.nanmean(values[name], axis=0) for name in ("brain_score", "reference")})
    return table.assign(**{name: _percent(table[source], table["reference"]) for name, source in PERCENTS.items()})


def _percent(gain: pd.Series, reference: pd.Series) -> pd.Series:
    return (100 * gain / reference).where(reference > 0)
