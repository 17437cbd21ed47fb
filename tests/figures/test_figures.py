"""Every figure: titles, axes, files, and what it must not hide."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import ConvexHull

from brainforecast.errors import BadInput
from brainforecast.figures.curves import draw_forecast_curves
from brainforecast.figures.layers import draw_layer_scores
from brainforecast.figures.recovery import draw_recovery, planted_regions, recovered_peaks
from brainforecast.figures.region_peaks import draw_region_distances
from brainforecast.figures.regions import draw_region_bars, draw_region_heatmap
from brainforecast.figures.style import save_figure
from brainforecast.figures.surfaces import border_segments, colour_limits, draw_surface_map
from brainforecast.results.selection import rows, subjects_text, word_rate
from helpers.synthetic_tables import CELL, region_targets, run_tables, surface_targets, words
from scripts.figures.plot_curves import plot_curves
from scripts.figures.plot_distances import plot_distances
from scripts.figures.plot_layers import plot_layers
from scripts.figures.plot_recovery import plot_recovery
from scripts.figures.plot_regions import plot_regions

CURVES = [
    {"level": "roi", "roi": "transversetemporal", "label": "auditory"},
    *({"level": "lobe", "roi": lobe} for lobe in ("temporal", "frontal", "occipital")),
]
CATEGORIES = ("region (", "what was planted", "layer of the language model")


@pytest.fixture(scope="module")
def cortex():
    return run_tables(surface_targets(40))


@pytest.fixture(scope="module")
def regions():
    return run_tables(region_targets(12), n_subjects=9)


def drawings(tables: dict, simulated: bool) -> dict:
    """Every figure that can be drawn from region scores."""
    said = {"cell": CELL, "simulated": simulated}
    scores = tables["roi_scores"]
    curves = CURVES if scores["level"].eq("lobe").any() else []
    bars = {**said, "q_level": 0.01}
    return {
        "curves": draw_forecast_curves(scores, curves, word_rate=2.5, **said),
        "R": draw_region_bars(scores, "brain_score", **bars),
        "F": draw_region_bars(scores, "forecast_score", **bars),
        "heat map": draw_region_heatmap(scores, word_rate=2.5, **said),
        "distances": draw_region_distances(tables["targets"], tables["forecast_distance"], word_rate=2.5, **bars),
        "layers": draw_layer_scores(scores, simulated=simulated),
    }


def test_the_noise_ceiling_has_no_curve_over_layers(cortex):
    """The listeners' rows stand among the models', but have one layer that is none."""
    scores = cortex["roi_scores"]
    ceiling = scores.query("score == 'brain_score' and layer == 16").assign(model="listeners", layer=0)
    figure = draw_layer_scores(pd.concat([scores, ceiling]), simulated=True)
    assert [ax.get_title("left") for ax in figure.axes] == ["tiny"]
    assert [float(tick) for tick in figure.axes[0].get_xticks()] == [0, 8, 16]


@pytest.mark.parametrize("simulated", [True, False])
@pytest.mark.parametrize("kind", ["cortex", "regions"])
def test_titles_and_axes(kind, simulated, request):
    """Simulated is said in the title, and only then; n is there; every axis has a label, with a unit if it has one."""
    for name, figure in drawings(request.getfixturevalue(kind), simulated).items():
        title = figure.get_suptitle()
        assert ("imulated" in title) == simulated, name
        assert "n = " in title and "listener" in title, name
        for ax in figure.axes:
            labels = [axis.get_label_text() for axis in (ax.xaxis, ax.yaxis) if axis.get_label_text()]
            assert labels or ax.get_title() or ax.get_title(loc="left"), name
            assert all("(" in label or label.startswith(CATEGORIES) for label in labels), labels


def test_outer_axes_are_labelled(cortex):
    """Words below, seconds above, gain at the left."""
    figure = drawings(cortex, True)["curves"]
    xlabels = {ax.get_xlabel() for ax in figure.axes} | {
        child.get_xlabel() for ax in figure.axes for child in ax.child_axes
    }
    assert {"distance d (words)", "distance (seconds)"} <= xlabels
    assert any("gain in r" in ax.get_ylabel() for ax in figure.axes)


def test_auditory_curve_is_among_the_curves(cortex):
    """A region may stand beside lobes."""
    titles = [ax.get_title(loc="left") for ax in drawings(cortex, True)["curves"].axes]
    assert titles == ["auditory", "temporal", "frontal", "occipital"]


def test_curve_shows_its_twin_and_its_backward_half(cortex):
    """True, shuffled and mirrored lines; the backward half is drawn from the lowest distance on."""
    ax = drawings(cortex, True)["curves"].axes[1]
    lines = {line.get_label(): line for line in ax.lines}
    assert min(lines["true window, 95 % band"].get_xdata()) == -10
    assert "shuffled window, 95 % band" in lines
    mirror = lines["true window, mirrored: F(−d)"]
    true = dict(zip(*lines["true window, 95 % band"].get_data(), strict=True))
    for x, y in zip(*mirror.get_data(), strict=True):
        assert y == true[-x]


def test_highest_point_with_an_interval_over_zero_is_hollow(cortex):
    """A dot whose interval is not above 0 says so."""
    scores = cortex["roi_scores"].assign(ci_low=-1.0)
    figure = draw_forecast_curves(scores, CURVES[:1], cell=CELL, word_rate=2.5, simulated=True)
    assert "not above 0" in figure.axes[0].texts[0].get_text()


def test_hemispheres_are_drawn_apart_where_nothing_pools_them(cortex):
    """Rows of L and R alone give two true lines."""
    scores = cortex["roi_scores"].dropna(subset="hemi")
    figure = draw_forecast_curves(scores, CURVES[1:2], cell=CELL, word_rate=2.5, simulated=True)
    labels = [line.get_label() for line in figure.axes[0].lines]
    assert sum(label.startswith("true window, ") or label.startswith("true, ") for label in labels) >= 2


def test_seconds_are_words_over_rate():
    """300 words between the first onset and the last offset."""
    tables = words().values()
    assert word_rate(tables) == pytest.approx(300 / (299 / 2.5 + 0.4))


def test_bars_are_sorted_and_stars_are_the_significant_ones(regions):
    """As many stars as regions with q below the level."""
    ax = draw_region_bars(regions["roi_scores"], "brain_score", cell=CELL, q_level=0.01, simulated=False).axes[0]
    heights = [patch.get_height() for patch in ax.patches]
    assert heights == sorted(heights, reverse=True) and len(heights) == 12
    scores = rows(regions["roi_scores"], "t", score="brain_score", level="roi", layer=16)
    stars = next(line for line in ax.lines if not isinstance(line.get_marker(), str))
    assert len(stars.get_xdata()) == (scores["q_value"] < 0.01).sum()


def test_colours_of_F_are_symmetric_about_zero(regions):
    """White is 0, on the heat map and on the cortex."""
    figure = draw_region_heatmap(regions["roi_scores"], cell=CELL, word_rate=2.5, simulated=False)
    norm = figure.axes[0].collections[0].norm
    assert norm.vmin == -norm.vmax
    norm = colour_limits(np.array([-0.01, 0.03, np.nan]), "forecastscore")
    assert norm.vmin == -norm.vmax
    assert colour_limits(np.array([-0.01, 0.03]), "brainscore").vmin == 0
    assert colour_limits(np.array([np.nan]), "forecastdistancemasked").vmax == 1


def test_planted_and_recovered_distances(cortex):
    """Kind and distance of each region come from the truth; the peak comes from the subjects."""
    planted = planted_regions(cortex["truth"], cortex["targets"]).set_index(["hemi", "roi"])
    assert planted.loc[("L", "transversetemporal"), "kind"] == "present"
    assert planted.loc[("R", "parstriangularis"), "planted_distance"] == 10
    distances = rows(cortex["subject_roi_distances"], "t", level="roi", source="true")
    found = recovered_peaks(distances, "distance").set_index(["hemi", "roi"])
    peaks = distances.query("hemi == 'L' and roi == 'parstriangularis'")["peak_distance"]
    assert found.loc[("L", "parstriangularis"), "mean"] == pytest.approx(peaks.mean())


def test_recovery_says_simulated_and_rho(cortex):
    """The figure of planted truth is always about simulated data."""
    names = ("truth", "targets", "subject_roi_scores", "subject_roi_distances")
    no_depths = pd.DataFrame(columns=["level", "model", "source", "width", "distance"])
    figure = draw_recovery(*(cortex[name] for name in names), no_depths, cell=CELL, word_rate=2.5)
    assert "Simulated" in figure.get_suptitle() and "distance" in figure.get_suptitle()
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert len(titles) == 2 and "Spearman ρ = 0.9" in titles[0]


def test_cell_that_was_not_scored_is_named(cortex):
    """The line names the column, what is there and what was asked."""
    with pytest.raises(BadInput, match=r"column layer: found only 16.*expected 7"):
        draw_region_heatmap(cortex["roi_scores"], cell={**CELL, "layer": 7}, word_rate=2.5, simulated=True)


def test_number_of_listeners_in_words():
    """One, several, or a range where targets differ."""
    assert subjects_text([1]) == "n = 1 listener"
    assert subjects_text(pd.Series([8, 5, 8])) == "n = 5 to 8 listeners"


@pytest.fixture(scope="module")
def sphere():
    points = np.random.default_rng(0).normal(size=(60, 3))
    points = 50 * points / np.linalg.norm(points, axis=1, keepdims=True)
    return points, ConvexHull(points).simplices


HALVES = lambda sphere: dict.fromkeys("LR", np.where(sphere[0][:, 1] > 0, "front", "back"))  # noqa: E731
ABOUT = {"Name": "Forecast score F(8)", "Cell": "tiny layer 16", "Unit": "gain in r", "MinListeners": "7",
         "WordsPerSecond": "2.5"}  # fmt: skip


@pytest.mark.parametrize("simulated", ["yes", "no"])
def test_surface_map(sphere, simulated, tmp_path):
    """Four views, a colour bar with its unit, triangles as pixels in the SVG, the same bytes twice."""
    z = {hemi: np.where(sphere[0][:, 0] > 30, np.nan, sphere[0][:, 2] / 1000) for hemi in "LR"}
    about = {**ABOUT, "MaxListeners": "8", "Simulated": simulated}
    meshes, sulci = dict.fromkeys("LR", sphere), dict.fromkeys("LR", sphere[0][:, 1])
    written = []
    for turn in ("first", "second"):
        figure = draw_surface_map(z, meshes, sulci, HALVES(sphere), stat="forecastscore", about=about)
        paths = [tmp_path / f"{turn}.{kind}" for kind in ("png", "svg")]
        save_figure(figure, *paths)
        written.append([path.read_bytes() for path in paths])
    assert written[0] == written[1]
    assert b"<image" in written[0][1] and len(written[0][1]) < 2e6
    assert figure.get_suptitle().startswith("Simulated data: forecast") == (simulated == "yes")
    assert "n = 7 to 8 listeners" in figure.get_suptitle()
    assert [ax.get_title() for ax in figure.axes[:4]] == [
        "left, lateral",
        "left, medial",
        "right, medial",
        "right, lateral",
    ]
    assert figure.axes[4].get_xlabel() == "forecast score F (gain in r)"


def test_empty_surface_map_says_so(sphere):
    """Where no vertex passes, the cortex is grey and the colour bar says why."""
    about = {**ABOUT, "Unit": "words", "MaxListeners": "8", "Simulated": "no"}
    none = dict.fromkeys("LR", np.full(60, np.nan))
    meshes, sulci = dict.fromkeys("LR", sphere), dict.fromkeys("LR", np.ones(60))
    figure = draw_surface_map(none, meshes, sulci, HALVES(sphere), stat="forecastdistancemasked", about=about)
    bar = figure.axes[4]
    assert "no vertex to show" in bar.get_xlabel()
    assert [child.get_xlabel() for child in bar.child_axes] == ["seconds"]


def test_borders_run_between_regions(sphere):
    """Every end of a segment lies in the middle of an edge whose ends have different names."""
    coordinates, faces = sphere
    names = HALVES(sphere)["L"]
    segments, outward = border_segments(sphere, names)
    pairs = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    crossed = pairs[names[pairs[:, 0]] != names[pairs[:, 1]]]
    middles = {tuple(np.round(coordinates[pair].mean(axis=0), 6)) for pair in crossed}
    assert {tuple(np.round(end, 6)) for end in segments.reshape(-1, 3)} == middles
    assert ((segments.mean(axis=1) * outward).sum(axis=1) > 0).all()
    assert len(border_segments(sphere, np.full(60, "one"))[0]) == 0


def test_scripts_write_the_same_bytes_twice(cortex, regions, tmp_path):
    """Each script reads tables and writes PNG and SVG without a date."""
    for turn in ("first", "second"):
        write_all(cortex, regions, tmp_path / turn)
    first = sorted((tmp_path / "first").glob("*.[ps][nv]g"))
    assert len(first) == 14
    for path in first:
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes(), path.name
        assert path.stat().st_size > 5_000


def write_all(cortex: dict, regions: dict, folder) -> None:
    folder.mkdir()
    both = lambda name: [folder / f"{name}.png", folder / f"{name}.svg"]  # noqa: E731
    at = lambda name: folder / f"{name}.parquet"  # noqa: E731
    for name, table in cortex.items():
        if name not in ("exclusions",):
            table.to_parquet(at(name))
    for story, table in words().items():
        table.to_parquet(at(story))
    for name in ("targets", "forecast_distance"):
        regions[name].to_parquet(at(f"region_{name}"))
    said = {"cell": CELL, "simulated": True}
    stories = [at(story) for story in words()]
    plot_curves(at("roi_scores"), stories, both("curves"), figure="forecast_curves", curves=CURVES, **said)
    plot_regions(at("roi_scores"), stories, both("R"), both("F"), both("heat"), q_level=0.01, **said)
    plot_distances(at("region_targets"), at("region_forecast_distance"), stories, both("d"), q_level=0.01, **said)
    plot_layers(at("roi_scores"), both("layers"), simulated=True)
    tables = ("truth", "targets", "subject_roi_scores", "subject_roi_distances")
    truth, targets, scores, distances = map(at, tables)
    depths = folder / "depths.parquet"
    pd.DataFrame(columns=["level", "model", "source", "width", "distance"]).to_parquet(depths)
    plot_recovery(truth, targets, [scores], [distances], [depths], stories, both("recovery"), cell=CELL)
