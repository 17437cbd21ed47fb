"""Meshes and sulcal depth of cortical surfaces."""

import nibabel
import numpy as np
import pytest

from brainforecast.errors import BadInput
from brainforecast.readers.surfaces import load_surface
from helpers.datasets import assert_bad_input, write_lines

N = 10_242  # vertices of fsaverage5


def test_fsaverage5_loads_offline():
    """Meshes and depth of both hemispheres; the left one is on the left."""
    for kind in ("pial", "inflated"):
        surface = load_surface("fsaverage5", kind)
        assert [coordinates.shape for coordinates, _ in surface.values()] == [(N, 3), (N, 3)]
        assert all(triangles.max() == N - 1 for _, triangles in surface.values())
        assert surface["L"][0][:, 0].mean() < surface["R"][0][:, 0].mean()
    assert [depth.shape for depth in load_surface("fsaverage5", "sulc").values()] == [(N,), (N,)]


def test_missing_surface(tmp_path):
    """A folder without FreeSurfer's files."""
    with pytest.raises(BadInput) as error:
        load_surface("fsaverage5", "pial", tmp_path)
    assert_bad_input(error, tmp_path / "lh.pial", "no such file")


def test_surface_of_another_space(tmp_path):
    """A mesh with another number of vertices."""
    corners = np.eye(3)
    for side in ("lh", "rh"):
        nibabel.freesurfer.write_geometry(tmp_path / f"{side}.pial", corners, np.array([[0, 1, 2]]))
    with pytest.raises(BadInput) as error:
        load_surface("fsaverage5", "pial", tmp_path)
    assert_bad_input(error, "lh.pial", "3 vertices", "10,242 of fsaverage5")


def test_broken_surface(tmp_path):
    """A file that is not a surface."""
    write_lines(tmp_path / "lh.inflated", "no surface")
    with pytest.raises(BadInput) as error:
        load_surface("fsaverage5", "inflated", tmp_path)
    assert_bad_input(error, tmp_path / "lh.inflated", "no FreeSurfer surface")


def write_mesh(path, points):
    """Write a GIfTI mesh of one triangle."""
    kinds = {"POINTSET": points.astype(np.float32), "TRIANGLE": np.array([[0, 1, 2]], np.int32)}
    arrays = [nibabel.gifti.GiftiDataArray(data, intent=f"NIFTI_INTENT_{kind}") for kind, data in kinds.items()]
    nibabel.save(nibabel.gifti.GiftiImage(darrays=arrays), path)


def test_surfaces_of_templateflow(tmp_path):
    """GIfTI meshes of fsLR in a folder; without sulcal depth there is one grey."""
    points = {hemi: np.random.default_rng(i).random((32_492, 3)) for i, hemi in enumerate("LR")}
    for hemi, own in points.items():
        for kind in ("midthickness", "inflated"):
            write_mesh(tmp_path / f"tpl-fsLR_den-32k_hemi-{hemi}_{kind}.surf.gii", own)
    for density in ("32k", None):
        mesh = load_surface("fsLR", "pial", tmp_path, density)
        for hemi, own in points.items():
            np.testing.assert_allclose(mesh[hemi][0], own, rtol=1e-6)
            assert mesh[hemi][1].tolist() == [[0, 1, 2]]
    depths = load_surface("fsLR", "sulc", tmp_path, "32k")
    assert all(depth.shape == (32_492,) and not depth.any() for depth in depths.values())
    with pytest.raises(BadInput) as error:
        load_surface("fsLR", "pial", tmp_path, "59k")
    assert_bad_input(error, tmp_path, "no such file", "midthickness")


def test_surfaces_that_nilearn_does_not_have():
    """FsLR has no meshes in nilearn."""
    with pytest.raises(BadInput) as error:
        load_surface("fsLR", "pial", density="32k")
    assert_bad_input(error, "surfaces", "null", "a folder")
