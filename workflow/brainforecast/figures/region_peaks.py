"""One dot per region: its forecast distance or depth, its best layer, or its share of the noise ceiling."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from brainforecast.figures.captions import Figure
from brainforecast.figures.panels import dot_handle
from brainforecast.figures.regions import MAX_REGIONS, name_regions, wide_figure
from brainforecast.figures.style import ACCENT, DARK, FigureSettings, put_title, seconds_axis, styled
from brainforecast.results.maps import Map, quantity
from brainforecast.results.selection import base_name, layer_name, select_rows, window_name

CAPTIONS = {
    "bestlayer": (
        "The layer of the language model whose brain score, mean over subjects, is highest. Where layers score alike, "
        "chance decides which is best."
    ),
    "normalisedscore": (
        "Mean brain score divided by the noise ceiling, the R that a regression on components of the mean of the other "
        "subjects reaches. Never clipped: above 1 the language model explains more than the other subjects do. Regions "
        "whose ceiling is not above 0 are left out."
    ),
}


@styled
def draw_region_distances(
    targets: pd.DataFrame, forecast_distance: pd.DataFrame, settings: FigureSettings, *, word_rate: float
) -> Figure:
    """Mean d* of each region with its standard error; filled where F(distance) is above F(reference)."""
    chosen = settings.pick("model", "layer", "base", "source", "width")
    found = select_rows(forecast_distance, "group/forecast_distance", **chosen)
    figure, ax = _draw_peaks(targets, found, settings.q_level)
    ax.axhline(0, color=DARK, linewidth=0.7, linestyle=":")
    ax.set_ylabel("forecast distance d* (words)\nmean ± SEM over subjects")
    seconds_axis(ax, "right", word_rate, "d* (seconds)")
    detail = f"{layer_name(chosen)}, {window_name(chosen)}"
    put_title(
        figure,
        "Forecast distance by region",
        detail,
        found["n_subjects"],
        simulated=settings.simulated,
        alt="TODO",
        caption=[
            "Mean and standard error over subjects of d*, the distance at which F is highest, in words and in "
            "seconds. Filled: the mask test (F at the distance of the maps above F at the reference, one-sided) "
            "passes. Hollow: it does not, and d* should not be interpreted; the argmax of a flat curve can fall "
            "anywhere, so its mean lies near the middle of the range."
        ],
    )
    return figure


@styled
def draw_region_depths(targets: pd.DataFrame, forecast_depth: pd.DataFrame, settings: FigureSettings) -> Figure:
    """Mean k* of each region with its standard error; filled where the mean of F over layers is above 0."""
    chosen = settings.pick("model", "base", "source", "width") | {"distance": settings.cell["depth_distance"]}
    found = select_rows(forecast_depth, "group/forecast_depth", **chosen)
    figure, ax = _draw_peaks(targets, found, settings.q_level)
    ax.set_ylabel("forecast depth k*, layer (0 = embedding)\nmean ± SEM over subjects")
    detail = f"{chosen['model']}{base_name(chosen)}, {window_name(chosen)}, d = {chosen['distance']}"
    put_title(
        figure,
        "Forecast depth by region",
        detail,
        found["n_subjects"],
        simulated=settings.simulated,
        alt="TODO",
        caption=[
            "Mean and standard error over subjects of k*, the layer at which F is highest. Filled: the mask test "
            "(mean of F over layers above 0) passes. Hollow: it does not, and k* should not be interpreted; the "
            "argmax of a flat curve can fall anywhere, so its mean lies near the middle of the layers."
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
    ax.yaxis.set_major_locator(MaxNLocator(integer=drawn.unit == "layer"))
    without = len(table) - table["value"].notna().sum()
    detail = f"{drawn.cell}, {without} of {len(table)} regions without a value" if without else drawn.cell
    put_title(
        figure,
        drawn.title,
        detail,
        drawn.n_subjects,
        simulated=settings.simulated,
        alt="TODO",
        caption=[CAPTIONS[drawn.stat]],
    )
    return figure


def _draw_peaks(targets: pd.DataFrame, found: pd.DataFrame, q_level: float) -> tuple[Figure, Axes]:
    shown = found.merge(targets[["target", "roi", "hemi"]], on="target").sort_values("mean", kind="stable")
    shown = shown.head(MAX_REGIONS)
    figure = wide_figure(len(shown))
    ax = figure.subplots()
    passes, is_tested = (shown["q_value"] < q_level).to_numpy(), shown["q_value"].notna().any()
    position = np.arange(len(shown))
    ax.errorbar(position, shown["mean"], yerr=shown["sem"], fmt="none", ecolor="#999999", elinewidth=0.8, zorder=1)
    ax.scatter(position, shown["mean"], s=20, c=np.where(passes, ACCENT, "white"), edgecolors=ACCENT, linewidths=0.8)
    name_regions(ax, shown)
    handles = [
        dot_handle(f"mask test q < {q_level:g}: {passes.sum()} of {len(shown)}"),
        dot_handle("fails the mask test: do not interpret its peak", fill="white"),
    ]
    if not is_tested:  # as for one subject
        handles = [dot_handle("not tested: do not interpret a peak", fill="white")]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure, ax
