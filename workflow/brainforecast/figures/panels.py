"""Panels that share their axes, one per group of targets, and the lines, bands, dots and marks drawn in them."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from brainforecast.figures.captions import Figure
from brainforecast.figures.style import ACCENT, DARK, GREY, colour_of, seconds_axis
from brainforecast.results.selection import select_rows

SHUFFLED = "shuffled"  # the source of the control window
LOWER_HEIGHT = 0.9  # inches, of a panel below another
PANEL_WIDTHS = {1: 4.6, 2: 3.3, 3: 3.3}  # inches; a single panel needs room for the title and the legend


def panel_grid(n_panels: int) -> tuple[Figure, np.ndarray]:
    """A figure of panels that share their axes, and its axes (n_rows, n_columns) without those that are not needed."""
    n_columns = min(n_panels, 2 if n_panels in (2, 4) else 3)
    n_rows = math.ceil(n_panels / n_columns)
    figure = Figure(figsize=(PANEL_WIDTHS[n_columns] * n_columns + 0.6, 2.4 * n_rows + 1.1))
    axes = figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False)
    for position, ax in enumerate(axes.flat):
        if position >= n_panels:
            ax.remove()
        elif position + n_columns >= n_panels:
            ax.xaxis.set_tick_params(labelbottom=True)
    return figure, axes


def name_axes(axes: np.ndarray, n_panels: int, x: str, y: str) -> None:
    """Label the lowest panel of each column and the first of each row."""
    for position, ax in enumerate(axes.flat[:n_panels]):
        if position + axes.shape[1] >= n_panels:
            ax.set_xlabel(x)
        if position % axes.shape[1] == 0:
            ax.set_ylabel(y)


def name_distance_axes(axes: np.ndarray, n_panels: int, word_rate: float) -> None:
    """Label panels of F against d, in words below and in seconds above, and mark d = 0."""
    name_axes(axes, n_panels, "distance d (words)", "forecast score F(d)\n(gain in r)")
    for ax in axes.flat[: min(n_panels, axes.shape[1])]:
        seconds_axis(ax, "top", word_rate, "distance (seconds)")
    for ax in axes.flat[:n_panels]:
        ax.axvline(0, color=DARK, linewidth=0.7, linestyle=":", zorder=0)


def add_lower_panels(figure: Figure, axes: np.ndarray, n_panels: int, y: str) -> list[Axes]:
    """A low panel below each of the first `n_panels` labelled panels: it shares their x axis and takes over its labels.

    The low panels share an axis of their own, labelled `y` in the first of each row.
    """
    n_rows, n_columns = axes.shape
    grid = figure.add_gridspec(2 * n_rows, n_columns, height_ratios=(2.2, 1) * n_rows)
    lower: list[Axes] = []
    for position, ax in enumerate(axes.flat[:n_panels]):
        row, column = divmod(position, n_columns)
        ax.set_subplotspec(grid[2 * row, column])
        low = figure.add_subplot(grid[2 * row + 1, column], sharex=ax, sharey=lower[0] if lower else None)
        low.set_xlabel(ax.get_xlabel())
        ax.set_xlabel("")
        first = column == 0
        low.set_ylabel(y if first else "")
        ax.tick_params(labelbottom=False)
        low.tick_params(labelbottom=bool(low.get_xlabel()), labelleft=first)
        low.axvline(0, color=DARK, linewidth=0.7, linestyle=":", zorder=0)
        lower.append(low)
    figure.set_figheight(figure.get_figheight() + LOWER_HEIGHT * n_rows)
    return lower


def regions_to_draw(scores: pd.DataFrame, curves: Sequence[Mapping]) -> list[Mapping]:
    """The curves of the config; without any, one per lobe; without lobes, that of all targets."""
    if curves:
        return list(curves)
    names = sorted(scores.loc[scores["level"] == "lobe", "roi"].dropna().unique())
    if names:
        return [{"level": "lobe", "roi": name, "label": f"{name} lobe"} for name in names]
    return [
        {"level": "all", "roi": name, "label": "all targets"}
        for name in scores.loc[scores["level"] == "all", "roi"].unique()
    ]


def region_panels(
    scores: pd.DataFrame, curves: Sequence[Mapping], draw: Callable[[Axes, pd.DataFrame, str], None]
) -> tuple[Figure, np.ndarray, list[Axes]]:
    """One panel per group of targets: the figure, its axes (n_rows, n_columns), and the axes that are used.

    Parameters
    ----------
    scores : group table of region scores, the rows to draw.
    curves : as in `style.FigureSettings`.
    draw : takes the axes of a panel, its rows and its colour.
    """
    curves = regions_to_draw(scores, curves)
    figure, axes = panel_grid(len(curves))
    used = list(axes.flat[: len(curves)])
    for position, (ax, curve) in enumerate(zip(used, curves, strict=True)):
        panel = select_rows(scores, "group/roi_scores", level=curve["level"], roi=curve["roi"])
        draw(ax, panel, colour_of(curve["roi"], position))
        ax.set_title(curve.get("label") or curve["roi"])
    return figure, axes, used


def sides_of(panel: pd.DataFrame) -> list[tuple[str | None, pd.DataFrame, float]]:
    """The rows that pool both hemispheres; without any, those of each hemisphere: hemisphere, rows and opacity."""
    pooled = panel[panel["hemi"].isna()]
    if len(pooled):
        return [(None, pooled, 1.0)]
    sides = panel.groupby("hemi", sort=True)
    return [(hemi, side, opacity) for (hemi, side), opacity in zip(sides, (1.0, 0.5), strict=False)]


def draw_band(ax: Axes, line: pd.DataFrame, x: str, *, colour: str, label: str, band: float = 0.2, **style) -> None:
    """A line of means against a column, with its 95 % band; nothing if there are no rows."""
    line = line.sort_values(x)
    faint = band * style.get("alpha", 1.0)
    ax.fill_between(line[x], line["ci_low"], line["ci_high"], color=colour, alpha=faint, linewidth=0)
    if len(line):
        ax.plot(line[x], line["mean"], color=colour, label=label, **style)


def draw_with_control(
    ax: Axes, side: pd.DataFrame, x: str, source: str, *, colour: str, label: str = "{}", opacity: float, **style
) -> pd.DataFrame:
    """Draw the line of a source and, dashed grey, that of the shuffled control; return the rows of the source by x.

    `label` is a format for the name of the source.
    """
    shown, control = (side[side["source"] == name].sort_values(x) for name in (source, SHUFFLED))
    draw_band(ax, control, x, colour=GREY, label=label.format(SHUFFLED), linestyle="--", alpha=opacity)
    draw_band(ax, shown, x, colour=colour, label=label.format(source), alpha=opacity, **style)
    return shown


def draw_pairs(ax: Axes, pairs: pd.DataFrame, differ: np.ndarray, q_level: float) -> None:
    """A dot per row of two columns, the first across and the second up; filled where the two differ.

    Adds the diagonal, equal axes, and a legend below the figure; the names of the columns are those of the diagonal.
    """
    x, y = pairs.columns
    fill = np.where(differ, ACCENT, "white")
    ax.scatter(pairs[x], pairs[y], s=20, c=fill, edgecolors=ACCENT, linewidths=0.8, zorder=3)
    ends = [pairs.min().min() - 0.5, pairs.max().max() + 0.5]
    ax.plot(ends, ends, "--", color=GREY, linewidth=0.9)
    ax.set_xlim(ends)
    ax.set_ylim(ends)
    ax.set_aspect("equal")
    handles = [
        dot_handle(f"the two differ, q < {q_level:g}"),
        dot_handle("no difference shown", fill="white"),
        Line2D([], [], color=GREY, linestyle="--", linewidth=0.9, label=f"{x} = {y}"),
    ]
    ax.figure.legend(handles=handles, loc="outside lower center", ncols=3)


def dot_handle(label: str, *, fill: str = ACCENT, edge: str = ACCENT) -> Line2D:
    """A dot for a legend."""
    return Line2D([], [], linestyle="none", marker="o", markersize=4.5, color=fill, markeredgecolor=edge, label=label)


def significance_handles(q_level: float, colour: str) -> list[Line2D]:
    """The two dots of `mark_significant` for a legend."""
    return [
        dot_handle(f"q < {q_level:g}", fill=colour, edge=colour),
        dot_handle(f"q ≥ {q_level:g}", fill="white", edge=colour),
    ]


def mark_significant(ax: Axes, line: pd.DataFrame, x: str, colour: str, q_level: float) -> None:
    """A dot on each mean: filled where q is below the level, hollow where it is not."""
    passes = (line["q_value"] < q_level).to_numpy()
    fill = np.where(passes, colour, "white")
    ax.scatter(line[x], line["mean"], s=16, c=fill, edgecolors=colour, linewidths=0.8, zorder=4)


def mark_highest(ax: Axes, line: pd.DataFrame, x: str, prefix: str, colour: str, *, label_hollow: bool = True) -> None:
    """A dot where the mean is highest, labelled with `prefix` and its x; hollow if its interval is not above 0.

    The maximum of many noisy values is above 0 too, so the label is only "highest". Where several lines share
    a panel, hollow dots can go without a label (`label_hollow`).
    """
    if line["mean"].isna().all():
        return
    highest = line.loc[line["mean"].idxmax()]
    above = highest["ci_low"] > 0
    late = highest[x] > line[x].quantile(0.6)  # no room left at the right of the panel
    fill = colour if above else "white"
    ax.plot(highest[x], highest["mean"], "o", color=fill, markersize=5, markeredgecolor=colour, zorder=5)
    if not above and not label_hollow:
        return
    ax.annotate(
        f"highest: {prefix}{int(highest[x])}".replace("-", "−") + ("" if above else " (not above 0)"),
        (highest[x], highest["mean"]),
        xytext=(-6 if late else 6, 5),
        ha="right" if late else "left",
        textcoords="offset points",
        fontsize=7.5,
        color=colour,
    )


def zero_line(ax: Axes) -> None:
    """A thin line where a score is 0."""
    ax.axhline(0, color=DARK, linewidth=0.7, zorder=0)
