"""Curves of the forecast score, one panel per group of targets: against distance, against layer, and by source."""

import math
from collections.abc import Iterable
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from brainforecast.cells import mirror, mirrored_distances
from brainforecast.figures.captions import (
    Ahead,
    Figure,
    fill_text,
    has_band,
    highest_text,
    labels_of,
    list_text,
    mean_text,
    panels_text,
    seconds_text,
    sentences,
    value_text,
)
from brainforecast.figures.panels import (
    SHUFFLED,
    SPREAD_WIDTH,
    add_lower_panels,
    draw_band,
    draw_with_control,
    fill_handles,
    mark_highest,
    mark_significant,
    name_axes,
    name_distance_axes,
    panel_rows,
    region_panels,
    regions_to_draw,
    sides_of,
    source_colour,
    zero_line,
)
from brainforecast.figures.style import SOURCE_COLOURS, SOURCE_SHAPES, FigureSettings, put_title, styled
from brainforecast.results.selection import base_name, layer_name, select_rows, window_name

MAX_MARKERS = 12  # of one line; a source that is scored at more distances has marks at some of them
SOURCE_TEXTS = {
    "true": "true, the words of the story",
    "shuffled": "shuffled, a window from elsewhere in the same story",
    "random": "random, a random vector for each word",
    "static": "static, vectors that do not depend on context",
    "generated": "generated, the language model's own continuation of the words so far",
    "syntactic": "syntactic, the part of the true window that its grammar determines",
    "semantic": "semantic, the rest of the true window",
}
HIGHEST = (
    "The highest point is labelled; a curve of noise has a highest point too, and a test there is not corrected for "
    "the choice."
)
PASSIVE = (
    "At small d, F is above 0 even for a cortex that never forecasts: through the delays, a future window of an "
    "earlier row is the present of a later one, and language predicts itself."
)


