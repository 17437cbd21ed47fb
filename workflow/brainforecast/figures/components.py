"""Syntax and semantics: forecast scores of both parts of a window, where they peak, and checks of the parts."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from brainforecast.figures.captions import Figure
from brainforecast.figures.curves import draw_sources_panel
from brainforecast.figures.panels import draw_pairs, mark_highest, name_distance_axes, region_panels, sides_of
from brainforecast.figures.recovery import draw_against_planted, recovered_peaks, rho_text
from brainforecast.figures.style import ACCENT, GREY, SOURCE_COLOURS, FigureSettings, put_title, seconds_axis, styled
from brainforecast.results.component_peaks import DIFFERENCE
from brainforecast.results.selection import by_hemisphere, layer_name, select_rows, window_name
from brainforecast.simulation.truth import planted_regions
from brainforecast.sources import COMPONENTS
from brainforecast.storage.columns import CONTENT, FUNCTION

PARTS = ("true", *COMPONENTS)
ORIGINS = {"own": "drawn from their class", "wider": "drawn from a wider class", "kept": "kept"}


@styled
def draw_components(roi_scores: pd.DataFrame, settings: FigureSettings, *, word_rate: float) -> Figure:
    """F(d) of syntactic, semantic and true windows, one panel per group of targets.

    Parameters
    ----------
    roi_scores : group table of region scores; the true windows are drawn at the distances of the parts.
    word_rate : words per second, for the axis in seconds.
    """
    chosen = settings.pick("model", "layer", "base", "width")
    scores = select_rows(roi_scores, "group/roi_scores", score="forecast_score", **chosen)
    scores = scores[scores["source"].isin(PARTS)]
    scores = scores[scores["distance"].isin(scores.loc[scores["source"] != "true", "distance"])]
    figure, axes, used = region_panels(scores, settings.curves, _draw_panel)
    name_distance_axes(axes, len(used), word_rate)
    handles = [Line2D([], [], color=SOURCE_COLOURS[source], label=f"{source} window") for source in PARTS]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    detail = f"{layer_name(chosen)}, {window_name(chosen)}, 95 % bands"
    title = "Forecast score of syntax and of semantics"
    put_title(
        figure,
        title,
        detail,
        scores["n_subjects"],
        simulated=settings.simulated,
        alt="TODO",
        caption=[
            "Mean over subjects of F(d) with 95 % bands: of the true window, of its syntactic part (the mean over "
            "futures in which each word is replaced by another with the same part of speech and dependency) and of "
            "its semantic part (the rest). Words of the window that are already past have the parts as seen from just "
            "before they were spoken. Dots mark the distances scored; the highest is labelled, hollow where it is not "
            "above 0.",
            "The paper reports the semantic peak at 8 words (frontal and parietal) and the syntactic peak at 5 "
            "(superior temporal and left frontal).",
        ],
    )
    return figure


@styled
def draw_component_peaks(peaks: pd.DataFrame, settings: FigureSettings, *, word_rate: float) -> Figure:
    """Peak of the semantic against the syntactic F of each region; filled where the two differ.

    Parameters
    ----------
    peaks : group table of component peaks.
    word_rate : words per second, for the axes in seconds.
    """
    chosen = settings.pick("model", "layer", "base", "width")
    found = by_hemisphere(select_rows(peaks, "group/component_peaks", **chosen))
    level = "roi" if (found["level"] == "roi").any() else "all"
    found = found[found["level"] == level]
    n_subjects = found["n_subjects"]
    found = found.assign(hemi=found["hemi"].fillna(""))
    pairs = found.pivot_table(index=["hemi", "roi"], columns="source", values="mean")[list(COMPONENTS)]
    tested = found[found["source"] == DIFFERENCE].set_index(["hemi", "roi"])["q_value"].reindex(pairs.index)
    figure = Figure(figsize=(5.2, 5.4))
    ax = figure.subplots()
    draw_pairs(ax, pairs, (tested < settings.q_level).to_numpy(), settings.q_level)
    ax.set_xlabel("peak of the syntactic F(d) (words), mean over subjects")
    ax.set_ylabel("peak of the semantic F(d) (words), mean over subjects")
    seconds_axis(ax, "top", word_rate, "syntactic (seconds)")
    seconds_axis(ax, "right", word_rate, "semantic (seconds)")
    later = int((pairs["semantic"] > pairs["syntactic"]).sum())
    title = f"Peaks of both parts, semantics later in {later} of {len(pairs)} regions"
    detail = f"{layer_name(chosen)}, {window_name(chosen)}"
    put_title(
        figure,
        title,
        detail,
        n_subjects,
        simulated=settings.simulated,
        alt="TODO",
        caption=[
            "Each dot is a region: mean over subjects of the distance at which its semantic F(d) peaks, against the "
            "distance at which its syntactic F(d) peaks, in words and in seconds. Filled: the two differ within "
            "subjects (two-sided Wilcoxon signed-rank test, false discovery rate over regions). The peak of a flat "
            "curve can fall anywhere; regions where neither part gains lie in the middle of the range."
        ],
    )
    return figure


@styled
def draw_component_checks(checks: pd.DataFrame, settings: FigureSettings) -> Figure:
    """Convergence with the number of futures, cosine and probes by words ahead, labels and trees of the futures."""
    figure = Figure(figsize=(9.2, 6.6))
    (first, second), (third, fourth) = figure.subplots(2, 2)
    _draw_convergence(first, checks)
    _draw_cosine(second, checks)
    _draw_probes(third, checks)
    _draw_counts(fourth, checks)
    title = "Checks of the syntactic and the semantic part"
    title = f"Demo with simulated subjects: {title[0].lower()}{title[1:]}" if settings.simulated else title
    detail = f"{layer_name(settings.cell)}; text and language model only, no responses"
    figure.suptitle(f"{title}\n{detail}", x=0.01, ha="left", fontsize=9.5)
    return figure


@styled
def draw_component_recovery(
    truth: pd.DataFrame,
    targets: pd.DataFrame,
    subject_distances: pd.DataFrame,
    settings: FigureSettings,
    *,
    word_rate: float,
) -> Figure:
    """Peak of the planted part's own F against the planted distance, in regions where a part was planted.

    Parameters
    ----------
    truth : what was planted in each target.
    targets : table of targets.
    subject_distances : region distances of every subject.
    word_rate : words per second, for the axes in seconds.
    """
    chosen = settings.pick("model", "layer", "base", "width")
    planted = planted_regions(truth, targets)
    planted = planted[planted["planted_source"].isin(COMPONENTS)]
    distances = by_hemisphere(select_rows(subject_distances, "subjects/roi_distances", level="roi", **chosen))
    found = [
        planted[planted["planted_source"] == part].merge(
            recovered_peaks(distances[distances["source"] == part], "distance"), on=["hemi", "roi"]
        )
        for part in COMPONENTS
    ]
    recovered = pd.concat(found, ignore_index=True)
    figure = Figure(figsize=(5.4, 5.6))
    ax = figure.subplots()
    ax.set_title(rho_text(*draw_against_planted(ax, recovered, "distance", "words")))
    for region in recovered.itertuples():
        colour = SOURCE_COLOURS[region.planted_source]
        ax.annotate(region.roi, (region.planted_distance, region.mean), xytext=(7, -3), textcoords="offset points",
                    fontsize=6.5, color=colour)  # fmt: skip
    seconds_axis(ax, "top", word_rate, "planted (seconds)")
    seconds_axis(ax, "right", word_rate, "recovered (seconds)")
    title, detail = "Recovery of planted syntax and semantics", f"{layer_name(chosen)}, {window_name(chosen)}"
    put_title(
        figure,
        title,
        detail,
        [distances["subject"].nunique()],
        simulated=True,
        alt="TODO",
        caption=[
            "Top left: how much each further future changes the syntactic part, and how well the syntactic parts of "
            "two sets of that many futures would agree (the paper: stable from 7). Top right: cosine between true and "
            "syntactic activations. Bottom left: how well a linear probe decodes the part of speech of an upcoming "
            "word from the true activation and from each part, on words it was not fitted on, for content words "
            "(lines) and function words (dotted) separately: a function word has few others in its class and is never "
            "drawn as its own substitute, so its semantic part reveals which word it was, and with it the class. "
            "Bottom right: the share of labels that the parser gives back, how well trees agree, how many words had "
            "too few candidates, and where words were drawn from. No responses are used here: n is the number of "
            "words or futures in each panel; the run has"
        ],
    )
    return figure


def _draw_panel(ax: Axes, panel: pd.DataFrame, colour: str) -> None:
    """Every source; the highest point of both parts, of the left hemisphere where the two are apart."""
    draw_sources_panel(ax, panel, colour)
    for _, side, _ in sides_of(panel)[:1]:
        for part in COMPONENTS:
            line = side[side["source"] == part]
            mark_highest(ax, line, "distance", "d = ", SOURCE_COLOURS[part], label_hollow=False)


def _draw_convergence(ax: Axes, checks: pd.DataFrame) -> None:
    styles = {
        "change": (GREY, "change made by the last future"),
        "reliability": (ACCENT, "expected correlation of two sets"),
    }
    for check, (colour, label) in styles.items():
        line = checks[checks["check"] == check]
        ax.plot(line["n_futures"].astype(float), line["value"], "o-", markersize=3, color=colour, label=label)
    n = checks.loc[checks["check"] == "reliability", "n"]
    ax.set_title(f"Convergence, n = {int(n.max()):,} upcoming words" if len(n) else "Convergence")
    ax.set_xlabel("futures in the mean")
    ax.set_ylabel("relative change; correlation")
    ax.set_ylim(0, 1.05)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend()


def _draw_cosine(ax: Axes, checks: pd.DataFrame) -> None:
    line = checks[checks["check"] == "cosine"]
    ax.plot(line["ahead"].astype(float), line["value"], "o-", markersize=3, color=SOURCE_COLOURS["syntactic"])
    ax.set_title(f"True and syntactic, {_words_text(line)}")
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
    ax.set_title(f"Part of speech, {_words_text(checks[checks['check'] == CONTENT], 'content words')}")
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
    positions = range(len(counts) - 1, -1, -1)
    ax.barh(positions, counts["value"], color=ACCENT, height=0.6)
    for position, value, n in zip(positions, counts["value"], counts["n"], strict=True):
        ax.text(max(value, 0) + 0.01, position, f"{value:.3f}, n = {int(n):,}", va="center", fontsize=6.5)
    ax.set_yticks(positions, names)
    ax.set_xlim(0, 1.45)
    ax.set_title("Futures")
    ax.set_xlabel("share; tree agreement: Spearman's ρ")


def _words_text(table: pd.DataFrame, what: str = "words") -> str:
    """Number of words as text; a range where it differs between rows."""
    counts = sorted({int(n) for n in table["n"]}) or [0]
    return f"n = {counts[0]:,} {what}" if len(counts) == 1 else f"n = {counts[0]:,} to {counts[-1]:,} {what}"
