"""How wide a window helps: the forecast score against the width, and that of single words."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from brainforecast.figures.panels import draw_band, mark_highest, mark_significant, regions_to_draw, sides_of, zero_line
from brainforecast.figures.style import GREY, colour_of, put_title, seconds_axis, styled
from brainforecast.results.selection import layer_name, rows

SHUFFLED = "shuffled"


@styled
def draw_widths(
    widths: pd.DataFrame,
    roi_scores: pd.DataFrame,
    curves: Sequence[Mapping[str, str]],
    *,
    cell: Mapping[str, object],
    q_level: float,
    word_rate: float,
    simulated: bool,
) -> Figure:
    """A row per group of targets. Left: F(w) at the best distance of each width. Right: F of single words.

    Parameters
    ----------
    widths : group table of widths; it may hold no rows.
    roi_scores : group table of region scores; its rows of width 1 are the single words.
    curves : ``level`` and ``roi`` of each row, and a ``label``; all lobes where empty.
    cell : ``model``, ``layer`` and ``source``.
    q_level : dots are filled where q is below it.
    word_rate : words per second, for the axis in seconds.
    """
    model = {key: cell[key] for key in ("model", "layer")}
    scores = rows(roi_scores, "group/roi_scores", score="forecast_score", **model)
    single = scores[scores["width"] == 1]
    wide = widths[(widths["model"] == cell["model"]) & (widths["layer"] == cell["layer"])]
    curves = regions_to_draw(scores, curves)
    figure = Figure(figsize=(7.2, 1.75 * len(curves) + 1.6))
    axes = figure.subplots(len(curves), 2, sharey="row", sharex="col", squeeze=False)
    for position, (pair, curve) in enumerate(zip(axes, curves, strict=True)):
        style = {"source": str(cell["source"]), "colour": colour_of(curve["roi"], position), "q_level": q_level}
        for ax, table, x in zip(pair, (wide, single), ("width", "distance"), strict=True):
            _draw_panel(ax, table[(table["level"] == curve["level"]) & (table["roi"] == curve["roi"])], x, **style)
        pair[0].set_ylabel("forecast score F\n(gain in r)")
        pair[0].set_title(f"{curve.get('label') or curve['roi']}: width")
        pair[1].set_title("single words (w = 1)")
    for ax in axes[-1]:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[-1, 0].set_xlabel("width w of the window (words)")
    axes[-1, 1].set_xlabel("distance d of the word (words)")
    if len(single):
        seconds_axis(axes[0, 1], "top", word_rate, "distance (seconds)")
    twin = (pd.concat([wide["source"], single["source"]]) == SHUFFLED).any()
    figure.legend(handles=_handles(str(cell["source"]), q_level, twin), loc="outside lower center", ncols=4)
    n_subjects = pd.concat([wide["n_subjects"], single["n_subjects"]])
    put_title(figure, "Forecast score by width and by single word", layer_name(cell), n_subjects, simulated=simulated)
    return figure


def _draw_panel(ax: Axes, table: pd.DataFrame, x: str, *, source: str, colour: str, q_level: float) -> None:
    if table.empty:
        ax.text(0.5, 0.5, "not scored", transform=ax.transAxes, ha="center", va="center", color=GREY)
        return
    zero_line(ax)
    for (_, side), alpha in zip(sides_of(table), (1.0, 0.5), strict=False):
        twin = side[side["source"] == SHUFFLED]
        told = side[side["source"] == source].sort_values(x)
        draw_band(ax, twin, x, colour=GREY, label=SHUFFLED, linestyle="--", alpha=alpha)
        draw_band(ax, told, x, colour=colour, label=source, alpha=alpha)
        mark_significant(ax, told, x, colour, q_level)
        if x == "width":
            mark_highest(ax, told, x, "w = ", colour)
    ax.margins(y=0.2)


def _handles(source: str, q_level: float, twin: bool) -> list[Line2D]:
    dot = {"linestyle": "none", "marker": "o", "markersize": 4, "markeredgecolor": "#222222"}
    return [
        Line2D([], [], color="#222222", label=f"{source} window, 95 % band"),
        *([Line2D([], [], color=GREY, linestyle="--", label="shuffled window")] if twin else []),
        Line2D([], [], **dot, color="#222222", label=f"q < {q_level:g}"),
        Line2D([], [], **dot, color="white", label=f"q ≥ {q_level:g}"),
    ]
