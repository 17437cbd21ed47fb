"""What was planted in a simulated cortex, against what the analysis recovers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from brainforecast.figures.captions import Figure
from brainforecast.figures.panels import SHUFFLED, dot_handle, zero_line
from brainforecast.figures.style import ACCENT, GREY, SCORE_LABELS, FigureSettings, put_title, seconds_axis, styled
from brainforecast.results.selection import by_hemisphere, layer_name, select_rows, window_name
from brainforecast.simulation.truth import FORECAST, GROUPS, planted_regions
from brainforecast.simulation.truth import REGION as KEYS
from brainforecast.statistics.distributions import t_quantile
from brainforecast.statistics.ranks import spearman

SYMBOLS = {"distance": "d*", "depth": "k*"}
SIDES = {
    "L": ("o", ACCENT, "peak of the curve, left region, 95 % interval"),
    "R": ("s", "#4FA3CF", "peak of the curve, right region, 95 % interval"),
    "": ("o", ACCENT, "peak of the region's curve, 95 % interval"),
}


@dataclass(frozen=True)
class SubjectRegions:
    """Region tables of every subject: scores, distances and depths; depths may have no rows."""

    scores: pd.DataFrame
    distances: pd.DataFrame
    depths: pd.DataFrame


@styled
def draw_recovery(
    truth: pd.DataFrame, targets: pd.DataFrame, subjects: SubjectRegions, settings: FigureSettings, *, word_rate: float
) -> Figure:
    """Recovered against planted distance by region, and depth where it varies; forecast score by what was planted.

    Parameters
    ----------
    truth : what was planted in each target.
    targets : table of targets.
    word_rate : words per second, for the axes in seconds.
    """
    cell, chosen = settings.cell, settings.pick("model", "layer", "base", "width")
    source = str(cell["source"])
    scores = select_rows(subjects.scores, "subjects/roi_scores", score="forecast_score", level="roi", **chosen)
    scores = by_hemisphere(scores)
    planted = planted_regions(truth, targets)
    distances = select_rows(subjects.distances, "subjects/roi_distances", source=source, level="roi", **chosen)
    recovered = planted.merge(recovered_peaks(by_hemisphere(distances), "distance"), on=KEYS)
    depths = _depths(planted, subjects.depths, cell)
    ratios = [1.1, *([1.1] if len(depths) else []), 1.5]
    figure = Figure(figsize=(4.3 * len(ratios) + 1.5, 4.8))
    left, *middle, right = figure.subplots(1, len(ratios), width_ratios=ratios)
    rho, n_regions = draw_against_planted(left, recovered[recovered["group"] == FORECAST], "distance", "words")
    left.set_title(f"Distance: {rho_text(rho, n_regions)}")
    seconds_axis(left, "top", word_rate, "planted (seconds)")
    seconds_axis(left, "right", word_rate, "recovered (seconds)")
    for ax in middle:
        ax.set_title(f"Depth: {rho_text(*draw_against_planted(ax, depths, 'depth', 'layer'))}")
    at_distance = _hemi_as_text(scores[scores["distance"] == cell["distance"]])
    _draw_kinds(right, planted.merge(at_distance, on=KEYS), {source: ACCENT, SHUFFLED: GREY})
    right.set_ylabel(SCORE_LABELS["forecast_score"].replace(" F ", f" F({cell['distance']}) "))
    title = f"Recovery of the planted {'distance and depth' if middle else 'distance'}"
    detail = f"{layer_name(cell)}, {window_name(cell)}"
    put_title(
        figure,
        title,
        detail,
        [scores["subject"].nunique()],
        simulated=True,
        alt="TODO",
        caption=[
            "Simulated data only. Left: each region with a planted forecast of full strength; recovered distance "
            "(peak of the region's curve in each subject, mean with a 95 % interval) against the planted one, in "
            "words and in seconds. Where forecasts were planted from several layers, the same for the depth k*. "
            "Crosses: the mean of d* or k* over the region's targets, which noise pulls towards the middle of the "
            "range. Right: the forecast score of each region by what was planted in it: nothing (noise only); the "
            "rate of speech, the content of the present word or a window of past words, which look at nothing ahead; "
            "a weak forecast, of reduced signal-to-noise; a forecast. In passive regions F can lie above 0, too: "
            "alone it is not evidence of forecasting."
        ],
    )
    return figure


def recovered_peaks(table: pd.DataFrame, what: str) -> pd.DataFrame:
    """Per region, over subjects: mean peak of the region's own curve with a 95 % t interval; mean over its targets.

    `what` : ``distance`` or ``depth``.
    """
    grouped = _hemi_as_text(table).groupby(KEYS)
    found = grouped[f"peak_{what}"].agg(["mean", "sem", "count"])
    found["half_interval"] = found["sem"] * t_quantile(0.975, (found["count"] - 1).clip(lower=1))
    return found.assign(by_target=grouped[f"forecast_{what}"].mean()).reset_index()


def draw_against_planted(ax: Axes, regions: pd.DataFrame, what: str, unit: str) -> tuple[float, int]:
    """Draw recovered against planted peak of each region; return Spearman's rho (NaN if nothing varies) and count."""
    planted, symbol = regions[f"planted_{what}"], SYMBOLS[what]
    ends = [planted.min() - 1.5, planted.max() + 1.5]
    ax.plot(ends, ends, color=GREY, linewidth=0.9, linestyle="--", label="recovered = planted")
    at = planted + _spread(planted)
    for hemi, (marker, colour, label) in SIDES.items():
        here = regions["hemi"] == hemi
        if here.any():
            style = {"fmt": marker, "markersize": 4.5, "color": colour, "elinewidth": 0.8, "label": label}
            ax.errorbar(at[here], regions["mean"][here], yerr=regions["half_interval"][here], **style)
    ax.plot(
        at, regions["by_target"], "x", color=GREY, markersize=4, label=f"mean of {symbol} over the region's targets"
    )
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(f"planted {what} ({unit})")
    ax.set_ylabel(f"recovered {what} ({unit})\nmean over subjects")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=1)
    varied = planted.nunique() > 1 and len(regions) > 2
    rho = spearman(planted.to_numpy(), regions["mean"].to_numpy()) if varied else np.nan
    return float(rho), len(regions)


