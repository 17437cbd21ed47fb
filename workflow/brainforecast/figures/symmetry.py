"""Forecast distance of the left against the right hemisphere, region by region."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from brainforecast.figures.captions import Ahead, Figure, fill_text, seconds_text, sentences
from brainforecast.figures.label_places import spread_labels
from brainforecast.figures.panels import dot_handle, draw_pairs
from brainforecast.figures.regions import region_rows
from brainforecast.figures.style import ACCENT, GREY, SECONDS, FigureSettings, put_title, seconds_axis, styled
from brainforecast.results.selection import layer_name, select_rows, window_name

MEASURE = "forecast_distance"
HEMISPHERES = ("L", "R")
MAX_NAMES = 6  # of regions that differ, those with the lowest q
TEST = "left against right, two-sided Wilcoxon signed-rank test over subjects, false discovery rate over regions"


@styled
def draw_symmetry(
    subject_distances: pd.DataFrame,
    symmetry: pd.DataFrame,
    settings: FigureSettings,
    *,
    word_rate: float,
    ahead: Ahead = None,
    roi_scores: pd.DataFrame | None = None,
) -> Figure:
    """d* of each region in the left hemisphere against the right; filled where the two differ.

    Regions without an effect are grey: a curve that is flat on one side has no peak to compare.

    Parameters
    ----------
    subject_distances : region distances of every subject.
    symmetry : group table of left - right; if it has no rows, no dot is filled.
    word_rate : words per second, for the axes in seconds.
    ahead : seconds to the word at the distance of the maps, see `captions.seconds_text`.
    roi_scores : group table of region scores, for which regions have an effect; None to mark none.
    """
    chosen = settings.pick("model", "layer", "base", "source", "width")
    distances = select_rows(subject_distances, "subjects/roi_distances", level="roi", **chosen)
    sides = both_sides(distances, symmetry[symmetry["measure"] == MEASURE], chosen)
    differ = (sides["q_value"] < settings.q_level).to_numpy()
    figure = Figure(figsize=(5.4, 5.4))
    ax = figure.subplots()
    draw_pairs(ax, sides[["L", "R"]].set_axis(["left", "right"], axis=1), sides["q_value"], settings.q_level)
    flat = np.zeros(len(sides), bool) if roi_scores is None else _without_effect(sides["roi"], roi_scores, settings)
    _mark_flat(figure, ax, flat, differ)
    n_subjects = distances["subject"].nunique()
    mean = "mean over subjects of " if n_subjects > 1 else "mean of "
    named = sides[differ & ~flat].sort_values("q_value", kind="stable").head(MAX_NAMES)
    ax.set_xlabel("d*, left region (words)")
    ax.set_ylabel("d*, right region (words)")
    seconds_axis(ax, "top", word_rate, f"left ({SECONDS})")
    seconds_axis(ax, "right", word_rate, f"right ({SECONDS})")
    put_title(
        figure,
        f"Forecast distance left against right{_count(sides, differ)}",
        f"{layer_name(settings.cell)}, {window_name(settings.cell)}",
        [n_subjects],
        simulated=settings.simulated,
        alt=_alt(sides, differ),
        caption=[
            sentences(
                f"Each dot is a region: {mean}d* over its targets, in the left hemisphere against the right, in words "
                "and in seconds; the dashed line is where both are the same.",
                fill_text(figure, settings.q_level, TEST),
                bool(flat.any())
                and f"Grey: F({settings.cell['distance']}) is not above 0 on both sides (q below "
                f"{settings.q_level:g}): no effect is shown, and d* there should not be interpreted.",
                len(named) > 0 and "Those that differ with the lowest q are numbered; their names are below.",
                "A mean of argmaxes lies nearer the middle of the range on the side whose responses are noisier, so a "
                "difference may be one of signal-to-noise.",
                seconds_text("The upper and the right axis are", settings.cell["distance"], ahead),
                "Other levels and measures are in group/symmetry.parquet.",
            )
        ],
    )
    _name_dots(figure, ax, named)
    return figure


def both_sides(distances: pd.DataFrame, symmetry: pd.DataFrame, chosen: Mapping[str, object]) -> pd.DataFrame:
    """Mean over subjects of d* in each region: roi, L, R, and q_value of their difference."""
    apart = distances[distances["hemi"].isin(["L", "R"])]
    means = apart.pivot_table(index="roi", columns="hemi", values=MEASURE, aggfunc="mean").reindex(columns=["L", "R"])
    tested = symmetry[symmetry["level"] == "roi"]
    for key, value in chosen.items():
        tested = tested[tested[key] == value]
    return means.dropna().join(tested.set_index("roi")["q_value"]).reset_index()


def _without_effect(regions: pd.Series, roi_scores: pd.DataFrame, settings: FigureSettings) -> np.ndarray:
    """Whether F at the distance of the maps is not above 0 in one of the hemispheres, of each region."""
    scores = region_rows(roi_scores, "forecast_score", settings)
    passes = scores[(scores["q_value"] < settings.q_level) & (scores["mean"] > 0)].groupby("roi")["hemi"].nunique()
    return (regions.map(passes).fillna(0) < len(HEMISPHERES)).to_numpy()


def _mark_flat(figure: Figure, ax: Axes, flat: np.ndarray, differ: np.ndarray) -> None:
    """Turn the dots of regions without an effect grey, and add them to the legend."""
    if not flat.any():
        return
    colours = np.where(flat, GREY, ACCENT)
    ax.collections[0].set_edgecolors(colours)
    ax.collections[0].set_facecolors(np.where(differ, colours, "white"))
    legend, fill = figure.legends[0], GREY if (flat & differ).any() else "white"
    handles = [*legend.legend_handles, dot_handle("no effect shown: do not interpret its d*", fill=fill, edge=GREY)]
    legend.remove()
    figure.legend(handles=handles, loc="outside lower center", ncols=2)


def _name_dots(figure: Figure, ax: Axes, named: pd.DataFrame) -> None:
    """A number at each dot, beside and not on another, and the names in the lower right, below the diagonal."""
    labels = [str(number) for number in range(1, len(named) + 1)]
    spread_labels(figure, ax, named[["L", "R"]].to_numpy(), labels)
    names = [f"{label} {roi}" for label, roi in zip(labels, named["roi"], strict=True)]
    if names:
        ax.set_xlabel(f"{ax.get_xlabel()}\n{_lines(names)}")


def _lines(names: Sequence[str]) -> str:
    """Names with dots between, three in a line."""
    return "\n".join(" · ".join(names[start : start + 3]) for start in range(0, len(names), 3))


def _count(sides: pd.DataFrame, differ: np.ndarray) -> str:
    """How many regions differ; that none is shown to, where it was tested."""
    if not sides["q_value"].notna().any():
        return ""
    return f", {differ.sum()} of {len(sides)} regions differ" if differ.any() else ", no difference shown"


def _alt(sides: pd.DataFrame, differ: np.ndarray) -> str:
    r = sides["L"].corr(sides["R"]) if len(sides) > 2 else np.nan
    along = f", along the diagonal (r = {r:.2f})".replace("-", "−") if np.isfinite(r) else ""
    which = [f"{row.roi} ({row.L:.1f} left, {row.R:.1f} right)" for row in sides[differ].itertuples()][:MAX_NAMES]
    end = f"Those that differ: {', '.join(which)}." if which else "No dot is filled."
    return f"{len(sides)} dots of regions{along}. {end}".replace("-", "−")
