"""Panels that share their axes, one per group of targets, and the lines, bands, dots and marks drawn in them."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from brainforecast.figures.captions import Ahead, Figure, has_band
from brainforecast.figures.style import (
    ACCENT,
    BLACK,
    DARK,
    GREY,
    OTHER_COLOURS,
    SECONDS,
    SOURCE_COLOURS,
    readable,
    seconds_axis,
)
from brainforecast.results.selection import ALL_TARGETS, WHOLE, place_label, select_rows

SHUFFLED = "shuffled"  # the source of the control window
RIGHT = {"alpha": 0.75, "linewidth": 0.9}  # lines of the right hemisphere, where the two are apart
BEHIND = {"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5}  # a text over lines
SPREAD_WIDTH = 3.5  # points, of the line on the axis in seconds
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


def name_distance_axes(
    axes: np.ndarray, n_panels: int, word_rate: float, *, distance: object, ahead: Ahead = None
) -> bool:
    """Label panels of F against d, in words below and in seconds above, and mark d = 0.

    The axis in seconds is a mean: a thick line on it spans the seconds in which the words at `distance` are spoken,
    where it is long enough. Returns whether there is one.

    Parameters
    ----------
    word_rate : words per second.
    distance : that is reported, words; ahead : its seconds (`captions.seconds_text`); without them no line.
    """
    name_axes(axes, n_panels, "distance d (words)", "forecast score F(d)\n(gain in r)")
    upper = axes.flat[: min(n_panels, axes.shape[1])]
    for ax in upper:
        seconds_axis(ax, "top", word_rate, f"distance ({SECONDS})")
    for ax in axes.flat[:n_panels]:
        ax.axvline(0, color=DARK, linewidth=0.7, linestyle=":", zorder=0)
    ends = [seconds * word_rate for seconds in (ahead or (np.nan,) * 3)[1:]]
    left, right = axes.flat[0].get_xlim()
    fits = bool(left <= ends[0] and ends[1] <= right)
    for ax in upper if fits else ():
        label = f"{distance} words, in seconds, for 90 % of words"
        ax.add_artist(Line2D(ends, [1, 1], color=DARK, linewidth=SPREAD_WIDTH, label=label, solid_capstyle="butt",
                             transform=ax.get_xaxis_transform(), clip_on=False))  # fmt: skip
    return fits


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
    """All targets, where the table has them, and the curves of the config; without any, one per lobe."""
    lobes = sorted(scores.loc[scores["level"] == "lobe", "roi"].dropna().unique())
    whole = scores.loc[scores["level"] == "all", "roi"].unique()
    wide = [{"level": "all", "roi": name, "label": WHOLE if lobes else ALL_TARGETS} for name in whole]
    wide = [] if any(curve["level"] == "all" for curve in curves) else wide
    return wide + (list(curves) or [{"level": "lobe", "roi": name} for name in lobes])


def region_panels(
    scores: pd.DataFrame, curves: Sequence[Mapping], draw: Callable[[Axes, pd.DataFrame], None]
) -> tuple[Figure, np.ndarray, list[Axes]]:
    """One panel per group of targets: the figure, its axes (n_rows, n_columns), and the axes that are used.

    Parameters
    ----------
    scores : group table of region scores, the rows to draw.
    curves : as in `regions_to_draw`.
    draw : takes the axes of a panel and its rows.
    """
    curves = regions_to_draw(scores, curves)
    figure, axes = panel_grid(len(curves))
    used = list(axes.flat[: len(curves)])
    for ax, curve in zip(used, curves, strict=True):
        draw(ax, select_rows(scores, "group/roi_scores", level=curve["level"], roi=curve["roi"]))
        ax.set_title(panel_name(curve))
    return figure, axes, used


def panel_name(curve: Mapping) -> str:
    """The title of a panel: its label in the config, or what its targets are."""
    return curve.get("label") or place_label(curve["level"], None, str(curve["roi"]))


def panel_rows(scores: pd.DataFrame, curves: Sequence[Mapping], source: object = None) -> Iterator:
    """Name and rows of each panel, to describe it: of both hemispheres, or the left one, and of one source."""
    for curve in regions_to_draw(scores, curves):
        panel = scores[(scores["level"] == curve["level"]) & (scores["roi"] == curve["roi"])]
        yield panel_name(curve), first_side(panel if source is None else panel[panel["source"] == source])


def first_side(panel: pd.DataFrame) -> pd.DataFrame:
    """The rows that pool both hemispheres; without any, those of the left one; none of none."""
    return sides_of(panel)[0][1] if len(panel) else panel


def sides_of(panel: pd.DataFrame) -> list[tuple[str | None, pd.DataFrame, dict]]:
    """The rows that pool both hemispheres; without any, those of each: hemisphere, rows and style of its lines.

    The right one is thinner and paler.
    """
    pooled = panel[panel["hemi"].isna()]
    if len(pooled):
        return [(None, pooled, {})]
    sides = panel.groupby("hemi", sort=True)
    return [(hemi, side, style) for (hemi, side), style in zip(sides, ({}, RIGHT), strict=False)]


def draw_band(ax: Axes, line: pd.DataFrame, x: str, *, colour: str, label: str, band: float = 0.2, **style) -> None:
    """A line of means against a column, with its 95 % band if it has one; nothing if there are no rows."""
    line = line.sort_values(x)
    if not len(line):
        return
    ax.plot(line[x], line["mean"], color=colour, label=label, **style)
    if has_band(line):
        faint = band * style.get("alpha", 1.0)
        ax.fill_between(line[x], line["ci_low"], line["ci_high"], color=colour, alpha=faint, linewidth=0)


def draw_with_control(ax: Axes, side: pd.DataFrame, x: str, source: str, *, label: str = "{}", **style) -> pd.DataFrame:
    """Draw the line of a source and, dashed grey, that of the shuffled control; return the rows of the source by x.

    `label` is a format for the name of the source; `style` that of a hemisphere (`sides_of`).
    """
    shown, control = (side[side["source"] == name].sort_values(x) for name in (source, SHUFFLED))
    draw_band(ax, control, x, colour=GREY, label=label.format(SHUFFLED), linestyle="--", **style)
    draw_band(ax, shown, x, colour=source_colour(source), label=label.format(source), **style)
    return shown


def source_colour(source: str, turn: int = 0) -> str:
    """Colour of a source of the window; a source without one gets it by its turn."""
    return SOURCE_COLOURS.get(source, OTHER_COLOURS[turn % len(OTHER_COLOURS)])


def mark_tested(
    ax: Axes,
    x: Sequence[float],
    y: Sequence[float],
    q_values: Sequence[float],
    colour: str,
    q_level: float,
    *,
    shape: str = "o",
    size: float = 16,
) -> None:
    """A mark at each point: filled where q is below the level, hollow where it is not and where nothing was tested.

    The one place where marks are drawn as filled or hollow: the figure keeps their q for its legend and its caption.
    """  # fmt: skip
    q_values = np.asarray(q_values, float)
    fill = np.where(q_values < q_level, colour, "white")
    ax.scatter(x, y, s=size, c=fill, edgecolors=colour, linewidths=0.8, marker=shape, zorder=4)
    ax.get_figure(root=True).q_values += q_values.tolist()


def mark_significant(ax: Axes, line: pd.DataFrame, x: str, colour: str, q_level: float, shape: str = "o") -> None:
    """A mark on each mean of a line."""
    mark_tested(ax, line[x], line["mean"], line["q_value"], colour, q_level, shape=shape)


def fill_handles(figure: Figure, q_level: float, *, filled: str = "", hollow: str = "") -> list[Line2D]:
    """The marks of `mark_tested` for a legend, of those that were drawn; other words than the level for either."""
    q = np.asarray(figure.q_values, float)
    handles = [
        ((q < q_level).any(), dot_handle(filled or f"q < {q_level:g}", fill=BLACK, edge=BLACK)),
        ((q >= q_level).any(), dot_handle(hollow or f"q ≥ {q_level:g}", fill="white", edge=BLACK)),
        (np.isnan(q).any() and not (q >= q_level).any(), dot_handle("not tested", fill="white", edge=BLACK)),
    ]
    return [handle for drawn, handle in handles if drawn]


def draw_pairs(ax: Axes, pairs: pd.DataFrame, q_values: Sequence[float], q_level: float) -> None:
    """A dot per row of two columns, the first across and the second up; filled where the two differ.

    Adds the diagonal, equal axes, and a legend below the figure; the names of the columns are those of the diagonal.
    """
    x, y = pairs.columns
    mark_tested(ax, pairs[x], pairs[y], q_values, ACCENT, q_level, size=20)
    ends = [pairs.min().min() - 0.5, pairs.max().max() + 0.5]
    ax.plot(ends, ends, "--", color=GREY, linewidth=0.9)
    ax.set_xlim(ends)
    ax.set_ylim(ends)
    ax.set_aspect("equal")
    figure = ax.get_figure(root=True)
    dots = {"filled": f"the two differ, q < {q_level:g}", "hollow": f"no difference shown, q ≥ {q_level:g}"}
    diagonal = Line2D([], [], color=GREY, linestyle="--", linewidth=0.9, label=f"{x} = {y}")
    figure.legend(handles=[*fill_handles(figure, q_level, **dots), diagonal], loc="outside lower center", ncols=3)


def dot_handle(label: str, *, fill: str = ACCENT, edge: str = ACCENT, shape: str = "o") -> Line2D:
    """A dot for a legend."""
    return Line2D([], [], linestyle="none", marker=shape, markersize=4.5, color=fill, markeredgecolor=edge, label=label)


def mark_highest(ax: Axes, line: pd.DataFrame, x: str, prefix: str, colour: str, q_level: float) -> None:
    """A mark where the mean is highest (`mark_tested`), labelled with `prefix` and its x.

    The maximum of many noisy values is above 0 too, so the label is only "highest", and states where it is no gain.
    """
    if line["mean"].isna().all():
        return
    highest = line.loc[line["mean"].idxmax()]
    mark_tested(ax, [highest[x]], [highest["mean"]], [highest["q_value"]], colour, q_level, size=25)
    tested, level = highest["q_value"], ""
    if highest["mean"] <= 0 or tested >= q_level:
        level = " (below 0)" if tested < q_level else " (not above 0)"
    late = highest[x] > (line[x].min() + line[x].max()) / 2  # more room at its left
    ax.annotate(
        f"highest: {prefix}{int(highest[x])}".replace("-", "−") + level,
        (highest[x], highest["mean"]),
        xytext=(-6 if late else 6, 5),
        ha="right" if late else "left",
        textcoords="offset points",
        fontsize=7.5,
        color=readable(colour),
        bbox=BEHIND,
    )


def zero_line(ax: Axes) -> None:
    """A thin line where a score is 0."""
    ax.axhline(0, color=DARK, linewidth=0.7, zorder=0)