def _depths(planted: pd.DataFrame, subject_depths: pd.DataFrame, cell: Mapping[str, object]) -> pd.DataFrame:
    """Regions with a planted depth and their k*; none if one depth was planted or k* was not computed."""
    forecast = planted[(planted["group"] == FORECAST) & planted["planted_depth"].notna()]
    chosen = {key: cell[key] for key in ("model", "base", "source", "width")} | {"distance": cell["depth_distance"]}
    table = subject_depths[subject_depths["level"] == "roi"]
    for key, value in chosen.items():
        table = table[table[key] == value]
    if forecast["planted_depth"].nunique() < 2 or table.empty:
        return forecast.iloc[:0]
    return forecast.merge(recovered_peaks(by_hemisphere(table), "depth"), on=KEYS)


def rho_text(rho: float, n_regions: int) -> str:
    """Spearman's rho of planted and recovered peaks in words."""
    return f"Spearman ρ = {rho:.2f}, {n_regions} regions" if np.isfinite(rho) else "too few planted values for ρ"


def _draw_kinds(ax: Axes, scores: pd.DataFrame, colours: Mapping[str, str]) -> None:
    """A dot per region (mean over subjects) and a bar for their mean, for the reported window and the shuffled one."""
    windows = {source: colour for source, colour in colours.items() if (scores["source"] == source).any()}
    groups = {group: label for group, label in GROUPS.items() if (scores["group"] == group).any()}
    for shift, (source, colour) in zip((-0.17, 0.17), windows.items(), strict=False):
        means = scores[scores["source"] == source].groupby(["group", *KEYS], as_index=False)["mean"].mean()
        for position, group in enumerate(groups):
            values = np.sort(means.loc[means["group"] == group, "mean"].to_numpy())
            if not values.size:
                continue
            at = position + shift + 0.05 * np.cos(2.4 * np.arange(len(values)))
            ax.scatter(at, values, s=12, color=colour, alpha=0.65, linewidths=0)
            ax.hlines(values.mean(), position + shift - 0.12, position + shift + 0.12, color=colour, linewidth=2.2)
    zero_line(ax)
    ax.set_xticks(range(len(groups)), [label.replace(" ", "\n") for label in groups.values()])
    ax.set_xlim(-0.5, len(groups) - 0.5)
    ax.set_xlabel("what was planted in the region")
    ax.set_title("Each dot a region, bars the mean of regions")
    ax.legend(handles=[dot_handle(f"{source} window", fill=colour, edge=colour) for source, colour in windows.items()],
              loc="upper center", bbox_to_anchor=(0.5, -0.24), ncols=2)  # fmt: skip


def _spread(planted: pd.Series) -> np.ndarray:
    """Small horizontal offsets that keep regions with the same planted value apart."""
    rank, size = planted.groupby(planted).cumcount(), planted.groupby(planted).transform("size")
    return ((rank - (size - 1) / 2) * np.minimum(0.12, 0.8 / size)).to_numpy()


def _hemi_as_text(table: pd.DataFrame) -> pd.DataFrame:
    """The table with "" for a missing hemisphere, which groupby would drop."""
    return table.assign(hemi=table["hemi"].astype(object).where(table["hemi"].notna(), ""))
