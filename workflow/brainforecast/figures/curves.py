"""Curves of the forecast score, one panel per group of targets: against distance, against layer, and by source."""

from collections.abc import Iterable
from functools import partial

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from brainforecast.cells import mirror, mirrored_distances
from brainforecast.figures.captions import Figure
from brainforecast.figures.panels import (
    SHUFFLED,
    add_lower_panels,
    draw_band,
    draw_with_control,
    mark_highest,
    name_axes,
    name_distance_axes,
    region_panels,
    regions_to_draw,
    sides_of,
    zero_line,
)
from brainforecast.figures.style import (
    BLACK,
    GREY,
    OTHER_COLOURS,
    SOURCE_COLOURS,
    FigureSettings,
    colour_of,
    put_title,
    styled,
)
from brainforecast.results.selection import base_name, layer_name, select_rows, window_name

MAX_MARKERS = 20  # a source scored at no more distances than this is drawn with markers


@styled
def draw_forecast_curves(roi_scores: pd.DataFrame, settings: FigureSettings, *, word_rate: float) -> Figure:
    """F(d) against d for the reported source, its shuffled control and its mirror F(w - 1 - d); below, M(d), if scored.

    Parameters
    ----------
    roi_scores : group table of region scores.
    word_rate : words per second, for the axis in seconds.
    """
    scores = _forecast_scores(roi_scores, settings.pick("model", "layer", "base", "width"))
    draw = partial(_draw_distance_panel, source=str(settings.cell["source"]))
    figure, axes, used = region_panels(scores, settings.curves, draw)
    name_distance_axes(axes, len(used), word_rate)
    axes.flat[0].margins(y=0.14)
    differences = _mirror_differences(roi_scores, settings.pick("model", "layer", "base", "source", "width"))
    if len(differences):
        lower = add_lower_panels(figure, axes, len(used), "M(d)")
        curves = regions_to_draw(scores, settings.curves)
        for position, (ax, curve) in enumerate(zip(lower, curves, strict=True)):
            here = differences[(differences["level"] == curve["level"]) & (differences["roi"] == curve["roi"])]
            _draw_mirror_difference(ax, here, colour_of(curve["roi"], position), int(settings.cell["width"]))
    figure.legend(handles=_handles(used), loc="outside lower center", ncols=axes.shape[1] + 1)
    detail = f"{layer_name(settings.cell)}, {window_name(settings.cell)}"
    put_title(
        figure,
        "Forecast score against distance",
        detail,
        scores["n_subjects"],
        simulated=settings.simulated,
        alt="TODO",
        caption=[
            "Mean over subjects with a 95 % band. Solid: the window shown in the maps (true: the words of the story), "
            "drawn in the same way for upcoming words and for past ones (d < 0); dashed grey: its shuffled control, a "
            "window from elsewhere in the same story; dotted: its mirror F(w − 1 − d), the window of w words "
            "reflected in the present word, drawn at d. Below, in a panel of its own: the mirror difference M(d) = "
            "F(d) − F(w − 1 − d) within subjects, with its 95 % band. Both start at d = w: a nearer window (0 ≤ d < "
            "w) holds the present word and is in part its own mirror; they end where the mirror of d was not scored. "
            "The upper axis converts words to seconds at the mean rate of speech. The dot is the highest point, "
            "hollow where its interval is not above 0; a curve of noise has a highest point too, and the interval "
            "there is not corrected for having been chosen.",
            "At small d, F is above 0 even for a cortex that never forecasts: through the delays, a future window of "
            "an earlier row is the present of a later one, and language predicts itself. So a curve can be evidence "
            "of forecasting only where it rises above 0 and above its mirror, that is, where M is above 0 too. The "
            "bands are about listeners of this recording, not about other stories.",
        ],
    )
    return figure


