"""Left against right hemisphere, region by region."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from brainforecast.figures.style import ACCENT, GREY, put_title, seconds_axis, styled
from brainforecast.results.selection import layer_name, rows, window_name

MEASURE = "forecast_distance"
MOST_NAMES = 6  # names of regions that differ, the surest first


@styled
def draw_symmetry(
    subject_distances: pd.DataFrame,
    symmetry: pd.DataFrame,
    *,
    cell: Mapping[str, object],
    q_level: float,
    word_rate: float,
    simulated: bool,
) -> Figure:
    """d* of each region in the left hemisphere against the right; filled where the two differ.

    Parameters
    ----------
    subject_distances : region distances of every subject.
    symmetry : group table of left - right; it may hold no rows, and then no dot is filled.
    cell : ``model``, ``layer``, ``source`` and ``width``.
    q_level : left and right differ below it.
    word_rate : words per second, for the axes in seconds.
    """
    chosen = {key: cell[key] for key in ("model", "layer", "source", "width")}
    distances = rows(subject_distances, "subjects/roi_distances", level="roi", **chosen)
    sides = both_sides(distances, symmetry[symmetry["measure"] == MEASURE], chosen)
    figure = Figure(figsize=(5.4, 5.4))
    ax = figure.subplots()
    _draw_sides(ax, sides, q_level)
    seconds_axis(ax, "top", word_rate, "left (seconds)")
    seconds_axis(ax, "right", word_rate, "right (seconds)")
    differ = int((sides["q_value"] < q_level).sum())
    text = f"Forecast distance left against right, {differ} of {len(sides)} regions differ"
    detail = f"{layer_name(cell)}, {window_name(cell)}"
    n_subjects = [distances["subject"].nunique()]
    put_title(figure, text, detail, n_subjects, simulated=simulated)
    return figure


def both_sides(distances: pd.DataFrame, symmetry: pd.DataFrame, chosen: Mapping[str, object]) -> pd.DataFrame:
    """Mean over subjects of d* in each region: roi, L, R, and q_value of their difference."""
    apart = distances[distances["hemi"].isin(["L", "R"])]
    means = apart.pivot_table(index="roi", columns="hemi", values=MEASURE, aggfunc="mean").reindex(columns=["L", "R"])
    tested = symmetry[symmetry["level"] == "roi"]
    for key, value in chosen.items():
        tested = tested[tested[key] == value]
    return means.dropna().join(tested.set_index("roi")["q_value"]).reset_index()


def _draw_sides(ax: Axes, sides: pd.DataFrame, q_level: float) -> None:
    differs = (sides["q_value"] < q_level).to_numpy()
    fill = np.where(differs, ACCENT, "white")
    ax.scatter(sides["L"], sides["R"], s=20, c=fill, edgecolors=ACCENT, linewidths=0.8, zorder=3)
    ends = [sides[["L", "R"]].min().min() - 0.5, sides[["L", "R"]].max().max() + 0.5]
    ax.plot(ends, ends, "--", color=GREY, linewidth=0.9)
    ax.set_xlim(ends)
    ax.set_ylim(ends)
    ax.set_aspect("equal")
    _name_dots(ax, sides[differs].sort_values("q_value", kind="stable").head(MOST_NAMES))
    ax.set_xlabel("d*, left region (words)")
    ax.set_ylabel("d*, right region (words)")
    dot = {"linestyle": "none", "marker": "o", "markersize": 4.5, "markeredgecolor": ACCENT}
    ax.figure.legend(
        handles=[
            Line2D([], [], **dot, color=ACCENT, label=f"left and right differ, q < {q_level:g}"),
            Line2D([], [], **dot, color="white", label="no difference shown"),
            Line2D([], [], color=GREY, linestyle="--", linewidth=0.9, label="left = right"),
        ],
        loc="outside lower center",
        ncols=3,
    )


def _name_dots(ax: Axes, named: pd.DataFrame) -> None:
    """A number at each dot, on the side away from the diagonal, and the names in the empty corner."""
    for number, (_, region) in enumerate(named.iterrows(), start=1):
        above = region["R"] > region["L"]
        offset, side = ((-5, 3), "right") if above else ((5, -7), "left")
        style = {"textcoords": "offset points", "ha": side, "fontsize": 7, "color": ACCENT}
        ax.annotate(str(number), (region["L"], region["R"]), xytext=offset, **style)
    names = "\n".join(f"{number} {roi}" for number, roi in enumerate(named["roi"], start=1))
    ax.text(0.98, 0.03, names, transform=ax.transAxes, ha="right", va="bottom", fontsize=7, color=ACCENT)
