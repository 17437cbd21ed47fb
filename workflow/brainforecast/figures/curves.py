"""Curves of the forecast score against the distance: the told window, beside its shuffled twin and its mirror."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from brainforecast.figures.panels import (
    draw_band,
    mark_highest,
    name_axes,
    name_distance_axes,
    region_panels,
    sides_of,
    zero_line,
)
from brainforecast.figures.style import GREY, OTHER_COLOURS, SOURCE_COLOURS, put_title, styled
from brainforecast.results.selection import layer_name, rows, window_name

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
    figure, axes, used = region_panels(scores, curves, partial(_draw_depth_panel, str(cell["source"])))
    layers = sorted(scores["layer"].unique())
    axes.flat[0].set_xticks(layers if len(layers) <= 13 else layers[:: len(layers) // 7])
    axes.flat[0].margins(y=0.16)
    name_axes(axes, len(used), "layer k (0 = embedding)", f"forecast score F({cell['depth_distance']})\n(gain in r)")
    figure.legend(handles=handles(used), loc="outside lower center", ncols=axes.shape[1] + 1)
    detail = f"{cell['model']}, {window_name(cell)}, d = {cell['depth_distance']}"
    put_title(figure, "Forecast score against layer", detail, scores["n_subjects"], simulated=simulated)
    return figure


def _draw_depth_panel(source: str, ax: Axes, panel: pd.DataFrame, colour: str) -> None:
    for (hemi, side), alpha in zip(sides_of(panel), (1.0, 0.5), strict=False):
        end = f"{'' if hemi is None else f', {hemi}'} window, 95 % band"
        told, twin = (side[side["source"] == name].sort_values("layer") for name in (source, SHUFFLED))
        draw_band(ax, twin, "layer", colour=GREY, label=f"shuffled{end}", linestyle="--", alpha=alpha)
        draw_band(ax, told, "layer", colour=colour, label=f"{source}{end}", marker="o", markersize=3, alpha=alpha)
        mark_highest(ax, told, "layer", "layer ", colour)
    zero_line(ax)


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
    figure, axes, used = region_panels(scores, curves, _draw_source_panel)
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


def _draw_source_panel(ax: Axes, panel: pd.DataFrame, _: str) -> None:
    for (hemi, side), alpha in zip(sides_of(panel), (1.0, 0.5), strict=False):
        for turn, source in enumerate(sources_in_order(side)):
            line = side[side["source"] == source]
            colour = SOURCE_COLOURS.get(source, OTHER_COLOURS[turn % len(OTHER_COLOURS)])
            style = {"linestyle": "--"} if source == "shuffled" else {}
            style |= {"marker": "o", "markersize": 3} if line["distance"].nunique() <= MOST_DOTS else {}
            label = source if hemi is None else f"{source}, {hemi}"
            draw_band(ax, line, "distance", colour=colour, label=label, band=0.15, alpha=alpha, **style)
    zero_line(ax)