@styled
def draw_forecast_depths(roi_scores: pd.DataFrame, settings: FigureSettings) -> Figure:
    """F_k(d) = R(X_k + X~_k(d)) - R(X_k) against the layer k at d = `depth_distance`, with its shuffled control.

    Parameters
    ----------
    roi_scores : group table of region scores.
    """
    distance = settings.cell["depth_distance"]
    scores = _forecast_scores(roi_scores, settings.pick("model", "base", "width") | {"distance": distance})
    draw = partial(_draw_layer_panel, source=str(settings.cell["source"]))
    figure, axes, used = region_panels(scores, settings.curves, draw)
    layers = sorted(scores["layer"].unique())
    axes.flat[0].set_xticks(layers if len(layers) <= 13 else layers[:: len(layers) // 7])
    axes.flat[0].margins(y=0.16)
    name_axes(axes, len(used), "layer k (0 = embedding)", f"forecast score F({distance})\n(gain in r)")
    figure.legend(handles=_handles(used), loc="outside lower center", ncols=axes.shape[1] + 1)
    detail = f"{settings.cell['model']}{base_name(settings.cell)}, {window_name(settings.cell)}, d = {distance}"
    put_title(
        figure,
        "Forecast score against layer",
        detail,
        scores["n_subjects"],
        simulated=settings.simulated,
        alt="TODO",
        caption=[
            "Mean over subjects of the forecast score at one distance, with present and window both from layer k of "
            "the language model, with 95 % bands. Dashed grey: the shuffled window. Large dot: the layer where F is "
            "highest, hollow where its interval is not above 0.",
            "The forecast depth k* is this peak, in each subject and target first. Layers differ little where a curve "
            "is flat, and an argmax of noise falls in the middle of the layers: read k* together with its "
            "reliability.",
        ],
    )
    return figure


@styled
def draw_sources(roi_scores: pd.DataFrame, settings: FigureSettings, *, word_rate: float) -> Figure:
    """F(d) against d for every source scored with the reported model, layer and width.

    Parameters
    ----------
    roi_scores : group table of region scores.
    word_rate : words per second, for the axis in seconds.
    """
    chosen = settings.pick("model", "layer", "base", "width")
    scores = _forecast_scores(roi_scores, chosen)
    figure, axes, used = region_panels(scores, settings.curves, draw_sources_panel)
    name_distance_axes(axes, len(used), word_rate)
    handles = list(_labelled_lines(used).values())
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 1 + 2 * axes.shape[1]))
    detail = f"{layer_name(chosen)}, {window_name(chosen)}, 95 % bands"
    title = "Forecast score by source of the window"
    put_title(
        figure,
        title,
        detail,
        scores["n_subjects"],
        simulated=settings.simulated,
        alt="TODO",
        caption=[
            "Mean over subjects of F(d) with 95 % bands, for every source of the window that was scored with the "
            "model, layer and width of the maps. true: the words of the story; shuffled: a window from elsewhere in "
            "the story; random: a random vector for each word; static: vectors that do not depend on context; "
            "generated: the language model's own continuation of the words so far; syntactic and semantic: the part "
            "of the true window that its grammar determines, and the rest; any other source as described in the "
            "methods of the report. Dots mark sources scored at few distances. The upper axis converts words to "
            "seconds at the mean rate of speech.",
            "A source that gains as much as the true window shows how much of F needs no knowledge of the true "
            "upcoming words.",
        ],
    )
    return figure


def draw_sources_panel(ax: Axes, panel: pd.DataFrame, colour: str) -> None:
    """F(d) of every source in `panel`, each in the colour of the source; `colour`, that of the panel, is not used."""
    for hemi, side, opacity in sides_of(panel):
        for turn, source in enumerate(sources_in_order(side)):
            line = side[side["source"] == source]
            style = {"linestyle": "--"} if source == SHUFFLED else {}
            style |= {"marker": "o", "markersize": 3} if line["distance"].nunique() <= MAX_MARKERS else {}
            style["colour"] = SOURCE_COLOURS.get(source, OTHER_COLOURS[turn % len(OTHER_COLOURS)])
            label = source if hemi is None else f"{source}, {hemi}"
            draw_band(ax, line, "distance", label=label, band=0.15, alpha=opacity, **style)
    zero_line(ax)


