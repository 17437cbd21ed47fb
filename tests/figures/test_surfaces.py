"""Maps on the cortex."""

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from brainforecast.figures.map_style import Beside, Scale, as_drawn, scale_of
from brainforecast.figures.style import save_figure
from brainforecast.figures.surfaces import VIEWS, border_segments, draw_surface_map, face_colours, outward_normals

METADATA = {"Name": "Forecast score F(8)", "Cell": "tiny layer 16", "Units": "gain in r", "MinSubjects": "7",
            "MaxSubjects": "8", "WordsPerSecond": "2.5", "QLevel": "0.05", "Simulated": "no",
            "StatisticalTest": "one-sided test over subjects: F(8) - F(0) is above 0"}  # fmt: skip
WORDS = {"Units": "words", "ScoredValues": "[-10, 0, 20]"}
LAYERS = {"Units": "layer", "ScoredValues": "[0, 4, 16, 30]"}


@pytest.fixture(scope="module")
def sphere():
    """Vertices and faces of a mesh."""
    points = np.random.default_rng(0).normal(size=(60, 3))
    points = 50 * points / np.linalg.norm(points, axis=1, keepdims=True)
    return points, ConvexHull(points).simplices


def halves(sphere) -> dict:
    """Two names, front and back, for the vertices of both hemispheres."""
    return dict.fromkeys("LR", np.where(sphere[0][:, 1] > 0, "front", "back"))


def draw(sphere, values, stat="forecastscore", beside=None, **changed):
    """The figure of a map of two spheres: the same values (60,) in both hemispheres."""
    meshes, sulci = dict.fromkeys("LR", sphere), dict.fromkeys("LR", sphere[0][:, 1])
    drawn = as_drawn(stat, dict.fromkeys("LR", values), METADATA | changed, beside)
    return draw_surface_map(drawn, meshes, sulci, halves(sphere), halves(sphere))


@pytest.mark.parametrize("simulated", ["yes", "no"])
def test_surface_map(sphere, simulated, tmp_path):
    """Six views, a colour bar with its unit, triangles as pixels in the SVG, the same bytes twice."""
    z = np.where(sphere[0][:, 0] > 30, np.nan, sphere[0][:, 2] / 1000)
    written = []
    for turn in ("first", "second"):
        figure = draw(sphere, z, Simulated=simulated)
        paths = [tmp_path / f"{turn}.{kind}" for kind in ("png", "svg")]
        save_figure(figure, *paths)
        written.append([path.read_bytes() for path in paths])
    assert written[0] == written[1]
    assert b"<image" in written[0][1] and len(written[0][1]) < 2e6
    assert figure.get_suptitle().startswith("Simulated data: forecast") == (simulated == "yes")
    assert "n = 7 to 8 subjects" in figure.get_suptitle()
    names = [f"{side}, {view}" for side in ("left", "right") for view in ("lateral", "medial", "ventral")]
    assert [ax.get_title() for ax in figure.axes[:6]] == names
    assert figure.axes[6].get_xlabel() == "forecast score F (gain in r)"


def test_brains_have_the_same_place_and_size_in_every_map(sphere):
    """Whatever stands on the bar; all views have one scale in mm."""
    maps = [
        draw(sphere, sphere[0][:, 2]),
        draw(sphere, np.full(60, np.nan), "forecastdistance", **WORDS),
        draw(sphere, np.full(60, 4.0), "bestlayer", **LAYERS),
    ]
    boxes = [[ax.get_position().bounds for ax in figure.axes[:6]] for figure in maps]
    assert boxes[0] == boxes[1] == boxes[2] and len({figure.get_figheight() for figure in maps}) == 1
    spans = {
        tuple(np.round([*np.ptp(ax.get_xlim()).ravel(), *np.ptp(ax.get_ylim()).ravel()], 9)) for ax in maps[0].axes[:6]
    }
    assert len(spans) == 1
    width, height = np.array(maps[0].axes[0].get_position().size) * maps[0].get_size_inches()
    assert width / height == pytest.approx(np.divide(*spans.pop()))


