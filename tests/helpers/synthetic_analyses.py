"""The tables of every analysis, small and from known numbers: `run_tables`, ceiling, sources, widths and depths."""

import numpy as np
import pandas as pd

from helpers.synthetic_tables import LAYERS, group_roi_scores, run_tables, subject_roi_distances

DEPTHS = {"superiortemporal": 0, "middletemporal": 0, "supramarginal": 8, "parsopercularis": 16, "parstriangularis": 16}
WIDTHS = (1, 3, 5, 7, 9, 12)
SOURCES = {"random": 0.0, "static": 0.35, "generated": 0.6}  # share of the gain of the true window
CEILING = 0.3
CORRELATION = 0.4  # of each target with the other subjects' mean


def all_tables(targets: pd.DataFrame, n_subjects: int = 8) -> dict[str, pd.DataFrame]:
    """Every table that figures, maps and report read, with every analysis."""
    tables = run_tables(targets, n_subjects=n_subjects)
    scores = tables["subject_roi_scores"]
    scores = pd.concat([scores, *more_cells(scores), ceiling(scores)], ignore_index=True)
    distances = subject_roi_distances(scores[scores["width"] == 7])
    depths = subject_roi_depths(scores)
    truth = tables["truth"]
    analyses = {
        "subject_roi_scores": scores,
        "roi_scores": group_roi_scores(scores),
        "subject_roi_distances": distances.assign(centroid=distances["peak_distance"] * 0.9),
        "subject_roi_depths": depths,
        "brain_scores": with_ceiling(tables["brain_scores"]),
        "best_layer": best_layer(tables["brain_scores"]),
        "forecast_distance": with_null(tables["forecast_distance"]),
        "forecast_depth": forecast_depth(tables["forecast_distance"]),
        "widths": widths(scores),
        "symmetry": symmetry(targets, n_subjects),
        "reliability": reliability(),
        "truth": truth.assign(planted_depth=truth["roi"].map(DEPTHS)),
    }
    return tables | analyses


