"""The reported cell: chosen from what is scored where the config leaves it open, and checked where it does not."""

from dataclasses import replace

import pytest
import yaml

from brainforecast.errors import BadInput
from brainforecast.planning.config import check_config
from brainforecast.planning.notes import check_subjects, few_subjects_notes
from brainforecast.planning.reported import reported_notes
from helpers.datasets import REPOSITORY

SCHEMA = REPOSITORY / "workflow/schemas/config.schema.yaml"
BRAIN_SCORES = {"brain_score": {"models": ["b", "a"], "layers": [0, 4, 8, 12]}}
WINDOWS = {"forecast": {"models": ["a"], "layers": [8], "sources": ["shuffled", "true"], "widths": [5, 7],
                        "distances": [-2, 0, 4, 8]}}  # fmt: skip
CHOSEN = ("model", "layer", "base", "source", "width", "distance", "reference", "depth_distance")


def written(analyses: dict, maps: dict | None = None, **sections: object) -> dict:
    """A config of two models."""
    dataset = {"name": "toy", "root": "data", "response": "region"}
    models = {"a": {"source": "gpt2"}, "b": {"source": "gpt2"}}
    return {"dataset": dataset, "models": models, "analyses": analyses, "maps": maps, **sections}


def reported(analyses: dict, maps: dict | None = None, **sections: object) -> tuple:
    """The keys of the reported cell."""
    cell = check_config(written(analyses, maps, **sections), SCHEMA)["maps"]
    return tuple(cell[key] for key in CHOSEN)


def notes(analyses: dict, maps: dict | None = None) -> list[str]:
    given = written(analyses, maps)
    return reported_notes(given, check_config(given, SCHEMA))


def test_brain_score_alone_needs_no_maps():
    """The first model in the order of the config, the middle layer; nothing of a window."""
    assert reported(BRAIN_SCORES) == ("b", 8, "paper", None, None, None, None, None)
    (note,) = notes(BRAIN_SCORES)
    assert "model b (the first of b, a), layer 8 (the middle one of 0, 4, 8, 12)" in note


@pytest.mark.parametrize("maps", [None, {}, {"q_level": 0.05}, {"model": None, "layer": None}])
def test_an_open_key_is_null_or_not_there(maps):
    assert reported(BRAIN_SCORES, maps)[:3] == ("b", 8, "paper")


def test_layers_need_not_be_in_order():
    analyses = {"one": {"models": ["a"], "layers": [12, 0, 4]}}
    assert reported(analyses)[1] == 4


def test_a_single_cell_is_the_one():
    (note,) = notes({"one": {"models": ["a"], "layers": 3}})
    assert "model a (the only one scored), layer 3 (the only one scored)" in note


def test_a_base_other_than_the_papers():
    lexical = {"one": {"models": ["a"], "layers": [3], "base": "lexical"}}
    assert reported(lexical)[2] == "lexical"
    assert "base lexical (the only one scored)" in notes(lexical)[0]
    both = lexical | {"two": {"models": ["a"], "layers": [3]}}
    assert reported(both)[2] == "paper" and reported(both, {"base": "lexical"})[2] == "lexical"


def test_windows_are_the_papers_where_scored():
    """A model with windows comes before one without; true, 7, 8 and 0 are scored, so they are taken without a note."""
    assert reported(BRAIN_SCORES | WINDOWS) == ("a", 8, "paper", "true", 7, 8, 0, 8)
    (note,) = notes(BRAIN_SCORES | WINDOWS)
    assert "model a" in note and not any(key in note for key in ("source", "width", "distance", "reference"))


def test_windows_that_are_not_the_papers():
    analyses = {"one": {"models": ["a"], "layers": [2], "sources": ["random"], "widths": [3], "distances": [1, 2, 5]}}
    assert reported(analyses) == ("a", 2, "paper", "random", 3, 5, 1, 5)
    (note,) = notes(analyses)
    for text in (
        "source random (the only one scored)",
        "width 3 (the only one scored)",
        "distance 5 (8 is not scored, the largest that is)",
        "reference 1 (0 is not scored, the smallest that is)",
    ):
        assert text in note


def test_everything_given_needs_no_note():
    assert notes(WINDOWS, {"model": "a", "layer": 8}) == []
    assert notes(BRAIN_SCORES, {"model": "a", "layer": 4}) == []


def test_a_layer_with_a_curve_comes_before_one_with_a_single_distance():
    depth = {"models": ["a"], "layers": [0, 1, 2, 3], "sources": ["true"], "widths": [7], "distances": [8]}
    assert reported(WINDOWS | {"depth": depth})[1] == 8


