"""The report of brain scores alone: complete, and without a word on forecasts; and the report of one subject."""

import re
import warnings

import pandas as pd
import pytest

from brainforecast.report.assemble import assemble
from brainforecast.report.formatting import measured
from brainforecast.report.inputs import ReportInputs, read_tables
from brainforecast.report.page import render
from brainforecast.report.paper import read_paper
from helpers.datasets import REPOSITORY
from helpers.pages import visible_text
from helpers.synthetic_analyses import all_tables
from helpers.synthetic_tables import CELL, config, region_targets, subject_summaries, surface_targets, words

FOLDER = REPOSITORY / "workflow/report"
BRAIN_TABLES = ("targets", "models", "brain_scores", "roi_scores", "symmetry", "exclusions")
NO_WINDOW = dict.fromkeys(("source", "width", "distance", "reference", "depth_distance"))
NOT_USED = "runs, or subjects without any, that are not used"
WITHOUT_TEST = ["sem", "ci_low", "ci_high", "p_value", "q_value"]


def brain_tables(targets: pd.DataFrame, n_subjects: int = 8) -> dict[str, pd.DataFrame]:
    """The tables of a run without windows; of one subject nothing is tested."""
    tables = {name: table for name, table in all_tables(targets, max(n_subjects, 2)).items() if name in BRAIN_TABLES}
    tables["roi_scores"] = tables["roi_scores"].query("score == 'brain_score'")
    tables["symmetry"] = tables["symmetry"].iloc[:0]
    if n_subjects == 1:
        for name in ("brain_scores", "roi_scores"):
            tables[name] = tables[name].assign(n_subjects=1, **dict.fromkeys(tables[name].columns.intersection(
                WITHOUT_TEST), float("nan")))  # fmt: skip
    return tables


def context(tables: dict, n_subjects: int = 8, *, notes=(), about_words=None, **changes: object) -> dict:
    """What the template shows of a run without windows."""
    settings = config(simulated=False)
    settings["analyses"] = {"brain_score": {"models": ["tiny"], "layers": [0, 8, 16], "base": "paper"}}
    settings["maps"] = dict(CELL) | NO_WINDOW
    provenance = {
        "tr": 1.5,
        "versions": {"numpy": "2.4.6"},
        "config_hash": "0",
        "simulated": False,
        "notes": list(notes),
    }
    subjects = [subject | changes.get("summary", {}) for subject in subject_summaries(n_subjects)]
    inputs = ReportInputs(
        tables, words(), subjects, provenance, [], read_paper(FOLDER / "paper.tsv"), about_words or {}
    )
    settings["dataset"] |= changes.get("dataset", {})
    return assemble(inputs, settings, q_level=0.01)


def text_of_report(*arguments, **changes: object) -> str:
    """The text that a reader of the page sees."""
    return visible_text(render(context(*arguments, **changes), FOLDER / "template.html.j2"))


@pytest.fixture(scope="module")
def tables():
    return brain_tables(surface_targets(40))


@pytest.mark.parametrize("n_subjects", [1, 8])
@pytest.mark.parametrize("targets", [surface_targets(40), region_targets(12)], ids=["surface", "region"])
def test_nothing_is_called_a_forecast(targets, n_subjects):
    """Title, sentences, tables, methods, settings and captions; the name of the software is not text of a finding."""
    text = text_of_report(brain_tables(targets, n_subjects), n_subjects)
    assert "mean brain score R" in text and "How to read this" in text
    assert "forecast" not in text.lower().replace("brainforecast", "")
    assert "verdict" not in re.sub(r"base “verdict”", "", text.lower())
    assert not re.search(r"\bwindow\b(?! of)", text.split("Methods as run")[2].split("The paper and this run")[0])


def test_scores_and_regions_are_those_of_the_tables(tables):
    """The mean R with its interval, lobes, and the regions with the highest R; no column of F."""
    found = context(tables)
    by_name = {table.name: table for table in found["tables"]}
    R = tables["roi_scores"].query("level == 'all' and layer == 16 and model == 'tiny'").iloc[0]
    value, _ = measured(R["mean"], R["ci_low"], R["ci_high"])
    assert {n["label"]: n["value"] for n in found["numbers"]}["mean brain score R"] == value
    assert by_name["regions"].columns == ["region", "R", "95 % interval", "q", "n"]
    lobes = {row[0] for row in by_name["lobes"].rows}
    assert lobes == {"all targets", *(f"{lobe} lobe" for lobe in ("frontal", "occipital", "parietal", "temporal"))}
    assert found["findings"][0].startswith("The brain score R differs from 0 in")
    assert not {"reliability", "contrasts", "planted"} & by_name.keys()


