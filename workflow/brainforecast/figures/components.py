"""Syntax and semantics: forecast scores of both parts, where they peak, and whether they are what they are called."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from brainforecast.figures.panels import draw_band, mark_highest, name_distance_axes, region_panels, sides_of, zero_line
from brainforecast.figures.recovery import draw_against_planted, planted_regions, recovered_peaks, say_rho
from brainforecast.figures.style import ACCENT, GREY, SOURCE_COLOURS, put_title, seconds_axis, styled
from brainforecast.results.component_peaks import DIFFERENCE
from brainforecast.results.selection import by_hemisphere, layer_name, rows, window_name
from brainforecast.sources import COMPONENTS
from brainforecast.storage.columns import CONTENT, FUNCTION

PARTS = ("true", *COMPONENTS)


@styled
def draw_components(
    roi_scores: pd.DataFrame,
    curves: Sequence[Mapping],
    *,
    cell: Mapping[str, object],
    word_rate: float,
    simulated: bool,
) -> Figure:
    """F(d) of syntactic and semantic windows beside that of the true ones, one panel per group of targets.

    Parameters
    ----------
    roi_scores : group table of region scores; the true windows are drawn at the distances the parts have.
    curves, cell, word_rate : as in `figures_source.draw_sources`
    """
    chosen = {key: cell[key] for key in ("model", "layer", "width")}
    scores = rows(roi_scores, "group/roi_scores", score="forecast_score", **chosen)
    scores = scores[scores["source"].isin(PARTS)]
    scores = scores[scores["distance"].isin(scores.loc[scores["source"] != "true", "distance"])]
    figure, axes, used = region_panels(scores, curves, _draw_panel)
    name_distance_axes(axes, len(used), word_rate)
    named = [Line2D([], [], color=SOURCE_COLOURS[source], label=f"{source} window") for source in PARTS]
    figure.legend(handles=named, loc="outside lower center", ncols=3)
    detail = f"{layer_name(cell)}, {window_name(chosen)}, 95 % bands"
    put_title(figure, "Forecast score of syntax and of semantics", detail, scores["n_subjects"], simulated=simulated)
    return figure


@styled
def draw_component_peaks(
    peaks: pd.DataFrame, *, cell: Mapping[str, object], q_level: float, word_rate: float, simulated: bool
) -> Figure:
    """Peak of the semantic against the syntactic F of each region; filled where the two differ.

    Parameters
    ----------
    peaks : group table of component peaks.
    """
    chosen = {key: cell[key] for key in ("model", "layer", "width")}
    found = by_hemisphere(rows(peaks, "group/component_peaks", **chosen))
    level = "roi" if (found["level"] == "roi").any() else "all"
    found = found[found["level"] == level]
    wide = found.assign(hemi=found["hemi"].fillna("")).pivot_table(
        index=["hemi", "roi"], columns="source", values="mean"
    )
    tested = found[found["source"] == DIFFERENCE]
    tested = tested.assign(hemi=tested["hemi"].fillna("")).set_index(["hemi", "roi"])["q_value"].reindex(wide.index)
    figure = Figure(figsize=(5.2, 5.4))
    ax = figure.subplots()
    _draw_peaks(ax, wide, (tested < q_level).to_numpy(), q_level)
    seconds_axis(ax, "top", word_rate, "syntactic (seconds)")
    seconds_axis(ax, "right", word_rate, "semantic (seconds)")
    later = int((wide["semantic"] > wide["syntactic"]).sum())
    text = f"Peaks of both parts, semantics later in {later} of {len(wide)} regions"
    put_title(figure, text, f"{layer_name(cell)}, {window_name(chosen)}", found["n_subjects"], simulated=simulated)
    return figure


@styled
def draw_component_checks(checks: pd.DataFrame, *, cell: Mapping[str, object], simulated: bool) -> Figure:
    """Convergence with the number of futures, cosine and probes by words ahead, labels and trees of the futures."""
    figure = Figure(figsize=(9.2, 6.6))
    (first, second), (third, fourth) = figure.subplots(2, 2)
    _draw_convergence(first, checks)
    _draw_cosine(second, checks)
    _draw_probes(third, checks)
    _draw_counts(fourth, checks)
    detail = f"{layer_name(cell)}; the text and the language model alone, no responses"
    title = f"Are the parts what they are called?\n{detail}"
    figure.suptitle(f"Demo of simulated listeners: {title}" if simulated else title, x=0.01, ha="left", fontsize=9.5)
    return figure


@styled
def draw_component_recovery(
    truth: pd.DataFrame,
    targets: pd.DataFrame,
    subject_distances: pd.DataFrame,
    *,
    cell: Mapping[str, object],
    word_rate: float,
    simulated: bool = True,
) -> Figure:
    """Peak of the planted part's own F against the planted distance, in regions where a part was planted."""
    chosen = {key: cell[key] for key in ("model", "layer", "width")}
    planted = planted_regions(truth, targets)
    planted = planted[planted["planted_source"].isin(COMPONENTS)]
    distances = by_hemisphere(rows(subject_distances, "subjects/roi_distances", level="roi", **chosen))
    found = [
        planted[planted["planted_source"] == part].merge(
            recovered_peaks(distances[distances["source"] == part], "distance"), on=["hemi", "roi"]
        )
        for part in COMPONENTS
    ]
    recovered = pd.concat(found, ignore_index=True)
    figure = Figure(figsize=(5.4, 5.6))
    ax = figure.subplots()
    ax.set_title(say_rho(draw_against_planted(ax, recovered, "distance", "words")))
    for region in recovered.itertuples():
        colour = SOURCE_COLOURS[region.planted_source]
        ax.annotate(region.roi, (region.planted_distance, region.mean), xytext=(7, -3), textcoords="offset points",
                    fontsize=6.5, color=colour)  # fmt: skip
    seconds_axis(ax, "top", word_rate, "planted (seconds)")
    seconds_axis(ax, "right", word_rate, "recovered (seconds)")
    detail = f"{layer_name(cell)}, {window_name(chosen)}"
    n_subjects = [distances["subject"].nunique()]
    put_title(figure, "Recovery of planted syntax and semantics", detail, n_subjects, simulated=simulated)
    return figure


