"""Several models compared, in sentences and tables: from group/model_scores and group/model_comparison."""

from collections.abc import Iterator, Mapping

import pandas as pd

from brainforecast.planning.models.compared import CONTROLS
from brainforecast.report.formatting import Table, measured, number, score, with_error, with_interval
from brainforecast.report.lookup import Row, both_hemispheres, first_row, row_list, rows_where
from brainforecast.report.models import kinds_of, model_table, token_table
from brainforecast.report.run import Run
from brainforecast.results.selection import ALL_TARGETS, controls_rank, model_label, place_label

FEW_PAIRS = 15  # pairs of which the table starts unfolded
HOW = (
    "The score of a model in a subject is the one at the layer that is best in the mean of the other subjects, so "
    "nothing is chosen and tested on the same data. Differences are within the subjects that have both models. Where a "
    "model has several layers, intervals and tests are from draws that repeat the choice: subjects share what is "
    "chosen on, and a test that takes their scores to be independent would pass too often."
)
ONE_SUBJECT = (
    "One subject: each model is at the layer where this subject's own score is highest, which favours models with more "
    "layers; differences are the subject's own and nothing is tested."
)


def models_section(run: Run, q_level: float) -> dict:
    """What the section on models shows: `sentences`, `how` (empty without a comparison) and `tables`."""
    tables, models = run.tables, run.tables["models"]
    compared = "model_scores" in tables and len(rows_where(tables["model_scores"], base=run.cell["base"])) > 0
    sentences = list(_sentences(run, q_level)) if compared else []
    shown = [model_table(models), token_table(models)]
    if "model_scores" in tables:
        shown[1:1] = [
            score_table(tables["model_scores"]),
            difference_table(tables["model_comparison"], models, q_level),
        ]
    how = (ONE_SUBJECT if len(run.subjects) == 1 else HOW) if compared else ""
    return {"sentences": sentences, "how": how, "tables": [table for table in shown if table is not None]}


def score_table(scores: pd.DataFrame) -> Table:
    """The score of each model, of all targets and each lobe."""
    text = [
        [_score_name(row), _targets(row), model_label(row.model, row.model_kind),
         with_error(row.mean, row.sem, score), number(row.layer),
         f"{number(row.best_layer)}: {score(row.best_mean)}", number(row.depth, 2), str(row.n_candidates),
         str(row.n_subjects)]
        for row in row_list(both_hemispheres(scores))
    ]  # fmt: skip
    columns = ["score", "targets", "model", "mean ± SE", "layer chosen most", "best layer of all subjects", "its depth",
               "layers scored", "n"]  # fmt: skip
    note = (
        "Mean over subjects, each at the layer that is best for the others (of one subject, at its own best). The best "
        "layer of all subjects is chosen on the same subjects, so its mean is too high by chance. Depth: layer over "
        "number of layers; none where a model has one layer."
    )
    return Table("model-scores", "Scores of the models", columns, text, "group/model_scores.parquet", note)


def difference_table(differences: pd.DataFrame, models: pd.DataFrame, q_level: float) -> Table:
    """The paired differences of all pairs, those with controls first."""
    kinds = kinds_of(models)
    rows = sorted(row_list(both_hemispheres(differences)), key=lambda row: _rank(row, kinds))
    text = [
        [_score_name(row), _targets(row), model_label(row.model, kinds.get(row.model)),
         model_label(row.other_model, kinds.get(row.other_model)),
         *measured(row.effect, row.ci_low, row.ci_high, score), number(row.p_value, 2),
         number(row.q_value, 2), str(row.n_subjects), str(row.n_dropped)]
        for row in rows
    ]  # fmt: skip
    columns = ["score", "targets", "model", "minus", "difference", "95 % interval", "p", "q", "n", "left out"]
    tested = differences["q_value"].notna()
    passed = int((differences["q_value"] < q_level).sum())
    result = f"q < {q_level:g} in {passed} of {int(tested.sum())}." if tested.any() else "Of one subject: not tested."
    note = (
        f"{result} q: false discovery rate over the pairs and regions of one level, score and base. Left out: subjects "
        "with one of the two models only. Single hemispheres are in the file."
    )
    opened = len(text) <= FEW_PAIRS
    source = "group/model_comparison.parquet"
    return Table("model-differences", "Differences between models", columns, text, source, note, opened=opened)