def test_targets_that_do_not_pass_show_the_sulci(sphere):
    """Colour where all corners have q below the level, whatever the sign; grey in all other triangles."""
    y = sphere[0][:, 1]
    test = dict.fromkeys("LR", np.where(y > 0, 2.0, 1.0).astype(np.float32))
    figure = draw(sphere, np.where(sphere[0][:, 0] > 0, 0.1, -0.1), beside=Beside(test=test))
    drawn = as_drawn("forecastscore", dict.fromkeys("LR", sphere[0][:, 2]), METADATA, Beside(test=test))
    colours = face_colours(drawn.shown["L"], y, sphere[1], drawn.scale)
    is_grey = np.ptp(colours[:, :3], axis=1) == 0
    np.testing.assert_array_equal(is_grey, ~(y > 0)[sphere[1]].all(axis=1))
    caption = " ".join(figure.caption.paragraphs)
    n = 2 * (y > 0).sum()
    assert "q < 0.05" in caption and f"{n} of 120 vertices" in caption and "Red" in caption and "Blue" in caption


@pytest.mark.parametrize(("n", "text"), [("1", "One subject"), ("4", "smallest p of the test is 0.12")])
def test_without_a_test_that_can_pass_there_is_no_threshold(sphere, n, text):
    """One subject has no test; of four, no q can be below .05: all values are shown, and the caption has why."""
    beside = Beside(test=dict.fromkeys("LR", np.ones(60, np.float32))) if n == "4" else None
    figure = draw(sphere, sphere[0][:, 2], "brainscore", beside, MinSubjects=n, MaxSubjects=n, Units="Pearson r")
    caption = " ".join(figure.caption.paragraphs)
    assert "No threshold" in caption and text in caption and "Colour where" not in caption


def test_a_map_of_q_has_a_sign_and_its_level_on_the_bar():
    """q of .05 is inside the limits although all q are larger; blue where what was tested is below 0."""
    q = dict.fromkeys("LR", np.full(4, 0.5))
    sign = dict.fromkeys("LR", np.array([1.0, -1, 1, -1]))
    drawn = as_drawn("forecastscoreq", q, METADATA | {"Units": "-log10 q"}, Beside(sign=sign))
    np.testing.assert_array_equal(drawn.values["L"], [0.5, -0.5, 0.5, -0.5])
    level = -np.log10(0.05)
    assert drawn.scale.norm.vmax > level and drawn.scale.norm.vmin < -level
    assert drawn.scale.marks == (-level, level) and not drawn.passes["L"].any()


def test_maps_that_are_compared_have_one_scale():
    """F of all windows; d* with and without its mask, which spans the scored distances; layers one colour each."""
    one, other = dict.fromkeys("LR", np.full(4, 0.1)), dict.fromkeys("LR", np.full(4, -0.3))
    limits = [
        as_drawn(stat, values, METADATA, Beside(alike={"x": beside})).scale.norm.vmax
        for stat, values, beside in (("forecastscore", one, other), ("syntacticscore", other, one))
    ]
    assert limits == [0.3, 0.3]
    for stat in ("forecastdistance", "forecastdistancemasked"):
        norm = scale_of(stat, [one], METADATA | WORDS).norm
        assert (norm.vmin, norm.vmax) == (-10, 20)
    scale = scale_of("forecastdepthmasked", [one], METADATA | LAYERS)
    assert scale.layers == (0, 4, 16, 30) and len(scale.norm.boundaries) == 5
    assert len({tuple(scale.cmap(scale.norm(layer))) for layer in scale.layers}) == 4


def test_the_bar_of_layers_has_the_layers_that_were_scored(sphere):
    """A tick for each, and no other."""
    bar = draw(sphere, np.full(60, 4.0), "bestlayer", **LAYERS).axes[6]
    assert [label.get_text() for label in bar.get_xticklabels()] == ["0", "4", "16", "30"]


def test_the_description_is_of_what_is_drawn(sphere):
    """The region with the highest mean, the lobe near 0, and the share that is coloured."""
    y = sphere[0][:, 1]
    test = dict.fromkeys("LR", np.where(y > 0, 2.0, 0.0).astype(np.float32))
    alt = draw(sphere, np.where(y > 0, 0.12, 0.001), "brainscore", Beside(test=test), Units="Pearson r").caption.alt
    share = round(100 * (y > 0).mean())
    assert alt.startswith("Highest in left front (R = 0.12), near 0 in the back lobe.")
    assert f"{share} % of the vertices are coloured" in alt


