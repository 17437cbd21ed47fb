"""A verdict and its sensitivity as users run them: complete runs on small datasets, one of regions, one of surfaces."""

import numpy as np
import pandas as pd
import pytest

from brainforecast.controls.group_tables import statistics_of
from brainforecast.storage.control_scores import read_control_scores
from brainforecast.storage.parquet import read_provenance, read_units
from helpers.studies import (
    REGION_SECTIONS,
    Study,
    files_of,
    write_region_dataset,
)

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

PLACE = ["level", "hemi", "region"]
STATISTICS = ["brain_score", "forecast_score", "mirror_difference"]
COLUMNS = {
    "shift_draws": ["draw", "story", "shift", "n_trs"],
    "shifts": ["base", "statistic", *PLACE, "draw", "value", "n_subjects"],
    "simulated_brains": ["kind", "share", "peak", "brain", *PLACE, *STATISTICS],
    "verdicts": [
        "claim", *PLACE, "base", "statistic", "effect", "ci_low", "ci_high", "p_value", "p_family", "smallest_effect",
        "n_subjects", "n_shifts", "verdict", "reason",
    ],
    "verdict_checks": ["check", *PLACE, "statistic", "kind", "share", "value", "n_brains"],
    "sensitivity": ["variant", "base", "statistic", *PLACE, "value", "sem", "n_subjects", "gap"],
    "autocorrelation": ["lag", "autocorrelation", "n_subjects"],
}  # fmt: skip
FEW_JOBS = {"fanout": {"cells_per_job": 50}}
CONTROLS = FEW_JOBS | {
    "verdict": {"distance": 4, "brains": 3},
    "sensitivity": {"shuffles": 1, "components": [], "word_vectors": ["mean"], "exclusions": {"first": ["01"]}},
}


@pytest.fixture(scope="module")
def study(new_study) -> Study:
    """A complete run on regions, with both sections."""
    study = new_study(write_region_dataset, **REGION_SECTIONS, **CONTROLS)
    study.run()
    return study


def read(study: Study, table: str) -> pd.DataFrame:
    return pd.read_parquet(study.results / f"group/{table}.parquet")


@pytest.mark.parametrize("table", COLUMNS)
def test_tables_have_their_columns(study, table):
    """In order, each with its unit; the table carries the provenance of the run."""
    path = study.results / f"group/{table}.parquet"
    frame = pd.read_parquet(path)
    assert len(frame) and list(frame)[: len(COLUMNS[table])] == COLUMNS[table]
    assert all(read_units(path).values()) and read_provenance(path)["config_hash"]


def test_every_claim_has_a_verdict(study):
    """All admissible shifts of two short stories; a contrast has a row of its own."""
    verdicts = read(study, "verdicts")
    assert verdicts[["verdict", "reason"]].notna().all(axis=None)
    assert set(verdicts["verdict"]) <= {"supported", "not_above_passive", "undecided"}
    assert set(verdicts["n_shifts"].dropna()) == {read(study, "shift_draws")["draw"].max()} == {21 * 11}
    assert set(verdicts["claim"]) == {"forecast", "forecast_distance"}
    strict = verdicts[verdicts["statistic"] == "forecast_score_strict"]
    assert strict["effect"].notna().any() and strict["p_value"].isna().all()


def test_shifts_are_means_over_subjects(study):
    """From the files of the subjects, by hand; a constant region of a subject is left out of its mean."""
    files = sorted((study.results / "controls/shifts").glob("sub-*.safetensors"))
    values = np.stack([statistics_of(read_control_scores(path)) for path in files])
    mean = np.nanmean(values, axis=0)  # (n_bases, 3, n_draws, n_regions)
    table = read(study, "shifts")
    rows = table[(table["level"] == "roi") & (table["base"] == "verdict") & (table["statistic"] == "mirror_difference")]
    for draw in (0, 7):
        assert np.allclose(rows[rows["draw"] == draw]["value"], mean[2, 2, draw])
    whole = table[(table["level"] == "all") & (table["base"] == "paper") & (table["statistic"] == "brain_score")]
    assert np.allclose(whole[whole["draw"] == 7]["value"], mean[0, 0, 7].mean())
    assert {2, 3} == set(rows["n_subjects"])


def test_the_recorded_scores_are_those_of_the_analyses(study):
    """Draw 0 of base paper equals the forecast scores of the tables, where all listeners have the same volumes.

    Distance 2 is scored by an analysis, 4 only for the verdict: so R is compared, region by region.
    """
    table = read(study, "shifts")
    recorded = table[(table["level"] == "roi") & (table["base"] == "paper") & (table["statistic"] == "brain_score")]
    recorded = recorded[recorded["draw"] == 0].set_index("region")["value"]
    scores = pd.read_parquet(study.results / "group/roi_scores.parquet")
    scores = scores[(scores["score"] == "brain_score") & (scores["level"] == "roi") & (scores["layer"] == 2)]
    expected = scores[scores["model"] == "tiny"].set_index("roi")["mean"]
    both = recorded.index.intersection(expected.index)
    assert len(both) > 3 and np.allclose(recorded[both], expected[both], atol=1e-6)


def test_variants_stand_beside_the_reported_cell(study):
    """One row each for strict folds, delays, vectors, draws of the shuffled window, exclusions."""
    variants = set(read(study, "sensitivity")["variant"])
    expected = {"as-reported", "strict", "long-delays", "shuffle-1", "word-vector-mean", "exclude-first"}
    assert expected | {"verdict-strict"} <= {name.replace("_", "-") for name in variants}


def test_report_and_figures_show_the_verdict(study):
    report = (study.results / "report.html").read_text()
    assert "Compared to what" in report
    for name in ("verdicts", "sensitivity"):
        assert (study.results / f"figures/{name}.png").stat().st_size > 5000


def test_a_second_run_makes_the_same_bytes(study):
    """What one subject has for the verdict, and the tables, are deleted and made again."""
    before = files_of(study.results / "group"), files_of(study.results / "controls")
    of_one = list((study.results / "controls").glob("*/sub-02.safetensors"))
    assert len(of_one) > 2
    for path in [*(study.results / f"group/{name}.parquet" for name in COLUMNS), *of_one]:
        path.unlink()
    study.run(*(f"results/tiny/group/{name}.parquet" for name in COLUMNS))
    assert (files_of(study.results / "group"), files_of(study.results / "controls")) == before


def test_a_story_too_short_to_shift_leaves_surfaces_undecided(surface_study, tmp_path):
    """40 volumes on fsaverage5: one admissible shift; the mean series of atlas regions are scored all the same."""
    study = surface_study.copy(tmp_path / "copy")
    config = study.with_config("verdict", verdict={"distance": 3, "brains": 3})
    study.run("results/tiny/group/verdicts.parquet", "results/tiny/figures/verdicts.png", "--configfile", config)
    verdicts = read(study, "verdicts")
    assert set(verdicts["verdict"]) == {"undecided"} and set(verdicts["reason"]) == {"too few shifts"}
    assert {"roi", "lobe", "all"} == set(verdicts["level"]) and {"L", "R"} <= set(verdicts["hemi"].dropna())
    effects = verdicts[(verdicts["statistic"] == "forecast_score") & (verdicts["base"] == "verdict")]["effect"]
    assert effects.notna().all()
