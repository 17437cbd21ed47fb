"""Forecast score against the width of the window, and of single words against their distance."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from brainforecast.figures.captions import Figure
from brainforecast.figures.panels import (
    SHUFFLED,
    draw_with_control,
    mark_highest,
    mark_significant,
    regions_to_draw,
    sides_of,
    significance_handles,
    zero_line,
)
from brainforecast.figures.style import BLACK, GREY, FigureSettings, colour_of, put_title, seconds_axis, styled
from brainforecast.results.selection import layer_name, select_rows


@styled
def draw_widths(
    widths: pd.DataFrame,
    roi_scores: pd.DataFrame,
    settings: FigureSettings,
    *,
    word_rate: float,
    of_series: bool = False,
) -> Figure:
    """A row per group of targets. Left: F(w) at the best distance of each width. Right: F of single words.

    Parameters
    ----------
    widths : group table of widths; it may have no rows.
    roi_scores : group table of region scores; its rows of width 1 are the single words.
    word_rate : words per second, for the axis in seconds.
    of_series : whether F is that of the mean series of regions, not the mean over their targets.
    """
    cell, present = settings.cell, settings.pick("model", "layer", "base")
    score = "series_forecast_score" if of_series else "forecast_score"
    scores = select_rows(roi_scores, "group/roi_scores", score=score, **present)
    single = scores[scores["width"] == 1]
    wide = widths[(widths[list(present)] == list(present.values())).all(axis=1)]
    curves = regions_to_draw(scores, settings.curves)
    figure = Figure(figsize=(7.2, 1.75 * len(curves) + 1.6))
    axes = figure.subplots(len(curves), 2, sharey="row", sharex="col", squeeze=False)
    for position, (pair, curve) in enumerate(zip(axes, curves, strict=True)):
        colour = colour_of(curve["roi"], position)
        for ax, table, x in zip(pair, (wide, single), ("width", "distance"), strict=True):
            panel = table[(table["level"] == curve["level"]) & (table["roi"] == curve["roi"])]
            _draw_panel(ax, panel, x, colour, settings)
        pair[0].set_ylabel("forecast score F\n(gain in r)")
        pair[0].set_title(f"{curve.get('label') or curve['roi']}: width")
        pair[1].set_title("single words (w = 1)")
    _name_axes(axes, word_rate if len(single) else None)
    has_control = (pd.concat([wide["source"], single["source"]]) == SHUFFLED).any()
    figure.legend(handles=_handles(settings, has_control), loc="outside lower center", ncols=4)
    n_subjects = pd.concat([wide["n_subjects"], single["n_subjects"]])
    title = f"Forecast score{' of mean series' if of_series else ''} by width and by single word"
    put_title(
        figure,
        title,
        layer_name(cell),
        n_subjects,
        simulated=settings.simulated,
        alt="TODO",
        caption=[
            "Left: mean over subjects of F against the number of words in the window, each width at its best "
            "distance; in each subject that distance is the best one of the mean of the other subjects, so nothing is "
            "chosen and tested on the same data. Right: F of one upcoming word alone (w = 1), against its distance in "
            "words and, above, in seconds. 95 % bands; filled dots: q below the level in the legend (two-sided "
            "Wilcoxon signed-rank test against 0, false discovery rate over regions); dashed grey: the shuffled "
            "window where it was scored. F is the mean over the targets of a region; where the title says *of mean "
            "series*, that of the region's mean series scored as one target, which is higher."
        ],
    )
    return figure


def _draw_panel(ax: Axes, panel: pd.DataFrame, x: str, colour: str, settings: FigureSettings) -> None:
    if panel.empty:
        ax.text(0.5, 0.5, "not scored", transform=ax.transAxes, ha="center", va="center", color=GREY)
        return
    zero_line(ax)
    for _, side, opacity in sides_of(panel):
        shown = draw_with_control(ax, side, x, str(settings.cell["source"]), colour=colour, opacity=opacity)
        mark_significant(ax, shown, x, colour, settings.q_level)
        if x == "width":
            mark_highest(ax, shown, x, "w = ", colour)
    ax.margins(y=0.2)


def _name_axes(axes: np.ndarray, word_rate: float | None) -> None:
    """Label the lowest panels; the axis in seconds needs a scored word."""
    for ax in axes[-1]:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[-1, 0].set_xlabel("width w of the window (words)")
    axes[-1, 1].set_xlabel("distance d of the word (words)")
    if word_rate is not None:
        seconds_axis(axes[0, 1], "top", word_rate, "distance (seconds)")


def _handles(settings: FigureSettings, has_control: bool) -> list[Line2D]:
    control = [Line2D([], [], color=GREY, linestyle="--", label=f"{SHUFFLED} window")] if has_control else []
    return [
        Line2D([], [], color=BLACK, label=f"{settings.cell['source']} window, 95 % band"),
        *control,
        *significance_handles(settings.q_level, BLACK),
    ]
