"""Maps, declared once: which others a figure is drawn with, and what peaks are found among."""

from brainforecast.planning.maps import MAPS, maps_beside, scored_values, scores_beside
from brainforecast.planning.products import Products


def syntax(**changed) -> dict:
    """Analyses of the demo with windows of components."""
    components = {"models": ["smollm2"], "base": "lexical", "layers": [16], "widths": [7], "distances": [0, 8]}
    true = {**components, "sources": ["true"], "distances": {"first": -4, "last": 12, "step": 4}}
    return {"forecast": true, "syntax": {**components, "sources": ["syntactic", "semantic"], **changed}}


BARE = {"verdict": None, "sensitivity": None, "contrasts": [], "figures": {"curves": []}, "maps__depth_distance": 8}


def test_every_map_that_is_named_beside_another_exists():
    """A test gives the sign back to the map that it is of, or to another that it decides on."""
    by_name = {map_.name: map_ for map_ in MAPS}
    for map_ in MAPS:
        beside = maps_beside(map_.name, by_name)
        assert {name for names in beside.values() for name in names} <= set(by_name)
        assert map_.name not in {name for names in beside.values() for name in names}
        if map_.sign:
            assert by_name[map_.sign].test == map_.name
    assert maps_beside("semanticscore", by_name) == {
        "test": ["semanticscoreq"],
        "alike": ["forecastscore", "syntacticscore"],
    }


def test_maps_that_a_study_does_not_have_are_not_beside_others():
    """One subject: no map of a test."""
    assert maps_beside("brainscore", ["brainscore"]) == {}
    assert maps_beside("forecastscore", ["forecastscore", "semanticscore"]) == {"alike": ["semanticscore"]}


def test_components_have_maps_where_they_are_scored_at_the_distance_of_the_maps(new_study):
    """With their tests, drawn with files that the run makes; none at another distance."""
    products = Products(new_study(analyses=syntax(), **BARE))
    new = {"syntacticscore", "syntacticscoreq", "semanticscore", "semanticscoreq"}
    assert new <= set(products.maps) and "surface_semanticscore" in {figure.name for figure in products.figures}
    files = {f"results/demo/{file}" for file in products.map_files}
    assert len(products.maps_beside("semanticscore")) == 6 and set(products.maps_beside("semanticscore")) <= files
    elsewhere = new_study(analyses=syntax(distances=[0, 4]), **BARE)
    assert not new & set(Products(elsewhere).maps)
    assert not scores_beside(elsewhere, "true")  # which is the reported source


def test_peaks_are_found_among_what_is_scored(new_study):
    """Distances of the reported window, layers of its windows, layers of its model."""
    analyses = syntax()
    analyses["depth"] = {**analyses["forecast"], "layers": [4, 16], "distances": [8]}
    analyses["brain_score"] = {"models": ["smollm2"], "base": "lexical", "layers": [0, 24]}
    found = scored_values(new_study(analyses=analyses, **BARE))
    assert found == {"layers": [0, 4, 16, 24], "depths": [4, 16], "distances": [-4, 0, 4, 8, 12]}
