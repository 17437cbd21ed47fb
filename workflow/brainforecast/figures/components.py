"""Syntax and semantics: forecast scores of both parts of a window, where they peak, and checks of the parts."""

from functools import partial
from textwrap import fill

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from brainforecast.figures.captions import (
    Ahead,
    Figure,
    count_text,
    fill_text,
    has_band,
    list_text,
    mean_text,
    over_subjects,
    panels_text,
    seconds_text,
    sentences,
    value_text,
)
from brainforecast.figures.curves import add_sources_legend, draw_sources_panel, sources_alt
from brainforecast.figures.panels import BEHIND, dot_handle, draw_pairs, name_distance_axes, region_panels, sides_of
from brainforecast.figures.recovery import (
    add_seconds_axes,
    bias_text,
    draw_against_planted,
    planted_handles,
    recovered_peaks,
    rho_text,
)
from brainforecast.figures.style import (
    ACCENT,
    BLACK,
    GREY,
    SECONDS,
    SOURCE_COLOURS,
    FigureSettings,
    put_title,
    readable,
    seconds_axis,
    styled,
)
from brainforecast.results.component_peaks import DIFFERENCE
from brainforecast.results.selection import by_hemisphere, layer_name, select_rows, window_name
from brainforecast.simulation.truth import planted_regions
from brainforecast.sources import COMPONENTS
from brainforecast.storage.columns import CONTENT, FUNCTION

PARTS = ("true", *COMPONENTS)
PART_TEXTS = {
    "true": "True: the words of the story.",
    "syntactic": "Syntactic: the mean over futures in which each word of the window is replaced by another with the "
    "same part of speech and dependency.",
    "semantic": "Semantic: the rest of the true window.",
}
DIFFERENCE_TEST = "two-sided Wilcoxon signed-rank test of the difference within subjects"
COUNTS = {
    "labels that match": "the share of labels that the parser gives back",
    "labels that match, words of their own class": "the same for words drawn from their own class",
    "tree agreement": "how well trees agree",
    "words with too few": "how many words had too few candidates",
    "futures that pass": "how many futures pass",
    "origin of words": "where words were drawn from",
}
FUNCTION_TEXT = (
    "Lines: content words, their chance dashed; dotted: function words. A function word has few others in its class "
    "and is never drawn as its own substitute, so its semantic part reveals which word it was, and with it the class."
)
LABEL = 20  # characters, of a bar's label in one line
ORIGINS = {"own": "drawn from their class", "wider": "drawn from a wider class", "kept": "kept"}


@styled
def draw_components(
    roi_scores: pd.DataFrame, settings: FigureSettings, *, word_rate: float, ahead: Ahead = None
) -> Figure:
    """F(d) of syntactic, semantic and true windows, one panel per group of targets.

    Parameters
    ----------
    roi_scores : group table of region scores; the true windows are drawn at the distances of the parts.
    word_rate, ahead : as in `curves.draw_forecast_curves`.
    """
    chosen = settings.pick("model", "layer", "base", "width")
    scores = select_rows(roi_scores, "group/roi_scores", score="forecast_score", **chosen)
    scores = scores[scores["source"].isin(PARTS)]
    scores = scores[scores["distance"].isin(scores.loc[scores["source"] != "true", "distance"])]
    figure, axes, used = region_panels(scores, settings.curves, partial(_draw_panel, q_level=settings.q_level))
    axes.flat[0].margins(y=0.16)
    marked = name_distance_axes(axes, len(used), word_rate, distance=settings.cell["distance"], ahead=ahead)
    add_sources_legend(figure, axes, used, settings.q_level)
    bands = ", 95 % bands" if has_band(scores) else ""
    put_title(
        figure,
        "Forecast score of syntax and of semantics",
        f"{layer_name(chosen)}, {window_name(chosen)}{bands}",
        scores["n_subjects"],
        simulated=settings.simulated,
        alt=sources_alt(scores, settings),
        caption=[
            sentences(
                mean_text("F(d)", scores),
                *(PART_TEXTS[part] for part in PARTS if (scores["source"] == part).any()),
                "Words of the window that are already past have the parts as seen from just before they were spoken.",
                "Marks are the distances that were scored; the highest one is named.",
                fill_text(figure, settings.q_level),
                seconds_text("The upper axis is", settings.cell["distance"], ahead, marked=marked),
            ),
            "The paper reports the semantic peak at 8 words (frontal and parietal) and the syntactic peak at 5 "
            "(superior temporal and left frontal).",
        ],
    )
    return figure


