"""The report: whole, offline, honest, the same bytes twice."""

import json
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import yaml
from matplotlib.figure import Figure
from safetensors.numpy import save_file

from brainforecast.figures.style import save_figure
from brainforecast.planning.config import check_config
from brainforecast.report import assemble
from brainforecast.report.formatting import gain, number
from brainforecast.report.paper import read_paper
from brainforecast.report.tables import parameters
from brainforecast.results.maps import STATS
from brainforecast.results.selection import read_rows
from brainforecast.storage.parquet import write_table
from helpers.synthetic_analyses import all_tables, without_rows
from helpers.synthetic_tables import CELL, config, listeners, region_targets, run_tables, surface_targets, words
from scripts.report.build_report import TABLES, build_report

FOLDER = Path(assemble.__file__).parents[2] / "report"
TEMPLATE = FOLDER / "template.html.j2"
PAPER = FOLDER / "paper.tsv"
SECTIONS = ("numbers", "findings", "paper", "figures", "tables", "reading", "methods", "settings")


PROVENANCE = {"tr": 1.5, "versions": {"numpy": "2.4.6"}, "config_hash": "0123456789abcdef"}


class Page(HTMLParser):
    """References, ids and text of a page."""

    def __init__(self, html: str):
        super().__init__()
        self.references, self.ids, self.tags, words = [], [], [], []
        self.handle_data = words.append
        self.feed(html)
        self.text = " ".join(" ".join(words).split())

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            if name in ("src", "href", "srcset", "action", "data", "poster"):
                self.references.append(value)
            if name == "id":
                self.ids.append(value)


def build(tables: dict, folder: Path, *, simulated: bool = True, q_level: float = 0.01, notes=()) -> str:
    """Write every input of the script to `folder`, run it, give the page."""
    n = int(tables["roi_scores"]["n_subjects"].max())
    folder.mkdir(exist_ok=True)
    peaks = {name: [folder / f"sub-all_{name}.parquet"] for name in ("roi_distances", "roi_depths")}
    for name, (path,) in peaks.items():
        tables[f"subject_{name}"].to_parquet(path)
    paths = {name: folder / f"{name}.parquet" for name in TABLES}
    for name, path in paths.items():
        tables[name].to_parquet(path)
    tables["exclusions"].to_csv(folder / "exclusions.tsv", sep="\t", index=False)
    stories = []
    for story, table in words().items():
        stories.append(folder / f"{story}.parquet")
        table.to_parquet(stories[-1])
    responses = []
    for about in listeners(n):
        responses.append(folder / f"sub-{about['subject']}.safetensors")
        save_file({"n_trs": np.ones(1)}, responses[-1], metadata={"about": json.dumps(about)})
    figures = [folder / "layers.svg", folder / "layers.png"]
    save_figure(Figure(figsize=(1, 1)), *figures)
    settings = config(simulated=simulated)
    path_to_provenance = folder / "provenance.json"
    path_to_provenance.write_text(json.dumps({**PROVENANCE, "simulated": simulated, "notes": list(notes)}))
    about_runs = (folder / "exclusions.tsv", path_to_provenance)
    inputs = (paths, peaks, *about_runs, stories, responses, figures, PAPER, TEMPLATE)
    build_report(*inputs, folder / "report.html", config=settings, q_level=q_level)
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tables():
    return all_tables(surface_targets(40))


@pytest.fixture(scope="module")
def html(tables, tmp_path_factory):
    return build(tables, tmp_path_factory.mktemp("report"), notes=["A note with <angle> brackets."])


def test_nothing_outside_the_file(html):
    """Every src is data, every href an anchor of the page; no script, no link, no import."""
    page = Page(html)
    anchors = [reference for reference in page.references if reference.startswith("#")]
    assert all(reference.startswith(("data:image/", "#")) for reference in page.references)
    assert {anchor[1:] for anchor in anchors} <= set(page.ids)
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    assert "@import" not in html and "url(" not in html


def test_every_section_is_there_and_in_the_contents(html):
    """The table of contents leads to each section."""
    page = Page(html)
    assert set(SECTIONS) <= set(page.ids)
    assert [f"#{name}" for name in SECTIONS] == [r for r in page.references if r.startswith("#")]


