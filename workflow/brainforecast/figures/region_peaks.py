"""One dot per region: its forecast distance or depth, its best layer, or its share of the noise ceiling."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MaxNLocator

from brainforecast.figures.captions import Figure, mean_text, seconds_text, sentences, value_text
from brainforecast.figures.panels import fill_handles, mark_tested
from brainforecast.figures.regions import (
    MAX_REGIONS,
    Ahead,
    draw_subjects,
    name_regions,
    region_names,
    wide_figure,
)
from brainforecast.figures.style import ACCENT, DARK, SECONDS, FigureSettings, put_title, seconds_axis, styled
from brainforecast.results.maps import Map, quantity
from brainforecast.results.selection import base_name, layer_name, select_rows, window_name

NO_EFFECT = "#757575"  # of the name of a region without an effect
WHAT = {
    "bestlayer": (
        "The layer of the language model whose brain score, mean over subjects, is highest. Where layers score alike, "
        "chance decides which is best."
    ),
    "normalisedscore": (
        "Mean brain score divided by the noise ceiling, the R that a regression on components of the mean of the other "
        "subjects reaches. Never clipped: above 1 the language model explains more than the other subjects do."
    ),
}
MASK = {"d*": "F at the distance of the maps above F at the reference", "k*": "mean of F over layers above 0"}
MIDDLE = {"d*": "range of distances", "k*": "layers"}


@styled
def draw_region_distances(
    targets: pd.DataFrame,
    forecast_distance: pd.DataFrame,
    settings: FigureSettings,
    *,
    word_rate: float,
    ahead: Ahead = None,
    subjects: pd.DataFrame | None = None,
) -> Figure:
    """Mean d* of each region with its standard error; filled where F(distance) is above F(reference).

    Parameters
    ----------
    word_rate : words per second, for the axis in seconds.
    ahead : seconds to the word at the distance of the maps, see `captions.seconds_text`.
    subjects : d* of every subject, who become dots; None for no dots.
    """
    chosen = settings.pick("model", "layer", "base", "source", "width")
    found = select_rows(forecast_distance, "group/forecast_distance", **chosen)
    dots = None if subjects is None else select_rows(subjects, "subjects/forecast_distance", **chosen)
    figure, ax, texts = _draw_peaks(targets, found, dots, "forecast_distance", "d*", settings.q_level)
    ax.axhline(0, color=DARK, linewidth=0.7, linestyle=":")
    ax.set_ylabel(f"forecast distance d* (words)\n{_spread(found)}")
    seconds_axis(ax, "right", word_rate, f"d* ({SECONDS})")
    put_title(
        figure,
        f"Forecast distance by region{texts['title']}",
        f"{layer_name(chosen)}, {window_name(chosen)}",
        found["n_subjects"],
        simulated=settings.simulated,
        alt=texts["alt"],
        caption=[
            sentences(
                mean_text("d*, the distance at which F is highest", _with_band(found), "standard errors"),
                "Dotted line: d* = 0.",
                texts["marks"],
                seconds_text("The right axis is", settings.cell["distance"], ahead),
            )
        ],
    )
    return figure


@styled
def draw_region_depths(
    targets: pd.DataFrame,
    forecast_depth: pd.DataFrame,
    settings: FigureSettings,
    *,
    subjects: pd.DataFrame | None = None,
) -> Figure:
    """Mean k* of each region with its standard error; filled where the mean of F over layers is above 0.

    Parameters
    ----------
    subjects : k* of every subject, who become dots; None for no dots.
    """
    chosen = settings.pick("model", "base", "source", "width") | {"distance": settings.cell["depth_distance"]}
    found = select_rows(forecast_depth, "group/forecast_depth", **chosen)
    dots = None if subjects is None else select_rows(subjects, "subjects/forecast_depth", **chosen)
    figure, ax, texts = _draw_peaks(targets, found, dots, "forecast_depth", "k*", settings.q_level)
    ax.set_ylabel(f"forecast depth k*, layer (0 = embedding)\n{_spread(found)}")
    put_title(
        figure,
        f"Forecast depth by region{texts['title']}",
        f"{chosen['model']}{base_name(chosen)}, {window_name(chosen)}, d = {chosen['distance']}",
        found["n_subjects"],
        simulated=settings.simulated,
        alt=texts["alt"],
        caption=[
            sentences(
                mean_text("k*, the layer at which F is highest", _with_band(found), "standard errors"), texts["marks"]
            )
        ],
    )
    return figure


@styled
def draw_region_values(targets: pd.DataFrame, drawn: Map, settings: FigureSettings) -> Figure:
    """One statistic of each region, sorted; regions without a value are left out."""
    table = targets[["target", "roi", "hemi"]].assign(value=drawn.values[targets["target"].to_numpy()])
    shown = table.dropna(subset="value").sort_values("value", kind="stable").head(MAX_REGIONS)
    figure = wide_figure(len(shown))
    ax = figure.subplots()
    ax.scatter(np.arange(len(shown)), shown["value"], s=20, color=ACCENT)
    ax.margins(y=0.08)
    name_regions(ax, shown)
    ax.set_ylabel(quantity(drawn.stat, drawn.unit))
    if drawn.unit == "layer":
        ax.yaxis.set_major_locator(FixedLocator(drawn.among) if drawn.among else MaxNLocator(integer=True))
    without = len(table) - int(table["value"].notna().sum())
    left_out = f"{without} of {len(table)} regions without a value"
    put_title(
        figure,
        drawn.title,
        f"{drawn.cell}, {left_out}" if without else drawn.cell,
        drawn.n_subjects,
        simulated=settings.simulated,
        alt=_values_alt(shown, drawn.unit),
        caption=[
            sentences(
                WHAT[drawn.stat],
                drawn.unit == "layer" and bool(drawn.among) and "Ticks: the layers that were scored.",
                bool(without) and f"Left out: {left_out}{_why(drawn.stat)}.",
            )
        ],
    )
    return figure


def _draw_peaks(
    targets: pd.DataFrame, found: pd.DataFrame, dots: pd.DataFrame | None, column: str, symbol: str, q_level: float
) -> tuple[Figure, Axes, dict[str, str]]:
    """Means with standard errors, sorted: the figure, its axes, and the texts ``title``, ``marks`` and ``alt``."""
    names = targets[["target", "roi", "hemi"]]
    shown = found.merge(names, on="target").sort_values("mean", kind="stable").head(MAX_REGIONS)
    figure = wide_figure(len(shown))
    ax = figure.subplots()
    position = np.arange(len(shown))
    handles = [] if dots is None else draw_subjects(ax, shown, dots.merge(names, on="target"), column)
    ax.errorbar(position, shown["mean"], yerr=shown["sem"], fmt="none", ecolor="#777777", elinewidth=0.8, zorder=3)
    mark_tested(ax, position, shown["mean"], shown["q_value"], ACCENT, q_level, size=20)
    name_regions(ax, shown)
    passes = (shown["q_value"] < q_level).to_numpy()
    is_tested = shown["q_value"].notna().any()
    for label, has_effect in zip(ax.get_xticklabels(), passes, strict=True):
        label.set_color(DARK if has_effect or not is_tested else NO_EFFECT)
    filled = f"mask test q < {q_level:g}: {passes.sum()} of {len(shown)}"
    hollow = f"no effect shown: do not interpret its {symbol}"
    figure.legend(
        handles=[*fill_handles(figure, q_level, filled=filled, hollow=hollow), *handles],
        loc="outside lower center",
        ncols=3,
    )
    title = f", {passes.sum() or 'none'} of {len(shown)} with an effect" if is_tested else ""
    texts = {"title": title, "marks": _marks_text(shown, passes, symbol, q_level, bool(handles))}
    return figure, ax, texts | {"alt": _peaks_alt(shown, passes, symbol)}


def _marks_text(shown: pd.DataFrame, passes: np.ndarray, symbol: str, q_level: float, has_dots: bool) -> str:
    """What filled and hollow marks are, of those that there are."""
    is_tested = shown["q_value"].notna().any()
    flat = f"the peak of a flat curve can fall anywhere, so its mean lies near the middle of the {MIDDLE[symbol]}"
    test = f"the mask test ({MASK[symbol]}, one-sided)"
    fails = f"does not pass, no effect is shown, and {symbol} should not be interpreted; {flat}."
    return sentences(
        has_dots and "Small dots: single subjects.",
        passes.any() and f"Filled: {test} has q below {q_level:g}.",
        is_tested and not passes.all() and f"Hollow, names in grey: {'it' if passes.any() else test} {fails}",
        not is_tested and f"Hollow: nothing was tested; {flat}.",
    )


def _peaks_alt(shown: pd.DataFrame, passes: np.ndarray, symbol: str) -> str:
    names = region_names(shown)
    if not passes.any():
        ends = f"from {value_text(shown['mean'].min())} to {value_text(shown['mean'].max())}"
        return f"{len(shown)} regions, all hollow: {symbol} runs {ends}, and none passes the mask test."
    first, last = np.flatnonzero(passes)[[0, -1]]
    lowest, highest = (f"{names[k]} ({value_text(shown['mean'].iloc[k])})" for k in (first, last))
    ends = f"{symbol} is lowest in {lowest} and highest in {highest}"
    return f"{len(shown)} regions, {passes.sum()} filled. Of these, {ends}."


def _values_alt(shown: pd.DataFrame, unit: str) -> str:
    if shown.empty:
        return "No region has a value."
    names, values = region_names(shown), shown["value"].to_numpy()
    if unit == "layer":
        layers, counts = np.unique(values, return_counts=True)
        return f"{len(shown)} regions: layer {layers[counts.argmax()]:g} is best in {counts.max()} of them."
    return (
        f"{len(shown)} regions: lowest in {names[0]} ({value_text(values[0])}), highest in {names[-1]} "
        f"({value_text(values[-1])})."
    )


def _why(stat: str) -> str:
    return ", as their ceiling is not above 0" if stat == "normalisedscore" else ""


def _spread(found: pd.DataFrame) -> str:
    return "mean ± SEM over subjects" if found["sem"].notna().any() else "one subject"


def _with_band(found: pd.DataFrame) -> pd.DataFrame:
    """With a column that `captions.has_band` reads: a peak has a standard error in place of an interval."""
    return found.assign(ci_low=found["sem"])
