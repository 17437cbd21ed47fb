"""The numbers and sentences the report opens with; each names the table it comes from."""

from collections.abc import Mapping, Sequence

import pandas as pd

from brainforecast.report.formatting import (
    MEASURES,
    Row,
    gain,
    interval,
    number,
    of_cell,
    score,
    score_interval,
    unit_of,
    value,
)
from brainforecast.results.selection import by_hemisphere, region_label, rows
from brainforecast.statistics.inference import summarise

DISTANCES = ("peak_distance", "forecast_distance")


def key_numbers(
    tables: Mapping[str, pd.DataFrame], heard: pd.DataFrame, listeners: Sequence[Mapping], cell: Mapping
) -> list[dict[str, str]]:
    """Label, value, detail and source of each key number."""
    return [*_what_was_heard(heard, listeners), *_scores(tables["roi_scores"], cell), *_distances(tables, cell)]


def findings(tables: Mapping[str, pd.DataFrame], cell: Mapping, q_level: float) -> list[str]:
    """What the tests say, one sentence each; where nothing passes, the sentence says no effect."""
    model = {key: cell[key] for key in ("model", "layer")}
    window = model | {key: cell[key] for key in ("source", "width")}
    R = rows(tables["brain_scores"], "group/brain_scores", **model)
    F = rows(tables["forecast_scores"], "group/forecast_scores", **window, distance=cell["distance"])
    D = rows(tables["forecast_distance"], "group/forecast_distance", **window)
    d, reference = cell["distance"], cell["reference"]
    said = [
        _tested("The brain score R", R, q_level),
        _tested(f"The forecast score F({d})", F, q_level),
        _tested(f"The mask test F({d}) − F({reference})", D, q_level),
        *(_contrast(Row(**found), q_level) for found in _both_hemispheres(of_cell(tables["contrasts"], cell))),
        _smallest_p(int(R["n_subjects"].max()), q_level),
    ]
    return [sentence for sentence in said if sentence]


def _what_was_heard(heard: pd.DataFrame, listeners: Sequence[Mapping]) -> list[dict[str, str]]:
    n_words, seconds = int(heard["n_words"].sum()), heard["seconds"].sum()
    by_story = heard.set_index("story")["minutes"]
    each = [sum(by_story[story] for story in about["stories"]) for about in listeners]
    mean = f"{number(sum(each) / len(each))} min per listener on average" if each else ""
    return [
        _number("listeners", str(len(listeners)), mean, "responses/"),
        _number("stories", str(len(heard)), f"{number(heard['minutes'].sum())} min of recording", "responses/"),
        _number("words", f"{n_words:,}", f"{number(n_words / seconds)} words per second of speech", "words/"),
    ]


def _scores(roi_scores: pd.DataFrame, cell: Mapping) -> list[dict[str, str]]:
    model = {"model": cell["model"], "layer": cell["layer"]}
    everything = roi_scores[(roi_scores["level"] == "all") & roi_scores["hemi"].isna()]
    R = value(everything, score="brain_score", **model)
    window = {key: cell[key] for key in ("source", "width", "distance")}
    F = value(everything, score="forecast_score", **model, **window)
    source = "group/roi_scores.parquet"
    found = [
        _number("mean brain score R", *_split(R), source),
        _number(f"mean forecast score F({cell['distance']})", *_split(F), source),
    ]
    if R and F:
        percent = gain(F["mean"], R["mean"], R["ci_low"])
        found.append(_number(f"gain 100·F({cell['distance']})/R", percent, "of the means over all targets", source))
    best = _best_regions(roi_scores, model)
    return [*found, *([_number("highest brain scores", best[0], best[1], source)] if best else [])]


def _best_regions(roi_scores: pd.DataFrame, model: Mapping) -> tuple[str, str] | None:
    regions = roi_scores[(roi_scores["level"] == "roi") & (roi_scores["score"] == "brain_score")]
    if regions.empty:
        return None
    best = by_hemisphere(rows(regions, "group/roi_scores", **model)).sort_values("mean", ascending=False).head(3)
    names = [region_label(hemi, roi) for hemi, roi in zip(best["hemi"], best["roi"], strict=True)]
    named = [f"{name} ({score(r)})" for name, r in zip(names, best["mean"], strict=True)]
    return score(best["mean"].iloc[0]), ", ".join(named)


def _distances(tables: Mapping[str, pd.DataFrame], cell: Mapping) -> list[dict[str, str]]:
    """d* of the temporal and the frontal lobe: both measures, mean over listeners with its interval."""
    table = of_cell(tables["roi_distances"], cell)
    numbers = []
    for lobe in ("temporal", "frontal"):
        here = table[(table["level"] == "lobe") & (table["roi"] == lobe) & table["hemi"].isna()]
        if here.empty:
            continue
        found = {measure: summarise(here[[measure]].to_numpy(float)) for measure in DISTANCES}
        peak, mean = (
            f"{number(found[m]['mean'][0])} {interval(found[m]['ci_low'][0], found[m]['ci_high'][0])}"
            for m in DISTANCES
        )
        detail = f"words, peak of the lobe's curve with 95 % interval; mean of d* over its targets: {mean}"
        numbers.append(_number(f"forecast distance, {lobe}", peak, detail, "subjects/roi_distances.parquet"))
    return numbers


def _split(found: Mapping | None) -> tuple[str, str]:
    if not found:
        return "–", "not scored"
    return score(found["mean"]), f"95 % interval {score_interval(found['ci_low'], found['ci_high'])}, all targets"


def _number(label: str, shown: str, detail: str, source: str) -> dict[str, str]:
    return {"label": label, "value": shown, "detail": detail, "source": source}


def _tested(what: str, table: pd.DataFrame, q_level: float) -> str:
    tested, passed = table[table["q_value"].notna()], table[table["q_value"] < q_level]
    if tested.empty:
        return f"{what} was not tested."
    if passed.empty:
        lowest = number(tested["q_value"].min(), 2)
        none = f"differs from 0 in none of {len(tested):,} targets (q < {q_level:g}; lowest q {lowest})"
        return f"No effect: {what[0].lower()}{what[1:]} {none}."
    percent = number(100 * len(passed) / len(tested), 2)
    share = f"{len(passed):,} of {len(tested):,} targets ({percent} %, q < {q_level:g})"
    if what.startswith("The mask"):
        return f"{what} differs from 0 in {share}: there d* is drawn and read."
    below = int((passed["mean"] < 0).sum())
    return f"{what} differs from 0 in {share}: above 0 in {len(passed) - below:,}, below 0 in {below:,}."


def _both_hemispheres(contrasts: pd.DataFrame) -> list[dict]:
    """Contrasts over both hemispheres together; each hemisphere alone stands in the table."""
    return contrasts[contrasts["hemi"].isna()].to_dict("records")


def _contrast(found: Row, level: float) -> str:
    ends, unit = interval(found.ci_low, found.ci_high), unit_of(found.measure)
    numbers = f"{number(found.effect)} {unit} {ends}, p = {number(found.p_value, 2)}"
    text = f"{found.contrast} ({MEASURES.get(found.measure, found.measure)}): {numbers}, n = {found.n_subjects}."
    return text if found.p_value < level else f"No effect: {text}"


def _smallest_p(n: int, level: float) -> str:
    """The exact two-sided signed-rank test cannot go below 2 / 2^n."""
    smallest = 2.0 / 2**n
    if smallest < level / 10:
        return ""
    return (
        f"With {n} listeners the smallest p this test can give is {number(smallest, 2)}: "
        f"a q below {level:g} is {'out of reach' if smallest >= level else 'only reached where most targets pass'}."
    )
