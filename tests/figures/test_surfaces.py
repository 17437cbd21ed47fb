"""Maps on the cortex."""

import numpy as np
import pytest
from matplotlib import colormaps
from scipy.spatial import ConvexHull

from brainforecast.figures.map_style import colour_limits
from brainforecast.figures.style import save_figure
from brainforecast.figures.surfaces import border_segments, draw_surface_map, face_colours, facing

METADATA = {"Name": "Forecast score F(8)", "Cell": "tiny layer 16", "Units": "gain in r", "MinSubjects": "7",
            "WordsPerSecond": "2.5"}  # fmt: skip


@pytest.fixture(scope="module")
def sphere():
    """Vertices and faces of a mesh."""
    points = np.random.default_rng(0).normal(size=(60, 3))
    points = 50 * points / np.linalg.norm(points, axis=1, keepdims=True)
    return points, ConvexHull(points).simplices


def halves(sphere) -> dict:
    """Two names, front and back, for the vertices of both hemispheres."""
    return dict.fromkeys("LR", np.where(sphere[0][:, 1] > 0, "front", "back"))


@pytest.mark.parametrize("simulated", ["yes", "no"])
def test_surface_map(sphere, simulated, tmp_path):
    """Four views, a colour bar with its unit, triangles as pixels in the SVG, the same bytes twice."""
    z = {hemi: np.where(sphere[0][:, 0] > 30, np.nan, sphere[0][:, 2] / 1000) for hemi in "LR"}
    metadata = {**METADATA, "MaxSubjects": "8", "Simulated": simulated}
    meshes, sulci = dict.fromkeys("LR", sphere), dict.fromkeys("LR", sphere[0][:, 1])
    written = []
    for turn in ("first", "second"):
        figure = draw_surface_map(z, meshes, sulci, halves(sphere), stat="forecastscore", metadata=metadata)
        paths = [tmp_path / f"{turn}.{kind}" for kind in ("png", "svg")]
        save_figure(figure, *paths)
        written.append([path.read_bytes() for path in paths])
    assert written[0] == written[1]
    assert b"<image" in written[0][1] and len(written[0][1]) < 2e6
    assert figure.get_suptitle().startswith("Simulated data: forecast") == (simulated == "yes")
    assert "n = 7 to 8 subjects" in figure.get_suptitle()
    assert [ax.get_title() for ax in figure.axes[:4]] == [
        "left, lateral",
        "left, medial",
        "right, medial",
        "right, lateral",
    ]
    assert figure.axes[4].get_xlabel() == "forecast score F (gain in r)"


def test_triangles_at_the_back_of_a_closed_mesh_are_left_out(sphere):
    """Those whose normal points away from the eye, whichever way round triangles are numbered."""
    points, faces = sphere
    middle = points[faces].mean(axis=1)
    normal = np.cross(points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]])
    outward = np.where((normal * middle).sum(axis=1, keepdims=True) > 0, faces, faces[:, ::-1])
    for eye in (-1, 1):
        seen = np.sign((normal * middle).sum(axis=1)) * normal[:, 0] * eye > 0
        np.testing.assert_array_equal(facing((points, outward), eye), seen)
        np.testing.assert_array_equal(facing((points, outward[:, ::-1]), eye), seen)
    assert facing((points, faces), 1).all()  # triangles of a hull turn either way
    assert facing((points, outward[1:]), 1).all()  # a hole to look through


def test_empty_surface_map_is_labelled(sphere):
    """Where no vertex passes, the cortex is grey and the colour bar states it."""
    metadata = {**METADATA, "Units": "words", "MaxSubjects": "8", "Simulated": "no"}
    none = dict.fromkeys("LR", np.full(60, np.nan))
    meshes, sulci = dict.fromkeys("LR", sphere), dict.fromkeys("LR", np.ones(60))
    figure = draw_surface_map(none, meshes, sulci, halves(sphere), stat="forecastdistancemasked", metadata=metadata)
    bar = figure.axes[4]
    assert "no vertex to show" in bar.get_xlabel()
    assert [child.get_xlabel() for child in bar.child_axes] == ["seconds"]


def test_colours_of_maps():
    """Those of F are white at 0, those of R start at 0; a map without values has limits too."""
    norm = colour_limits(np.array([-0.01, 0.03, np.nan]), "forecastscore")
    assert norm.vmin == -norm.vmax
    assert colour_limits(np.array([-0.01, 0.03]), "brainscore").vmin == 0
    assert colour_limits(np.array([np.nan]), "forecastdistancemasked").vmax == 1


def test_borders_run_between_regions(sphere):
    """Every end of a segment lies in the middle of an edge whose ends have different names."""
    coordinates, faces = sphere
    names = halves(sphere)["L"]
    segments, outward = border_segments(sphere, names)
    pairs = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    crossed = pairs[names[pairs[:, 0]] != names[pairs[:, 1]]]
    middles = {tuple(np.round(coordinates[pair].mean(axis=0), 6)) for pair in crossed}
    assert {tuple(np.round(end, 6)) for end in segments.reshape(-1, 3)} == middles
    assert ((segments.mean(axis=1) * outward).sum(axis=1) > 0).all()
    assert len(border_segments(sphere, np.full(60, "one"))[0]) == 0


def test_triangles_are_seen_from_the_side_of_the_view(sphere):
    """In the lateral view of the left hemisphere the nearest triangle, covers all; its front is on the left."""
    metadata = {**METADATA, "MaxSubjects": "8", "Simulated": "no"}
    meshes, flat = dict.fromkeys("LR", sphere), dict.fromkeys("LR", np.ones(60))
    figure = draw_surface_map(flat, meshes, flat, halves(sphere), stat="brainscore", metadata=metadata)
    middles = sphere[0][sphere[1]].mean(axis=1)  # (n_faces, 3)
    for ax, eye in zip(figure.axes[:4], (-1, 1, -1, 1), strict=True):
        last = ax.collections[0].get_paths()[-1].vertices[:3].mean(axis=0)
        nearest = middles[(middles[:, 0] * eye).argmax()]
        np.testing.assert_allclose(last, nearest[1:] * [eye, 1])


def test_a_triangle_has_the_colour_of_its_mean_value():
    """One without a value at a corner is grey; the deeper, the darker."""
    faces, norm = (
        np.array([[0, 1, 2], [1, 2, 3], [0, 1, 1], [1, 1, 1]]),
        colour_limits(np.array([0, 3.0]), "brainscore"),
    )
    values, depth = np.array([np.nan, 0.0, 1.0, 2.0]), np.array([3.0, 2.0, 1.0, 0.0])
    colours = face_colours(values, depth, faces, cmap="viridis", norm=norm)
    np.testing.assert_array_equal(colours[1], colormaps["viridis"](norm(1.0)))
    assert (colours[[0, 2], 0] == colours[[0, 2], 1]).all() and colours[2, 0] < colours[0, 0]