@styled
def draw_component_peaks(
    peaks: pd.DataFrame, settings: FigureSettings, *, word_rate: float, ahead: Ahead = None
) -> Figure:
    """Peak of the semantic against the syntactic F of each region; filled where the two differ.

    Parameters
    ----------
    peaks : group table of component peaks.
    word_rate, ahead : as in `curves.draw_forecast_curves`.
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
    draw_pairs(ax, pairs, tested, settings.q_level)
    ax.set_xlabel(f"peak of the syntactic F(d) (words){over_subjects(n_subjects)}")
    ax.set_ylabel(f"peak of the semantic F(d) (words){over_subjects(n_subjects)}")
    seconds_axis(ax, "top", word_rate, f"syntactic ({SECONDS})")
    seconds_axis(ax, "right", word_rate, f"semantic ({SECONDS})")
    differ = _differ_text(tested, settings.q_level)
    put_title(
        figure,
        f"Peaks of syntax and of semantics{differ and f', {differ}'}",
        f"{layer_name(chosen)}, {window_name(chosen)}",
        n_subjects,
        simulated=settings.simulated,
        alt=_peaks_alt(pairs, differ),
        caption=[
            sentences(
                "Each dot is a region: the distance at which its semantic F(d) peaks, against the distance at which "
                f"its syntactic F(d) peaks{over_subjects(n_subjects)}. Dashed grey: the two are equal.",
                fill_text(figure, settings.q_level, f"{DIFFERENCE_TEST}, false discovery rate over regions"),
                seconds_text("The upper and the right axis are", settings.cell["distance"], ahead),
                pairs.duplicated().any() and "Some dots lie on others.",
                "The peak of a flat curve can fall anywhere; regions where neither part gains lie in the middle of the "
                "range.",
            )
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
    put_title(
        figure,
        "Checks of the syntactic and the semantic part",
        f"{layer_name(settings.cell)}; text and language model only, no responses",
        None,
        simulated=False,
        alt=_checks_alt(checks),
        caption=[
            sentences(
                "Top left: how much each further future changes the syntactic part, and how well the syntactic parts "
                "of two sets of that many futures would agree (the paper: stable from 7). Top right: cosine between "
                "true and syntactic activations. Bottom left: how well a linear probe decodes the part of speech of "
                "an upcoming word from the true activation and from each part, on words it was not fitted on.",
                FUNCTION_TEXT if (checks["check"] == FUNCTION).any() else "Dashed grey: chance.",
                f"Bottom right: {_counts_text(checks)}. n is the number of words or futures in each panel.",
            ),
            settings.simulated and "No responses are used here, simulated or other: the texts are real.",
        ],
    )
    return figure


@styled
def draw_component_recovery(
    truth: pd.DataFrame,
    targets: pd.DataFrame,
    subject_distances: pd.DataFrame,
    settings: FigureSettings,
    *,
    word_rate: float,
    ahead: Ahead = None,
) -> Figure:
    """Peak of the planted part's own F against the planted distance, in regions where a part was planted.

    Parameters
    ----------
    truth : what was planted in each target.
    targets : table of targets.
    subject_distances : region distances of every subject.
    word_rate, ahead : as in `curves.draw_forecast_curves`.
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
    recovered["colour"] = recovered["planted_source"].map(SOURCE_COLOURS)
    figure = Figure(figsize=(5.4, 5.9))
    ax = figure.subplots()
    rho = draw_against_planted(ax, recovered, "distance", "words")
    ax.set_title(rho_text(rho, len(recovered)))
    names = {part: _planted_names(recovered[recovered["planted_source"] == part]) for part in COMPONENTS}
    handles = [
        dot_handle(fill(f"{part}: {text}", 75), fill=SOURCE_COLOURS[part], edge=SOURCE_COLOURS[part], shape="s")
        for part, text in names.items()
        if text
    ]
    handles += planted_handles(ax, recovered, BLACK)
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=1)
    add_seconds_axes(ax, word_rate)
    n_subjects = [distances["subject"].nunique()]
    put_title(
        figure,
        "Recovery of planted syntax and semantics",
        f"{layer_name(chosen)}, {window_name(chosen)}",
        n_subjects,
        simulated=True,
        alt=_recovery_alt(recovered),
        caption=[
            sentences(
                "Each region in which one part of the window was planted: the distance at which the F(d) of that part "
                f"peaks in each subject{over_subjects(n_subjects)}, against the planted one.",
                recovered["half_interval"].notna().any() and "Bars: 95 % intervals over subjects.",
                "Colour: the planted part. Dashed: recovered = planted. Crosses: the mean of d* over the region's "
                "targets, which noise pulls towards the middle of the range.",
                bias_text(recovered, "distance"),
                seconds_text("The upper and the right axis are", settings.cell["distance"], ahead),
            )
        ],
    )
    return figure