def sources_in_order(scores: pd.DataFrame) -> list[str]:
    """The sources of a table, those with a fixed colour first."""
    scored = set(scores["source"])
    return [source for source in SOURCE_COLOURS if source in scored] + sorted(scored - SOURCE_COLOURS.keys())


def _forecast_scores(roi_scores: pd.DataFrame, chosen: dict[str, object]) -> pd.DataFrame:
    return select_rows(roi_scores, "group/roi_scores", score="forecast_score", **chosen)


def _mirror_differences(roi_scores: pd.DataFrame, chosen: dict[str, object]) -> pd.DataFrame:
    """Rows of M; none where no distance of the grid has its mirror there."""
    wanted = {"score": "mirror_difference", **chosen}
    return roi_scores[(roi_scores[list(wanted)] == pd.Series(wanted)).all(axis=1)]


def _draw_distance_panel(ax: Axes, panel: pd.DataFrame, colour: str, *, source: str) -> None:
    for hemi, side, opacity in sides_of(panel):
        shown = draw_with_control(ax, side, "distance", source, colour=colour, label=_line_label(hemi), opacity=opacity)
        if len(shown) and hemi != "R":
            _draw_mirror(ax, shown, colour)
            mark_highest(ax, shown, "distance", "d = ", colour)
    zero_line(ax)


def _draw_mirror_difference(ax: Axes, panel: pd.DataFrame, colour: str, width: int) -> None:
    """M(d) = F(d) - F(w - 1 - d) with its band; on the left, where the windows hold the present word, its formula."""
    for hemi, side, opacity in sides_of(panel):
        draw_band(ax, side, "distance", colour=colour, label=f"M, {hemi or 'both'}", alpha=opacity)
    formula = f"M(d) = F(d) − {_mirror_name(width)}"
    white = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # over the line that marks d = 0
    ax.text(0.02, 0.93, formula, transform=ax.transAxes, fontsize=7, va="top", bbox=white)
    zero_line(ax)


def _draw_layer_panel(ax: Axes, panel: pd.DataFrame, colour: str, *, source: str) -> None:
    for hemi, side, opacity in sides_of(panel):
        style = {"colour": colour, "label": _line_label(hemi), "opacity": opacity, "marker": "o", "markersize": 3}
        shown = draw_with_control(ax, side, "layer", source, **style)
        mark_highest(ax, shown, "layer", "layer ", colour)
    zero_line(ax)


def _line_label(hemi: str | None) -> str:
    """Label of a line, a format for the name of its source."""
    return "{}" + ("" if hemi is None else f", {hemi}") + " window, 95 % band"


def _draw_mirror(ax: Axes, shown: pd.DataFrame, colour: str) -> None:
    """The mirror of each window beyond the present word: where it differs from the curve, F is not symmetric."""
    width, means = int(shown["width"].iloc[0]), shown.set_index("distance")["mean"]
    distances = mirrored_distances(width, list(means.index))
    if distances:
        label = f"{shown['source'].iloc[0]} window, mirror {_mirror_name(width)}"
        mirrored = means[[mirror(width, distance) for distance in distances]]
        ax.plot(distances, mirrored, ":", color=colour, linewidth=1.1, label=label)


def _mirror_name(width: int) -> str:
    """F at the mirror of d."""
    return f"F({mirror(width, 0)} − d)"


def _handles(axes: Iterable[Axes]) -> list[Line2D]:
    """A legend entry per kind of line, in black or grey as each panel has its own colour; the control last."""
    lines = sorted(_labelled_lines(axes).items(), key=lambda item: (item[0].startswith(SHUFFLED), item[0]))
    return [
        Line2D([], [], color=GREY if label.startswith(SHUFFLED) else BLACK, linestyle=line.get_linestyle(),
               alpha=line.get_alpha(), label=label)
        for label, line in lines
    ]  # fmt: skip


def _labelled_lines(axes: Iterable[Axes]) -> dict[str, Line2D]:
    """The lines of all panels by label; matplotlib gives lines without a label one that starts with an underscore."""
    return {line.get_label(): line for ax in axes for line in ax.lines if not line.get_label().startswith("_")}
