"""Forecast score against the distance for every source of the window: heard, shuffled, random, static, generated."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainforecast.figures import (
    OTHER_COLOURS,
    SOURCE_COLOURS,
    layer_name,
    put_title,
    rows,
    styled,
    window_name,
)
from brainforecast.figures_panel import draw_band, name_distance_axes, region_panels, sides_of, zero_line

MOST_DOTS = 20  # a source scored at few distances shows them as dots


@styled
def draw_sources(
    roi_scores: pd.DataFrame,
    curves: Sequence[Mapping[str, str]],
    *,
    cell: Mapping[str, object],
    word_rate: float,
    simulated: bool,
) -> Figure:
    """F(d) of every source that was scored with the model, layer and width of the maps, one panel per group of targets.

    Parameters
    ----------
    roi_scores : group table of region scores.
    curves : ``level`` and ``roi`` of each panel, and a ``label``; all lobes where empty.
    cell : ``model``, ``layer`` and ``width``.
    word_rate : words per second, for the axis in seconds.
    """
    chosen = {key: cell[key] for key in ("model", "layer", "width")}
    scores = rows(roi_scores, "group/roi_scores", score="forecast_score", **chosen)
    figure, axes, used = region_panels(scores, curves, _draw_panel)
    name_distance_axes(axes, len(used), word_rate)
    lines = {line.get_label(): line for ax in used for line in ax.lines}
    named = [line for label, line in lines.items() if not label.startswith("_")]
    figure.legend(handles=named, loc="outside lower center", ncols=min(len(named), 1 + 2 * axes.shape[1]))
    detail = f"{layer_name(cell)}, {window_name(chosen)}, 95 % bands"
    put_title(figure, "Forecast score by source of the window", detail, scores["n_subjects"], simulated=simulated)
    return figure


def sources_in_order(scores: pd.DataFrame) -> list[str]:
    """The sources of a table, those with a colour of their own first."""
    there = list(dict.fromkeys(scores["source"]))
    return [source for source in SOURCE_COLOURS if source in there] + sorted(set(there) - SOURCE_COLOURS.keys())


def _draw_panel(ax: Axes, panel: pd.DataFrame, _: str) -> None:
    for (hemi, side), alpha in zip(sides_of(panel), (1.0, 0.5), strict=False):
        for turn, source in enumerate(sources_in_order(side)):
            line = side[side["source"] == source]
            colour = SOURCE_COLOURS.get(source, OTHER_COLOURS[turn % len(OTHER_COLOURS)])
            style = {"linestyle": "--"} if source == "shuffled" else {}
            style |= {"marker": "o", "markersize": 3} if line["distance"].nunique() <= MOST_DOTS else {}
            label = source if hemi is None else f"{source}, {hemi}"
            draw_band(ax, line, "distance", colour=colour, label=label, band=0.15, alpha=alpha, **style)
    zero_line(ax)
