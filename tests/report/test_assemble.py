"""The report: complete, offline, and the same bytes twice."""

from html import unescape
from html.parser import HTMLParser

import pytest
import yaml

from brainforecast.planning.config import check_config
from brainforecast.report.assemble import assemble, reported_sections
from brainforecast.report.data_tables import describe_stories
from brainforecast.report.formatting import measured, number
from brainforecast.report.inputs import ReportInputs
from brainforecast.report.page import render
from brainforecast.report.paper import read_paper
from brainforecast.report.run import Run
from brainforecast.report.score_tables import lobe_table
from brainforecast.report.settings import parameters
from helpers.pages import visible_text
from helpers.report_pages import FOLDER, PAPER, PROVENANCE, TEMPLATE, build
from helpers.synthetic_analyses import all_tables, without_rows
from helpers.synthetic_tables import (
    CELL,
    config,
    region_targets,
    run_tables,
    subject_summaries,
    surface_targets,
    with_another_base,
    words,
)

SECTIONS = (
    "answer",
    "findings",
    "figures-1",
    "models",
    "data",
    "reading",
    "methods",
    "cite",
    "paper",
    "tables",
    "settings",
)


class Page(HTMLParser):
    """References, ids and text of a page."""

    def __init__(self, html: str):
        super().__init__()
        self.references, self.ids, self.tags = [], [], []
        self.feed(html)
        self.text = visible_text(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            if name in ("src", "href", "srcset", "action", "data", "poster"):
                self.references.append(value)
            if name == "id":
                self.ids.append(value)


@pytest.fixture(scope="module")
def tables():
    return all_tables(surface_targets(40))


@pytest.fixture(scope="module")
def html(tables, tmp_path_factory):
    return build(tables, tmp_path_factory.mktemp("report"), notes=["A note with <angle> brackets."])


def test_nothing_outside_the_file(html):
    """Every src is data; every href an anchor of the page, a file of the run or the address of a reference."""
    page = Page(html)
    anchors = [reference for reference in page.references if reference.startswith("#")]
    known = (
        "data:image/",
        "#",
        "group/",
        "figures/",
        "targets.parquet",
        "exclusions.tsv",
        "provenance.json",
        "https://doi.org/",
    )
    assert not [reference for reference in page.references if not reference.startswith(known)]
    assert {anchor[1:] for anchor in anchors} <= set(page.ids)
    assert not {"link", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    assert "@import" not in html and "url(" not in html


def test_every_section_exists_and_is_in_the_contents(html):
    """The table of contents leads to each section."""
    page = Page(html)
    assert set(SECTIONS) <= set(page.ids)
    contents = Page(html[html.index("<nav") : html.index("</nav>")])
    assert [f"#{name}" for name in SECTIONS] == contents.references


def test_figures_are_inside_with_title_and_caption(html):
    """Both formats are data, with the caption of their name."""
    page = Page(html)
    assert sum(reference.startswith("data:image/svg+xml;base64,") for reference in page.references) == 1
    assert sum(reference.startswith("data:image/png;base64,") for reference in page.references) == 1
    assert "Figure 1. Brain score by layer." in page.text and "0 is the embedding" in page.text
    assert "n = 8 subjects." in page.text


def test_every_exclusion_is_reported(html, tables):
    """Each row, used or not, with its reason; HTML markup in it is escaped."""
    page = Page(html)
    for reason in tables["exclusions"]["reason"].unique():
        assert " ".join(unescape(reason).split()) in page.text
    used = (tables["exclusions"]["used"] == "yes").sum()
    assert f"{used} runs." in page.text
    assert "A note with <angle> brackets." in page.text


@pytest.mark.parametrize("simulated", [True, False])
def test_simulated_data_are_labelled(tables, tmp_path, simulated):
    """A banner and the title, only for simulated data."""
    page = Page(build(tables, tmp_path / "r", simulated=simulated))
    assert ("Simulated data." in page.text) == simulated
    assert ("simulated" in page.text.lower().replace("simulation", "")) == simulated


def test_no_effect_is_stated(tmp_path):
    """Where nothing is significant, each test is reported as no effect."""
    nothing = without_rows(all_tables(surface_targets(40))) | run_tables(surface_targets(40), effect=0.0)
    for name in ("brain_scores", "forecast_scores", "forecast_distance"):
        nothing[name] = nothing[name].assign(q_value=0.6)
    text = Page(build(nothing, tmp_path / "r")).text
    for what in ("the brain score R", "the forecast score F(8)", "the mask test F(8) − F(0)", "frontal - temporal"):
        assert f"No effect: {what}" in text
    assert "lowest q 0.6" in text


def test_numbers_are_those_of_the_tables(html, tables):
    """Mean R, F and the gain over all targets, subjects, words, words per second."""
    scores = tables["roi_scores"].query("level == 'all' and layer == 16")
    R = scores.query("score == 'brain_score'").iloc[0]
    F = scores.query("score == 'forecast_score' and source == 'true' and distance == 8 and width == 7").iloc[0]
    text = Page(html).text
    for label, row in (("mean brain score R", R), ("mean forecast score F(8)", F)):
        value, ends = measured(row["mean"], row["ci_low"], row["ci_high"])
        assert f"{label} {value} 95 % interval {' '.join(ends.split())} over subjects" in text
    assert f"gain 100·F(8)/R {number(100 * F['mean'] / R['mean'], 2)}" in text
    assert "subjects 8 " in text and "words 600 2.5 words per second" in text


def test_smallest_possible_p_is_reported(html):
    """With 8 subjects a signed-rank test cannot go below 2 / 2^8."""
    text = Page(html).text
    assert (
        "the smallest p this test can give is 0.0078: a q below 0.01 needs a p as small as that in more than 78 %"
        in text
    )


def test_every_setting_is_reported(html):
    """Keys and values of the config, escaped, and its hash."""
    text = Page(html).text
    for key, value in parameters(config(simulated=True)):
        assert key in text and value in text
    assert PROVENANCE["config_hash"] in text and "numpy 2.4.6" in text
    assert "x <b>" in text and "10 -1 to 10 8" in text


def test_same_bytes_twice(html, tables, tmp_path):
    """No clock inside, and nothing of a base that is not reported."""
    assert build(with_another_base(tables), tmp_path / "again", notes=["A note with <angle> brackets."]) == html


def test_region_data_without_lobes_and_contrasts(tmp_path):
    """No atlas, no lobes, no contrast: the report is complete all the same."""
    tables = without_rows(all_tables(region_targets(12), n_subjects=9))
    tables["contrasts"] = tables["contrasts"].iloc[:0]
    page = Page(build(tables, tmp_path / "r", simulated=False))
    assert set(SECTIONS) <= set(page.ids) and "table-contrasts" not in page.ids
    assert "The 12 highest of 12 regions." in page.text


@pytest.mark.parametrize("name", ["config", "pieman", "narratives"])
def test_every_config_of_the_project_can_be_reported(tables, name):
    """The methods find each setting they mention in the validated config."""
    folder = FOLDER.parents[1] / "config"
    settings = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
    settings = check_config(settings, FOLDER.parent / "schemas" / "config.schema.yaml")
    reported = {**settings, "maps": dict(CELL)}
    tables = {**tables, **{name: tables[f"subject_{name}"] for name in ("roi_distances", "roi_depths")}}
    tiny = {"source": "tiny", "context": 1024} | settings_of_a_model(settings)
    reported["models"] = {**settings["models"], "tiny": tiny}
    provenance = {**PROVENANCE, "simulated": False, "notes": []}
    inputs = ReportInputs(tables, words(), subject_summaries(8), provenance, [], read_paper(PAPER))
    page = Page(render(assemble(inputs, reported, q_level=0.01), TEMPLATE))
    assert f"{settings['encoding']['n_components']} of X" in page.text and "figures-1" not in page.ids


def settings_of_a_model(settings: dict) -> dict:
    """The settings of a model that the methods mention."""
    return {key: value for key, value in next(iter(settings["models"].values())).items() if key != "source"}


def test_mirror_difference_is_reported(tables, html):
    """M(8) of all targets with interval and p, and of each lobe beside F(8) and its mirror F(-2)."""
    text = Page(html).text
    scores = tables["roi_scores"].query("level == 'all' and source == 'true' and width == 7 and layer == 16")
    M = scores.query("score == 'mirror_difference' and distance == 8").iloc[0]
    F, back = (scores.query(f"score == 'forecast_score' and distance == {d}").iloc[0]["mean"] for d in (8, -2))
    assert M["mean"] == pytest.approx(F - back)
    value, _ = measured(M["mean"], M["ci_low"], M["ci_high"])
    assert f"mean mirror difference M(8) {value}" in text
    assert f"p = {number(M['p_value'], 2)}, about listeners of this recording" in text
    assert "mirror F(−2) M(8) = F(8) − mirror p of M(8)" in text and "F(6 − d)" in text


def test_a_grid_without_mirrors_is_reported_without_their_difference():
    """No row of M: the table of controls states it, and gives no p."""
    scores = run_tables(region_targets(6))["roi_scores"].query("score != 'mirror_difference' and distance >= 0")
    (row,) = lobe_table(scores, CELL).rows
    assert row[4:7] == ["not scored", "not scored", "–"]


def test_methods_cover_the_analyses_of_the_run(tables, html, tmp_path):
    """Depth and widths where there are rows of them; the rule of the cuts and the ceiling where the config has them."""
    text = Page(html).text
    assert "The forecast depth k* is the layer k" in text and "Each width is reported at its best distance" in text
    assert "No noise ceiling is divided out" in text and "pieces of equal count" not in text
    bare = Page(build(without_rows(tables), tmp_path / "r")).text
    assert "The forecast depth k*" not in bare and "Each width is reported" not in bare
    settings = config(simulated=True)
    settings["analyses"]["noise_ceiling"] = {"models": ["listeners"], "layers": [0]}
    settings["analyses"]["forecast"]["sources"] = ["true", "random"]
    run = Run(
        tables,
        describe_stories(words(), subject_summaries(8), 1.5),
        subject_summaries(8),
        settings,
        simulated=True,
        tr=1.5,
        words=words(),
    )
    assert reported_sections(run) == ["ceiling", "peak", "depth", "widths", "random", "true"]
