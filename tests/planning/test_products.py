"""Tables, maps and figures: declared once, and made by the rules."""

import re
from dataclasses import replace

import pytest

from brainforecast.planning.products import FIGURES, MAPS, TABLES, Products, figure_named
from brainforecast.results.maps import STATS
from helpers.rules import RULES

OUTPUTS = "".join(rule.get("output", "") for rule in RULES.values())


@pytest.fixture
def products(new_study) -> Products:
    return Products(new_study())


def test_every_table_is_the_output_of_a_rule(products):
    outputs = OUTPUTS + "".join(products.subject_tables.values())
    for table in TABLES:
        folder = "subjects" if table.of_subjects else "group"
        pattern = rf"{folder}/({table.name}|\{{score\}})\.parquet"
        assert re.search(pattern, outputs), table.name


def test_every_figure_is_the_output_of_a_rule():
    drawn = set(re.findall(r'figure\("([^"]+)"\)', OUTPUTS))
    patterns = [re.compile(re.sub(r"\{\w+\}", r"\\w+", name)) for name in drawn]
    assert all(any(pattern.fullmatch(figure.name) for pattern in patterns) for figure in FIGURES)
    assert {figure_named(name).category for name in drawn} <= {figure.category for figure in FIGURES}


def test_maps_are_those_of_the_results():
    assert [map_.name for map_ in MAPS] == list(STATS)


def test_figures_of_the_demo_in_the_order_of_the_report(products):
    names = [figure.name for figure in products.figures]
    assert names[:4] == ["verdicts", "forecast_curves", "sources", "components"]
    assert [name for name in names if name.startswith("surface_")] == [f"surface_{stat}" for stat in products.maps]
    assert "symmetry" in names and "region_forecast_distances" not in names
    assert products.figure_files[:2] == [
        "results/demo/figures/verdicts.svg",
        "results/demo/figures/forecast_curves.svg",
    ]
    assert "results/demo/figures/surface_brainscore.png" in products.figure_files
    assert products.captions[0] == "results/demo/figures/verdicts.rst"
    assert len(products.captions) == len(products.figure_files)


def test_regions_have_figures_instead_of_maps(new_study, region_plan):
    names = [figure.name for figure in Products(new_study("pieman", region_plan)).figures]
    assert not [name for name in names if name.startswith("surface_")]
    assert {"region_forecast_distances", "region_brain_scores"} <= set(names)
    assert "recovery" not in names


def test_the_report_reads_the_tables_of_this_study(products):
    tables = products.report_tables
    assert tables["roi_scores"] == "results/demo/group/roi_scores.parquet"
    assert len(tables["roi_distances"]) == len(products.study.subjects)
    assert "component_peaks" in tables and "finetuning_gains" not in tables
    assert "best_layer" not in tables  # drawn as a map
    assert tables["truth"] == "results/demo/truth.parquet"
    assert "results/demo/group/best_layer.parquet" in products.final
    assert products.final[0] == "results/demo/report.html" and "results/demo/truth.parquet" in products.final


def test_a_family_of_figures_is_named_by_its_kind():
    assert figure_named("surface_{stat}").name.startswith("surface_")
    assert figure_named("region_{stat}").kind == "region"
    assert figure_named("layers").name == "layers"


def test_verdicts_only_where_a_config_has_one(new_study):
    """Two tables for the report and one figure, the first; nothing without the section."""
    without, wanted = (Products(new_study(verdict=section)) for section in (None, {"distance": 8}))
    for name in ("verdicts", "verdict_checks"):
        assert name in wanted.report_tables and name not in without.report_tables
        assert f"results/demo/group/{name}.parquet" in wanted.final
    assert wanted.figures[0].name == "verdicts" and "verdicts" not in {figure.name for figure in without.figures}


BRAIN_SCORES = {"brain_score": {"models": ["smollm2"], "layers": [0, 12, 24]}}
BARE = {"maps": None, "verdict": None, "sensitivity": None, "contrasts": [], "figures": {"curves": []}}
ONE_DISTANCE = {"forecast": {"models": ["smollm2"], "layers": [12], "sources": ["true"], "widths": [7],
                             "distances": [8]}}  # fmt: skip


def names(products: Products) -> set[str]:
    """Names of tables, maps and figures."""
    tables = {table.name for table in products.tables}
    return tables | set(products.maps) | {figure.name for figure in products.figures}


@pytest.mark.parametrize("name", ["config", "pieman"])
def test_brain_score_alone_has_nothing_of_a_forecast(new_study, region_plan, name):
    """No table, map, figure, caption or input of one; all of brain scores."""
    plan = region_plan if name == "pieman" else None
    study = new_study(name, plan, analyses=BRAIN_SCORES, **BARE)
    products = Products(study)
    made = [*names(products), *products.captions, *products.final, *products.subject_tables, *products.map_tables]
    assert not [name for name in made if "forecast" in name]
    assert not {"contrasts", "reliability", "widths", "recovery", "roi_distances", "sensitivity"} & names(products)
    assert {"brain_scores", "roi_scores", "best_layer", "layers", "bestlayer"} <= names(products)
    assert products.report_subject_tables == []


def test_one_distance_has_a_map_of_F_and_no_curve(new_study):
    products = Products(new_study(analyses=ONE_DISTANCE, **BARE))
    assert {"forecastscore", "region_forecast_scores", "forecast_scores"} <= names(products)
    curves = {"forecast_curves", "forecastdistance", "forecastdistancemasked", "region_forecast_curves", "recovery"}
    assert not (curves | {"sources", "surface_forecastdistance"}) & names(products)


def test_one_subject_has_no_maps_of_tests(new_study, region_plan):
    """No q, and no map that a test masks."""
    subject, runs = next(iter(region_plan.runs.items()))
    alone = Products(new_study("pieman", replace(region_plan, runs={subject: runs}), **BARE))
    assert not {"brainscoreq", "forecastscoreq", "forecastdistancemasked", "forecastdepthmasked"} & set(alone.maps)
    assert {"brainscore", "forecastscore", "forecastdistance"} <= set(alone.maps)
    assert not {"widths", "symmetry"} & {figure.name for figure in alone.figures}


def test_few_subjects_are_dots_in_figures_of_regions(new_study, region_plan):
    """The table of each of 2 to 12; none of one alone, none of many."""
    few = Products(new_study("pieman", region_plan))
    assert few.subject_dots("roi_scores") == few.study.of_subjects("roi_scores") and len(few.study.subjects) == 2
    runs = region_plan.runs["01"]
    for n in (1, 12, 13):
        plan = replace(region_plan, runs={f"{k:02}": runs for k in range(n)})
        assert len(Products(new_study("pieman", plan, **BARE)).subject_dots("roi_scores")) == (n if n == 12 else 0)
