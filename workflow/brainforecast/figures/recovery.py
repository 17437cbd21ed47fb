"""What was planted in a simulated cortex, against what the analysis recovers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from brainforecast.figures.captions import (
    Ahead,
    Figure,
    list_text,
    over_subjects,
    panels_text,
    seconds_text,
    sentences,
    value_text,
)
from brainforecast.figures.panels import SHUFFLED, dot_handle, source_colour, zero_line
from brainforecast.figures.style import (
    ACCENT,
    GREY,
    SCORE_LABELS,
    SECONDS,
    FigureSettings,
    put_title,
    seconds_axis,
    styled,
)
from brainforecast.results.selection import by_hemisphere, layer_name, select_rows, window_name
from brainforecast.simulation.truth import FORECAST, GROUPS, planted_regions
from brainforecast.simulation.truth import REGION as KEYS
from brainforecast.statistics.distributions import t_quantile
from brainforecast.statistics.ranks import spearman

SYMBOLS = {"distance": "d*", "depth": "k*"}
SIDES = {"L": ("<", "left region"), "R": (">", "right region"), "": ("o", "region")}  # shape of a region, and its name
PLANTED_TEXTS = {
    "silent": "nothing (noise only)",
    "present": "the rate of speech",
    "content": "the content of the present word",
    "past": "a window of past words",
    "weak": "a weak forecast, of reduced signal-to-noise",
    "forecast": "a forecast",
}


@dataclass(frozen=True)
class SubjectRegions:
    """Region tables of every subject: scores, distances and depths; depths may have no rows."""

    scores: pd.DataFrame
    distances: pd.DataFrame
    depths: pd.DataFrame


@styled
def draw_recovery(
    truth: pd.DataFrame,
    targets: pd.DataFrame,
    subjects: SubjectRegions,
    settings: FigureSettings,
    *,
    word_rate: float,
    ahead: Ahead = None,
) -> Figure:
    """Recovered against planted distance by region, and depth where it varies; forecast score by what was planted.

    Parameters
    ----------
    truth : what was planted in each target.
    targets : table of targets.
    word_rate, ahead : as in `curves.draw_forecast_curves`.
    """
    cell, chosen = settings.cell, settings.pick("model", "layer", "base", "width")
    source = str(cell["source"])
    scores = select_rows(subjects.scores, "subjects/roi_scores", score="forecast_score", level="roi", **chosen)
    scores = by_hemisphere(scores)
    planted = planted_regions(truth, targets)
    distances = select_rows(subjects.distances, "subjects/roi_distances", source=source, level="roi", **chosen)
    recovered = planted.merge(recovered_peaks(by_hemisphere(distances), "distance"), on=KEYS)
    recovered = recovered[recovered["group"] == FORECAST]
    depths = _depths(planted, subjects.depths, cell)
    figure, left, middle, right = _panels(has_depths=len(depths) > 0)
    rho = draw_against_planted(left, recovered, "distance", "words")
    left.set_title(f"Distance: {rho_text(rho, len(recovered))}")
    add_seconds_axes(left, word_rate)
    for ax in middle:
        ax.set_title(f"Depth: {rho_text(draw_against_planted(ax, depths, 'depth', 'layer'), len(depths))}")
        ax.set_xticks(sorted(depths["planted_depth"].unique()))
    for ax, regions in zip([left, *middle], (recovered, depths), strict=False):
        ax.legend(handles=planted_handles(ax, regions), loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=1)
    at_distance = _hemi_as_text(scores[scores["distance"] == cell["distance"]])
    kinds = planted.merge(at_distance, on=KEYS)
    _draw_kinds(right, kinds, [source, SHUFFLED])
    right.set_ylabel(SCORE_LABELS["forecast_score"].replace(" F ", f" F({cell['distance']}) "))
    n_subjects = [scores["subject"].nunique()]
    put_title(
        figure,
        f"Recovery of the planted {'distance and depth' if middle else 'distance'}",
        f"{layer_name(cell)}, {window_name(cell)}",
        n_subjects,
        simulated=True,
        alt=_alt(recovered, depths, kinds[kinds["source"] == source], f"F({cell['distance']})"),
        caption=[
            sentences(
                f"{'Top left' if middle else 'Left'}: each region with a planted forecast of full strength; recovered "
                f"distance (peak of the region's curve in each subject{over_subjects(n_subjects)}) against the planted "
                "one.",
                grid_text(scores.loc[scores["source"] == source, "distance"], "distance"),
                bias_text(recovered, "distance"),
                seconds_text("The upper and the right axis are", cell["distance"], ahead),
                middle and "Top right: the same for the depth k*, of forecasts that were planted from several layers.",
                middle and grid_text(_layers(subjects.scores, cell), "depth"),
                middle and bias_text(depths, "depth"),
                _marks_text(recovered),
            ),
            sentences(
                f"{'Below' if middle else 'Right'}: F({cell['distance']}) of each region by what was planted in it: "
                f"{_planted_text(kinds)}.",
                (kinds["source"] == SHUFFLED).any() and "Grey squares: the shuffled window.",
                "In passive regions F can lie above 0, too: alone it is not evidence of forecasting.",
            ),
        ],
    )
    return figure


def _panels(*, has_depths: bool) -> tuple[Figure, Axes, list[Axes], Axes]:
    """A panel of distances, one of depths if there are any, and beside or below them one of scores."""
    if not has_depths:
        figure = Figure(figsize=(10.1, 4.8))
        left, right = figure.subplots(1, 2, width_ratios=(1.1, 1.5))
        return figure, left, [], right
    figure = Figure(figsize=(9.2, 8.4))
    grid = figure.add_gridspec(2, 2, height_ratios=(1.3, 1))
    left, middle, right = (figure.add_subplot(grid[place]) for place in ((0, 0), (0, 1), (1, slice(None))))
    return figure, left, [middle], right


def add_seconds_axes(ax: Axes, word_rate: float) -> None:
    """Planted and recovered distance in seconds."""
    seconds_axis(ax, "top", word_rate, f"planted ({SECONDS})")
    seconds_axis(ax, "right", word_rate, f"recovered ({SECONDS})")


def recovered_peaks(table: pd.DataFrame, what: str) -> pd.DataFrame:
    """Per region, over subjects: mean peak of the region's own curve with a 95 % t interval; mean over its targets.

    `what` : ``distance`` or ``depth``.
    """
    grouped = _hemi_as_text(table).groupby(KEYS)
    found = grouped[f"peak_{what}"].agg(["mean", "sem", "count"])
    found["half_interval"] = found["sem"] * t_quantile(0.975, (found["count"] - 1).clip(lower=1))
    return found.assign(by_target=grouped[f"forecast_{what}"].mean()).reset_index()


def draw_against_planted(ax: Axes, regions: pd.DataFrame, what: str, unit: str) -> float:
    """Draw recovered against planted peak of each region; return Spearman's rho (NaN if nothing varies).

    Where `regions` has a column ``colour``, marks have it.
    """
    planted = regions[f"planted_{what}"]
    ends = [planted.min() - 1.5, planted.max() + 1.5]
    ax.plot(ends, ends, color=GREY, linewidth=0.9, linestyle="--", label="recovered = planted")
    at = planted + _spread(planted)
    ax.plot(at, regions["by_target"], "x", color=GREY, markersize=4,
            label=f"mean of {SYMBOLS[what]} over the region's targets")  # fmt: skip
    drawn = regions.assign(at=at, colour=regions.get("colour", ACCENT))
    for (hemi, colour), here in drawn.groupby(["hemi", "colour"]):
        half = here["half_interval"] if here["half_interval"].notna().any() else None  # one subject has none
        style = {"fmt": SIDES[hemi][0], "markersize": 4.5, "color": colour, "elinewidth": 0.8}
        ax.errorbar(here["at"], here["mean"], yerr=half, **style)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    average = "\nmean over subjects" if regions["half_interval"].notna().any() else ""
    ax.set_xlabel(f"planted {what} ({unit})")
    ax.set_ylabel(f"recovered {what} ({unit}){average}")
    varied = planted.nunique() > 1 and len(regions) > 2
    return float(spearman(planted.to_numpy(), regions["mean"].to_numpy())) if varied else np.nan


def planted_handles(ax: Axes, regions: pd.DataFrame, colour: str = ACCENT) -> list[Line2D]:
    """What is in a panel of `draw_against_planted`, for a legend."""
    interval = ", 95 % interval" if regions["half_interval"].notna().any() else ""
    marks = [
        dot_handle(f"peak of the curve, {name}{interval}", fill=colour, edge=colour, shape=shape)
        for hemi, (shape, name) in SIDES.items()
        if (regions["hemi"] == hemi).any()
    ]
    return [*marks, *(line for line in ax.lines if not str(line.get_label()).startswith("_"))]


def grid_text(scored: pd.Series, what: str) -> str:
    """How fine the grid of distances or layers is: no peak is found more finely."""
    steps = np.diff(np.sort(scored.dropna().unique().astype(float)))
    if not steps.size:
        return ""
    unit = {"distance": "word", "depth": "layer"}[what]
    grid = f"in steps of {steps.max():g}" if len(set(steps)) == 1 else f"in steps of up to {steps.max():g}"
    return f"The curve was scored {grid} {unit}{'' if steps.max() == 1 else 's'}, and no peak is found more finely."


def bias_text(regions: pd.DataFrame, what: str) -> str:
    """How far off recovered peaks are on average over regions."""
    bias, unit = float((regions["mean"] - regions[f"planted_{what}"]).mean()), {"distance": "words", "depth": "layers"}
    side = "above" if bias > 0 else "below"
    return f"On average the recovered {what} is {value_text(abs(bias))} {unit[what]} {side} the planted one."


def _marks_text(regions: pd.DataFrame) -> str:
    """What the lines, marks and bars of the panels of peaks are."""
    return sentences(
        regions["half_interval"].notna().any() and "Bars: 95 % intervals over subjects.",
        "Dashed: recovered = planted.",
        (regions["hemi"] != "").any() and "Triangles point to the side of the hemisphere.",
        "Crosses: the mean over the region's targets, which noise pulls towards the middle of the range.",
    )


def _planted_text(kinds: pd.DataFrame) -> str:
    """What was planted in the regions that were drawn."""
    return "; ".join(PLANTED_TEXTS[group] for group in GROUPS if (kinds["group"] == group).any())


def _alt(recovered: pd.DataFrame, depths: pd.DataFrame, kinds: pd.DataFrame, score: str) -> str:
    """How well peaks are recovered, and the mean score of each kind of region."""
    found = [
        f"recovered {what}s from {value_text(table['mean'].min())} to {value_text(table['mean'].max())} for planted "
        f"ones from {value_text(table[f'planted_{what}'].min())} to {value_text(table[f'planted_{what}'].max())}"
        for what, table in (("distance", recovered), ("depth", depths))
        if len(table)
    ]
    means = kinds.groupby("group")["mean"].mean()
    scores = [f"{label} {value_text(means[group])}" for group, label in GROUPS.items() if group in means]
    return panels_text("recovered against planted peaks, and scores", [*found, f"mean {score}: {list_text(scores)}"])


def _layers(subject_scores: pd.DataFrame, cell: Mapping[str, object]) -> pd.Series:
    """The layers at which F was scored for k*."""
    wanted = {key: cell[key] for key in ("model", "base", "source", "width")} | {"distance": cell["depth_distance"]}
    F = subject_scores[subject_scores["score"] == "forecast_score"]
    return F.loc[(F[list(wanted)] == list(wanted.values())).all(axis=1), "layer"]


def _depths(planted: pd.DataFrame, subject_depths: pd.DataFrame, cell: Mapping[str, object]) -> pd.DataFrame:
    """Regions with a planted depth and their k*; none if one depth was planted or k* was not computed."""
    forecast = planted[(planted["group"] == FORECAST) & planted["planted_depth"].notna()]
    chosen = {key: cell[key] for key in ("model", "base", "source", "width")} | {"distance": cell["depth_distance"]}
    table = subject_depths[subject_depths["level"] == "roi"]
    for key, value in chosen.items():
        table = table[table[key] == value]
    if forecast["planted_depth"].nunique() < 2 or table.empty:
        return forecast.iloc[:0]
    return forecast.merge(recovered_peaks(by_hemisphere(table), "depth"), on=KEYS)


def rho_text(rho: float, n_regions: int) -> str:
    """Spearman's rho of planted and recovered peaks in words."""
    return f"Spearman ρ = {rho:.2f}, {n_regions} regions" if np.isfinite(rho) else "too few planted values for ρ"