def _draw_panel(ax: Axes, panel: pd.DataFrame, _: str) -> None:
    for (_, side), alpha in zip(sides_of(panel), (1.0, 0.5), strict=False):
        for source in PARTS:
            line, colour = side[side["source"] == source], SOURCE_COLOURS[source]
            draw_band(
                ax, line, "distance", colour=colour, label=source, band=0.15, alpha=alpha, marker="o", markersize=3
            )
            if alpha == 1 and len(line) and source in COMPONENTS:
                mark_highest(ax, line, "distance", "d = ", colour, tell_unsure=False)
    zero_line(ax)


def _draw_peaks(ax: Axes, wide: pd.DataFrame, differs: np.ndarray, q_level: float) -> None:
    fill = np.where(differs, ACCENT, "white")
    ax.scatter(wide["syntactic"], wide["semantic"], s=20, c=fill, edgecolors=ACCENT, linewidths=0.8, zorder=3)
    both = wide[["syntactic", "semantic"]]
    ends = [both.min().min() - 0.5, both.max().max() + 0.5]
    ax.plot(ends, ends, "--", color=GREY, linewidth=0.9)
    ax.set_xlim(ends)
    ax.set_ylim(ends)
    ax.set_aspect("equal")
    ax.set_xlabel("peak of the syntactic F(d) (words), mean over listeners")
    ax.set_ylabel("peak of the semantic F(d) (words), mean over listeners")
    dot = {"linestyle": "none", "marker": "o", "markersize": 4.5, "markeredgecolor": ACCENT}
    handles = [
        Line2D([], [], **dot, color=ACCENT, label=f"the two differ, q < {q_level:g}"),
        Line2D([], [], **dot, color="white", label="no difference shown"),
        Line2D([], [], color=GREY, linestyle="--", linewidth=0.9, label="syntactic = semantic"),
    ]
    ax.figure.legend(handles=handles, loc="outside lower center", ncols=3)


