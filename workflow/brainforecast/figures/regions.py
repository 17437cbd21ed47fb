"""Scores by region: sorted bars, and a heat map of the forecast score over regions and distances."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from brainforecast.cells import LISTENERS
from brainforecast.figures.captions import Figure
from brainforecast.figures.style import (
    ACCENT,
    DARK,
    DIVERGING,
    SCORE_LABELS,
    FigureSettings,
    put_title,
    seconds_axis,
    styled,
)
from brainforecast.results.selection import by_hemisphere, layer_name, region_label, select_rows, window_name

FAINT = "#B9C7D1"
MAX_REGIONS = 150  # labels stay readable up to here
CAPTIONS = {
    "brain_score": (
        "Mean over subjects with 95 % intervals, highest first. Dark bars with a star: q below the level in the legend "
        "(two-sided Wilcoxon signed-rank test, false discovery rate over regions). Pale bars: no effect shown. Orange "
        "marks, where it was computed: the noise ceiling, the R that a regression on components of the mean of the "
        "other subjects reaches."
    ),
    "forecast_score": (
        "Mean over subjects of F at the distance of the map, with 95 % intervals, highest first. Dark bars with a "
        "star: q below the level in the legend; a significant bar below 0 is a window that costs more than it brings. "
        "Compare it with the shuffled control and the mirror in the table of controls."
    ),
}
NAMES = {"brain_score": "Brain score", "forecast_score": "Forecast score"}


@styled
def draw_region_bars(roi_scores: pd.DataFrame, score: str, settings: FigureSettings) -> Figure:
    """Mean score of each region, highest first, with its 95 % interval; dark where q < `q_level`."""
    scores = region_rows(roi_scores, score, settings).sort_values("mean", ascending=False, kind="stable")
    shown = scores.head(MAX_REGIONS)
    figure = wide_figure(len(shown))
    ax = figure.subplots()
    significant, is_tested = (shown["q_value"] < settings.q_level).to_numpy(), shown["q_value"].notna().any()
    position = np.arange(len(shown))
    ax.bar(position, shown["mean"], width=0.78, color=np.where(significant | (not is_tested), ACCENT, FAINT))
    if is_tested:  # one subject has no interval
        low, high = shown["mean"] - shown["ci_low"], shown["ci_high"] - shown["mean"]
        ax.errorbar(position, shown["mean"], yerr=[low, high], fmt="none", ecolor=DARK, elinewidth=0.7)
    ax.plot(position[significant], shown["ci_high"][significant], linestyle="none", marker=(6, 2, 0), markersize=4,
            color=DARK, markeredgewidth=0.6)  # fmt: skip
    ceiling = _draw_ceiling(ax, roi_scores, shown) if score == "brain_score" else []
    name_regions(ax, shown)
    ax.set_ylabel(SCORE_LABELS[score])
    if is_tested:
        _explain_bars(ax, settings.q_level, count=int(significant.sum()), total=len(shown), ceiling=ceiling)
    elif ceiling:
        figure.legend(handles=ceiling, loc="outside lower center")
    highest = "" if len(shown) == len(scores) else f", {len(shown)} highest of {len(scores)}"
    title = f"{NAMES[score]} by region{highest}"
    put_title(
        figure,
        title,
        _cell_name(score, settings.cell),
        scores["n_subjects"],
        simulated=settings.simulated,
        alt="TODO",
        caption=[CAPTIONS[score]],
    )
    return figure


@styled
def draw_region_heatmap(roi_scores: pd.DataFrame, settings: FigureSettings, *, word_rate: float) -> Figure:
    """F(d) of each region (rows, sorted by F at the distance of the map) at each distance (columns)."""
    chosen = settings.pick("model", "layer", "base", "source", "width")
    scores = by_hemisphere(select_rows(roi_scores, "group/roi_scores", score="forecast_score", level="roi", **chosen))
    grid = scores.assign(region=region_names(scores)).pivot(index="region", columns="distance", values="mean")
    grid = grid.sort_values(settings.cell["distance"], ascending=False, kind="stable").head(MAX_REGIONS)
    figure = Figure(figsize=(7.2, max(3.2, 1.5 + 0.105 * len(grid))))
    ax = figure.subplots()
    limit = float(np.nanpercentile(np.abs(grid.to_numpy()), 99)) or 1.0
    image = _draw_grid(ax, grid, Normalize(-limit, limit))
    _mark_seconds(ax, grid.columns.to_numpy(), word_rate)
    short = min(1.0, 3.6 / figure.get_figheight())
    bar = figure.colorbar(image, ax=ax, extend="both", shrink=short, aspect=28, anchor=(0.0, 1.0), pad=0.015)
    bar.set_label(SCORE_LABELS["forecast_score"])
    detail = f"{layer_name(chosen)}, {window_name(chosen)}"
    title = "Forecast score by region and distance"
    put_title(
        figure,
        title,
        detail,
        scores["n_subjects"],
        simulated=settings.simulated,
        alt="TODO",
        caption=[
            "Each row is a region, each column a distance, in words below and in seconds above; colour is the mean F "
            "over subjects, symmetric about 0. Rows are sorted by F at the distance of the map; the dotted line is d "
            "= 0. Left of it the window holds only past words; from the number of its words on, only upcoming ones."
        ],
    )
    return figure


def region_rows(roi_scores: pd.DataFrame, score: str, settings: FigureSettings) -> pd.DataFrame:
    """Rows of single regions for one score: of the present alone for R, with the reported window for F."""
    window = ("source", "width", "distance") if score == "forecast_score" else ()
    chosen = settings.pick("model", "layer", "base", *window)
    return by_hemisphere(select_rows(roi_scores, "group/roi_scores", score=score, level="roi", **chosen))


def region_names(table: pd.DataFrame) -> list[str]:
    """Label of each row: the region, after its hemisphere if it has one."""
    return [region_label(hemi, roi) for hemi, roi in zip(table["hemi"], table["roi"], strict=True)]


def wide_figure(n_regions: int) -> Figure:
    """A figure with room for the names of its regions."""
    return Figure(figsize=(float(np.clip(2.0 + 0.105 * n_regions, 5.5, 14.0)), 3.9))


def name_regions(ax: Axes, shown: pd.DataFrame) -> None:
    """Name each region on the x axis."""
    names = region_names(shown)
    size = 7 if len(names) <= 45 else 5.5
    ax.set_xticks(range(len(names)), names, rotation=90, fontsize=size)
    ax.set_xlim(-0.8, len(names) - 0.2)
    ax.set_xlabel("region (sorted)")
    ax.tick_params(axis="x", length=2, pad=1.5)


def _draw_ceiling(ax: Axes, roi_scores: pd.DataFrame, shown: pd.DataFrame) -> list[Line2D]:
    """A mark at each region's noise ceiling, and its entry in the legend; none if it was not computed."""
    ceiling = roi_scores[(roi_scores["model"] == LISTENERS) & (roi_scores["score"] == "brain_score")]
    means = shown[["hemi", "roi"]].merge(ceiling[ceiling["level"] == "roi"], on=["hemi", "roi"], how="left")["mean"]
    if means.isna().all():
        return []
    style = {"linestyle": "none", "marker": "_", "markersize": 7, "markeredgewidth": 1.4, "color": "#D55E00"}
    return ax.plot(np.arange(len(means)), means, label="noise ceiling", **style)


