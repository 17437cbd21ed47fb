"""Names of regions: left with right, and the medial wall by any of its names."""

import pytest

from brainforecast.readers.region_names import is_region, pair_hemispheres


@pytest.mark.parametrize(
    ("left", "right", "roi"),
    [
        ("7Networks_LH_Vis_1", "7Networks_RH_Vis_1", "7Networks_Vis_1"),
        ("17Networks_LH_DefaultA_PFCm_1", "17Networks_RH_DefaultA_PFCm_1", "17Networks_DefaultA_PFCm_1"),
        ("L_V1_ROI", "R_V1_ROI", "V1_ROI"),
        ("L_5L_ROI", "R_5L_ROI", "5L_ROI"),
        ("ctx-lh-insula", "ctx-rh-insula", "insula"),
        ("ctx_lh_G_and_S_frontomargin", "ctx_rh_G_and_S_frontomargin", "G_and_S_frontomargin"),
        ("lh.insula", "rh.insula", "insula"),
        ("Left-Hippocampus", "Right-Hippocampus", "Hippocampus"),
        ("Precentral_L", "Precentral_R", "Precentral"),
        ("SFG_L_7_1", "SFG_R_7_1", "SFG_7_1"),
        ("G_Frontal_Sup-1-L", "G_Frontal_Sup-1-R", "G_Frontal_Sup-1"),
        ("HIP-lh", "HIP-rh", "HIP"),
        ("Area hOc1 (V1) left", "Area hOc1 (V1) right", "Area hOc1 (V1)"),
        ("L_Default_12", "R_Default_12", "Default_12"),
    ],
)
def test_left_and_right_have_one_name(left, right, roi):
    """Schaefer, Glasser, FreeSurfer's volumes, AAL, Brainnetome, AICHA, Tian, Jülich, Gordon."""
    assert pair_hemispheres(left) == ("L", roi)
    assert pair_hemispheres(right) == ("R", roi)


@pytest.mark.parametrize(
    "name", ["lingual", "Lat_Fis-ant-Horizont", "S_oc-temp_lat", "L", "bankssts", "x_L_R_y", "l_x"]
)
def test_names_without_a_hemisphere(name):
    """Nothing is taken out where no part, or more than one inside, is a hemisphere."""
    assert pair_hemispheres(name) == (None, name)


@pytest.mark.parametrize(
    "name",
    ["unknown", "Unknown", "???", "", "0", "Medial_wall", "medial_wall", "MedialWall", "Medial Wall", "L_Medial_wall",
     "FreeSurfer_Defined_Medial_Wall", "Background+FreeSurfer_Defined_Medial_Wall", "corpuscallosum", "ctx-lh-unknown",
     "ctx_rh_Medial_wall", "Background", "lh.corpuscallosum", "R_???"],
)  # fmt: skip
def test_what_is_no_region(name):
    """The medial wall and the background."""
    assert not is_region(name)


def test_regions_with_such_words_in_their_names():
    """A region is no background because of a word in it."""
    assert all(map(is_region, ["G_front_middle", "Medial_orbital", "area_0", "corpus", "10"]))