def test_one_distance_has_no_reference():
    """F can be mapped; there is no curve and no d*."""
    analyses = {"one": {"models": ["a"], "layers": [2], "sources": ["true"], "widths": [7], "distances": [4]}}
    assert reported(analyses) == ("a", 2, "paper", "true", 7, 4, None, 4)
    assert "reference null (only one distance is scored, so there is no d*)" in notes(analyses)[0]


def test_the_distance_given_leaves_the_reference_open():
    assert reported(WINDOWS, {"model": "a", "layer": 8, "distance": 0})[5:] == (0, -2, 0)


def test_two_analyses_of_one_window_share_their_distances():
    more = {"models": ["a"], "layers": [8], "sources": ["true"], "widths": [7], "distances": [12]}
    assert reported(WINDOWS | {"more": more}, {"distance": 12})[5] == 12


def test_yaml_true_is_the_source_of_that_name():
    assert reported(WINDOWS, {"source": True})[3] == "true" and notes(WINDOWS, {"source": True, "model": "a"})


@pytest.mark.parametrize(
    ("maps", "message"),
    [
        ({"model": "c"}, r"maps.model: found c; expected a name from models.*; nearest is a"),
        ({"layer": 7}, r"maps.layer: found 7; expected one that is scored; nearest is 8"),
        ({"model": "a", "layer": 4}, r"maps.layer: found 4; expected one that is scored with model a; nearest is 8"),
        ({"base": "verdict"}, r"maps.base: found verdict; .*; nearest is paper"),
        ({"source": "ture"}, r"maps.source: found ture; .*; nearest is true"),
        ({"width": 6}, r"maps.width: found 6; .*; nearest is 5"),
        (
            {"distance": 7},
            r"maps.distance: found 7; .*model a, layer 8, base paper, source true, width 7; nearest is 8",
        ),
        ({"reference": 3}, r"maps.reference: found 3; .*; nearest is 4"),
        ({"reference": 8}, r"maps.reference: found 8; expected another distance than that of maps.distance"),
        ({"depth_distance": 30}, r"maps.depth_distance: found 30; .*; nearest is 8"),
    ],
)
def test_the_wrong_key_is_named(maps, message):
    with pytest.raises(BadInput, match=rf"^config key {message}"):
        reported(WINDOWS, maps)


@pytest.mark.parametrize("key", ["source", "width", "distance", "reference", "depth_distance"])
def test_windows_are_not_reported_where_none_are_scored(key):
    value = "true" if key == "source" else 8
    with pytest.raises(
        BadInput, match=rf"config key maps.{key}: found {value}; expected nothing, as no analysis has so"
    ):
        reported(BRAIN_SCORES, {key: value})


REGION = {"level": "all", "roi": "all"}
CONTRAST = {"name": "a - b", "first": REGION, "second": {"level": "roi", "roi": "b"}}


@pytest.mark.parametrize(
    ("sections", "key"),
    [
        ({"verdict": {"distance": 8}}, "verdict"),
        ({"sensitivity": {}}, "sensitivity"),
        ({"contrasts": [CONTRAST]}, "contrasts"),
        ({"figures": {"curves": [REGION]}}, "figures.curves"),
    ],
)
def test_sections_on_windows_need_some(sections, key):
    with pytest.raises(
        BadInput, match=rf"config key {key}: found no analysis that scores windows; expected an analysis"
    ):
        reported(BRAIN_SCORES, **sections)


def test_contrasts_need_a_curve_of_their_measure():
    """d* is an argmax over distances, k* over layers."""
    one = {"one": {"models": ["a"], "layers": [2], "sources": ["true"], "widths": [7], "distances": [4]}}
    with pytest.raises(BadInput, match=r"contrasts.0.measure: found forecast_distance of a - b; .* several distances"):
        reported(one, contrasts=[CONTRAST])
    depth = CONTRAST | {"name": "deeper", "measure": "forecast_depth"}
    with pytest.raises(BadInput, match=r"contrasts.1.measure: found forecast_depth .* windows at several layers"):
        reported(WINDOWS, contrasts=[CONTRAST, depth])
    several = {"one": one["one"] | {"layers": [2, 3]}}
    assert reported(several, contrasts=[depth])[0] == "a"


def test_the_noise_ceiling_alone_is_not_reported():
    with pytest.raises(BadInput, match=r"config key analyses: found none of these models; expected .* \(a, b\)"):
        reported({"noise_ceiling": {"models": ["listeners"], "layers": [0]}})


