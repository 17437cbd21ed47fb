"""Curves of the forecast score against the distance: the told window, beside its shuffled twin and its mirror."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from brainforecast.figures import GREY, layer_name, put_title, rows, styled, window_name
from brainforecast.figures_panel import (
    draw_band,
    mark_highest,
    name_distance_axes,
    region_panels,
    sides_of,
    zero_line,
)

SHUFFLED = "shuffled"
Curve = Mapping[str, str]


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
    cell : ``model``, ``layer``, ``source`` and ``width`` that the curves show; the shuffled window stands beside it.
    word_rate : words per second, for the axis in seconds.
    """
    chosen = {key: cell[key] for key in ("model", "layer", "width")}
    scores = rows(roi_scores, "group/roi_scores", score="forecast_score", **chosen)
    figure, axes, used = region_panels(scores, curves, partial(_draw_panel, str(cell["source"])))
    name_distance_axes(axes, len(used), word_rate)
    axes.flat[0].margins(y=0.14)
    figure.legend(handles=handles(used), loc="outside lower center", ncols=axes.shape[1] + 1)
    detail = f"{layer_name(cell)}, {window_name(cell)}"
    put_title(figure, "Forecast score against distance", detail, scores["n_subjects"], simulated=simulated)
    return figure


def _draw_panel(source: str, ax: Axes, panel: pd.DataFrame, colour: str) -> None:
    for (hemi, side), alpha in zip(sides_of(panel), (1.0, 0.5), strict=False):
        end = f"{'' if hemi is None else f', {hemi}'} window, 95 % band"
        told, twin = (side[side["source"] == name].sort_values("distance") for name in (source, SHUFFLED))
        line = {"colour": GREY, "linestyle": "--", "band": 0.25}
        draw_band(ax, twin, "distance", label=f"shuffled{end}", alpha=alpha, **line)
        draw_band(ax, told, "distance", colour=colour, label=f"{source}{end}", band=0.22, alpha=alpha)
        if len(told) and hemi != "R":
            _draw_mirror(ax, told, colour)
            mark_highest(ax, told, "distance", "d = ", colour)
    zero_line(ax)


def _draw_mirror(ax: Axes, told: pd.DataFrame, colour: str) -> None:
    """The backward half laid over the forward half: what stands above it is not symmetric in time."""
    back = told[told["distance"] <= 0]
    ahead = told["distance"].max()
    back = back[-back["distance"] <= ahead]
    if len(back) > 1 and ahead > 0:
        label = f"{told['source'].iloc[0]} window, mirrored: F(−d)"
        ax.plot(-back["distance"], back["mean"], ":", color=colour, linewidth=1.1, label=label)


def handles(axes: Iterable[Axes]) -> list[Line2D]:
    """One entry per kind of line, in no panel's colour."""
    lines = {line.get_label(): line for ax in axes for line in ax.lines if not line.get_label().startswith("_")}
    dark = {label: GREY if label.startswith(SHUFFLED) else "#222222" for label in lines}
    return [
        Line2D([], [], color=dark[label], linestyle=line.get_linestyle(), alpha=line.get_alpha(), label=label)
        for label, line in sorted(lines.items(), key=lambda item: (item[0].startswith(SHUFFLED), item[0]))
    ]
