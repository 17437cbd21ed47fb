"""The first sentence of the report says what the verdicts say, and no more where there are none."""

import dataclasses

import pytest

from brainforecast.controls.checks import check_rows
from brainforecast.controls.claims import verdict_rows
from brainforecast.report.answer import answer
from brainforecast.report.data_tables import describe_stories
from brainforecast.report.findings import key_numbers
from brainforecast.report.formatting import measured
from brainforecast.report.run import Run
from helpers.synthetic_analyses import all_tables
from helpers.synthetic_tables import CELL as CELL_OF_SCORES
from helpers.synthetic_tables import config, subject_summaries, surface_targets, words
from helpers.synthetic_verdicts import CELL, CONTRASTS, contrasts, judge, strict

SETTINGS = {"distance": 8, "level": 0.05, "share": 0.5}


@pytest.fixture(scope="module")
def tables():
    found = all_tables(surface_targets(40))
    return found | {name: found[f"subject_{name}"] for name in ("roi_distances", "roi_depths")}


def run_of(tables: dict, *, simulated: bool = False, **changes) -> Run:
    """A run with verdicts where `changes` are given (of `judge`)."""
    settings = config(simulated=simulated)
    if changes:
        study = judge(**changes)
        judged = verdict_rows(study, contrasts(), strict(), CONTRASTS, CELL)
        tables = tables | {"verdicts": judged, "verdict_checks": check_rows(study)}
        settings |= {"verdict": SETTINGS}
    stories = describe_stories(words(), subject_summaries(8), 1.5)
    return Run(tables, stories, subject_summaries(8), settings, simulated=simulated, tr=1.5, words=words())


def opening(run: Run) -> dict:
    """Its opening, with two figures."""
    figures = [{"name": "layers"}, {"name": "forecast_curves"}]
    return answer(run, key_numbers(run), figures, 0.01)


STARTS = {
    "supported": "Yes, for the whole brain",
    "not_above_passive": "Not more than in a listener",
    "undecided": "This study cannot",
}


@pytest.mark.parametrize("verdict", STARTS)
def test_the_sentence_follows_the_verdict_on_the_whole_brain(tables, verdict):
    """Each verdict has its own answer, whatever else the tables hold."""
    run = run_of(tables, misaligned=0.0)
    judged = run.tables["verdicts"]
    whole = judged["level"] == "all"
    run.tables["verdicts"] = judged.assign(verdict=judged["verdict"].mask(whole, verdict))
    found = opening(run)
    assert found["sentence"].startswith(STARTS[verdict])
    others = [start for name, start in STARTS.items() if name != verdict]
    assert not any(start in found["sentence"] for start in others)


def test_without_a_verdict_nothing_is_answered(tables):
    """F alone is no answer, and what is missing is named."""
    found = opening(run_of(tables))
    assert found["sentence"].startswith("Not answered: F(8) is ")
    assert "verdict" in found["details"][0]


def test_simulated_data_are_named_first(tables):
    assert opening(run_of(tables, simulated=True))["sentence"].startswith("Simulated data.")


def test_the_numbers_are_those_that_the_answer_is_from(tables):
    """A verdict's F and M, in its own base, with limits and p from shifts: not those of the reported base."""
    run = run_of(tables, misaligned=0.0)
    R, F, M = opening(run)["numbers"]
    whole = run.tables["verdicts"].query("level == 'all' and base == 'verdict'").set_index("statistic")
    for card, statistic in ((F, "forecast_score"), (M, "mirror_difference")):
        row = whole.loc[statistic]
        value, ends = measured(row["effect"], row["ci_low"], row["ci_high"])
        assert card["value"] == value and ends in card["detail"] and card["source"] == "group/verdicts.parquet"
    assert (R["label"], F["label"][-4:], M["label"][-4:]) == ("mean brain score R", "F(8)", "M(8)")


def test_three_numbers_and_the_first_figure_there_is(tables):
    """R, F and M; the curve of F where there are no verdicts to draw."""
    found = opening(run_of(tables))
    assert [number["label"] for number in found["numbers"]] == [
        "mean brain score R", "mean forecast score F(8)", "mean mirror difference M(8)",
    ]  # fmt: skip
    assert found["figure"] == {"name": "forecast_curves"}


@pytest.mark.parametrize(
    ("q", "start"), [(0.001, "The language model predicts the BOLD response in "), (0.9, "It is not shown")]
)
def test_brain_scores_alone_are_claimed_where_they_pass(tables, q, start):
    """Without windows; where no target passes, nothing is predicted."""
    cell = dict(CELL_OF_SCORES) | dict.fromkeys(("source", "width", "distance", "reference", "depth_distance"))
    scores = tables["roi_scores"].query("score == 'brain_score'")
    tables = tables | {"roi_scores": scores, "brain_scores": tables["brain_scores"].assign(q_value=q)}
    run = run_of(tables)
    run = dataclasses.replace(run, config={**run.config, "maps": cell})
    sentence = opening(run)["sentence"]
    assert sentence.startswith(start) and ("in none of" in sentence) == (q > 0.01)