def test_figures_are_inside_with_title_and_caption(html):
    """Both formats are data, with the caption of their name."""
    page = Page(html)
    assert sum(reference.startswith("data:image/svg+xml;base64,") for reference in page.references) == 1
    assert sum(reference.startswith("data:image/png;base64,") for reference in page.references) == 1
    assert "Figure 1. Brain score by layer." in page.text and "0 is the embedding" in page.text
    assert "n = 8 listeners." in page.text


def test_every_exclusion_is_told(html, tables):
    """Each row, used or not, with its reason, and marks of HTML in it are only text."""
    page = Page(html)
    for reason in tables["exclusions"]["reason"].unique():
        assert " ".join(unescape(reason).split()) in page.text
    used = (tables["exclusions"]["used"] == "yes").sum()
    assert f"{used} runs." in page.text
    assert "A note with <angle> brackets." in page.text


@pytest.mark.parametrize("simulated", [True, False])
def test_simulated_data_say_so(tables, tmp_path, simulated):
    """A banner and the title, only for simulated data."""
    page = Page(build(tables, tmp_path / "r", simulated=simulated))
    assert ("Simulated data." in page.text) == simulated
    assert ("simulated" in page.text.lower().replace("simulation", "")) == simulated


def test_no_effect_is_said(tmp_path):
    """Where nothing is significant, each test says no effect."""
    nothing = without_rows(all_tables(surface_targets(40))) | run_tables(surface_targets(40), effect=0.0)
    for name in ("brain_scores", "forecast_scores", "forecast_distance"):
        nothing[name] = nothing[name].assign(q_value=0.6)
    text = Page(build(nothing, tmp_path / "r")).text
    for what in ("the brain score R", "the forecast score F(8)", "the mask test F(8) − F(0)", "frontal - temporal"):
        assert f"No effect: {what}" in text
    assert "lowest q 0.6" in text


def test_numbers_are_those_of_the_tables(html, tables):
    """Mean R, F and the gain over all targets, listeners, words, words per second."""
    scores = tables["roi_scores"].query("level == 'all' and layer == 16")
    R = scores.query("score == 'brain_score'")["mean"].item()
    F = scores.query("score == 'forecast_score' and source == 'true' and distance == 8 and width == 7")["mean"].item()
    text = Page(html).text
    assert f"mean brain score R {R:.4f}" in text
    assert f"mean forecast score F(8) {F:.4f}" in text
    assert f"gain 100·F(8)/R {number(100 * F / R, 2)}" in text
    assert "listeners 8 " in text and "words 600 2.5 words per second" in text


def test_smallest_possible_p_is_told(html):
    """With 8 listeners a signed-rank test cannot go below 2 / 2^8."""
    assert "the smallest p this test can give is 0.0078" in Page(html).text


def test_every_setting_is_told(html):
    """Keys and values of the config, escaped, and its hash."""
    text = Page(html).text
    for key, value in parameters(config(simulated=True)):
        assert key in text and value in text
    assert PROVENANCE["config_hash"] in text and "numpy 2.4.6" in text
    assert "x <b>" in text and "10 -1 to 10 8" in text


def test_same_bytes_twice(html, tables, tmp_path):
    """No clock inside."""
    assert build(tables, tmp_path / "again", notes=["A note with <angle> brackets."]) == html


def test_region_data_without_lobes_and_contrasts(tmp_path):
    """No atlas, no lobes, no contrast: the report is whole all the same."""
    tables = without_rows(all_tables(region_targets(12), n_subjects=9))
    tables["contrasts"] = tables["contrasts"].iloc[:0]
    page = Page(build(tables, tmp_path / "r", simulated=False))
    assert set(SECTIONS) <= set(page.ids) and "table-contrasts" not in page.ids
    assert "The 12 highest of 12 regions." in page.text


@pytest.mark.parametrize("name", ["config", "pieman", "narratives"])
def test_every_config_of_the_project_can_be_told(tables, name):
    """The methods find each setting they tell in the validated config."""
    folder = FOLDER.parents[1] / "config"
    settings = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
    settings = check_config(settings, FOLDER.parent / "schemas" / "config.schema.yaml")
    told = {**settings, "maps": dict(CELL)}
    tables = {**tables, **{name: tables[f"subject_{name}"] for name in ("roi_distances", "roi_depths")}}
    told["models"] = {**settings["models"], "tiny": {"source": "tiny", "context": 1024} | settings_of_a_model(settings)}
    about = {"provenance": {**PROVENANCE, "simulated": False, "notes": []}, "paper": read_paper(PAPER)}
    context = assemble.assemble(tables, words(), listeners(8), told, figures=[], q_level=0.01, **about)
    page = Page(assemble.render(context, TEMPLATE))
    assert f"{settings['encoding']['n_components']} of X" in page.text and "No figure was made." in page.text


