"""Scores by region: sorted bars, and a heat map of the forecast score over regions and distances."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from brainforecast.cells import LISTENERS
from brainforecast.figures.captions import (
    Ahead,
    Figure,
    has_band,
    mean_text,
    seconds_text,
    sentences,
    value_text,
)
from brainforecast.figures.style import (
    ACCENT,
    DARK,
    DIVERGING,
    SCORE_LABELS,
    SECONDS,
    FigureSettings,
    put_title,
    seconds_axis,
    styled,
)
from brainforecast.results.selection import by_hemisphere, layer_name, region_label, select_rows, window_name

FAINT = "#B9C7D1"
CEILING = "#D2601F"
MAX_REGIONS = 150  # labels stay readable up to here
SUBJECT = {"s": 9, "c": "#9E9E9E", "edgecolors": "white", "linewidths": 0.4, "zorder": 2}  # dot of a subject
WHAT = {
    "brain_score": "the brain score R of the words so far",
    "forecast_score": "the forecast score F at the distance of the maps",
}
CEILING_TEXT = (
    "Orange marks: the noise ceiling, the R that a regression on components of the mean of the other subjects reaches."
)
NAMES = {"brain_score": "Brain score", "forecast_score": "Forecast score"}


@styled
def draw_region_bars(
    roi_scores: pd.DataFrame, score: str, settings: FigureSettings, *, subjects: pd.DataFrame | None = None
) -> Figure:
    """Mean score of each region, highest first, with its 95 % interval; dark where q < `q_level`.

    Parameters
    ----------
    subjects : region scores of every subject, who become dots; None for no dots.
    """
    scores = region_rows(roi_scores, score, settings).sort_values("mean", ascending=False, kind="stable")
    shown = scores.head(MAX_REGIONS)
    figure = wide_figure(len(shown))
    ax = figure.subplots()
    significant, is_tested = (shown["q_value"] < settings.q_level).to_numpy(), shown["q_value"].notna().any()
    position = np.arange(len(shown))
    ax.bar(position, shown["mean"], width=0.78, color=np.where(significant | (not is_tested), ACCENT, FAINT), zorder=1)
    handles = _bar_handles(shown, significant, settings.q_level) if is_tested else []
    if has_band(shown):  # one subject has no interval
        low, high = shown["mean"] - shown["ci_low"], shown["ci_high"] - shown["mean"]
        ax.errorbar(position, shown["mean"], yerr=[low, high], fmt="none", ecolor=DARK, elinewidth=0.7, zorder=3)
        handles.append(Line2D([], [], color=DARK, linewidth=0.7, label="95 % interval over subjects"))
    if subjects is not None:
        handles += draw_subjects(ax, shown, region_rows(subjects, score, settings), "mean")
    ax.plot(position[significant], shown["ci_high"][significant], linestyle="none", marker=(6, 2, 0), markersize=4,
            color=DARK, markeredgewidth=0.6)  # fmt: skip
    ceiling = _draw_ceiling(ax, roi_scores, shown) if score == "brain_score" else []
    name_regions(ax, shown)
    ax.set_ylabel(SCORE_LABELS[score])
    if handles or ceiling:
        figure.legend(handles=[*handles, *ceiling], loc="outside lower center", ncols=3)
    left_out = "" if len(shown) == len(scores) else f", {len(shown)} highest of {len(scores)}"
    put_title(
        figure,
        f"{NAMES[score]} by region{left_out}",
        _cell_name(score, settings.cell),
        scores["n_subjects"],
        simulated=settings.simulated,
        alt=_bars_alt(shown, "R" if score == "brain_score" else "F", settings.q_level),
        caption=[_bars_caption(score, shown, settings, handles, has_ceiling=bool(ceiling))],
    )
    return figure


@styled
def draw_region_heatmap(
    roi_scores: pd.DataFrame, settings: FigureSettings, *, word_rate: float, ahead: Ahead = None
) -> Figure:
    """F(d) of each region (rows, sorted by F at the distance of the map) at each distance (columns).

    Parameters
    ----------
    word_rate : words per second, for the axis in seconds.
    ahead : seconds to the word at the distance of the maps, see `captions.seconds_text`.
    """
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
    beyond = np.abs(grid.to_numpy()) > limit
    extend = "both" if beyond.any() else "neither"
    bar = figure.colorbar(image, ax=ax, extend=extend, shrink=short, aspect=28, anchor=(0.0, 1.0), pad=0.015)
    bar.set_label(SCORE_LABELS["forecast_score"])
    put_title(
        figure,
        "Forecast score by region and distance",
        f"{layer_name(chosen)}, {window_name(chosen)}",
        scores["n_subjects"],
        simulated=settings.simulated,
        alt=_grid_alt(grid),
        caption=[_grid_caption(grid, settings, ahead, pointed=extend == "both", several=has_band(scores))],
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
    style = {"linestyle": "none", "marker": "_", "markersize": 7, "markeredgewidth": 1.4, "color": CEILING}
    return ax.plot(np.arange(len(means)), means, label="noise ceiling", **style)


def draw_subjects(ax: Axes, shown: pd.DataFrame, subjects: pd.DataFrame, column: str) -> list[PathCollection]:
    """A dot for each subject at each region; returns its entry in the legend.

    Parameters
    ----------
    shown : the regions in the order that they are drawn, with ``hemi`` and ``roi``.
    subjects : a row per subject and region, with the same and the values in `column`.
    """
    keys = ["hemi", "roi"]
    places = _without_null(shown[keys]).assign(position=np.arange(len(shown)))
    found = _without_null(subjects).merge(places, on=keys)
    return [ax.scatter(found["position"], found[column], label="one subject", **SUBJECT)]


def _without_null(table: pd.DataFrame) -> pd.DataFrame:
    """With "" for no hemisphere: null equals nothing."""
    return table.assign(hemi=table["hemi"].astype(object).fillna(""))


def _draw_grid(ax: Axes, grid: pd.DataFrame, norm: Normalize):
    distances = grid.columns.to_numpy()
    image = ax.pcolormesh(
        _edges(distances),
        np.arange(len(grid) + 1) - 0.5,
        grid.to_numpy(),
        cmap=DIVERGING,
        norm=norm,
        rasterized=True,
    )
    ax.invert_yaxis()
    if not _even(distances):
        ax.set_xticks(range(len(distances)), [f"{distance:g}".replace("-", "−") for distance in distances])
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
        seconds_axis(ax, "top", word_rate, f"distance ({SECONDS})")
    else:
        ax.set_xlabel(f"distance d (words of {1 / word_rate:.2f} s)")


def _even(distances: np.ndarray) -> bool:
    """Whether consecutive distances are equally far apart, so that columns are a scale."""
    return len(set(np.diff(distances).tolist())) == 1


def _edges(distances: np.ndarray) -> np.ndarray:
    """Between the columns, (n + 1,): in words, or, of uneven distances, in columns."""
    if not _even(distances):
        return np.arange(len(distances) + 1) - 0.5
    step = distances[1] - distances[0]
    return np.append(distances, distances[-1] + step) - step / 2


def _bar_handles(shown: pd.DataFrame, significant: np.ndarray, q_level: float) -> list[Patch]:
    """Of the two kinds of bars, those that there are."""
    count = f"{significant.sum()} of {len(shown)}"
    dark = [Patch(color=ACCENT, label=f"q < {q_level:g} (also marked *): {count}")] if significant.any() else []
    return dark + ([] if significant.all() else [Patch(color=FAINT, label=f"q ≥ {q_level:g}")])


def _bars_caption(
    score: str, shown: pd.DataFrame, settings: FigureSettings, handles: list, *, has_ceiling: bool
) -> str:
    significant, level = shown["q_value"] < settings.q_level, f"{settings.q_level:g}"
    test = "two-sided Wilcoxon signed-rank test, false discovery rate over regions"
    below = score == "forecast_score" and (significant & (shown["mean"] < 0)).any()
    is_tested = shown["q_value"].notna().any()
    return sentences(
        f"{mean_text(WHAT[score], shown, '95 % intervals')} Highest first.",
        is_tested and significant.any() and f"Dark bars with a star: q below {level} ({test}).",
        is_tested
        and not significant.all()
        and f"Pale bars: q is not below {level}, no effect shown{'' if significant.any() else f' ({test})'}.",
        any(handle.get_label() == "one subject" for handle in handles) and "Dots: single subjects.",
        below and "A dark bar below 0: the window costs more than it brings.",
        has_ceiling and CEILING_TEXT,
        score == "forecast_score" and "Compare F with the shuffled control and the mirror in the table of controls.",
    )


def _bars_alt(shown: pd.DataFrame, symbol: str, q_level: float) -> str:
    names, means = region_names(shown), shown["mean"].to_numpy()
    ends = f"highest in {names[0]} ({symbol} = {value_text(means[0])}), lowest in {names[-1]} ({value_text(means[-1])})"
    count = (
        f"; q is below {q_level:g} in {(shown['q_value'] < q_level).sum()}" if shown["q_value"].notna().any() else ""
    )
    return f"{len(shown)} bars of regions: {ends}{count}."


def _grid_caption(grid: pd.DataFrame, settings: FigureSettings, ahead: Ahead, *, pointed: bool, several: bool) -> str:
    even, width = _even(grid.columns.to_numpy()), settings.cell["width"]
    what = "the mean F over subjects" if several else "F"
    return sentences(
        f"Each row is a region, each column a distance in words; colour is {what}, on a scale symmetric about 0.",
        pointed and "Pointed ends of the bar: beyond the 99th percentile of the size.",
        "Rows are sorted by F at the distance of the maps.",
        even and "Dotted line: d = 0.",
        (grid.columns <= 0).any() and "Where d is 0 or below, the window holds no upcoming word.",
        (grid.columns >= width).any() and f"From d = {width} on, the window holds only upcoming words.",
        even and seconds_text("The upper axis is", settings.cell["distance"], ahead),
    )


def _grid_alt(grid: pd.DataFrame) -> str:
    values = grid.to_numpy()
    if np.isnan(values).all():
        return f"{len(grid)} regions by {grid.shape[1]} distances, without a value."
    row, column = np.unravel_index(np.nanargmax(values), values.shape)
    distance = f"{grid.columns[column]:g}".replace("-", "−")
    where = f"{grid.index[row]} at d = {distance} ({value_text(values[row, column])})"
    best = grid.columns.to_numpy()[np.nanargmax(grid.mean().to_numpy())]
    mean = f"the mean over these regions is highest at d = {best:g}".replace("-", "−")
    return f"{len(grid)} regions by {grid.shape[1]} distances: F is highest in {where}; {mean}."


def _cell_name(score: str, cell: Mapping[str, object]) -> str:
    if score == "brain_score":
        return layer_name(cell)
    return f"{layer_name(cell)}, {window_name(cell)}, d = {cell['distance']}"
