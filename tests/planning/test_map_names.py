"""Names of the maps of a study, and when a run makes them."""

from dataclasses import replace

import pytest

from brainforecast.planning.map_names import dataset_descriptions, sidecars
from brainforecast.planning.products import MAPS, SUBJECT_MAPS, Products
from brainforecast.results.map_statistics import GROUP, SUBJECT
from helpers.rules import RULES


def test_maps_are_those_of_the_results():
    assert [map_.name for map_ in MAPS] == list(GROUP)
    assert [map_.name for map_ in SUBJECT_MAPS] == list(SUBJECT)


def test_a_complete_run_has_the_maps_of_the_group(new_study):
    products = Products(new_study())
    pattern = "results/demo/maps/hemi-{}_space-fsaverage5_den-10k_stat-{}_statmap.func.gii"
    wanted = [pattern.format(hemi, name) for name in products.maps for hemi in "LR"]
    assert [path for path in products.final if "/maps/" in path] == wanted


@pytest.mark.parametrize("requested", [True, False])
def test_maps_of_each_subject_are_made_on_request(new_study, requested):
    products = Products(new_study(maps__subjects=requested))
    subjects = products.study.subjects
    found = [path for path in products.final if "/maps/sub-" in path]
    assert len(found) == (len(products.maps_of(subjects[0])) * len(subjects) if requested else 0)
    name = "results/demo/maps/sub-{0}/func/sub-{0}_hemi-R_space-fsaverage5_den-10k_stat-brainscore_statmap.func.gii"
    assert {name.format(subject) for subject in subjects} <= set(found) or not requested


def test_regions_have_no_maps(new_study, region_plan):
    products = Products(new_study("pieman", region_plan, maps__subjects=True))
    assert products.map_files == products.subject_map_files == []
    assert not [path for path in products.final if "/maps/" in path]


def test_an_atlas_of_each_subject_leaves_no_maps(new_study):
    """Targets are then regions that have no one place for all subjects."""
    atlas = {key: f"own/sub-{{subject}}_{key}.annot" for key in "LR"}
    study = new_study()
    own = replace(study, config={**study.config, "atlas": {**study.config["atlas"], **atlas}})
    assert Products(own).map_files == []


def test_a_sidecar_for_each_map(new_study):
    products = Products(new_study())
    found = sidecars(products.map_files)
    assert len(set(found)) == len(products.map_files)
    assert found[0] == "maps/hemi-L_space-fsaverage5_den-10k_stat-brainscore_statmap.json"


def test_both_folders_of_a_dataset_may_describe_it(new_study):
    config = new_study(dataset__derivatives="derivatives/fmriprep").config
    assert dataset_descriptions(config)[1] == "derivatives/fmriprep/dataset_description.json"


def test_every_map_is_the_output_of_a_rule():
    for rule, files in (("build_maps", "map_files"), ("build_subject_maps", 'maps_of("{subject}")')):
        assert f"sidecars(PRODUCTS.{files})" in RULES[rule]["output"]
        assert f"for path in PRODUCTS.{files}]" in RULES[rule]["output"]
