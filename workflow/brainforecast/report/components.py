"""Tables of syntax and semantics: where each peaks by region, and the checks of the two parts."""

import pandas as pd

from brainforecast.report.formatting import Table, number, with_interval
from brainforecast.report.lookup import Row, both_hemispheres, row_list, rows_where
from brainforecast.report.peaks import Effects
from brainforecast.report.run import Run
from brainforecast.results.component_peaks import DIFFERENCE
from brainforecast.results.selection import ALL_TARGETS, place_label
from brainforecast.storage.columns import CONTENT, DISTANCE_CELL, FUNCTION

WHAT = {
    "labels that match": "words of futures that get the label of the true word when the future is parsed",
    "labels that match, words of their own class": "the same, of the words drawn from the class of their label",
    "tree agreement": "tree agreement of futures with the true words, mean Spearman ρ",
    "futures that pass": "futures whose tree agreement is above the threshold",
    "words with too few": "words with fewer passing candidates than futures wanted",
    "origin of words": "words of the story: {part}",
    "change": "change of the syntactic part by future {n_futures}, relative to its size",
    "reliability": "correlation expected between the syntactic parts of two sets of futures, {n_futures} each",
    "cosine": "cosine of true and syntactic activations, {ahead} words ahead",
    CONTENT: "part of speech of content words decoded from {part} activations, {ahead} words ahead (chance {chance})",
    FUNCTION: "part of speech of function words decoded from {part} activations, {ahead} words ahead (chance {chance})",
}
PARTS = {"own": "drawn from their own class", "wider": "drawn from a wider class", "kept": "kept as they are"}


def peak_table(run: Run, q_level: float) -> Table | None:
    """Peaks of F of true, syntactic and semantic windows: all targets, lobes, and regions with the lowest q."""
    effects, keys = Effects(run, q_level), [key for key in DISTANCE_CELL if key != "source"]
    reported = rows_where(run.tables["component_peaks"], **{key: run.cell[key] for key in keys})
    reported = both_hemispheres(reported)
    if reported.empty:
        return None
    text = []
    for (level, roi), rows in reported.groupby(["level", "roi"], sort=False):
        by_source = {row.source: row for row in row_list(rows)}
        label = place_label(level, None, str(roi), ALL_TARGETS)
        difference = by_source.get(DIFFERENCE)
        text.append([
            label,
            *(
                _peak(by_source.get(source), effects.distance_mark(level, roi, source=source))
                for source in ("true", "syntactic", "semantic")
            ),
            _peak(difference),
            number(difference.q_value, 2) if difference else "–",
            str(int(rows["n_subjects"].max())),
        ])  # fmt: skip
    columns = [
        "region",
        "true (words)",
        "syntactic (words)",
        "semantic (words)",
        "semantic − syntactic (words)",
        "q",
        "n",
    ]
    note = (
        "Distance at which the region's own F(d) peaks in each subject: mean over subjects with 95 % intervals; the "
        f"difference is tested within subjects (signed-rank; q below {q_level:g} is called significant). The true "
        "windows may have been scored at more distances. No effect: F at the reported distance, or "
        "the nearest one scored, is not above 0, and the peak of such a curve means nothing."
    )
    source = "group/component_peaks.parquet"
    title = "Where syntax and semantics peak"
    return Table("component-peaks", title, columns, text, source, note, opened=len(text) <= 12)


def check_table(checks: pd.DataFrame) -> Table | None:
    """Every check of the two parts, with the number of words or futures behind it."""
    if checks.empty:
        return None
    text = [[_what(row), number(row.value), f"{int(row.n):,}"] for row in row_list(checks)]
    note = (
        "Labels, trees and origins: of all futures of all stories. Cosines: features centred and scaled over words. "
        "Probes: logistic regression on 50 principal components, fitted and evaluated on different contiguous parts "
        "of the stories; chance is the share of the most frequent part of speech. A function word has few others in "
        "its class and is never drawn as its own substitute, so its semantic part reveals which word it was."
    )
    source = "group/component_checks.parquet"
    title = "Checks of the syntactic and the semantic part"
    return Table("component-checks", title, ["what", "value", "n"], text, source, note, opened=False)


def _peak(row: Row | None, mark: str = "") -> str:
    return with_interval(row.mean, row.ci_low, row.ci_high) + mark if row else "not scored"


def _what(row: Row) -> str:
    part = PARTS.get(row.part, row.part)
    counts = {name: int(row[name]) for name in ("ahead", "n_futures") if pd.notna(row[name])}
    return WHAT[row.check].format(part=part, chance=number(row.chance, 2), **counts)
