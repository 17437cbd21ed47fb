"""Surface spaces by name, density and size."""

import pytest

from brainforecast.dataset.formats import check_space
from brainforecast.dataset.spaces import SPACES, SURFACES, find_surface, fits, n_vertices
from brainforecast.errors import BadInput
from helpers.datasets import assert_bad_input


def test_sizes_are_those_of_icosahedra():
    """FreeSurfer's spheres have 10 * 4^k + 2 vertices; every name of the table is unique."""
    of_freesurfer = {surface.alias: surface.n_vertices for surface in SURFACES if surface.alias}
    names = ["fsaverage3", "fsaverage4", "fsaverage5", "fsaverage6", "fsaverage"]
    assert of_freesurfer == {name: 10 * 4**k + 2 for k, name in enumerate(names, start=3)}
    assert len({(surface.template, surface.density) for surface in SURFACES}) == len(SURFACES)


@pytest.mark.parametrize(
    ("space", "density", "n", "name"),
    [
        ("fsaverage5", None, 10_242, "fsaverage5"),
        ("fsaverage", None, 163_842, "fsaverage"),
        ("fsaverage", "10k", 10_242, "fsaverage5"),
        ("fsaverage", "41k", 40_962, "fsaverage6"),
        ("fsaverage6", "41k", 40_962, "fsaverage6"),
        ("fsLR", "32k", 32_492, "fsLR (den-32k)"),
        ("fsLR", "91k", 32_492, "fsLR (den-32k)"),
        ("fsLR", "170k", 59_292, "fsLR (den-59k)"),
        ("fsLR", "164k", 163_842, "fsLR (den-164k)"),
    ],
)
def test_names_and_densities(space, density, n, name):
    """FreeSurfer's names, TemplateFlow's, and the grayordinates of CIFTI files."""
    assert n_vertices(space, density) == n
    assert str(find_surface(space, density)) == name


def test_density_by_size():
    """Where a space has several, the vertices of a run decide; without them it is open."""
    assert find_surface("fsLR") is None
    assert find_surface("fsLR", n_vertices=59_292).density == "59k"
    assert find_surface("fsaverage", n_vertices=10_242).density == "164k"  # its own name says so; the run is refused
    with pytest.raises(BadInput) as error:
        find_surface("fsLR", n_vertices=10_242)
    assert_bad_input(error, "dataset.space", "10,242 vertices (those of fsaverage5)", "32,492 (32k)")
    with pytest.raises(BadInput) as error:
        n_vertices("fsLR")
    assert_bad_input(error, "dataset.entities.den", "nothing", "32k, 59k or 164k")


def test_unknown_names():
    """A space or density that is not in the table, with the nearest one."""
    with pytest.raises(BadInput) as error:
        find_surface("fsaverage7")
    assert_bad_input(error, "dataset.space", "fsaverage7", ", ".join(SPACES), "nearest is fsaverage")
    with pytest.raises(BadInput) as error:
        find_surface("fsLR", "10k")
    assert_bad_input(error, "dataset.entities.den", "10k", "a density of fsLR", "nearest is")
    with pytest.raises(BadInput) as error:
        find_surface("fsaverage5", "41k")
    assert_bad_input(error, "dataset.entities.den", "41k", "one of 10k")


def test_remarks_on_sizes():
    """164k is a size of two spaces; most numbers are those of none."""
    assert fits(163_842) == " (those of fsaverage or fsLR (den-164k))"
    assert fits(100) == " (those of no known space)"


@pytest.mark.parametrize(
    ("response", "space", "parts"),
    [
        ("surface", None, ["nothing", "fsaverage5"]),
        ("surface", "MNI152NLin6Asym", ["MNI152NLin6Asym", "a surface space"]),
        ("dtseries", "fslr", ["fslr", "nearest is fsLR"]),
        ("volume", None, ["nothing", "MNI152NLin2009cAsym"]),
        ("volume", "fsaverage5", ["fsaverage5", "a template of volumes"]),
    ],
)
def test_spaces_that_responses_cannot_have(response, space, parts):
    """A missing space, and one of another kind."""
    with pytest.raises(BadInput) as error:
        check_space(response, space)
    assert_bad_input(error, "dataset.space", *parts)


def test_spaces_that_responses_can_have():
    """Any template of volumes, a subject's own surface, none for tables."""
    for response, space in [("volume", "MNIColin27"), ("surface", "fsnative"), ("region", None), ("matrix", None)]:
        check_space(response, space)
