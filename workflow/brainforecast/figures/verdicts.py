"""F and its mirror in every place, against its common shifts, with the verdict as colour and shape."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from brainforecast.cells import VERDICT
from brainforecast.controls.verdict import NOT_ABOVE_PASSIVE, PLACE, SUPPORTED, UNDECIDED, F, M
from brainforecast.errors import BadInput
from brainforecast.figures.captions import Figure, capital, sentences, value_text
from brainforecast.figures.style import BLACK, DARK, FigureSettings, put_title, styled
from brainforecast.results.selection import layer_name, place_label, window_name

LOOKS = {  # colour, marker, size; filled is a test that passes, as everywhere
    SUPPORTED: ("#299979", "o", 5.0),
    NOT_ABOVE_PASSIVE: ("#D2601F", "s", 4.2),
    UNDECIDED: ("#4A4A4A", "D", 3.6),
}
MARKS = {SUPPORTED: "Filled circle", NOT_ABOVE_PASSIVE: "Hollow square", UNDECIDED: "Hollow diamond"}
MEANINGS = {
    SUPPORTED: "supported, F is above 0 and above its mirror, both beyond their common shifts",
    NOT_ABOVE_PASSIVE: "not above a passive listener",
    UNDECIDED: "undecided, which is no evidence in either direction",
}
LABELS = {SUPPORTED: "supported", NOT_ABOVE_PASSIVE: "not above passive", UNDECIDED: "undecided"}
RANGE = "#D5DADD"
MOST_ROWS, MOST_COLUMNS = 50, 4  # of regions: labels stay readable up to here
ROW, TOP, BOTTOM = 0.135, 0.75, 1.0  # inches: a row; the title; the axis and the legend
WIDE = 3.3  # inches, a column


@styled
def draw_verdicts(verdicts: pd.DataFrame, shifts: pd.DataFrame, settings: FigureSettings, *, distance: int) -> Figure:
    """F of each place in the base `verdict`, its mirror F(w - 1 - d) = F - M, and the middle 95 % of F under shifts.

    Parameters
    ----------
    verdicts : group/verdicts.parquet; shifts : group/shifts.parquet.
    distance : of the verdict, words.
    """
    places = verdict_places(verdicts, shifts)
    wide, regions = places[places["level"] != "roi"], places[places["level"] == "roi"]
    shown = regions.head(MOST_ROWS * MOST_COLUMNS)
    n_columns = min(MOST_COLUMNS, max(1, math.ceil(len(shown) / MOST_ROWS)))
    n_rows = math.ceil(len(shown) / n_columns)
    heights = [len(wide) + 1.5, n_rows + 1.0] if len(shown) else [len(wide) + 1.5]
    width = max(5.6, WIDE * n_columns)
    figure = Figure(figsize=(width, TOP + BOTTOM + ROW * sum(heights)))
    top, *lower = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    first = top.subplots()
    _draw_places(first, wide)
    for column, ax in enumerate(_columns(lower, n_columns, first)):
        _draw_places(ax, shown.iloc[column * n_rows : (column + 1) * n_rows], n_rows)
    (figure.axes[1:] or [first])[-1].get_figure().supxlabel(
        f"F({distance}) in the base verdict (gain in Pearson r)", fontsize=8
    )
    drawn = pd.concat([wide, shown])
    mirror = f"F({settings.cell['width'] - 1 - distance})".replace("-", "−")
    _explain(figure, drawn["verdict"], regions["verdict"], mirror, narrow=n_columns == 1)
    highest = "" if len(shown) == len(regions) else f", {len(shown)} highest of {len(regions)} regions"
    cell = {**settings.cell, "base": VERDICT}
    detail = f"{layer_name(cell)}, {window_name(cell)}, d = {distance}"
    title = f"Verdicts, compared with common shifts{highest}"
    put_title(
        figure,
        title,
        detail,
        places["n_subjects"],
        simulated=settings.simulated,
        alt=_alt(wide, regions, distance),
        caption=[_caption(drawn, has_regions=len(shown) > 0, distance=distance, mirror=mirror)],
    )
    return figure


def verdict_places(verdicts: pd.DataFrame, shifts: pd.DataFrame) -> pd.DataFrame:
    """A row per place: the whole brain, lobes by F, then regions: supported ones first, each kind by F, highest first.

    Returns
    -------
    places : level, hemi, region, label, verdict, n_subjects, F, mirror, and low and high, of F under shifts.
    """
    rows = verdicts[(verdicts["claim"] == "forecast") & (verdicts["base"] == VERDICT)].assign(
        hemi=lambda table: table["hemi"].astype(object).fillna("")
    )
    if rows.empty:
        raise BadInput("group/verdicts", "no row of the claim forecast", f"rows with base {VERDICT}")
    both = rows[rows["statistic"] == F].merge(rows.loc[rows["statistic"] == M, [*PLACE, "effect"]], on=PLACE)
    both = both.assign(F=both["effect_x"], mirror=both["effect_x"] - both["effect_y"])
    null = shifts[(shifts["base"] == VERDICT) & (shifts["statistic"] == F) & (shifts["draw"] > 0)]
    null = null.assign(hemi=null["hemi"].astype(object).fillna("")).groupby(PLACE)["value"].quantile([0.025, 0.975])
    both = both.merge(null.unstack().set_axis(["low", "high"], axis=1).reset_index(), on=PLACE, how="left")
    both["label"] = [place_label(*place) for place in both[PLACE].itertuples(index=False, name=None)]
    order = both.assign(
        wide=both["level"].map({"all": 0, "lobe": 1, "roi": 2}),
        kind=both["verdict"].map({SUPPORTED: 0}).fillna(1).where(both["level"] == "roi", 0),
    )
    order = order.sort_values(["wide", "kind", "F"], ascending=[True, True, False], kind="stable")
    return order[[*PLACE, "label", "verdict", "n_subjects", "F", "mirror", "low", "high"]].reset_index(drop=True)


def _columns(lower: list, n_columns: int, first: Axes) -> list[Axes]:
    return list(lower[0].subplots(1, n_columns, sharex=first, squeeze=False)[0]) if lower else []


def _draw_places(ax: Axes, places: pd.DataFrame, n_rows: int | None = None) -> None:
    """Rows from top to bottom: the range under shifts, the mirror, F."""
    position = np.arange(len(places))
    n_rows = n_rows or len(places)
    ax.barh(position, places["high"] - places["low"], left=places["low"], height=0.72, color=RANGE, linewidth=0)
    ax.hlines(position, places["F"], places["mirror"], color=DARK, linewidth=0.5, alpha=0.6)
    ax.plot(places["mirror"], position, "|", color=BLACK, markersize=6, markeredgewidth=1.2)
    for verdict, (colour, marker, size) in LOOKS.items():
        here = (places["verdict"] == verdict).to_numpy()
        ax.plot(places["F"][here], position[here], marker, color=colour, markersize=size, markeredgewidth=0.9,
                markerfacecolor=colour if verdict == SUPPORTED else "white")  # fmt: skip
    ax.axvline(0, color=DARK, linewidth=0.7, zorder=1.5)
    ax.set_yticks(position, places["label"], fontsize=7.5 if n_rows <= 30 else 6.5)
    ax.tick_params(axis="y", length=0, pad=2)
    ax.set_ylim(n_rows - 0.3, -0.7)


def _explain(figure: Figure, drawn: pd.Series, of_regions: pd.Series, mirror: str, narrow: bool) -> None:
    """The legend: the verdicts that there are, with how many regions have each."""
    counts = of_regions.value_counts()
    of = {
        verdict: f": {counts.get(verdict, 0)} of {len(of_regions)} regions" if len(of_regions) else ""
        for verdict in LOOKS
    }
    marks = [
        Line2D([], [], linestyle="none", marker=marker, color=colour, markersize=size,
               markerfacecolor=colour if verdict == SUPPORTED else "white", label=f"{LABELS[verdict]}{of[verdict]}")
        for verdict, (colour, marker, size) in LOOKS.items() if (drawn == verdict).any()
    ]  # fmt: skip
    tick = {"linestyle": "none", "marker": "|", "color": BLACK, "markersize": 6, "markeredgewidth": 1.2}
    band = Patch(color=RANGE, label="middle 95 % of F under common shifts")
    handles = [*marks, Line2D([], [], **tick, label=f"mirror {mirror}"), band]
    figure.legend(handles=handles, loc="outside lower center", ncols=2 if narrow else 3)


def _caption(drawn: pd.DataFrame, *, has_regions: bool, distance: int, mirror: str) -> str:
    verdicts = [verdict for verdict in LOOKS if (drawn["verdict"] == verdict).any()]
    above = "; the whole brain and lobes above, regions below" if has_regions else ""
    return sentences(
        f"Each row is a place{above}. Mark: F({distance}), mean over subjects, in the base verdict.",
        *(f"{MARKS[verdict]}: {MEANINGS[verdict]}." for verdict in verdicts),
        f"Tick, joined to the mark: its mirror {mirror}, the window reflected in the present word, as far in the past.",
        "Grey: the middle 95 % of F under common shifts, the responses of all subjects of a story rolled by the same "
        "number of volumes; it is not the interval that the verdict uses for many regions at once (p_family in "
        "group/verdicts.parquet).",
    )


def _alt(wide: pd.DataFrame, regions: pd.DataFrame, distance: int) -> str:
    rows = [f"{row.label}: {LABELS[row.verdict]}, F({distance}) = {value_text(row.F)}" for row in wide.itertuples()]
    counts = regions["verdict"].value_counts()
    kinds = [f"{counts[verdict]} {LABELS[verdict]}" for verdict in LOOKS if verdict in counts]
    of_regions = f"Of {len(regions)} regions, {', '.join(kinds)}." if len(regions) else ""
    return sentences(f"{capital('; '.join(rows))}.", of_regions)
