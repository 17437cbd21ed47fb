"""Forecast score against the width of the window, and of single words against their distance."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from brainforecast.figures.captions import (
    Ahead,
    Figure,
    fill_text,
    has_band,
    highest_text,
    mean_text,
    panels_text,
    seconds_text,
    sentences,
    value_text,
)
from brainforecast.figures.panels import (
    SHUFFLED,
    draw_with_control,
    fill_handles,
    first_side,
    mark_highest,
    mark_significant,
    panel_name,
    regions_to_draw,
    sides_of,
    source_colour,
    zero_line,
)
from brainforecast.figures.style import GREY, SECONDS, FigureSettings, put_title, seconds_axis, styled
from brainforecast.results.selection import layer_name, select_rows


@styled
def draw_widths(
    widths: pd.DataFrame,
    roi_scores: pd.DataFrame,
    settings: FigureSettings,
    *,
    word_rate: float,
    ahead: Ahead = None,
    of_series: bool = False,
) -> Figure:
    """A row per group of targets. Left: F(w) at the best distance of each width. Right: F of single words.

    Parameters
    ----------
    widths : group table of widths; it may have no rows.
    roi_scores : group table of region scores; its rows of width 1 are the single words.
    word_rate, ahead : as in `curves.draw_forecast_curves`.
    of_series : whether F is that of the mean series of regions, not the mean over their targets.
    """
    present = settings.pick("model", "layer", "base")
    score = "series_forecast_score" if of_series else "forecast_score"
    scores = select_rows(roi_scores, "group/roi_scores", score=score, **present)
    single = scores[scores["width"] == 1]
    wide = widths[(widths[list(present)] == list(present.values())).all(axis=1)]
    curves = regions_to_draw(scores, settings.curves)
    figure = Figure(figsize=(7.2, 1.75 * len(curves) + 1.6))
    axes = figure.subplots(len(curves), 2, sharey="row", sharex="col", squeeze=False)
    for pair, curve in zip(axes, curves, strict=True):
        for ax, table, x in zip(pair, (wide, single), ("width", "distance"), strict=True):
            _draw_panel(ax, _of_curve(table, curve), x, settings)
        pair[0].set_ylabel("forecast score F\n(gain in r)")
        pair[0].set_title(f"{panel_name(curve)}: width")
        pair[1].set_title("single words (w = 1)")
    _name_axes(axes, word_rate if len(single) else None)
    both = pd.concat([wide, single])
    _add_legend(figure, settings, both)
    put_title(
        figure,
        f"Forecast score{' of mean series' if of_series else ''} by width and by single word",
        layer_name(settings.cell),
        both["n_subjects"],
        simulated=settings.simulated,
        alt=_alt(wide, single, curves, str(settings.cell["source"])),
        caption=[
            sentences(
                mean_text("F", both),
                len(wide) > 0
                and "Left: F against the number of words in the window, each width at its best distance; "
                "in each subject that distance is the best one of the mean of the other subjects, so nothing is chosen "
                "and tested on the same data.",
                len(single) > 0 and "Right: F of one upcoming word alone (w = 1), against its distance.",
                len(single) > 0 and seconds_text("The upper axis is", settings.cell["distance"], ahead),
                fill_text(figure, settings.q_level),
                (both["source"] == SHUFFLED).any() and "Dashed grey: the shuffled window.",
                "F is that of a region's mean series scored as one target, which is higher than the mean over its "
                "targets."
                if of_series
                else "F is the mean over the targets of a region.",
            )
        ],
    )
    return figure


def _of_curve(table: pd.DataFrame, curve: dict) -> pd.DataFrame:
    return table[(table["level"] == curve["level"]) & (table["roi"] == curve["roi"])]


def _alt(wide: pd.DataFrame, single: pd.DataFrame, curves: Sequence[dict], source: str) -> str:
    """The width with the highest F of each group of targets, and the single word."""
    clauses = []
    for curve in curves:
        of_width, of_word = (first_side(_of_curve(t[t["source"] == source], curve)) for t in (wide, single))
        clause = highest_text(panel_name(curve), of_width, "width", "w")
        if len(of_word):
            best = of_word.loc[of_word["mean"].idxmax()]
            clause += f"; of single words at d = {best['distance']:g} ({value_text(best['mean'])})".replace("-", "−")
        clauses.append(clause)
    return panels_text("F against the width of the window and F of single words", clauses, unit="row")


def _draw_panel(ax: Axes, panel: pd.DataFrame, x: str, settings: FigureSettings) -> None:
    if panel.empty:
        ax.text(0.5, 0.5, "not scored", transform=ax.transAxes, ha="center", va="center", color=GREY)
        return
    zero_line(ax)
    source = str(settings.cell["source"])
    for hemi, side, style in sides_of(panel):
        shown = draw_with_control(ax, side, x, source, **style)
        mark_significant(ax, shown, x, source_colour(source), settings.q_level)
        if x == "width" and hemi != "R":
            mark_highest(ax, shown, x, "w = ", source_colour(source), settings.q_level)
    ax.margins(y=0.22)


def _name_axes(axes: np.ndarray, word_rate: float | None) -> None:
    """Label the lowest panels; the axis in seconds needs a scored word."""
    for ax in axes[-1]:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[-1, 0].set_xlabel("width w of the window (words)")
    axes[-1, 1].set_xlabel("distance d of the word (words)")
    if word_rate is not None:
        seconds_axis(axes[0, 1], "top", word_rate, f"distance ({SECONDS})")


def _add_legend(figure: Figure, settings: FigureSettings, shown: pd.DataFrame) -> None:
    source, band = str(settings.cell["source"]), ", 95 % band" if has_band(shown) else ""
    drawn = [
        (source, Line2D([], [], color=source_colour(source), label=f"{source} window{band}")),
        (SHUFFLED, Line2D([], [], color=GREY, linestyle="--", label=f"{SHUFFLED} window{band}")),
    ]
    lines = [handle for name, handle in drawn if (shown["source"] == name).any()]
    figure.legend(handles=lines + fill_handles(figure, settings.q_level), loc="outside lower center", ncols=5)
