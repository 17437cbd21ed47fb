"""Forecast score against the layer of the language model: where its peak is the forecast depth k*."""

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainforecast.figures import GREY, put_title, rows, styled, window_name
from brainforecast.figures_curve import SHUFFLED, handles
from brainforecast.figures_panel import (
    draw_band,
    mark_highest,
    name_axes,
    region_panels,
    sides_of,
    zero_line,
)


@styled
def draw_forecast_depths(
    roi_scores: pd.DataFrame, curves: Sequence[Mapping[str, str]], *, cell: Mapping[str, object], simulated: bool
) -> Figure:
    """F_k(d) = R(X_k + X~_k(d)) - R(X_k) against the layer k, one panel per group of targets.

    Parameters
    ----------
    roi_scores : group table of region scores.
    curves : ``level`` and ``roi`` of each panel, and a ``label``; all lobes where empty.
    cell : ``model``, ``source``, ``width`` and ``depth_distance`` that are shown; the shuffled window stands beside it.
    """
    chosen = {"model": cell["model"], "width": cell["width"], "distance": cell["depth_distance"]}
    scores = rows(roi_scores, "group/roi_scores", score="forecast_score", **chosen)
    figure, axes, used = region_panels(scores, curves, partial(_draw_panel, str(cell["source"])))
    layers = sorted(scores["layer"].unique())
    axes.flat[0].set_xticks(layers if len(layers) <= 13 else layers[:: len(layers) // 7])
    axes.flat[0].margins(y=0.16)
    name_axes(axes, len(used), "layer k (0 = embedding)", f"forecast score F({cell['depth_distance']})\n(gain in r)")
    figure.legend(handles=handles(used), loc="outside lower center", ncols=axes.shape[1] + 1)
    detail = f"{cell['model']}, {window_name(cell)}, d = {cell['depth_distance']}"
    put_title(figure, "Forecast score against layer", detail, scores["n_subjects"], simulated=simulated)
    return figure


def _draw_panel(source: str, ax: Axes, panel: pd.DataFrame, colour: str) -> None:
    for (hemi, side), alpha in zip(sides_of(panel), (1.0, 0.5), strict=False):
        end = f"{'' if hemi is None else f', {hemi}'} window, 95 % band"
        told, twin = (side[side["source"] == name].sort_values("layer") for name in (source, SHUFFLED))
        draw_band(ax, twin, "layer", colour=GREY, label=f"shuffled{end}", linestyle="--", alpha=alpha)
        draw_band(ax, told, "layer", colour=colour, label=f"{source}{end}", marker="o", markersize=3, alpha=alpha)
        mark_highest(ax, told, "layer", "layer ", colour)
    zero_line(ax)