@pytest.mark.parametrize("path", sorted((REPOSITORY / "config").glob("*.yaml")), ids=lambda path: path.stem)
def test_configs_that_ship_leave_nothing_open(path):
    """Their cells are the same as before anything was chosen."""
    config = yaml.safe_load(path.read_text())
    if "analyses" in config and "maps" in config and "dataset" in config:
        assert reported_notes(config, check_config(config, SCHEMA)) == []


def test_a_noise_ceiling_needs_other_subjects(region_plan):
    config = {"analyses": {"ceiling": {"models": ["listeners"], "layers": [0]}}}
    check_subjects(config, region_plan)
    alone = replace(region_plan, runs={"01": region_plan.runs["01"]})
    with pytest.raises(
        BadInput, match=r"analyses.ceiling.models: found listeners in a study of one subject, sub-01; ex"
    ):
        check_subjects(config, alone)


def test_few_subjects_are_noted():
    """One has no test; of some no q can pass; of many nothing is said."""
    assert "there is no test over subjects" in few_subjects_notes(1, 0.01)[0]
    assert (
        "the smallest p of a signed-rank test over them is 0.25, so no q can be below maps.q_level, 0.01"
        in (few_subjects_notes(3, 0.01)[0])
    )
    assert few_subjects_notes(8, 0.01) == [] and few_subjects_notes(6, 0.05) == []


WIDTHS = {"widths": {"models": ["a"], "layers": [8], "sources": ["true"], "widths": [4, 6, 7], "distances": [2, 8, 9]}}


@pytest.mark.parametrize("how", ["keep", "score"])
def test_windows_of_regions_only_are_not_reported(how):
    """What is left open is taken from windows of targets; what is given names the key that keeps regions only."""
    of_regions = {"widths": WIDTHS["widths"] | {how: "regions"}}
    assert reported(WINDOWS | of_regions) == ("a", 8, "paper", "true", 7, 8, 0, 8)
    usual = {"forecast": WINDOWS["forecast"] | {"widths": [4, 5]}}
    (note,) = notes(usual | {"widths": {**of_regions["widths"], "models": ["b"]}})
    assert "model a (the only one whose targets are scored and kept), width 4 (7 is kept by region, the first" in note
    message = r"maps.width: found 6; expected one whose targets are scored and kept; nearest is 5"
    with pytest.raises(BadInput, match=message):
        reported(WINDOWS | of_regions, {"width": 6})
    with pytest.raises(BadInput, match=r"maps.width: found 3; expected one that is scored; nearest is 5"):
        reported(WINDOWS | of_regions, {"width": 3})
    with pytest.raises(BadInput, match=r"^config key analyses: found windows of regions only \(keep: regions, score"):
        reported(of_regions)
    deeper = {"depth": WIDTHS["widths"] | {"layers": [9], "widths": [7], "distances": [20], how: "regions"}}
    with pytest.raises(
        BadInput, match=r"maps.depth_distance: found 20; expected one whose targets are scored and kept"
    ):
        reported(WINDOWS | deeper, {"depth_distance": 20})
    with pytest.raises(BadInput, match=r"maps.layer: found 9; expected one whose targets .* kept with model a;"):
        reported(WINDOWS | deeper, {"model": "a", "layer": 9})


def test_a_window_that_is_kept_by_target_may_be_reported_at_any_distance():
    """Distances that an analysis of regions adds to a window kept by target are kept by target too."""
    assert reported(WINDOWS | {"widths": WIDTHS["widths"] | {"keep": "regions"}}, {"distance": 9})[5] == 9
    with pytest.raises(BadInput, match=r"maps.distance: found 9"):
        reported(WINDOWS | {"widths": WIDTHS["widths"] | {"score": "regions"}}, {"distance": 9})


def test_a_layer_that_is_kept_by_region_leaves_out_the_depth():
    """With a note, where two other layers are kept by target."""
    deeper = WINDOWS["forecast"] | {"layers": [4, 8], "distances": [8]}
    of_regions = deeper | {"layers": [6], "keep": "regions"}
    maps = {"model": "a", "layer": 8}
    (note,) = notes(WINDOWS | {"depth": deeper, "widths": of_regions}, maps)
    assert note == "no map of k*: an analysis keeps the reported window by region (keep: regions) at layer 6"
    assert notes(WINDOWS | {"depth": deeper}, maps) == notes(WINDOWS | {"widths": of_regions}, maps) == []


def test_scores_of_series_alone_have_no_maps():
    with pytest.raises(BadInput, match=r"^config key analyses: found scores of regions only"):
        reported({"brain_score": BRAIN_SCORES["brain_score"] | {"score": "regions"}})
