"""Where targets lie, written and read back."""

import numpy as np
from nibabel.cifti2 import ParcelsAxis

from brainforecast.storage.geometry import (
    GRAYORDINATES,
    PARCELS,
    VOXELS,
    Geometry,
    cifti_xml,
    read_geometry,
    write_geometry,
)
from helpers.brain_files import AFFINE, N_SMALL, SHAPE, brain_models


def test_geometry_reads_back(tmp_path):
    """The same geometry, and the same bytes for the same content."""
    axis = brain_models(cortex={"L": np.arange(7, 500), "R": np.arange(642)})
    geometry = Geometry(GRAYORDINATES, "fsLR", "32k", N_SMALL, cifti=cifti_xml(axis), notes=("one", "two"))
    for name in "ab":
        write_geometry(geometry, tmp_path / f"{name}.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    found = read_geometry(tmp_path / "a.json")
    assert found.cifti_axis() == axis
    assert (found.kind, found.space, found.density, found.n_vertices) == (GRAYORDINATES, "fsLR", "32k", N_SMALL)
    assert tuple(found.notes) == ("one", "two")


def test_parcels_read_back():
    """The axis of parcels has their names and vertices."""
    vertices = [{"CIFTI_STRUCTURE_CORTEX_LEFT": np.array([1, 2])}, {"CIFTI_STRUCTURE_CORTEX_LEFT": np.array([5])}]
    axis = ParcelsAxis(["a", "b"], [np.empty((0, 3), int)] * 2, vertices, nvertices={"CIFTI_STRUCTURE_CORTEX_LEFT": 9})
    assert Geometry(PARCELS, cifti=cifti_xml(axis)).cifti_axis() == axis


def test_values_in_an_image():
    """Each voxel gets its own value, all others NaN."""
    geometry = Geometry(VOXELS, shape=list(SHAPE), affine=AFFINE.tolist())
    image = geometry.image(np.array([1.5, 2.5]), np.array([0, 209]))
    values = image.get_fdata()
    assert (values[0, 0, 0], values[-1, -1, -1]) == (1.5, 2.5)
    assert np.isfinite(values).sum() == 2
    np.testing.assert_array_equal(image.affine, AFFINE)
