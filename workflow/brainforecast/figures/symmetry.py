"""Forecast distance of the left against the right hemisphere, region by region."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from brainforecast.figures.captions import Figure
from brainforecast.figures.panels import draw_pairs
from brainforecast.figures.style import ACCENT, FigureSettings, put_title, seconds_axis, styled
from brainforecast.results.selection import layer_name, select_rows, window_name

MEASURE = "forecast_distance"
MAX_NAMES = 6  # of regions that differ, those with the lowest q


@styled
def draw_symmetry(
    subject_distances: pd.DataFrame, symmetry: pd.DataFrame, settings: FigureSettings, *, word_rate: float
) -> Figure:
    """d* of each region in the left hemisphere against the right; filled where the two differ.

    Parameters
    ----------
    subject_distances : region distances of every subject.
    symmetry : group table of left - right; if it has no rows, no dot is filled.
    word_rate : words per second, for the axes in seconds.
    """
    chosen = settings.pick("model", "layer", "base", "source", "width")
    distances = select_rows(subject_distances, "subjects/roi_distances", level="roi", **chosen)
    sides = both_sides(distances, symmetry[symmetry["measure"] == MEASURE], chosen)
    differ = (sides["q_value"] < settings.q_level).to_numpy()
    figure = Figure(figsize=(5.4, 5.4))
    ax = figure.subplots()
    draw_pairs(ax, sides[["L", "R"]].set_axis(["left", "right"], axis=1), sides["q_value"], settings.q_level)
    _name_dots(ax, sides[differ].sort_values("q_value", kind="stable").head(MAX_NAMES))
    ax.set_xlabel("d*, left region (words)")
    ax.set_ylabel("d*, right region (words)")
    seconds_axis(ax, "top", word_rate, "left (seconds)")
    seconds_axis(ax, "right", word_rate, "right (seconds)")
    title = f"Forecast distance left against right, {differ.sum()} of {len(sides)} regions differ"
    detail = f"{layer_name(settings.cell)}, {window_name(settings.cell)}"
    n_subjects = [distances["subject"].nunique()]
    put_title(
        figure,
        title,
        detail,
        n_subjects,
        simulated=settings.simulated,
        alt="TODO",
        caption=[
            "Each dot is a region: mean over subjects of d* over its targets, in the left hemisphere against the "
            "right, in words and in seconds. Filled: left and right differ (two-sided Wilcoxon signed-rank test over "
            "subjects, false discovery rate over regions); those with the lowest q are numbered and named. A mean of "
            "argmaxes lies nearer the middle of the range on the side whose responses are noisier, so a difference "
            "may be one of signal-to-noise. Other levels and measures are in group/symmetry.parquet."
        ],
    )
    return figure


def both_sides(distances: pd.DataFrame, symmetry: pd.DataFrame, chosen: Mapping[str, object]) -> pd.DataFrame:
    """Mean over subjects of d* in each region: roi, L, R, and q_value of their difference."""
    apart = distances[distances["hemi"].isin(["L", "R"])]
    means = apart.pivot_table(index="roi", columns="hemi", values=MEASURE, aggfunc="mean").reindex(columns=["L", "R"])
    tested = symmetry[symmetry["level"] == "roi"]
    for key, value in chosen.items():
        tested = tested[tested[key] == value]
    return means.dropna().join(tested.set_index("roi")["q_value"]).reset_index()


def _name_dots(ax: Axes, named: pd.DataFrame) -> None:
    """A number at each dot, on the side away from the diagonal, and the names in the empty corner."""
    for number, (_, region) in enumerate(named.iterrows(), start=1):
        above = region["R"] > region["L"]
        offset, side = ((-5, 3), "right") if above else ((5, -7), "left")
        style = {"textcoords": "offset points", "ha": side, "fontsize": 7, "color": ACCENT}
        ax.annotate(str(number), (region["L"], region["R"]), xytext=offset, **style)
    names = "\n".join(f"{number} {roi}" for number, roi in enumerate(named["roi"], start=1))
    ax.text(0.98, 0.03, names, transform=ax.transAxes, ha="right", va="bottom", fontsize=7, color=ACCENT)
