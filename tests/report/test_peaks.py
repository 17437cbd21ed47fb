"""What a d* or k* can be read as: its grid, its bias, and whether there is an effect."""

import pytest

from brainforecast.report.components import peak_table
from brainforecast.report.counterparts import COUNTERPARTS
from brainforecast.report.findings import findings, key_numbers
from brainforecast.report.peaks import Effects, grid_layers, grid_text, recovered_distances, recovery_text
from brainforecast.report.score_tables import contrast_table
from helpers.report_runs import CONTRAST, run_of
from helpers.synthetic_analyses import all_tables
from helpers.synthetic_tables import CELL, REGIONS, surface_targets


@pytest.fixture(scope="module")
def tables():
    return all_tables(surface_targets(40))


def without_effect(tables: dict, roi: str) -> dict:
    """The tables of a run in which F of a region or lobe does not differ from 0."""
    scores = tables["roi_scores"].copy()
    here = (scores["roi"] == roi) & (scores["score"] == "forecast_score")
    scores.loc[here, "q_value"] = 0.4
    return tables | {"roi_scores": scores}


def coarser(tables: dict, step: int) -> dict:
    """The tables of a run at every `step`-th distance."""
    scores = tables["roi_scores"]
    return tables | {"roi_scores": scores[scores["distance"] % step == 0]}


def test_the_grid_of_distances_is_stated(tables):
    """Its ends and its step, or its steps where they differ; in the findings, and beside each d* of a lobe."""
    assert grid_text(run_of(tables)) == "−14 to 30 in steps of 1 word"
    assert grid_text(run_of(coarser(tables, 4))) == "−12 to 28 in steps of 4 words"
    scores = tables["roi_scores"].query("distance in [0, 2, 8]")
    assert grid_text(run_of(tables | {"roi_scores": scores})) == "0 to 8 in steps of 2 to 6 words"
    assert any("scored: −12 to 28 in steps of 4 words." in text for text in findings(run_of(coarser(tables, 4)), 0.01))
    (card,) = (found for found in key_numbers(run_of(tables)) if found["label"] == "forecast distance, frontal")
    assert "distances scored: −14 to 30 in steps of 1 word" in card["detail"]


def test_recovered_distances_are_compared_with_the_planted(tables):
    """The mean difference is that of the tables, region by region; nothing is stated of measured data."""
    peaks = (
        tables["subject_roi_distances"]
        .query("level == 'roi' and source == 'true' and hemi.notna()")
        .query("layer == 16 and width == 7")
    )
    planted = {name: distance for name, (_, kind, distance) in REGIONS.items() if kind == "forecast"}
    truth = tables["truth"].assign(planted_source=tables["truth"]["kind"].map({"forecast": "true"}))
    run = run_of(tables | {"truth": truth})
    found = recovered_distances(run)
    assert len(found) == 2 * len(planted) and set(found["planted"]) == set(planted.values())
    of_planted = peaks[peaks["roi"].isin(list(planted))]
    bias = (of_planted.groupby(["hemi", "roi"])["peak_distance"].mean().reset_index()).assign(
        bias=lambda table: table["peak_distance"] - table["roi"].map(planted)
    )["bias"]
    assert (found["recovered"] - found["planted"]).mean() == pytest.approx(bias.mean())
    text = recovery_text(run)
    value = float(text.partition("lies ")[2].split()[0].replace("−", "-"))
    assert value == pytest.approx(bias.mean(), abs=0.05) and "5 as " in text
    assert text in " ".join(findings(run, 0.01))
    measured = {name: table for name, table in tables.items() if name != "truth"}
    assert recovery_text(run_of(measured)) == ""
    assert not any("planted" in text for text in findings(run_of(measured), 0.01))


