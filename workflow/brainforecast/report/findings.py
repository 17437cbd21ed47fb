"""The numbers and sentences the report opens with; each number names the table it comes from."""

from collections.abc import Iterator, Mapping

import pandas as pd

from brainforecast.report.formatting import (
    MEASURES,
    gain,
    measured,
    number,
    score,
    score_with_interval,
    unit_of,
    with_interval,
)
from brainforecast.report.lookup import Row, both_hemispheres, first_row, row_list, rows_of_cell, rows_where
from brainforecast.report.peaks import Effects, grid_text, recovery_text
from brainforecast.report.run import Run
from brainforecast.results.selection import by_hemisphere, region_label, select_rows
from brainforecast.statistics.inference import summarise
from brainforecast.storage.columns import SCORE_CELLS

DISTANCES = ("peak_distance", "forecast_distance")


def key_numbers(run: Run) -> list[dict[str, str]]:
    """Label, value, detail and source of each key number."""
    return [
        *_data_numbers(run),
        *_score_numbers(run.tables["roi_scores"], run.cell),
        *_ceiling_numbers(run),
        *(_distance_numbers(run) if run.has_distances else []),
    ]


def findings(run: Run, q_level: float) -> list[str]:
    """The results of the tests, one sentence each; where none passes, the sentence states no effect."""
    tables, cell = run.tables, run.cell
    model = {key: cell[key] for key in SCORE_CELLS["brain_scores"]}
    R = select_rows(tables["brain_scores"], "group/brain_scores", **model)
    sentences = [
        _tested("The brain score R", R, q_level),
        *(_forecast_findings(run, q_level) if run.has_forecast else []),
        _smallest_p(int(R["n_subjects"].max()), q_level),
    ]
    return [sentence for sentence in sentences if sentence]


def _forecast_findings(run: Run, q_level: float) -> list[str]:
    """The tests of F, of the mask of d* where there is a d*, and of contrasts; what d* can be read as."""
    tables, cell = run.tables, run.cell
    window = {key: cell[key] for key in (*SCORE_CELLS["brain_scores"], "source", "width")}
    d, reference = cell["distance"], cell["reference"]
    F = select_rows(tables["forecast_scores"], "group/forecast_scores", **window, distance=d)
    sentences = [_tested(f"The forecast score F({d})", F, q_level)]
    if reference is not None:
        D = select_rows(tables["forecast_distance"], "group/forecast_distance", **window)
        sentences.append(_tested(f"The mask test F({d}) − F({reference})", D, q_level))
        sentences.append(f"d* is one of the distances scored: {grid_text(run)}. {recovery_text(run)}".strip())
    contrasts = both_hemispheres(rows_of_cell(tables["contrasts"], cell))  # one hemisphere alone: only in the table
    effects = Effects(run, q_level)
    return [*sentences, *(_contrast(*rows, effects) for rows in _leading_and_paper(contrasts))]


def _data_numbers(run: Run) -> list[dict[str, str]]:
    stories, minutes = run.stories, run.minutes
    mean = f"{number(sum(minutes) / len(minutes))} min per subject on average" if minutes else ""
    n_words, rate = f"{stories['n_words'].sum():,}", f"{number(run.word_rate)} words per second of speech"
    return [
        _number("subjects", str(len(run.subjects)), mean, "responses/"),
        _number("stories", str(len(stories)), f"{number(stories['minutes'].sum())} min of recording", "responses/"),
        _number("words", n_words, rate, "words/"),
    ]


def _score_numbers(roi_scores: pd.DataFrame, cell: Mapping) -> list[dict[str, str]]:
    model = {key: cell[key] for key in SCORE_CELLS["brain_scores"]}
    window = {key: cell[key] for key in ("source", "width", "distance")}
    everything = both_hemispheres(rows_where(roi_scores, level="all", **model))
    R = first_row(everything, score="brain_score")
    source = "group/roi_scores.parquet"
    numbers = [_number("mean brain score R", *_mean_and_detail(R), source)]
    if cell["source"] is not None:
        numbers += _window_numbers(R, everything, window, source)
    best = _best_regions(roi_scores, model)
    return [*numbers, *([_number("highest brain scores", *best, source)] if best else [])]