def without_rows(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables of a run that has none of these analyses: the same columns, no rows."""
    empty = ("best_layer", "subject_roi_depths", "forecast_depth", "widths", "symmetry", "reliability")
    return tables | {name: tables[name].iloc[:0] for name in empty}


def more_cells(scores: pd.DataFrame) -> list[pd.DataFrame]:
    """Sources, widths, single words and layers, as shares of the gain of the reported window."""
    true = scores[(scores["score"] == "forecast_score") & (scores["source"] == "true")]
    at = true[true["distance"] == 8]
    sources = [true.assign(source=name, mean=true["mean"] * share) for name, share in SOURCES.items()]
    wide = [at.assign(width=w, mean=at["mean"] * np.exp(-0.5 * ((w - 7) / 4) ** 2)) for w in WIDTHS if w not in (1, 7)]
    words = [at.assign(width=1, distance=d, mean=at["mean"] * 0.5 * np.exp(-d / 6)) for d in range(11)]
    layers = []
    for layer in LAYERS[:-1]:
        planted = at["roi"].map(DEPTHS).fillna(8)
        layers.append(at.assign(layer=layer, mean=at["mean"] * (1.5 - np.abs(planted - layer) / 16)))
        layers.append(at.assign(layer=layer, source="shuffled", mean=-0.001))
    return [*sources, *wide, *words, *layers]


def ceiling(scores: pd.DataFrame) -> pd.DataFrame:
    """The mean of the other subjects predicts each region equally well."""
    present = scores[(scores["score"] == "brain_score") & (scores["layer"] == 16)]
    return present.assign(model="listeners", layer=0, mean=CEILING)


def with_ceiling(brain_scores: pd.DataFrame) -> pd.DataFrame:
    """The ceiling of every target; that of the first is below 0, so nothing is divided by it."""
    table = brain_scores.assign(noise_ceiling=CEILING)
    table.loc[table["target"] == table["target"].min(), "noise_ceiling"] = -0.01
    share = table["mean"] / table["noise_ceiling"]
    return table.assign(listener_correlation=CORRELATION, normalised=share.where(table["noise_ceiling"] > 0))


def best_layer(brain_scores: pd.DataFrame) -> pd.DataFrame:
    """The layer with the highest mean of each target."""
    best = brain_scores.loc[brain_scores.groupby("target")["mean"].idxmax()].rename(columns={"layer": "best_layer"})
    return best[["model", "base", "target", "n_subjects", "mean", "sem", "best_layer"]]


def with_null(distance: pd.DataFrame) -> pd.DataFrame:
    """The argmax of the shuffled window lies in the middle of the grid."""
    null = distance.assign(source="shuffled", mean=10.0 + np.random.default_rng(2).normal(0, 1.5, len(distance)))
    return pd.concat([distance, null], ignore_index=True).assign(centroid=lambda t: t["mean"] * 0.9)


def forecast_depth(distance: pd.DataFrame) -> pd.DataFrame:
    """k* of every target: that of its kind, and noise around the middle for the shuffled window."""
    table = distance.drop(columns="layer").assign(distance=8)
    k = np.where(table["mean"] > 7, 12.0, 5.0) + np.random.default_rng(3).normal(0, 0.5, len(table))
    table = table.assign(mean=k, sem=0.6, centroid=k * 0.9)
    return pd.concat([table, table.assign(source="shuffled", mean=8.0)], ignore_index=True)


def subject_roi_depths(scores: pd.DataFrame) -> pd.DataFrame:
    """Peak over layers of each region's F(8) in each subject."""
    F = scores[(scores["score"] == "forecast_score") & (scores["distance"] == 8) & (scores["width"] == 7)]
    F = F[F["source"].isin(["true", "shuffled"])].fillna({"hemi": ""}).reset_index(drop=True)
    key = ["subject", "model", "base", "source", "width", "distance", "level", "hemi", "roi", "n_targets"]
    best = F.loc[F.groupby(key)["mean"].idxmax(), [*key, "layer"]].rename(columns={"layer": "peak_depth"})
    best = best.replace({"hemi": {"": None}})
    return best.assign(forecast_depth=0.5 * best["peak_depth"] + 4.0, centroid=0.8 * best["peak_depth"])


def widths(scores: pd.DataFrame) -> pd.DataFrame:
    """F(w) at distance 8 of each region over subjects."""
    F = scores[(scores["score"] == "forecast_score") & (scores["distance"] == 8) & (scores["source"] == "true")]
    return group_roi_scores(F[F["layer"] == 16]).drop(columns="score")


def symmetry(targets: pd.DataFrame, n_subjects: int) -> pd.DataFrame:
    """Left - right of d* for every region; the first differs."""
    names = sorted(targets["roi"].dropna().unique())
    cell = {"measure": "forecast_distance", "model": "tiny", "layer": 16, "base": "paper", "source": "true", "width": 7}
    table = pd.DataFrame(
        {**cell, "level": "roi", "distance": None, "roi": names, "effect": 0.5, "ci_low": 0.1, "ci_high": 0.9}
    )
    p = np.where(np.arange(len(names)) == 0, 0.001, 0.5)
    return table.assign(p_value=p, q_value=p, n_subjects=n_subjects)


def reliability() -> pd.DataFrame:
    """Both measures, over subjects and over stories, of the true window and of the shuffled one."""
    rows = [
        {"measure": measure, "model": "tiny", "layer": layer, "base": "paper", "source": source, "width": 7,
         "distance": distance, "halves": halves, "n_splits": 100 if halves == "subjects" else 1, "n_targets": 30,
         "targets": "masked", "r": r, "r_low": r - 0.1 if halves == "subjects" else None,
         "r_high": r + 0.1 if halves == "subjects" else None}
        for measure, layer, distance in (("forecast_distance", 16, None), ("forecast_depth", None, 8))
        for source, r in (("true", 0.81), ("shuffled", 0.02))
        for halves in ("subjects", "stories")
    ]  # fmt: skip
    return pd.DataFrame(rows)