def _draw_kinds(ax: Axes, scores: pd.DataFrame, sources: Sequence[str]) -> None:
    """A mark per region (mean over subjects) and a bar for their mean, for the reported window and the shuffled one."""
    windows = [source for source in dict.fromkeys(sources) if (scores["source"] == source).any()]
    groups = {group: label for group, label in GROUPS.items() if (scores["group"] == group).any()}
    looks = {source: (source_colour(source), "s" if source == SHUFFLED else "o") for source in windows}
    for shift, (source, (colour, shape)) in zip((-0.17, 0.17), looks.items(), strict=False):
        means = scores[scores["source"] == source].groupby(["group", *KEYS], as_index=False)["mean"].mean()
        for position, group in enumerate(groups):
            values = np.sort(means.loc[means["group"] == group, "mean"].to_numpy())
            if not values.size:
                continue
            at = position + shift + 0.05 * np.cos(2.4 * np.arange(len(values)))
            ax.scatter(at, values, s=12, color=colour, alpha=0.65, linewidths=0, marker=shape)
            ax.hlines(values.mean(), position + shift - 0.12, position + shift + 0.12, color=colour, linewidth=2.2)
    zero_line(ax)
    ax.set_xticks(range(len(groups)), [label.replace(" ", "\n") for label in groups.values()])
    ax.set_xlim(-0.5, len(groups) - 0.5)
    ax.set_xlabel("what was planted in the region")
    ax.set_title("Each mark a region, bars the mean of regions")
    handles = [dot_handle(f"{name} window", fill=look[0], edge=look[0], shape=look[1]) for name, look in looks.items()]
    ax.legend(handles=handles, loc="upper left")


def _spread(planted: pd.Series) -> np.ndarray:
    """Small horizontal offsets that keep regions with the same planted value apart, within the gap between values."""
    gaps = np.diff(np.sort(planted.unique().astype(float)))
    gap = min(gaps.min(), gaps.sum() / 8) if gaps.size else 1.0
    rank, size = planted.groupby(planted).cumcount(), planted.groupby(planted).transform("size")
    return ((rank - (size - 1) / 2) * gap * np.minimum(0.25, 0.8 / size)).to_numpy(float)


def _hemi_as_text(table: pd.DataFrame) -> pd.DataFrame:
    """The table with "" for a missing hemisphere, which groupby would drop."""
    return table.assign(hemi=table["hemi"].astype(object).where(table["hemi"].notna(), ""))