@styled
def draw_forecast_curves(
    roi_scores: pd.DataFrame, settings: FigureSettings, *, word_rate: float, ahead: Ahead = None
) -> Figure:
    """F(d) against d for the reported source, its shuffled control and its mirror F(w - 1 - d); below, M(d), if scored.

    Parameters
    ----------
    roi_scores : group table of region scores.
    word_rate : words per second, for the axis in seconds.
    ahead : seconds to the word at the reported distance, for the caption (`captions.seconds_text`).
    """
    scores = _forecast_scores(roi_scores, settings.pick("model", "layer", "base", "width"))
    source = str(settings.cell["source"])
    draw = partial(_draw_distance_panel, source=source, q_level=settings.q_level)
    figure, axes, used = region_panels(scores, settings.curves, draw)
    marked = name_distance_axes(axes, len(used), word_rate, distance=settings.cell["distance"], ahead=ahead)
    axes.flat[0].margins(y=0.14)
    differences = _mirror_differences(roi_scores, settings.pick("model", "layer", "base", "source", "width"))
    if len(differences):
        lower = add_lower_panels(figure, axes, len(used), "M(d)")
        for ax, curve in zip(lower, regions_to_draw(scores, settings.curves), strict=True):
            here = differences[(differences["level"] == curve["level"]) & (differences["roi"] == curve["roi"])]
            _draw_mirror_difference(ax, here, source, int(settings.cell["width"]))
    _add_legend(figure, axes, used, settings.q_level)
    put_title(
        figure,
        "Forecast score against distance",
        f"{layer_name(settings.cell)}, {window_name(settings.cell)}",
        scores["n_subjects"],
        simulated=settings.simulated,
        alt=_alt("F(d) against the distance d", scores, settings, "distance", "d"),
        caption=[
            sentences(
                *_lines_text(scores, used, source),
                *_mirror_text(used, len(differences) > 0, int(settings.cell["width"])),
                seconds_text("The upper axis is", settings.cell["distance"], ahead, marked=marked),
                HIGHEST,
                fill_text(figure, settings.q_level),
            ),
            sentences(
                PASSIVE,
                len(differences) > 0
                and "So a curve can be evidence of forecasting only where it rises above 0 and "
                "above its mirror, that is, where M is above 0 too.",
                has_band(scores) and "The bands are about listeners of this recording, not about other stories.",
            ),
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
    source = str(settings.cell["source"])
    draw = partial(_draw_layer_panel, source=source, q_level=settings.q_level)
    figure, axes, used = region_panels(scores, settings.curves, draw)
    layers = sorted(scores["layer"].unique())
    axes.flat[0].set_xticks(layers if len(layers) <= 13 else layers[:: len(layers) // 7])
    axes.flat[0].margins(y=0.16)
    name_axes(axes, len(used), "layer k (0 = embedding)", f"forecast score F({distance})\n(gain in r)")
    _add_legend(figure, axes, used, settings.q_level)
    put_title(
        figure,
        "Forecast score against layer",
        f"{settings.cell['model']}{base_name(settings.cell)}, {window_name(settings.cell)}, d = {distance}",
        scores["n_subjects"],
        simulated=settings.simulated,
        alt=_alt(f"F({distance}) against the layer k", scores, settings, "layer", "k"),
        caption=[
            sentences(
                "Present and window are both from layer k of the language model.",
                *_lines_text(scores, used, source),
                fill_text(figure, settings.q_level),
                HIGHEST,
            ),
            "The forecast depth k* is this peak, in each subject and target first. Layers differ little where a curve "
            "is flat, and an argmax of noise falls in the middle of the layers: read k* together with its "
            "reliability.",
        ],
    )
    return figure


@styled
def draw_sources(
    roi_scores: pd.DataFrame, settings: FigureSettings, *, word_rate: float, ahead: Ahead = None
) -> Figure:
    """F(d) against d for every source scored with the reported model, layer and width.

    Parameters
    ----------
    roi_scores : group table of region scores.
    word_rate, ahead : as in `draw_forecast_curves`.
    """
    chosen = settings.pick("model", "layer", "base", "width")
    scores = _forecast_scores(roi_scores, chosen)
    draw = partial(draw_sources_panel, q_level=settings.q_level)
    figure, axes, used = region_panels(scores, settings.curves, draw)
    marked = name_distance_axes(axes, len(used), word_rate, distance=settings.cell["distance"], ahead=ahead)
    add_sources_legend(figure, axes, used, settings.q_level)
    sources = sources_in_order(scores)
    bands = ", 95 % bands" if has_band(scores) else ""
    put_title(
        figure,
        "Forecast score by source of the window",
        f"{layer_name(chosen)}, {window_name(chosen)}{bands}",
        scores["n_subjects"],
        simulated=settings.simulated,
        alt=sources_alt(scores, settings),
        caption=[
            sentences(
                mean_text("F(d)", scores),
                "Every source of the window that was scored with the model, layer and width of the maps:",
                "; ".join(SOURCE_TEXTS.get(name, f"{name}: see the methods of the report") for name in sources) + ".",
                figure.q_values and "Marks are at distances that were scored, of a source scored at many at some.",
                fill_text(figure, settings.q_level),
                seconds_text("The upper axis is", settings.cell["distance"], ahead, marked=marked),
            ),
            set(sources) - {"true", SHUFFLED}
            and "A source that gains as much as the true window shows how much of F needs no knowledge of the true "
            "upcoming words.",
        ],
    )
    return figure


def draw_sources_panel(ax: Axes, panel: pd.DataFrame, *, q_level: float) -> None:
    """F(d) of every source in `panel`, each in the colour and with the marks of the source."""
    for hemi, side, style in sides_of(panel):
        for turn, source in enumerate(sources_in_order(side)):
            line = side[side["source"] == source].sort_values("distance")
            colour, label = source_colour(source, turn), source if hemi is None else f"{source}, {hemi}"
            dashes = {"linestyle": "--"} if source == SHUFFLED else {}
            draw_band(ax, line, "distance", colour=colour, label=label, band=0.15, **dashes, **style)
            if source in SOURCE_SHAPES:
                marked = line.iloc[:: math.ceil(len(line) / MAX_MARKERS)]
                mark_significant(ax, marked, "distance", colour, q_level, SOURCE_SHAPES[source])
    zero_line(ax)


def add_sources_legend(figure: Figure, axes: np.ndarray, used: Iterable[Axes], q_level: float) -> None:
    """Below the panels: the lines with their marks, and what filled and hollow are."""
    lines = [
        Line2D([], [], color=line.get_color(), linestyle=line.get_linestyle(), alpha=line.get_alpha(), label=label,
               linewidth=line.get_linewidth(),
               marker=SOURCE_SHAPES.get(label.split(",")[0], ""), markersize=4)
        for label, line in _labelled_lines(used).items()
    ]  # fmt: skip
    handles = lines + fill_handles(figure, q_level)
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 2 + 2 * axes.shape[1]))


def sources_alt(scores: pd.DataFrame, settings: FigureSettings) -> str:
    """Where the curve of each source is highest, panel by panel."""
    clauses = []
    for name, rows in panel_rows(scores, settings.curves):
        rows = rows.dropna(subset="mean")
        best = rows.loc[rows.groupby("source")["mean"].idxmax()].sort_values("mean", ascending=False)
        peaks = [f"{row.source} {value_text(row.mean)}" for row in best[["source", "mean"]].itertuples()]
        clauses.append(f"{name}: {list_text(peaks)}")
    return panels_text("F(d) against the distance d, a line for each source; the highest value of each", clauses)


def sources_in_order(scores: pd.DataFrame) -> list[str]:
    """The sources of a table, those with a fixed colour first."""
    scored = set(scores["source"])
    return [source for source in SOURCE_COLOURS if source in scored] + sorted(scored - SOURCE_COLOURS.keys())


def _lines_text(scores: pd.DataFrame, axes: Iterable[Axes], source: str) -> list[str | bool]:
    """What the lines of the reported source and of its control are, of those that were drawn."""
    labels = labels_of(axes)
    control = any(label.startswith(SHUFFLED) for label in labels)
    apart = any(", R window" in label for label in labels)
    return [
        mean_text("F", scores),
        source != SHUFFLED and f"Solid: {SOURCE_TEXTS.get(source, f'the {source} window')}.",
        control and f"Dashed grey: {SOURCE_TEXTS[SHUFFLED]}.",
        apart and "Where nothing pools the hemispheres, the thin line is the right one.",
    ]


def _mirror_text(axes: Iterable[Axes], has_differences: bool, width: int) -> list[str | bool]:
    """What the dotted line and the lower panels are, if they were drawn."""
    dotted = any("mirror" in label for label in labels_of(axes))
    starts = f"{'Both start' if dotted and has_differences else 'It starts'} at d = {width}: a nearer window (0 ≤ d < "
    return [
        dotted and f"Dotted: its mirror {_mirror_name(width)}, the window reflected in the present word, drawn at d.",
        has_differences
        and f"Below, in a panel of its own: the mirror difference M(d) = F(d) − {_mirror_name(width)} within subjects.",
        (dotted or has_differences) and f"{starts}{width}) holds the present word and is in part its own mirror.",
    ]


def _alt(what: str, scores: pd.DataFrame, settings: FigureSettings, x: str, symbol: str) -> str:
    """Where the curve of the reported source is highest, panel by panel."""
    panels = panel_rows(scores, settings.curves, settings.cell["source"])
    return panels_text(what, [highest_text(name, rows, x, symbol) for name, rows in panels])


def _forecast_scores(roi_scores: pd.DataFrame, chosen: dict[str, object]) -> pd.DataFrame:
    return select_rows(roi_scores, "group/roi_scores", score="forecast_score", **chosen)


def _mirror_differences(roi_scores: pd.DataFrame, chosen: dict[str, object]) -> pd.DataFrame:
    """Rows of M; none where no distance of the grid has its mirror there."""
    wanted = {"score": "mirror_difference", **chosen}
    return roi_scores[(roi_scores[list(wanted)] == pd.Series(wanted)).all(axis=1)]


def _draw_distance_panel(ax: Axes, panel: pd.DataFrame, *, source: str, q_level: float) -> None:
    for hemi, side, style in sides_of(panel):
        shown = draw_with_control(ax, side, "distance", source, label=_line_label(hemi, panel), **style)
        if len(shown) and hemi != "R":
            _draw_mirror(ax, shown, source_colour(source))
            mark_highest(ax, shown, "distance", "d = ", source_colour(source), q_level)
    zero_line(ax)


def _draw_mirror_difference(ax: Axes, panel: pd.DataFrame, source: str, width: int) -> None:
    """M(d) = F(d) - F(w - 1 - d) with its band; on the left, where the windows hold the present word, its formula."""
    for hemi, side, style in sides_of(panel):
        draw_band(ax, side, "distance", colour=source_colour(source), label=f"M, {hemi or 'both'}", **style)
    formula = f"M(d) = F(d) − {_mirror_name(width)}"
    white = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # over the line that marks d = 0
    ax.text(0.02, 0.93, formula, transform=ax.transAxes, fontsize=7, va="top", bbox=white)
    zero_line(ax)


def _draw_layer_panel(ax: Axes, panel: pd.DataFrame, *, source: str, q_level: float) -> None:
    for hemi, side, style in sides_of(panel):
        shown = draw_with_control(ax, side, "layer", source, label=_line_label(hemi, panel), **style)
        mark_significant(ax, shown, "layer", source_colour(source), q_level)
        if hemi != "R":
            mark_highest(ax, shown, "layer", "layer ", source_colour(source), q_level)
    zero_line(ax)


def _line_label(hemi: str | None, panel: pd.DataFrame) -> str:
    """Label of a line, a format for the name of its source."""
    return "{}" + ("" if hemi is None else f", {hemi}") + " window" + (", 95 % band" if has_band(panel) else "")


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


def _add_legend(figure: Figure, axes: np.ndarray, used: Iterable[Axes], q_level: float) -> None:
    """Below the panels: each kind of line, the control last, and what filled and hollow are."""
    lines = sorted(
        _labelled_lines(used).items(),
        key=lambda item: (item[1].get_linewidth() == SPREAD_WIDTH, item[0].startswith(SHUFFLED), item[0]),
    )
    handles = [line for _, line in lines] + fill_handles(figure, q_level)
    figure.legend(handles=handles, loc="outside lower center", ncols=axes.shape[1] + 1)


def _labelled_lines(axes: Iterable[Axes]) -> dict[str, Line2D]:
    """The lines of all panels by label, those on an axis in seconds last; without a label of ours it starts with _."""
    lines = [line for ax in axes for line in ax.lines if not line.get_label().startswith("_")]
    return {line.get_label(): line for line in sorted(lines, key=lambda line: line.get_linewidth() == SPREAD_WIDTH)}
