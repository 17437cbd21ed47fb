"""What the report's tables say of syntax and semantics: peaks by region, and the checks of the two parts."""

from collections.abc import Mapping

import pandas as pd

from brainforecast.report.formatting import Row, Table, interval, number
from brainforecast.results.component_peaks import DIFFERENCE
from brainforecast.results.selection import region_label
from brainforecast.storage.columns import CONTENT, FUNCTION

WHAT = {
    "labels that match": "words of futures with the label of the true word, when the future is parsed",
    "labels that match, words of their own class": "the same, of the words drawn from the class of their label",
    "tree agreement": "tree agreement of futures with the true words, mean Spearman ρ",
    "futures that pass": "futures whose tree agreement is above the threshold",
    "words with too few": "words with fewer passing candidates than futures wanted",
    "origin of words": "words of the story: {part}",
    "change": "change of the syntactic part by future {n_futures}, relative to its size",
    "reliability": "correlation expected between the syntactic parts of two sets of futures, {n_futures} each",
    "cosine": "cosine of true and syntactic activations, {ahead} words ahead",
    CONTENT: "part of speech of content words read from {part} activations, {ahead} words ahead (chance {chance})",
    FUNCTION: "part of speech of function words read from {part} activations, {ahead} words ahead (chance {chance})",
}
PARTS = {"own": "drawn from their own class", "wider": "drawn from a wider class", "kept": "kept as they are"}


def peak_table(peaks: pd.DataFrame, cell: Mapping, q_level: float) -> Table | None:
    """Peaks of F of true, syntactic and semantic windows: all targets, lobes, and regions that differ most surely."""
    told = peaks[(peaks["model"] == cell["model"]) & (peaks["layer"] == cell["layer"])]
    told = told[(told["width"] == cell["width"]) & told["hemi"].isna()]
    if told.empty:
        return None
    text = []
    for (level, roi), found in told.groupby(["level", "roi"], sort=False):
        by = {row["source"]: Row(**row) for row in found.to_dict("records")}
        label = roi if level != "all" else "all targets"
        differs = by.get(DIFFERENCE)
        text.append([
            region_label(None, str(label)),
            *(f"{number(by[s].mean)} {interval(by[s].ci_low, by[s].ci_high)}" if s in by else "not scored"
              for s in ("true", "syntactic", "semantic", DIFFERENCE)),
            number(differs.q_value, 2) if differs else "–",
            str(int(found["n_subjects"].max())),
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
        "Distance at which the region's own F(d) peaks in each listener: mean over listeners with 95 % intervals; the "
        f"difference is tested within listeners (signed-rank; q below {q_level:g} is called significant). The true "
        "windows may have been scored at more distances. A peak of a curve that is not above 0 says nothing."
    )
    source = "group/component_peaks.parquet"
    title = "Where syntax and semantics peak"
    return Table("component-peaks", title, columns, text, source, note, opened=len(text) <= 12)


def check_table(checks: pd.DataFrame) -> Table | None:
    """Every check of the two parts, with what it is taken over."""
    if checks.empty:
        return None
    text = [[_what(row), number(row["value"]), f"{int(row['n']):,}"] for row in checks.to_dict("records")]
    note = (
        "Labels, trees and origins: of all futures of all stories. Cosines: features centred and scaled over words. "
        "Probes: logistic regression on 50 principal components, fitted and read on different contiguous parts of the "
        "stories; chance is the share of the most frequent part of speech. A function word has few others in its class "
        "and is never drawn for itself, so its semantic part tells which word it was."
    )
    source = "group/component_checks.parquet"
    title = "Checks of the syntactic and the semantic part"
    return Table("component-checks", title, ["what", "value", "n"], text, source, note, opened=False)


def _what(row: Mapping) -> str:
    part = PARTS.get(row["part"], row["part"])
    whole = {name: int(row[name]) for name in ("ahead", "n_futures") if pd.notna(row[name])}
    return WHAT[row["check"]].format(part=part, chance=number(row["chance"], 2), **whole)
