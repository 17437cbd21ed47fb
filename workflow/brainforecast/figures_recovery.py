"""What was planted in a simulated cortex, against what the analysis gives back."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy import stats

from brainforecast.figures import (
    ACCENT,
    GREY,
    SCORE_LABELS,
    layer_name,
    put_title,
    rows,
    single_sides,
    styled,
    window_name,
)

KINDS = {"silent": "silent\n(noise only)", "present": "present only\n(no forecast)", "forecast": "forecast\nplanted"}
WINDOWS = {"true": ACCENT, "shuffled": GREY}
REGION = ["hemi", "roi"]
SIDES = {
    "L": ("o", ACCENT, "peak of the curve, left region, 95 % interval"),
    "R": ("s", "#4FA3CF", "peak of the curve, right region, 95 % interval"),
    "": ("o", ACCENT, "peak of the region's curve, 95 % interval"),
}


@styled
def draw_recovery(
    truth: pd.DataFrame,
    targets: pd.DataFrame,
    subject_scores: pd.DataFrame,
    subject_distances: pd.DataFrame,
    *,
    cell: Mapping[str, object],
    simulated: bool = True,
) -> Figure:
    """Left: recovered against planted distance by region. Right: forecast score by what was planted.

    Parameters
    ----------
    truth : what was planted in each target.
    targets : table of targets.
    subject_scores, subject_distances : region scores and region distances of every subject.
    cell : ``model``, ``layer``, ``width`` and ``distance`` of the map.
    """
    chosen = {key: cell[key] for key in ("model", "layer", "width")}
    scores = single_sides(rows(subject_scores, "subjects/roi_scores", score="forecast_score", level="roi", **chosen))
    planted = planted_regions(truth, targets)
    distances = rows(subject_distances, "subjects/roi_distances", source="true", level="roi", **chosen)
    recovered = planted.merge(recovered_distances(single_sides(distances)), on=REGION)
    figure = Figure(figsize=(8.6, 4.6))
    left, right = figure.subplots(1, 2, width_ratios=[1.1, 1])
    rho, n_regions = _draw_distances(left, recovered[recovered["kind"] == "forecast"])
    at_distance = _both_sides(scores[scores["distance"] == cell["distance"]])
    _draw_kinds(right, planted.merge(at_distance, on=REGION))
    right.set_ylabel(SCORE_LABELS["forecast_score"].replace(" F ", f" F({cell['distance']}) "))
    said = f"Spearman ρ = {rho:.2f} over {n_regions} regions" if np.isfinite(rho) else "too few planted distances for ρ"
    detail = f"{layer_name(cell)}, {window_name(chosen)}"
    n_subjects = [scores["subject"].nunique()]
    put_title(figure, f"Recovery of the planted distance, {said}", detail, n_subjects, simulated=simulated)
    return figure


def planted_regions(truth: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """One row per region: hemi, roi, its most common kind, the mean planted distance of its targets of that kind."""
    known = truth.drop(columns="roi").merge(targets[["target", *REGION]], on="target").dropna(subset="roi")
    known = _both_sides(known)
    kind = known.groupby(REGION)["kind"].agg(lambda kinds: kinds.mode().iloc[0]).rename("kind").reset_index()
    same_kind = known.merge(kind, on=[*REGION, "kind"])
    distance = same_kind.groupby(REGION)["planted_distance"].mean().reset_index()
    return kind.merge(distance, on=REGION)


def recovered_distances(distances: pd.DataFrame) -> pd.DataFrame:
    """Per region, over subjects: mean of the peak of the region's own curve with a 95 % t interval, and mean of d*."""
    grouped = _both_sides(distances).groupby(REGION)
    table = grouped["peak_distance"].agg(["mean", "sem", "count"])
    table["half_interval"] = table["sem"] * stats.t.ppf(0.975, (table["count"] - 1).clip(lower=1))
    return table.assign(by_target=grouped["forecast_distance"].mean()).reset_index()


def _draw_distances(ax: Axes, regions: pd.DataFrame) -> tuple[float, int]:
    ends = [regions["planted_distance"].min() - 1.5, regions["planted_distance"].max() + 1.5]
    ax.plot(ends, ends, color=GREY, linewidth=0.9, linestyle="--", label="recovered = planted")
    at = regions["planted_distance"] + _spread(regions["planted_distance"])
    for hemi, (marker, colour, label) in SIDES.items():
        here = regions["hemi"] == hemi
        if here.any():
            style = {"fmt": marker, "markersize": 4.5, "color": colour, "elinewidth": 0.8, "label": label}
            ax.errorbar(at[here], regions["mean"][here], yerr=regions["half_interval"][here], **style)
    ax.plot(at, regions["by_target"], "x", color=GREY, markersize=4, label="mean of d* over the region's targets")
    ax.set_xlabel("planted distance (words)")
    ax.set_ylabel("recovered distance (words)\nmean over listeners")
    ax.set_title("Regions with a planted forecast")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=1)
    varied = regions["planted_distance"].nunique() > 1 and len(regions) > 2
    rho = stats.spearmanr(regions["planted_distance"], regions["mean"]).statistic if varied else np.nan
    return float(rho), len(regions)


def _draw_kinds(ax: Axes, scores: pd.DataFrame) -> None:
    """A dot per region (mean over subjects) and a bar for their mean; true window beside the shuffled one."""
    windows = {source: colour for source, colour in WINDOWS.items() if (scores["source"] == source).any()}
    for shift, (source, colour) in zip((-0.17, 0.17), windows.items(), strict=False):
        means = scores[scores["source"] == source].groupby(["kind", *REGION])["mean"].mean()
        for position, kind in enumerate(KINDS):
            values = np.sort(means[kind].to_numpy()) if kind in means.index.get_level_values("kind") else np.array([])
            if not values.size:
                continue
            at = position + shift + 0.05 * np.cos(2.4 * np.arange(len(values)))
            ax.scatter(at, values, s=12, color=colour, alpha=0.65, linewidths=0)
            ax.hlines(values.mean(), position + shift - 0.12, position + shift + 0.12, color=colour, linewidth=2.2)
    ax.axhline(0, color="#333333", linewidth=0.7, zorder=0)
    ax.set_xticks(range(len(KINDS)), KINDS.values())
    ax.set_xlim(-0.5, len(KINDS) - 0.5)
    ax.set_xlabel("what was planted in the region")
    ax.set_title("Each dot a region, bars the mean of regions")
    ax.legend(handles=[_dot(colour, f"{source} window") for source, colour in windows.items()],
              loc="upper center", bbox_to_anchor=(0.5, -0.24), ncols=2)  # fmt: skip


def _dot(colour: str, label: str) -> Line2D:
    return Line2D([], [], linestyle="none", marker="o", markersize=4, color=colour, label=label)


def _spread(planted: pd.Series) -> np.ndarray:
    """Small steps to the side, so that regions with the same planted distance stay apart."""
    rank, size = planted.groupby(planted).cumcount(), planted.groupby(planted).transform("size")
    return ((rank - (size - 1) / 2) * np.minimum(0.12, 0.8 / size)).to_numpy()


def _both_sides(table: pd.DataFrame) -> pd.DataFrame:
    # a missing hemisphere would drop out of every group
    return table.assign(hemi=table["hemi"].astype(object).where(table["hemi"].notna(), ""))