def test_triangles_at_the_back_of_a_closed_mesh_are_left_out(sphere):
    """Those whose normal points away from the eye, whichever way round triangles are numbered."""
    points, faces = sphere
    middle = points[faces].mean(axis=1)
    normal = np.cross(points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]])
    outward = np.where((normal * middle).sum(axis=1, keepdims=True) > 0, faces, faces[:, ::-1])
    for turned in (outward, outward[:, ::-1]):
        assert ((outward_normals((points, turned)) * middle).sum(axis=1) > 0).all()
    assert outward_normals((points, faces)) is None  # triangles of a hull turn either way
    assert outward_normals((points, outward[1:])) is None  # a hole to look through


def test_empty_surface_map_is_labelled(sphere):
    """Where no vertex passes, the cortex is grey and the colour bar states it."""
    figure = draw(sphere, np.full(60, np.nan), "forecastdistancemasked", **WORDS)
    bar = figure.axes[6]
    assert "no vertex to show" in bar.get_xlabel() and figure.caption.alt.startswith("All is grey")
    assert [child.get_xlabel().split()[0] for child in bar.child_axes] == ["seconds"]


def test_colours_of_maps():
    """Those of F are white at 0, those of R start at 0; a map without values has limits too."""
    norm = scale_of("forecastscore", [{"L": np.array([-0.01, 0.03, np.nan])}], METADATA).norm
    assert norm.vmin == -norm.vmax
    metadata = METADATA | {"Units": "Pearson r"}
    assert scale_of("brainscore", [{"L": np.array([-0.01, 0.03])}], metadata).norm.vmin == 0
    assert scale_of("brainscore", [{"L": np.array([np.nan])}], metadata).norm.vmax == 1


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
    """The nearest triangle covers all; what is at the front, on top or outside is where the view has it."""
    figure = draw(sphere, np.ones(60))
    middles = sphere[0][sphere[1]].mean(axis=1)  # (n_faces, 3)
    towards = {"L lateral": (0, -1), "L medial": (0, 1), "L ventral": (2, -1),
               "R lateral": (0, 1), "R medial": (0, -1), "R ventral": (2, -1)}  # fmt: skip
    page = {  # the axes to the right and up on the page, with their signs
        "L lateral": ([1, 2], [-1, 1]), "L medial": ([1, 2], [1, 1]), "L ventral": ([1, 0], [-1, -1]),
        "R lateral": ([1, 2], [1, 1]), "R medial": ([1, 2], [-1, 1]), "R ventral": ([1, 0], [1, 1]),
    }  # fmt: skip
    for ax, (name, (axis, sign)) in zip(figure.axes[:6], towards.items(), strict=True):
        last = ax.collections[0].get_paths()[-1].vertices[:3].mean(axis=0)
        nearest = middles[(middles[:, axis] * sign).argmax()]
        axes, signs = page[name]
        np.testing.assert_allclose(last, nearest[axes] * signs)
    assert list(VIEWS) == ["lateral", "medial", "ventral"]


def test_a_triangle_has_the_colour_of_its_median():
    """One without a value at a corner is grey, the deeper, the darker; between two signs it is no white."""
    faces = np.array([[0, 1, 2], [1, 2, 3], [0, 1, 1], [1, 1, 1], [4, 4, 1]])
    values, depth = np.array([np.nan, 0.0, 1.0, 2.0, -1.0]), np.array([3.0, 2.0, 1.0, 0.0, 0.0])
    scale = scale_of("forecastscore", [{"L": values}], METADATA)
    colours = face_colours(values, depth, faces, scale)
    np.testing.assert_array_equal(colours[1], scale.cmap(scale.norm(1.0)))
    np.testing.assert_array_equal(colours[4], scale.cmap(scale.norm(-1.0)))
    assert (colours[[0, 2], 0] == colours[[0, 2], 1]).all() and colours[2, 0] < colours[0, 0]
    assert isinstance(scale, Scale)