def _draw_grid(ax: Axes, grid: pd.DataFrame, norm: Normalize):
    distances = grid.columns.to_numpy()
    image = ax.pcolormesh(
        np.append(distances, distances[-1] + 1) - 0.5 if _even(distances) else np.arange(len(distances) + 1) - 0.5,
        np.arange(len(grid) + 1) - 0.5,
        grid.to_numpy(),
        cmap=DIVERGING,
        norm=norm,
        rasterized=True,
    )
    ax.invert_yaxis()
    if not _even(distances):
        ax.set_xticks(range(len(distances)), distances)
    else:
        ax.axvline(0, color=DARK, linewidth=0.7, linestyle=":")
    ax.set_yticks(range(len(grid)), grid.index, fontsize=7 if len(grid) <= 45 else 5.5)
    ax.tick_params(axis="y", length=2, pad=1.5)
    ax.set_xlabel("distance d (words)")
    ax.set_ylabel("region (highest F at the distance of the map first)")
    return image


def _mark_seconds(ax: Axes, distances: np.ndarray, word_rate: float) -> None:
    """A second axis in seconds; where distances are uneven, so that columns are no scale, the duration of a word."""
    if _even(distances):
        seconds_axis(ax, "top", word_rate, "distance (seconds)")
    else:
        ax.set_xlabel(f"distance d (words of {1 / word_rate:.2f} s)")


def _even(distances: np.ndarray) -> bool:
    """Whether consecutive distances are one word apart."""
    return bool(np.all(np.diff(distances) == 1))


def _explain_bars(ax: Axes, q_level: float, *, count: int, total: int, ceiling: list[Line2D]) -> None:
    ax.figure.legend(
        handles=[
            Patch(color=ACCENT, label=f"q < {q_level:g} (also marked *): {count} of {total}"),
            Patch(color=FAINT, label=f"q ≥ {q_level:g}"),
            Line2D([], [], color=DARK, linewidth=0.7, label="95 % interval over subjects"),
            *ceiling,
        ],
        loc="outside lower center",
        ncols=2 if ceiling else 3,
    )


def _cell_name(score: str, cell: Mapping[str, object]) -> str:
    if score == "brain_score":
        return layer_name(cell)
    return f"{layer_name(cell)}, {window_name(cell)}, d = {cell['distance']}"
