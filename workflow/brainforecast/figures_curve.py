"""Curves of the forecast score against the distance: the window heard, beside its shuffled twin and its mirror."""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from brainforecast.errors import BadInput
from brainforecast.figures import GREY, colour_of, layer_name, put_title, rows, styled, window_name

TRUE, SHUFFLED = "true", "shuffled"
Curve = Mapping[str, str]
PANEL_WIDTHS = {1: 4.6, 2: 3.3, 3: 3.3}  # inches; one panel alone needs room for the title and the legend


@styled
def draw_forecast_curves(
    roi_scores: pd.DataFrame,
    curves: Sequence[Curve],
    *,
    cell: Mapping[str, object],
    word_rate: float,
    simulated: bool,
) -> Figure:
    """F(d) against d, one panel per group of targets.

    Parameters
    ----------
    roi_scores : group table of region scores.
    curves : ``level`` and ``roi`` of each panel, and a ``label``; all lobes where empty.
    cell : ``model``, ``layer`` and ``width`` that the curves show.
    word_rate : words per second, for the axis in seconds.
    """
    chosen = {key: cell[key] for key in ("model", "layer", "width")}
    scores = rows(roi_scores, "group/roi_scores", score="forecast_score", **chosen)
    curves = list(curves) or lobes(scores)
    n_columns = min(len(curves), 2 if len(curves) in (2, 4) else 3)
    n_rows = math.ceil(len(curves) / n_columns)
    figure = Figure(figsize=(PANEL_WIDTHS[n_columns] * n_columns + 0.6, 2.4 * n_rows + 1.1))
    axes = figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False)
    for position, (ax, curve) in enumerate(zip(axes.flat, curves, strict=False)):
        panel = rows(scores, "group/roi_scores", level=curve["level"], roi=curve["roi"])
        _draw_panel(ax, panel, colour_of(curve["roi"], position))
        ax.set_title(curve.get("label") or curve["roi"])
    _finish(figure, axes, n_used=len(curves), word_rate=word_rate)
    detail = f"{layer_name(cell)}, {window_name(chosen)}"
    put_title(figure, "Forecast score against distance", detail, scores["n_subjects"], simulated=simulated)
    return figure


def lobes(scores: pd.DataFrame) -> list[dict[str, str]]:
    """A curve for each lobe; for the mean of all targets where there are no lobes."""
    names = sorted(scores.loc[scores["level"] == "lobe", "roi"].dropna().unique())
    if names:
        return [{"level": "lobe", "roi": name, "label": f"{name} lobe"} for name in names]
    return [
        {"level": "all", "roi": name, "label": "all targets"}
        for name in scores.loc[scores["level"] == "all", "roi"].unique()
    ]


def word_rate(words: Iterable[pd.DataFrame]) -> float:
    """Words per second of speech: words over the time from the first onset to the last offset, summed over stories."""
    spans = [(len(table), table["offset"].max() - table["onset"].min()) for table in words]
    return sum(n for n, _ in spans) / sum(seconds for _, seconds in spans)


def _draw_panel(ax: Axes, panel: pd.DataFrame, colour: str) -> None:
    pooled = panel[panel["hemi"].isna()]
    sides = [(None, pooled)] if len(pooled) else list(panel.groupby("hemi", sort=True))
    for (hemi, side), alpha in zip(sides, (1.0, 0.5), strict=False):
        name = "" if hemi is None else f", {hemi}"
        _draw_line(ax, side[side["source"] == SHUFFLED], GREY, alpha, "--", f"shuffled{name}", band=0.25)
        true = side[side["source"] == TRUE].sort_values("distance")
        _draw_line(ax, true, colour, alpha, "-", f"true{name}", band=0.22)
        if len(true) and hemi != "R":
            _draw_mirror(ax, true, colour)
            _mark_highest(ax, true, colour)
    ax.axhline(0, color="#333333", linewidth=0.7, zorder=0)
    ax.axvline(0, color="#333333", linewidth=0.7, linestyle=":", zorder=0)


def _draw_line(ax: Axes, side: pd.DataFrame, colour: str, alpha: float, line: str, label: str, band: float) -> None:
    if side.empty:
        return
    side = side.sort_values("distance")
    ax.fill_between(side["distance"], side["ci_low"], side["ci_high"], color=colour, alpha=band * alpha, linewidth=0)
    ax.plot(side["distance"], side["mean"], line, color=colour, alpha=alpha, label=f"{label} window, 95 % band")


def _draw_mirror(ax: Axes, true: pd.DataFrame, colour: str) -> None:
    """The backward half laid over the forward half: what stands above it is not symmetric in time."""
    back = true[true["distance"] <= 0]
    ahead = true["distance"].max()
    back = back[-back["distance"] <= ahead]
    if len(back) > 1 and ahead > 0:
        ax.plot(-back["distance"], back["mean"], ":", color=colour, linewidth=1.1, label="true window, mirrored: F(−d)")


def _mark_highest(ax: Axes, true: pd.DataFrame, colour: str) -> None:
    """A dot where F is highest, hollow where its interval includes 0. The highest of many noisy values lies above 0
    as well, so the figure does not call it more than highest."""
    highest = true.loc[true["mean"].idxmax()]
    above = highest["ci_low"] > 0
    fill = colour if above else "white"
    late = highest["distance"] > true["distance"].quantile(0.6)  # no room left at the right of the panel
    ax.plot(highest["distance"], highest["mean"], "o", color=fill, markersize=5, markeredgecolor=colour, zorder=4)
    ax.annotate(
        f"highest: d = {int(highest['distance'])}".replace("-", "−") + ("" if above else " (interval includes 0)"),
        (highest["distance"], highest["mean"]),
        xytext=(-6 if late else 6, 5),
        ha="right" if late else "left",
        textcoords="offset points",
        fontsize=7.5,
        color=colour,
    )


def _finish(figure: Figure, axes: np.ndarray, *, n_used: int, word_rate: float) -> None:
    if not word_rate > 0:
        raise BadInput("word rate", word_rate, "words per second above 0")
    for position, ax in enumerate(axes.flat):
        if position >= n_used:
            ax.remove()
            continue
        row, column = divmod(position, axes.shape[1])
        if position + axes.shape[1] >= n_used:
            ax.set_xlabel("distance d (words)")
            ax.xaxis.set_tick_params(labelbottom=True)
        if column == 0:
            ax.set_ylabel("forecast score F(d)\n(gain in r)")
        if row == 0:
            above = ax.secondary_xaxis("top", functions=(lambda d: d / word_rate, lambda s: s * word_rate))
            above.set_xlabel("distance (seconds)")
            ax.spines["top"].set_visible(False)
    axes.flat[0].margins(y=0.14)
    figure.legend(handles=_handles(axes.flat[:n_used]), loc="outside lower center", ncols=axes.shape[1] + 1)


def _handles(axes: Iterable[Axes]) -> list[Line2D]:
    """One entry per kind of line, in no panel's colour."""
    lines = {line.get_label(): line for ax in axes for line in ax.lines if not line.get_label().startswith("_")}
    dark = {label: GREY if label.startswith(SHUFFLED) else "#222222" for label in lines}
    return [
        Line2D([], [], color=dark[label], linestyle=line.get_linestyle(), alpha=line.get_alpha(), label=label)
        for label, line in sorted(lines.items(), key=lambda item: (item[0].startswith(SHUFFLED), item[0]))
    ]
