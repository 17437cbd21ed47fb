"""One dot per region: where its forecast score peaks over distances or layers; its best layer, its share of ceiling."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from brainforecast.figures.regions import MOST_REGIONS, name_regions, wide_figure
from brainforecast.figures.style import ACCENT, put_title, seconds_axis, styled
from brainforecast.figures.surfaces import quantity
from brainforecast.results.maps import Map
from brainforecast.results.selection import layer_name, rows, window_name


@styled
def draw_region_distances(
    targets: pd.DataFrame,
    forecast_distance: pd.DataFrame,
    *,
    cell: Mapping[str, object],
    q_level: float,
    word_rate: float,
    simulated: bool,
) -> Figure:
    """Mean d* of each region with its standard error; filled where F(distance) differs from F(reference)."""
    chosen = {key: cell[key] for key in ("model", "layer", "source", "width")}
    found = rows(forecast_distance, "group/forecast_distance", **chosen)
    figure, ax = _draw_peaks(targets, found, q_level)
    ax.axhline(0, color="#333333", linewidth=0.7, linestyle=":")
    ax.set_ylabel("forecast distance d* (words)\nmean ± SEM over listeners")
    seconds_axis(ax, "right", word_rate, "d* (seconds)")
    detail = f"{layer_name(cell)}, {window_name(cell)}"
    put_title(figure, "Forecast distance by region", detail, found["n_subjects"], simulated=simulated)
    return figure


@styled
def draw_region_depths(
    targets: pd.DataFrame,
    forecast_depth: pd.DataFrame,
    *,
    cell: Mapping[str, object],
    q_level: float,
    simulated: bool,
) -> Figure:
    """Mean k* of each region with its standard error; filled where the mean of F over layers is not 0."""
    chosen = {key: cell[key] for key in ("model", "source", "width")}
    found = rows(forecast_depth, "group/forecast_depth", **chosen, distance=cell["depth_distance"])
    figure, ax = _draw_peaks(targets, found, q_level)
    ax.set_ylabel("forecast depth k*, layer (0 = embedding)\nmean ± SEM over listeners")
    detail = f"{cell['model']}, {window_name(cell)}, d = {cell['depth_distance']}"
    put_title(figure, "Forecast depth by region", detail, found["n_subjects"], simulated=simulated)
    return figure


@styled
def draw_region_values(targets: pd.DataFrame, drawn: Map, *, simulated: bool) -> Figure:
    """One statistic of each region, sorted; regions without a value are left out."""
    table = targets[["target", "roi", "hemi"]].assign(value=drawn.values[targets["target"].to_numpy()])
    shown = table.dropna(subset="value").sort_values("value", kind="stable").head(MOST_REGIONS)
    figure = wide_figure(len(shown))
    ax = figure.subplots()
    ax.scatter(np.arange(len(shown)), shown["value"], s=20, color=ACCENT)
    ax.margins(y=0.08)
    name_regions(ax, shown)
    ax.set_ylabel(quantity(drawn.stat, drawn.unit))
    ax.yaxis.set_major_locator(MaxNLocator(integer=drawn.unit == "layer"))
    without = len(table) - table["value"].notna().sum()
    detail = f"{drawn.cell}, {without} of {len(table)} regions without a value" if without else drawn.cell
    put_title(figure, drawn.title, detail, drawn.n_subjects, simulated=simulated)
    return figure


def _draw_peaks(targets: pd.DataFrame, found: pd.DataFrame, q_level: float) -> tuple[Figure, Axes]:
    shown = found.merge(targets[["target", "roi", "hemi"]], on="target").sort_values("mean", kind="stable")
    shown = shown.head(MOST_REGIONS)
    figure = wide_figure(len(shown))
    ax = figure.subplots()
    passes = (shown["q_value"] < q_level).to_numpy()
    position = np.arange(len(shown))
    ax.errorbar(position, shown["mean"], yerr=shown["sem"], fmt="none", ecolor="#999999", elinewidth=0.8, zorder=1)
    ax.scatter(position, shown["mean"], s=20, c=np.where(passes, ACCENT, "white"), edgecolors=ACCENT, linewidths=0.8)
    name_regions(ax, shown)
    _explain_dots(figure, q_level, count=int(passes.sum()), total=len(shown))
    return figure, ax


def _explain_dots(figure: Figure, q_level: float, *, count: int, total: int) -> None:
    dot = {"linestyle": "none", "marker": "o", "markersize": 4.5, "markeredgecolor": ACCENT}
    figure.legend(
        handles=[
            Line2D([], [], **dot, color=ACCENT, label=f"mask test q < {q_level:g}: {count} of {total}"),
            Line2D([], [], **dot, color="white", label="does not pass: its peak is not to be read"),
        ],
        loc="outside lower center",
        ncols=2,
    )