def test_the_paper_is_compared_where_rows_apply(tables):
    """Data, settings and R; no row on windows, d*, k* or a fine-tuning that the run has not."""
    rows = {row[0]: row for row in context(tables)["paper"].rows}
    assert {"subjects", "language model", "highest brain score R"} <= rows.keys()
    assert not any(re.search(r"d\*|k\*|window|fine-tun|F,|F is", what) for what in rows if "components" not in what)
    assert rows["principal components of X and of the window"][3] == "20 of X"


def test_one_subject_has_scores_and_no_tests():
    """The subject's own scores; no p, q, interval or band, and nothing that is not a number on the page."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = context(brain_tables(surface_targets(40), 1), 1)
        text = visible_text(render(found, FOLDER / "template.html.j2"))
    assert "is that of one subject, so nothing is tested over subjects: median over" in found["findings"][0]
    assert len(found["findings"]) == 1 and "all targets of the one subject" in found["numbers"][3]["detail"]
    assert "One subject: no mean over subjects, no test, no interval." in text and " nan" not in text.lower()
    assert "Of one subject: not tested." in text and "With 1 subjects" not in text


def test_notes_on_the_data(tables):
    """Each thing that was passed over, left out or removed has a row."""
    summary = {
        **{"stories": ["desert", "piano"], "n_trs": [80, 82], "words_outside": [0, 1], "n_censored": [2, 1]},
        "censored": [{"censored": 2}, {"missing": 1}],
        "n_interpolated": [4, 0],
        "confounds": [["trans_x", "rot_x"], ["trans_x"]],
        "notes": ["a run was cut"],
    }
    about = {"desert": {"not_words": {"sp": 3, "{BR}": 1}, "n_without_word": 2, "n_interpolated": 0}}
    dataset = {"high_pass": 0.008, "standardize": "zscore_sample"}
    found = context(tables, notes=["acq-a is used"], about_words=about, summary=summary, dataset=dataset)["data"]
    rows = dict(found.rows)
    assert rows["note of the plan"] == "acq-a is used" and (rows["runs used"], rows[NOT_USED]) == ("15", "2")
    assert (
        rows["labels of desert that are no words"] == "4: sp (3), {BR} (1)"
        and rows["rows of desert without a word"] == "2"
    )
    assert rows["words of piano outside its run"] == "1 of 300 (the most of any run)"
    assert rows["confounds removed from each run"] == "1 to 2: trans_x, rot_x"
    assert rows["high-pass filter of each run"] == "0.008 Hz" and "zscore_sample" in rows.values()
    assert rows["volumes neither fitted on nor scored"] == "24 of 1,296 (censored 16, missing 8)"
    assert rows["volumes interpolated between their neighbours"] == "32 of 1,296"
    assert rows["targets masked: a value is missing"] == "12 of 80 in a subject"
    assert (
        rows["not used: listed in the exclusions"] == "1: sub-99 piano"
        and rows["note on the responses"] == "a run was cut"
    )


def test_no_notes_are_one_row(tables):
    """Nothing was chosen, left out or removed: the section states that."""
    used = tables["exclusions"][tables["exclusions"]["used"] == "yes"]
    clean = {"n_masked": 0, "n_constant": 0, "words_outside": [0, 0], "stories": ["desert", "piano"], "n_trs": [80, 82]}
    found = context(tables | {"exclusions": used}, summary=clean)["data"]
    assert found.rows == [["runs used", "15"], [NOT_USED, "0"], ["left out or changed", "nothing"]]


def test_tables_of_windows_may_be_absent(tables, tmp_path):
    """A run without windows has no table of forecasts to read."""
    paths = {name: tmp_path / f"{name}.parquet" for name in ("targets", "brain_scores", "roi_scores", "symmetry")}
    for name, path in paths.items():
        tables[name].to_parquet(path)
    read = read_tables(paths, dict(CELL) | NO_WINDOW)
    assert read.keys() == paths.keys() and set(read["brain_scores"]["layer"]) == {16}
