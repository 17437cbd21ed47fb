"""Brain score alone, and one subject: complete runs of small studies, to the report."""

import re
import zipfile

import pandas as pd
import pytest

from helpers.datasets import write_dataset
from helpers.pages import visible_text
from helpers.studies import ENCODING, Study

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

BRAIN_SCORES = {
    "fanout": {"cells_per_job": 50},
    "encoding": ENCODING,
    "analyses": {
        "brain_score": {"models": ["tiny"], "layers": [0, 1, 2]},
        "noise_ceiling": {"models": ["listeners"], "layers": [0]},
    },
}


@pytest.fixture(scope="module")
def brain_scores(new_study) -> Study:
    """A complete run of two subjects without windows, its config without maps."""
    study = new_study(lambda root: write_dataset(root, subjects=["01", "02"], stories={"fable": 60}), **BRAIN_SCORES)
    study.run()
    return study


def test_brain_score_alone_runs_to_a_report(brain_scores):
    """Scores, regions, best layer, ceiling and the report; no table and no figure of a forecast."""
    names = {str(path.relative_to(brain_scores.results)) for path in brain_scores.results.rglob("*") if path.is_file()}
    assert "report.html" in names and "figures/layers.svg" in names and "figures/region_normalisedscore.svg" in names
    assert not [name for name in names if "forecast" in name or "contrasts" in name or "verdict" in name]
    R = pd.read_parquet(brain_scores.results / "group/brain_scores.parquet")
    assert set(R["layer"]) == {0, 1, 2} and R["noise_ceiling"].notna().any()
    text = visible_text((brain_scores.results / "report.html").read_text())
    assert "forecast" not in text.lower().replace("brainforecast", "")
    assert "model tiny (the only one scored), layer 1 (the middle one of 0, 1, 2)" in text
    assert "2 subjects: the smallest p of a signed-rank test over them is 0.5" in text


def test_the_report_of_snakemake_names_no_forecast(brain_scores):
    """Its description and its categories; it also holds the code of the scripts."""
    brain_scores.run("--report", str(brain_scores.folder / "snakemake.zip"))
    with zipfile.ZipFile(brain_scores.folder / "snakemake.zip") as archive:
        pages = [name for name in archive.namelist() if name.endswith((".html", ".js")) and "/data/" not in name]
        (page,) = (name for name in pages if name.endswith("report.html") and name.count("/") == 1)
        text = archive.read(page).decode()
    assert "Which brain responses to a story does a language model predict?" in text and '"Regions"' in text
    assert "look ahead" not in text and '"Forecast"' not in text


def test_one_subject_has_scores_and_no_tests(one_subject_run):
    """The run completes; p and q are null, no figure shows a test, and no job warns."""
    study, output = one_subject_run
    assert not re.search(r"Warning|\bnan\b", output)
    for table in ("brain_scores", "forecast_scores", "forecast_distance", "roi_scores"):
        found = pd.read_parquet(study.results / f"group/{table}.parquet")
        assert len(found) and found["mean"].notna().any()
        assert found[["p_value", "q_value", "sem"]].isna().all(axis=None)
    figures = {path.stem for path in (study.results / "figures").iterdir()}
    assert {"forecast_curves", "layers", "region_brain_scores"} <= figures and "widths" not in figures
    text = visible_text((study.results / "report.html").read_text())
    assert "one subject: there is no test over subjects" in text
    assert not re.search(r"\bnan\b", text, re.IGNORECASE)