def test_a_peak_without_an_effect_is_marked(tables):
    """In cards, sentences and tables, in words; one subject's is not tested."""
    run, none = run_of(tables), run_of(without_effect(tables, "frontal"))
    marked = {found["label"]: "(no effect)" in found["value"] for found in key_numbers(none)}
    assert marked["forecast distance, frontal"] and not marked["forecast distance, temporal"]
    assert not any("(no effect)" in found["value"] for found in key_numbers(run))
    assert {row[-1] for row in contrast_table(run, 0.01).rows if row[2] == "both"} == {"in both"}
    rows = [row for row in contrast_table(none, 0.01).rows if row[2] == "both"]
    assert {row[-1] for row in rows} == {"no effect in the first region"}
    (sentence,) = (text for text in findings(none, 0.01) if "frontal - temporal" in text)
    assert sentence.endswith("Not to be read: no effect in the first region.")
    assert COUNTERPARTS["frontal"](none).partition("; ")[2].startswith("no effect in the first region")
    untested = tables["roi_scores"].assign(q_value=float("nan"))
    assert Effects(run_of(tables | {"roi_scores": untested}), 0.01).distance_mark("lobe", "frontal") == " (not tested)"


def test_a_depth_without_an_effect_is_marked(tables):
    """In the paper's row on k*, with the layers that were scored; q counts once for each layer."""
    lobes = tables["roi_scores"].query("level == 'lobe' and hemi.isna() and score == 'forecast_score'")
    here = lobes.query("roi == 'frontal' and distance == 8 and source == 'true' and width == 7 and mean > 0")
    q, n_layers = here["q_value"].min(), 3
    assert grid_layers(run_of(tables)) == [0, 8, 16]
    for level, mark in ((1.1 * n_layers * q, ""), (1.1 * q, " (no effect)")):
        assert Effects(run_of(tables), level).depth_mark("lobe", "frontal") == mark
    maps = CELL | {"q_level": 1.1 * n_layers * q}
    text = COUNTERPARTS["depth"](run_of(without_effect(tables, "temporal"), maps=maps))
    assert "temporal 8 (no effect)" in text and "frontal 8, " in text and text.endswith("layers 0, 8, 16 were scored")


def test_pooled_regions_have_an_effect_where_one_has(tables):
    """Names may end in a star, and several may be pooled."""
    one = without_effect(tables, "parsopercularis")
    pooled = {"level": "roi", "roi": "pars*"}
    contrast = CONTRAST | {"first": pooled, "second": {"level": "roi", "roi": ["parsopercularis"]}}
    row = {"contrast": CONTRAST["name"], "measure": "forecast_distance", "hemi": "L"}
    assert Effects(run_of(one, contrasts=[contrast]), 0.01).contrast_mark(row) == "no effect in the second region"


def test_components_without_an_effect_are_marked(tables):
    """Each source by its own F, at the nearest distance where it was not scored at the reported one."""
    peaks = tables["subject_roi_distances"].query("subject == '01' and level == 'lobe' and hemi.isna()")
    rows = peaks.rename(columns={"peak_distance": "mean"}).assign(
        ci_low=lambda table: table["mean"] - 1, ci_high=lambda table: table["mean"] + 1, n_subjects=8, q_value=0.2
    )
    run = run_of(without_effect(tables, "occipital") | {"component_peaks": rows})
    found = {row[0]: row[1] for row in peak_table(run, 0.01).rows}
    assert {row[-1] for row in peak_table(run, 0.01).rows} == {"8"}
    assert found["occipital lobe"].endswith("(no effect)") and "(" not in found["frontal lobe"]
    near = run.tables["roi_scores"].query("distance in [5, 20] or score == 'brain_score'")
    sparse = run_of(tables | {"roi_scores": near, "component_peaks": rows})
    assert Effects(sparse, 0.01).distance_mark("lobe", "temporal") == ""
    assert peak_table(run_of(tables | {"component_peaks": rows.iloc[:0]}), 0.01) is None
    assert Effects(sparse, 0.01).distance_mark("lobe", "temporal", source="semantic") == " (not tested)"