def _window_numbers(R: Row | None, everything: pd.DataFrame, window: Mapping, source: str) -> list[dict[str, str]]:
    """F, M where it is scored, and F in percent of R, of the reported window over all targets."""
    F, M = (first_row(everything, score=score, **window) for score in ("forecast_score", "mirror_difference"))
    d = window["distance"]
    numbers = [_number(f"mean forecast score F({d})", *_mean_and_detail(F), source)]
    if M:
        value, detail = _mean_and_detail(M)
        if pd.notna(M["p_value"]):
            detail += f"; p = {number(M['p_value'], 2)}, about listeners of this recording"
        numbers.append(_number(f"mean mirror difference M({d})", value, detail, source))
    if R and F:
        percent = gain(F["mean"], R["mean"], R["ci_low"])
        numbers.append(_number(f"gain 100·F({d})/R", percent, "of the means over all targets", source))
    return numbers


def _ceiling_numbers(run: Run) -> list[dict[str, str]]:
    """Two means over targets, where computed: what the other subjects reach by regression, and by plain correlation."""
    table = rows_where(run.tables["brain_scores"], **run.hidden_state)
    both = table[["noise_ceiling", "listener_correlation"]].astype(float).dropna()
    if both.empty:
        return []
    ceiling, correlation = both["noise_ceiling"], both["listener_correlation"]
    n_components = run.config["encoding"]["n_components"]
    of_mean = f"R of a regression on {n_components} components of the other subjects’ mean, all targets"
    share = f"{100 * (ceiling < correlation).mean():.0f}"
    plain = f"of each target with itself in the other subjects’ mean; above the noise ceiling in {share} % of targets"
    source = "group/brain_scores.parquet"
    return [
        _number(f"noise ceiling of {n_components} components", score(ceiling.mean()), of_mean, source),
        _number("correlation with other subjects", score(correlation.mean()), plain, source),
    ]


def _best_regions(roi_scores: pd.DataFrame, model: Mapping) -> tuple[str, str] | None:
    regions = rows_where(roi_scores, level="roi", score="brain_score")
    if regions.empty:
        return None
    best = by_hemisphere(select_rows(regions, "group/roi_scores", **model))
    best = best.sort_values("mean", ascending=False).head(3)
    names = [f"{region_label(row.hemi, row.roi)} {score_with_interval(row)}" for row in row_list(best)]
    highest = best.iloc[0]
    return measured(highest["mean"], highest["ci_low"], highest["ci_high"], score)[0], ", ".join(names)


def _distance_numbers(run: Run) -> list[dict[str, str]]:
    """d* of the temporal and the frontal lobe: both measures, mean over subjects with its interval."""
    table = both_hemispheres(rows_of_cell(run.tables["roi_distances"], run.cell))
    numbers, effects = [], Effects(run, run.cell["q_level"])
    for lobe in ("temporal", "frontal"):
        here = rows_where(table, level="lobe", roi=lobe)
        if here.empty:
            continue
        peak, mean = (_mean_with_interval(here[measure]) for measure in DISTANCES)
        mark, seconds = effects.distance_mark("lobe", lobe), run.seconds(here[DISTANCES[0]].mean())
        detail = (
            f"words; in seconds {seconds}: median, 5 to 95 % of words. Peak of the lobe's curve, mean over subjects "
            f"with 95 % interval; distances scored: {grid_text(run)}. Mean of d* over its targets: {mean}"
        )
        numbers.append(_number(f"forecast distance, {lobe}", peak + mark, detail, "subjects/roi_distances.parquet"))
    return numbers


def _mean_with_interval(values: pd.Series) -> str:
    summary = summarise(values.to_frame().to_numpy(float))
    return with_interval(*(summary[name][0] for name in ("mean", "ci_low", "ci_high")))