def _draw_convergence(ax: Axes, checks: pd.DataFrame) -> None:
    styles = {
        "change": (GREY, "change made by the last future"),
        "reliability": (ACCENT, "expected correlation of two sets"),
    }
    for check, (colour, label) in styles.items():
        line = checks[checks["check"] == check]
        ax.plot(line["n_futures"].astype(float), line["value"], "o-", markersize=3, color=colour, label=label)
    n = checks.loc[checks["check"] == "reliability", "n"]
    ax.set_title(f"Convergence, n = {int(n.max()):,} words to come" if len(n) else "Convergence")
    ax.set_xlabel("futures in the mean")
    ax.set_ylabel("relative change; correlation")
    ax.set_ylim(0, 1.05)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend()


def _draw_cosine(ax: Axes, checks: pd.DataFrame) -> None:
    line = checks[checks["check"] == "cosine"]
    ax.plot(line["ahead"].astype(float), line["value"], "o-", markersize=3, color=SOURCE_COLOURS["syntactic"])
    ax.set_title(f"True and syntactic, {_said_n(line)}")
    ax.set_xlabel("words ahead")
    ax.set_ylabel("cosine, features centred and scaled")
    ax.set_ylim(0, 1)


def _draw_probes(ax: Axes, checks: pd.DataFrame) -> None:
    for check, style in ((CONTENT, "o-"), (FUNCTION, "s:")):
        probes = checks[checks["check"] == check]
        for part in PARTS:
            line = probes[probes["part"] == part]
            label = part if check == CONTENT else f"_{part}, function words"
            at = line["ahead"].astype(float)
            ax.plot(at, line["value"], style, markersize=3, color=SOURCE_COLOURS[part], label=label)
        chance, dashes = probes[probes["part"] == "true"], "--" if check == CONTENT else ":"
        label = "chance" if check == CONTENT else "dotted: function words"
        ax.plot(chance["ahead"].astype(float), chance["chance"], dashes, color=GREY, label=label)
    ax.set_title(f"Part of speech, {_said_n(checks[checks['check'] == CONTENT])} of content")
    ax.set_xlabel("words ahead")
    ax.set_ylabel("accuracy, held-out words")
    ax.set_ylim(0, 1)
    ax.legend(ncols=2)


def _draw_counts(ax: Axes, checks: pd.DataFrame) -> None:
    counts = checks[checks["model"].isna()]
    names = [
        f"words {ORIGINS[row.part]}" if isinstance(row.part, str) else row.check.replace(", words", ",\nwords")
        for row in counts.itertuples()
    ]
    places = np.arange(len(counts))[::-1]
    ax.barh(places, counts["value"], color=ACCENT, height=0.6)
    for place, value, n in zip(places, counts["value"], counts["n"], strict=True):
        ax.text(max(value, 0) + 0.01, place, f"{value:.3f}, n = {int(n):,}", va="center", fontsize=6.5)
    ax.set_yticks(places, names)
    ax.set_xlim(0, 1.45)
    ax.set_title("Futures")
    ax.set_xlabel("share; tree agreement: Spearman's ρ")


ORIGINS = {"own": "drawn from their class", "wider": "drawn from a wider class", "kept": "kept"}


def _said_n(table: pd.DataFrame) -> str:
    counts = sorted({int(n) for n in table["n"]})
    if not counts:
        return "n = 0 words"
    return f"n = {counts[0]:,} words" if len(counts) == 1 else f"n = {counts[0]:,} to {counts[-1]:,} words"
