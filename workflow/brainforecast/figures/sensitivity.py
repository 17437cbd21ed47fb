"""How far F, M and a contrast of peaks move where one setting of the reported cell is changed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from brainforecast.controls.claims import CONTRAST
from brainforecast.controls.sensitivity import is_shuffle, variant_label
from brainforecast.errors import BadInput
from brainforecast.figures.captions import Figure, list_text, sentences, value_text
from brainforecast.figures.style import BLACK, DARK, SERIES_COLOURS, SHAPES, FigureSettings, put_title, styled
from brainforecast.results.selection import layer_name, place_label, window_name
from brainforecast.statistics.distributions import t_quantile

SCORES = {"forecast_score": "F({d}) (gain in r)", "mirror_difference": "M({d}) = F({d}) − F({m})"}
RANGE = "#D5DADD"
ROW, TOP, BOTTOM = 0.095, 0.7, 0.7  # inches: a variant; the title; the legend
GAP, AXIS, LABELLED = 1.2, 5.0, 1.5  # in variants: between places; an axis; a variant that has its name beside it


@styled
def draw_sensitivity(table: pd.DataFrame, settings: FigureSettings, *, distance: int) -> Figure:
    """F and M of the whole brain and each lobe in every variant, shuffles as a band; below, the contrast.

    Parameters
    ----------
    table : group/sensitivity.parquet; distance : of the window, words.
    """
    scores = table[table["level"].isin(["all", "lobe"])]
    shuffled = is_shuffle(scores["variant"])
    if scores[~shuffled].empty:
        raise BadInput("group/sensitivity", "no row of the whole brain", "variants of the reported cell")
    contrast = table[table["level"] == CONTRAST]
    names = list(dict.fromkeys(table.loc[~is_shuffle(table["variant"]), "variant"]))
    places = scores.loc[~shuffled, ["level", "region"]].drop_duplicates()
    places = places.sort_values(["level", "region"], kind="stable").to_records(index=False)
    step = len(names) + GAP
    heights = [AXIS + len(places) * step, *([AXIS + LABELLED * len(names)] if len(contrast) else [])]
    figure = Figure(figsize=(7.0, TOP + BOTTOM + ROW * sum(heights)))
    above, *below = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    mirror = str(settings.cell["width"] - 1 - distance).replace("-", "−")
    for ax, (statistic, label) in zip(above.subplots(1, 2, sharey=True), SCORES.items(), strict=True):
        here = scores[scores["statistic"] == statistic]
        for row, (level, region) in enumerate(places):
            at = here[(here["level"] == level) & (here["region"] == region)]
            _draw_variants(ax, at, names, row * step)
        ax.set_yticks(np.arange(len(places)) * step + (len(names) - 1) / 2, [place_label(*_place(p)) for p in places])
        ax.set_ylim(len(places) * step - 0.5 * GAP, -GAP)
        _finish(ax, label.format(d=distance, m=mirror))
    if below:
        ax = below[0].subplots()
        _draw_variants(ax, contrast, names, 0)
        ax.set_yticks(np.arange(len(names)), [variant_label(name) for name in names], fontsize=6.5)
        ax.set_ylim(len(names) - 0.3, -0.7)
        _finish(ax, f"{contrast['region'].iloc[0].replace(' - ', ' − ')}: difference of the peaks of F(d) (words)")
    _explain(figure, names, has_shuffles=bool(shuffled.any()))
    detail = f"{layer_name(settings.cell)}, {window_name(settings.cell)}, d = {distance}"
    put_title(
        figure,
        "What single settings change",
        detail,
        table["n_subjects"],
        simulated=settings.simulated,
        alt=_alt(scores, contrast, names, distance),
        caption=[_caption(table, scores, contrast, names, distance, mirror)],
    )
    return figure


def _draw_variants(ax: Axes, rows: pd.DataFrame, names: Sequence[str], start: float) -> None:
    """One place from `start` down: the range of the shuffles, then a point with its interval per variant."""
    drawn = rows.loc[is_shuffle(rows["variant"]), "value"]
    if len(drawn):
        width = drawn.max() - drawn.min()
        ax.barh(start + (len(names) - 1) / 2, width, left=drawn.min(), height=len(names), color=RANGE, linewidth=0)
    by_name = rows.set_index("variant")
    for index, name in enumerate(names):
        if name in by_name.index:
            row = by_name.loc[name]
            n = float(row["n_subjects"])
            half = t_quantile(0.975, n - 1) * row["sem"] if n > 1 else np.nan
            ax.errorbar(row["value"], start + index, xerr=half, **_look(index), markersize=3.2, elinewidth=0.8)


def _look(index: int) -> dict:
    """Colour and marker of a variant; the first one, as reported, is black."""
    colour = BLACK if index == 0 else SERIES_COLOURS[(index - 1) % len(SERIES_COLOURS)]
    return {"color": colour, "marker": SHAPES[index % len(SHAPES)], "linestyle": "none"}


def _place(place: Sequence[str]) -> tuple[str, None, str]:
    level, region = place
    return level, None, region


def _finish(ax: Axes, label: str) -> None:
    ax.axvline(0, color=DARK, linewidth=0.7, zorder=0.5)
    ax.tick_params(axis="y", length=0, pad=2)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set_xlabel(label)


def _explain(figure: Figure, names: Sequence[str], *, has_shuffles: bool) -> None:
    marks = [Line2D([], [], markersize=4, **_look(i), label=variant_label(name)) for i, name in enumerate(names)]
    band = [Patch(color=RANGE, label="range of the shuffled windows")] if has_shuffles else []
    figure.legend(handles=[*marks, *band], loc="outside lower center", ncols=3)


def _caption(
    table: pd.DataFrame, scores: pd.DataFrame, contrast: pd.DataFrame, names: Sequence[str], distance: int, mirror: str
) -> str:
    """What was drawn: bands only where there are shuffles, strict folds only where they are a variant."""
    places = "the whole brain and each lobe" if (scores["level"] == "lobe").any() else "the whole brain"
    black = ": as reported (black), and" if variant_label(names[0]) == "as reported" else ""
    bars = ", bars 95 % intervals (Student's t over subjects)" if (table["n_subjects"] > 1).any() else ""
    return sentences(
        f"Left F({distance}), right M({distance}) = F({distance}) − F({mirror}), the difference from its mirror, of",
        f"{places}{black or ','} with one setting changed at a time. Marks are means over subjects{bars}.",
        bool(is_shuffle(scores["variant"]).any())
        and "Grey: the range of several draws of the shuffled window, each with a seed of its own.",
        any("strict" in name for name in names)
        and "Strict folds leave out a gap on both sides of each test chunk: the longest delay "
        "plus the lag at which the autocorrelation of the responses is below .1.",
        len(contrast) > 0
        and "Below: the difference of the peaks of F(d) between two regions, from the curves of each subject.",
        "Variants are scored on the mean series of each region; they do not vote in a verdict, and intervals are about "
        "the subjects of this recording.",
    )


def _alt(scores: pd.DataFrame, contrast: pd.DataFrame, names: Sequence[str], distance: int) -> str:
    """The range of F over variants in each place, and of the contrast."""
    F = scores[(scores["statistic"] == "forecast_score") & scores["variant"].isin(names)]
    rows = [
        f"{place_label(*_place(place))} {_range(rows['value'])}"
        for place, rows in F.groupby(["level", "region"], sort=True)
    ]
    below = f" The difference of peaks runs {_range(contrast['value'])} words." if len(contrast) else ""
    return f"F({distance}) over {len(names)} variants: {list_text(rows)}.{below}"


def _range(values: pd.Series) -> str:
    return f"from {value_text(values.min())} to {value_text(values.max())}"