def _mean_and_detail(row: Mapping | None) -> tuple[str, str]:
    if not row:
        return "–", "not scored"
    value, ends = measured(row["mean"], row["ci_low"], row["ci_high"], score)
    return (
        value,
        "all targets of the one subject" if ends == "–" else f"95 % interval {ends} over subjects, all targets",
    )


def _number(label: str, value: str, detail: str, source: str) -> dict[str, str]:
    return {"label": label, "value": value, "detail": detail, "source": source}


def _tested(what: str, table: pd.DataFrame, q_level: float) -> str:
    tested, passed = table[table["q_value"].notna()], table[table["q_value"] < q_level]
    if tested.empty and (table["n_subjects"] == 1).all() and not what.startswith("The mask"):
        median, highest = (score(value) for value in (table["mean"].median(), table["mean"].max()))
        return (
            f"{what} is that of one subject, so nothing is tested over subjects: median over {len(table):,} targets "
            f"{median}, highest {highest}; above 0 in {int((table['mean'] > 0).sum()):,} of them."
        )
    if tested.empty:
        return f"{what} was not tested."
    if passed.empty:
        lowest = number(tested["q_value"].min(), 2)
        differs = "is above 0" if what.startswith("The mask") else "differs from 0"
        none = f"{differs} in none of {len(tested):,} targets (q < {q_level:g}; lowest q {lowest})"
        return f"No effect: {what[0].lower()}{what[1:]} {none}."
    percent = number(100 * len(passed) / len(tested), 2)
    share = f"{len(passed):,} of {len(tested):,} targets ({percent} %, q < {q_level:g})"
    if what.startswith("The mask"):
        return f"{what} is above 0 in {share}: d* is shown and can be read in these."
    below = int((passed["mean"] < 0).sum())
    return f"{what} differs from 0 in {share}: above 0 in {len(passed) - below:,}, below 0 in {below:,}."


def _leading_and_paper(contrasts: pd.DataFrame) -> Iterator[tuple[Row, Row | None]]:
    """The row of each contrast that leads, and that of the paper's measure."""
    for row in row_list(contrasts[contrasts["measure"].str.startswith("group_")]):
        measure = row.measure.replace("group_peak", "forecast")
        yield row, first_row(contrasts, contrast=row.contrast, measure=measure)


def _contrast(row: Row, paper: Row | None, effects: Effects) -> str:
    """The peaks of the mean curves, matched for signal-to-noise; then the paper's measure with its bias."""
    effect, unit = with_interval(row.effect, row.ci_low, row.ci_high), unit_of(row.measure)
    numbers = f"{effect} {unit}, p = {number(row.p_matched, 2)} matched for signal-to-noise"
    text = f"{row.contrast} ({MEASURES[row.measure]}): {numbers}, n = {row.n_subjects}."
    if paper:
        effect = with_interval(paper.effect, paper.ci_low, paper.ci_high)
        text += (
            f" In the paper's measure (mean of argmaxes over targets) {effect} {unit}, where "
            f"signal-to-noise alone gives {number(paper.bias, 2)} in the regions' curves."
        )
    if mark := effects.contrast_mark(row):
        text += f" Not to be read: {mark}."
    return text if row.p_matched < effects.q_level else f"No effect: {text}"


def _smallest_p(n: int, level: float) -> str:
    """The exact two-sided signed-rank test cannot go below p = 2 / 2^n.

    Of m targets q is at least p m / k where k of them have that p, so q < level needs k / m > p / level.
    """
    smallest = 2.0 / 2**n
    if n < 2 or smallest < level / 10:  # one subject has no test
        return ""
    share = number(100 * smallest / level, 2)
    needs = f"needs a p as small as that in more than {share} % of the targets"
    needs = needs if smallest < level else "cannot be reached"
    return f"With {n} subjects the smallest p this test can give is {number(smallest, 2)}: a q below {level:g} {needs}."