def _planted_names(regions: pd.DataFrame) -> str:
    """Names of regions by planted distance: bankssts (4), superiortemporal (3)."""
    once = regions.drop_duplicates("roi").sort_values(["planted_distance", "roi"])
    return ", ".join(f"{row.roi} ({row.planted_distance:g})" for row in once.itertuples())


def _recovery_alt(recovered: pd.DataFrame) -> str:
    clauses = []
    for part, regions in recovered.groupby("planted_source", sort=False):
        low, high = (value_text(regions["mean"].agg(end)) for end in ("min", "max"))
        ends = (value_text(regions["planted_distance"].agg(end)) for end in ("min", "max"))
        clauses.append(f"{part}: peaks of {count_text(len(regions), 'region')} from {low} to {high} words, planted "
                       f"from {next(ends)} to {next(ends)}")  # fmt: skip
    return f"One panel of recovered against planted distances. {'; '.join(clauses).capitalize()}."


def _differ_text(q_values: pd.Series, q_level: float) -> str:
    """How many regions differ, of those that were tested; nothing where none was."""
    n = int(q_values.notna().sum())
    return f"{int((q_values < q_level).sum())} of {n} regions differ" if n else ""


def _peaks_alt(pairs: pd.DataFrame, differ: str) -> str:
    means = list_text([f"{part} {value_text(pairs[part].mean())} words" for part in pairs.columns])
    return sentences(f"{count_text(len(pairs), 'dot').capitalize()}, one a region.", f"Mean peak: {means}.",
                     differ and f"{differ}.".capitalize())  # fmt: skip


def _checks_alt(checks: pd.DataFrame) -> str:
    """The last value of each curve."""

    def last(check: str, by: str, **equal: object) -> str | None:
        rows = checks[checks["check"] == check].dropna(subset=[by, "value"]).sort_values(by)
        for column, value in equal.items():
            rows = rows[rows[column] == value]
        return None if rows.empty else f"{value_text(rows['value'].iloc[-1])} at {rows[by].iloc[-1]:g}"

    probes = [f"{part} {text} words ahead" for part in PARTS if (text := last(CONTENT, "ahead", part=part))]
    clauses = [
        (text := last("reliability", "n_futures")) and f"two sets of futures correlate {text} futures",
        (text := last("cosine", "ahead")) and f"the cosine of true and syntactic is {text} words ahead",
        probes and f"the probe's accuracy is {list_text(probes)}",
        f"{count_text(int(checks['model'].isna().sum()), 'bar')} of what the futures are",
    ]
    return panels_text("checks", list(filter(None, clauses)))


def _counts_text(checks: pd.DataFrame) -> str:
    """What the bars are."""
    present = set(checks.loc[checks["model"].isna(), "check"])
    return list_text([text for check, text in COUNTS.items() if check in present])


def _draw_panel(ax: Axes, panel: pd.DataFrame, *, q_level: float) -> None:
    """Every source; the highest point of both parts is named, of the left hemisphere where the two are apart."""
    draw_sources_panel(ax, panel, q_level=q_level)
    for _, side, _ in sides_of(panel)[:1]:
        parts = [(part, side[side["source"] == part].dropna(subset="mean")) for part in COMPONENTS]
        for turn, (part, line) in enumerate((part, line) for part, line in parts if len(line)):
            highest = line.loc[line["mean"].idxmax()]
            level = "" if highest["mean"] > 0 and not highest["q_value"] >= q_level else " (not above 0)"
            text = f"{part}: highest at d = {highest['distance']:g}{level}".replace("-", "−")
            ax.text(0.02, 0.98 - 0.09 * turn, text, transform=ax.transAxes, va="top", fontsize=7, bbox=BEHIND,
                    color=readable(SOURCE_COLOURS[part]))  # fmt: skip


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
        fill(f"words {ORIGINS[row.part]}" if isinstance(row.part, str) else row.check, LABEL)
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