def _sentences(run: Run, q_level: float) -> Iterator[str]:
    """Each trained model with its controls, for each score; then the trained models with each other."""
    kinds = kinds_of(run.tables["models"])
    sources = dict(run.tables["models"][["model", "model_source"]].drop_duplicates().itertuples(index=False))
    scores = _of_whole_brain(run.tables["model_scores"], run)
    differences = _of_whole_brain(run.tables["model_comparison"], run)
    if not set(CONTROLS) & set(scores["model_kind"]):
        yield (
            "No control is scored beside these models: neither an untrained copy (weights: random) nor static vectors. "
            "What their architecture, or single words without context, would score is not known here."
        )
    for name in dict.fromkeys(scores["score"]):
        here = rows_where(differences, score=name)
        for row in row_list(rows_where(scores, score=name)):
            if row.model_kind not in CONTROLS:
                yield _with_controls(row, here, kinds, sources, q_level)
        yield from _among_trained(here, kinds, q_level)


def _of_whole_brain(table: pd.DataFrame, run: Run) -> pd.DataFrame:
    return both_hemispheres(rows_where(table, level="all", base=run.cell["base"]))


def _with_controls(row: Row, differences: pd.DataFrame, kinds: Mapping, sources: Mapping, q_level: float) -> str:
    """The score of one model, and its differences from its untrained copy, other untrained models, static vectors."""
    layer = "its one layer" if pd.isna(row.depth) else f"layer {row.best_layer}, depth {number(row.depth, 2)}"
    text = f"{model_label(row.model, row.model_kind)}: {_score_name(row)} {score(row.mean)} ({layer})"
    controls = [name for kind in CONTROLS for name in kinds if kinds[name] == kind]
    controls.sort(key=lambda name: not _is_copy(name, row.model, kinds, sources))
    pairs = [(name, first_row(differences, model=row.model, other_model=name)) for name in controls]
    compared = [
        _compared(pair, model_label(name, kinds[name]), q_level, copy=_is_copy(name, row.model, kinds, sources))
        for name, pair in pairs
        if pair
    ]
    return "; ".join([text, *compared]) + "."


def _is_copy(name: str, model: str, kinds: Mapping, sources: Mapping) -> bool:
    return kinds[name] == "untrained" and sources.get(name) == sources.get(model)


def _compared(row: Row, other: str, q_level: float, *, copy: bool) -> str:
    """Above, below, or not shown to differ, as the table has it."""
    other = f"its untrained copy, {other}" if copy else other
    numbers = with_interval(row.effect, row.ci_low, row.ci_high, score)
    if pd.isna(row.q_value):
        return f"{score(row.effect)} from {other}, not tested"
    left_out = f", {row.n_dropped} subjects with one of the two left out" if row.n_dropped else ""
    detail = f"q = {number(row.q_value, 2)}, n = {row.n_subjects}{left_out}"
    if not row.q_value < q_level:
        return f"not shown to differ from {other} ({numbers}, {detail})"
    return f"{'above' if row.effect > 0 else 'below'} {other} by {numbers} ({detail})"


def _among_trained(differences: pd.DataFrame, kinds: Mapping, q_level: float) -> Iterator[str]:
    """A sentence per pair of models that differ, and the number of those not shown to."""
    pairs = [row for row in row_list(differences) if not {kinds[row.model], kinds[row.other_model]} & set(CONTROLS)]
    tested = [row for row in pairs if pd.notna(row.q_value)]
    passed = [row for row in tested if row.q_value < q_level]
    for row in passed:
        name = model_label(row.other_model, kinds[row.other_model])
        yield f"{row.model}, {_score_name(row)}: {_compared(row, name, q_level, copy=False)}."
    if len(tested) > len(passed):
        others = "other " if passed else ""
        count = f"{len(tested) - len(passed)} {others}pair{'s' if len(tested) - len(passed) > 1 else ''}"
        yield f"No effect: {_score_name(tested[0])} is not shown to differ in {count} of models that are no controls."


def _score_name(row: Row) -> str:
    """R, or F with its window's distance; a base other than the paper's is named."""
    base = "" if row.base == "paper" else f", {row.base} base"
    return ("R" if row.score == "brain_score" else f"F({row.distance})") + base


def _targets(row: Row) -> str:
    return place_label(row.level, None, row.roi, ALL_TARGETS)


def _rank(row: Row, kinds: Mapping) -> tuple[bool, int]:
    return row.score != "brain_score", controls_rank((row.model, row.other_model), kinds)