def settings_of_a_model(settings: dict) -> dict:
    """What the methods tell of a model."""
    return {key: value for key, value in next(iter(settings["models"].values())).items() if key != "source"}


ALONE = ("forecast_curves", "sources", "widths", "forecast_depths", "symmetry", "recovery", "layers", "components",
         "component_peaks", "component_checks", "component_recovery", "finetuning_gains",
         *(f"region_{what}" for what in ("brain_scores", "forecast_scores", "forecast_curves", "forecast_distances",
                                         "forecast_depths")))  # fmt: skip
SHARED = (*(f"surface_{stat}" for stat in STATS), "region_bestlayer", "region_normalisedscore")


@pytest.mark.parametrize("stem", [*ALONE, *SHARED])
def test_every_figure_has_a_caption(stem, tmp_path):
    """A title, and paragraphs of which the first tells the number of listeners; nothing of a template is left."""
    (tmp_path / f"{stem}.png").write_bytes(b"")
    figure = assemble.embed_figure(tmp_path / f"{stem}.png", FOLDER, 36)
    assert figure["title"] and "n = 36 listeners." in figure["caption"][0]
    assert not {"{", "}", "*"} & set(figure["title"]) and "{" not in "".join(figure["caption"])


def test_no_caption_is_without_a_figure():
    """Files that no figure asks for are those of the tables and of the report."""
    kinds = {*ALONE, "finetuning_training", "surface", "region", "exclusions", "tables", "report", "workflow"}
    assert {path.stem for path in FOLDER.glob("*.rst")} == kinds


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (np.nan, "–"), (-0.01234, "−0.0123"), (1234.5678, "1.23e+03"), (0, "0"), (0.00001, "1.0e−05")],
)
def test_number(value, text):
    """Three digits, a true minus sign, a dash for nothing."""
    assert number(value) == text


def test_gain_needs_a_score_above_zero():
    """A percentage of a score at or below 0 means nothing."""
    assert gain(0.01, 0.001, -0.001) == "–" and gain(0.02, 0.1, 0.05) == "20\u202f%"


def test_methods_tell_what_was_asked(tables, html, tmp_path):
    """Depth and widths where there are rows of them; the rule of the cuts and the ceiling where the config has them."""
    text = Page(html).text
    assert "The forecast depth k* is the layer k" in text and "Each width is told at its best distance" in text
    assert "No noise ceiling is divided out" in text and "pieces of equal count" not in text
    bare = Page(build(without_rows(tables), tmp_path / "r")).text
    assert "The forecast depth k*" not in bare and "Each width is told" not in bare
    settings = config(simulated=True)
    settings["analyses"]["noise_ceiling"] = {"models": ["listeners"], "layers": [0]}
    settings["analyses"]["forecast"]["sources"] = ["true", "random"]
    assert assemble.reported_sections(settings, tables) == ["ceiling", "depth", "widths", "random", "true"]


def test_only_the_told_cell_is_read(tables, tmp_path):
    """Rows of other cells never reach memory."""
    tables["brain_scores"].to_parquet(tmp_path / "t.parquet")
    tables["forecast_depth"].assign(distance=4).to_parquet(tmp_path / "k.parquet")
    paths = {"brain_scores": tmp_path / "t.parquet", "forecast_depth": tmp_path / "k.parquet"}
    read = assemble.read_tables(paths, CELL)
    assert set(read["brain_scores"]["layer"]) == {16} and read["forecast_depth"].empty


def test_text_kept_as_categories_is_read(tables, tmp_path):
    """Tables of subjects keep repeated text as categories; choosing rows by it works all the same."""
    table = tables["subject_roi_distances"].astype({"model": "category", "source": "category"})
    write_table(table, tmp_path / "t.parquet", units=dict.fromkeys(table.columns, "-"))
    read = read_rows(tmp_path / "t.parquet", source="shuffled", model="tiny")
    assert len(read) == (table["source"] == "shuffled").sum() < len(table)
