"""Meshes are found in folders of FreeSurfer, TemplateFlow and HCP."""

import pytest

from brainforecast.dataset.meshes import find_mesh, nilearn_has
from brainforecast.dataset.spaces import find_surface
from brainforecast.errors import BadInput
from helpers.datasets import assert_bad_input, write_lines


@pytest.mark.parametrize(
    ("names", "kind", "wanted"),
    [
        (["lh.pial", "lh.pial.surf.gii", "rh.pial"], "pial", "lh.pial"),
        (["lh.pial.surf.gii", "rh.pial.surf.gii", "lh.pial.txt"], "pial", "lh.pial.surf.gii"),
        (["tpl-fsLR_den-32k_hemi-L_midthickness.surf.gii", "tpl-fsLR_den-32k_hemi-L_sphere.surf.gii"], "pial",
         "tpl-fsLR_den-32k_hemi-L_midthickness.surf.gii"),
        (["tpl-fsLR_den-32k_hemi-L_inflated.surf.gii", "tpl-fsLR_den-59k_hemi-L_inflated.surf.gii"], "inflated",
         "tpl-fsLR_den-32k_hemi-L_inflated.surf.gii"),
        (["S1200.L.inflated_MSMAll.32k_fs_LR.surf.gii", "S1200.L.very_inflated_MSMAll.32k_fs_LR.surf.gii"],
         "inflated", "S1200.L.inflated_MSMAll.32k_fs_LR.surf.gii"),
        (["tpl-fsLR_den-32k_hemi-L_veryinflated.surf.gii"], "inflated",
         "tpl-fsLR_den-32k_hemi-L_veryinflated.surf.gii"),
        (["S1200.L.very_inflated_MSMAll.32k_fs_LR.surf.gii"], "inflated",
         "S1200.L.very_inflated_MSMAll.32k_fs_LR.surf.gii"),
        (["S1200.L.sulc.32k_fs_LR.shape.gii", "a_hemi-L_desc-sulc_pial.surf.gii"], "sulc",
         "S1200.L.sulc.32k_fs_LR.shape.gii"),
        (["tpl-fsLR_den-32k_hemi-R_pial.surf.gii", "L_sphere.surf.gii"], "pial", None),
    ],
)  # fmt: skip
def test_files_of_the_left_hemisphere(tmp_path, names, kind, wanted):
    """By hemisphere, kind and density in the name; the nearest surface where there is no pial one."""
    for name in names:
        write_lines(tmp_path / name, "")
    assert find_mesh(tmp_path, kind, "L", "32k") == (tmp_path / wanted if wanted else None)


def test_two_files_that_fit(tmp_path):
    """No file is preferred to another by its name; a folder that is not there has none."""
    for name in ("a.L.pial.surf.gii", "b.L.pial.surf.gii"):
        write_lines(tmp_path / name, "")
    with pytest.raises(BadInput) as error:
        find_mesh(tmp_path, "pial", "L")
    assert_bad_input(error, tmp_path, "a.L.pial.surf.gii and b.L.pial.surf.gii", "one file of hemisphere L")
    assert find_mesh(tmp_path / "nowhere", "pial", "L") is None


def test_what_nilearn_has(tmp_path, monkeypatch):
    """It ships one space; others are there once they are downloaded, in its folders."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NILEARN_DATA", str(tmp_path))
    assert nilearn_has(find_surface("fsaverage5"))
    assert not nilearn_has(find_surface("fsaverage"))
    assert not nilearn_has(find_surface("fsLR", "32k"))
    for kind in ("pial", "infl", "sulc"):
        for side in ("left", "right"):
            write_lines(tmp_path / f"fsaverage/{kind}_{side}.gii.gz", "")
    assert nilearn_has(find_surface("fsaverage"))
    assert not nilearn_has(find_surface("fsaverage6"))
