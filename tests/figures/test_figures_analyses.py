"""Figures of the single analyses: what is drawn is what the tables hold."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from brainforecast.figures.curves import draw_forecast_curves, draw_forecast_depths, draw_sources, sources_in_order
from brainforecast.figures.recovery import draw_recovery
from brainforecast.figures.region_peaks import draw_region_depths, draw_region_distances, draw_region_values
from brainforecast.figures.regions import draw_region_bars, draw_region_heatmap
from brainforecast.figures.style import ACCENT, SOURCE_COLOURS
from brainforecast.figures.symmetry import draw_symmetry
from brainforecast.figures.widths import draw_widths
from brainforecast.results.maps import Map
from helpers.synthetic_analyses import CEILING, DEPTHS, SOURCES, WIDTHS, all_tables, without_rows
from helpers.synthetic_tables import CELL, region_targets, surface_targets, words
from scripts.figures.plot_curves import plot_curves
from scripts.figures.plot_depths import plot_depths
from scripts.figures.plot_region_depths import plot_region_depths
from scripts.figures.plot_region_values import TABLES, plot_region_values
from scripts.figures.plot_symmetry import plot_symmetry
from scripts.figures.plot_widths import plot_widths

CURVES = [{"level": "lobe", "roi": "temporal"}, {"level": "lobe", "roi": "frontal", "label": "front"}]
RATE, Q = 2.5, 0.01


@pytest.fixture(scope="module")
def cortex():
    return all_tables(surface_targets(40))


@pytest.fixture(scope="module")
def regions():
    return all_tables(region_targets(12))


def group_of(tables: dict, **equal) -> pd.DataFrame:
    """Rows of the pooled temporal lobe."""
    table = tables["roi_scores"].query("roi == 'temporal' and score == 'forecast_score' and model == 'tiny'")
    for column, value in equal.items():
        table = table[table[column] == value]
    return table[table["hemi"].isna()]


def lines_of(ax) -> dict:
    """Lines by their label."""
    return {line.get_label(): line for line in ax.lines}


def draw_all(cortex: dict, regions: dict, simulated: bool) -> dict:
    """Every figure of this file."""
    said = {"cell": CELL, "simulated": simulated}
    tested = {**said, "q_level": Q}
    scores = cortex["roi_scores"]
    sides = (cortex["subject_roi_distances"], cortex["symmetry"])
    return {
        "depths": draw_forecast_depths(scores, CURVES, **said),
        "sources": draw_sources(scores, CURVES, word_rate=RATE, **said),
        "widths": draw_widths(cortex["widths"], scores, CURVES, word_rate=RATE, **tested),
        "symmetry": draw_symmetry(*sides, word_rate=RATE, **tested),
        "region depths": draw_region_depths(regions["targets"], regions["forecast_depth"], **tested),
    }


@pytest.mark.parametrize("simulated", [True, False])
def test_simulated_and_n_are_in_the_title(cortex, regions, simulated):
    """Simulated is said, and only then; the number of listeners always; axes that hold something are labelled."""
    for name, figure in draw_all(cortex, regions, simulated).items():
        assert figure.get_suptitle().startswith("Simulated data: ") == simulated, name
        assert "n = 8 listeners" in figure.get_suptitle(), name
        assert any("(" in ax.get_xlabel() for ax in figure.axes), name


def test_depth_curve_is_the_table(cortex):
    """F at the distance of the depth map against the layer, beside the shuffled window, with its highest layer."""
    ax = draw_forecast_depths(cortex["roi_scores"], CURVES, cell=CELL, simulated=True).axes[0]
    for source in ("true", "shuffled"):
        wanted = group_of(cortex, source=source, distance=8, width=7).sort_values("layer")
        line = lines_of(ax)[f"{source} window, 95 % band"]
        np.testing.assert_array_equal(line.get_xdata(), [0, 8, 16])
        np.testing.assert_allclose(line.get_ydata(), wanted["mean"])
    best = group_of(cortex, source="true", distance=8, width=7).set_index("layer")["mean"].idxmax()
    assert ax.texts[0].get_text() == f"highest: layer {best}"


def test_every_source_is_drawn_in_its_colour(cortex):
    """One line per source of the told layer and width; the axis is in words and in seconds."""
    figure = draw_sources(cortex["roi_scores"], CURVES, cell=CELL, word_rate=RATE, simulated=True)
    lines = lines_of(figure.axes[0])
    assert {"true", "shuffled", *SOURCES} <= lines.keys()
    for source in ("true", "shuffled", *SOURCES):
        wanted = group_of(cortex, source=source, layer=16, width=7).sort_values("distance")
        np.testing.assert_allclose(lines[source].get_ydata(), wanted["mean"])
        assert to_hex(lines[source].get_color()).upper() == SOURCE_COLOURS[source]
    seconds = figure.axes[0].child_axes[0]
    assert seconds.get_xlabel() == "distance (seconds)"
    figure.draw_without_rendering()
    assert seconds.get_xlim()[1] == pytest.approx(figure.axes[0].get_xlim()[1] / RATE)


@pytest.mark.parametrize("source", ["true", *SOURCES])
def test_curves_are_those_of_the_told_source(cortex, source):
    """Maps told of another source than the words heard have its curve, and its name, beside the shuffled one."""
    told = {"cell": CELL | {"source": source}, "word_rate": RATE, "simulated": True}
    figure = draw_forecast_curves(cortex["roi_scores"], CURVES, **told)
    lines = lines_of(figure.axes[0])
    wanted = group_of(cortex, source=source, layer=16, width=7).sort_values("distance")
    np.testing.assert_allclose(lines[f"{source} window, 95 % band"].get_ydata(), wanted["mean"])
    assert {label.split()[0] for label in lines if "window" in label} == {source, "shuffled"}
    assert (f"{source} window of 7" in figure.get_suptitle()) == (source != "true")


def test_a_source_without_a_colour_comes_last():
    """A source that is new still has its line."""
    assert sources_in_order(pd.DataFrame({"source": ["zebra", "shuffled", "true"]})) == ["true", "shuffled", "zebra"]


def test_widths_and_single_words_are_the_tables(cortex):
    """Left the table of widths, right the rows of width 1; dots are filled where q is below the level."""
    figure = draw_widths(
        cortex["widths"], cortex["roi_scores"], CURVES, cell=CELL, q_level=Q, word_rate=RATE, simulated=True
    )
    left, right = figure.axes[:2]
    wanted = cortex["widths"].query("roi == 'temporal' and width > 1")
    wanted = wanted[wanted["hemi"].isna()].set_index("width")["mean"]
    drawn = dict(zip(*lines_of(left)["true"].get_data(), strict=True))
    assert set(drawn) == set(WIDTHS)
    np.testing.assert_allclose([drawn[width] for width in wanted.index], wanted)
    single = group_of(cortex, source="true", width=1).sort_values("distance")
    np.testing.assert_array_equal(lines_of(right)["true"].get_xdata(), range(11))
    np.testing.assert_allclose(lines_of(right)["true"].get_ydata(), single["mean"])
    dots = right.collections[-1].get_facecolors()
    assert (dots[:, :3] != 1).any(axis=1).sum() == (single["q_value"] < Q).sum()


def test_widths_without_rows_say_so(cortex):
    """A run of single words only, or of widths only, draws what it has."""
    scores = cortex["roi_scores"]
    said = {"cell": CELL, "q_level": Q, "word_rate": RATE, "simulated": True}
    figure = draw_widths(cortex["widths"].iloc[:0], scores, CURVES, **said)
    assert [text.get_text() for text in figure.axes[0].texts] == ["not scored"]
    figure = draw_widths(cortex["widths"], scores[scores["width"] != 1], CURVES, **said)
    assert [text.get_text() for text in figure.axes[1].texts] == ["not scored"]


def test_symmetry_is_left_against_right(cortex):
    """Each dot the mean d* of a region on both sides; the one that differs is filled and named."""
    figure = draw_symmetry(
        cortex["subject_roi_distances"], cortex["symmetry"], cell=CELL, q_level=Q, word_rate=RATE, simulated=True
    )
    ax = figure.axes[0]
    table = cortex["subject_roi_distances"].query("level == 'roi' and source == 'true' and layer == 16")
    means = table.groupby(["roi", "hemi"])["forecast_distance"].mean().unstack()
    np.testing.assert_allclose(ax.collections[0].get_offsets(), means[["L", "R"]])
    assert [text.get_text() for text in ax.texts] == ["1", "1 lingual"]
    assert "1 of 8 regions differ" in figure.get_suptitle()
    assert {child.get_xlabel() or child.get_ylabel() for child in ax.child_axes} == {
        "left (seconds)",
        "right (seconds)",
    }


def test_symmetry_without_tests_fills_nothing(cortex):
    """No row of the test: no region is said to differ."""
    figure = draw_symmetry(
        cortex["subject_roi_distances"],
        without_rows(cortex)["symmetry"],
        cell=CELL,
        q_level=Q,
        word_rate=RATE,
        simulated=True,
    )
    assert "0 of 8 regions differ" in figure.get_suptitle() and [t.get_text() for t in figure.axes[0].texts] == [""]


def test_region_peaks_are_the_tables(regions):
    """d* and k* of every region in order, filled where the mask passes; seconds beside words."""
    for name, draw, extra in (
        ("forecast_distance", draw_region_distances, {"word_rate": RATE}),
        ("forecast_depth", draw_region_depths, {}),
    ):
        ax = draw(regions["targets"], regions[name], cell=CELL, q_level=Q, simulated=False, **extra).axes[0]
        wanted = regions[name].query("source == 'true'").sort_values("mean")
        np.testing.assert_allclose(ax.collections[-1].get_offsets()[:, 1], wanted["mean"])
        filled = [to_hex(colour) == ACCENT.lower() for colour in ax.collections[-1].get_facecolors()]
        assert filled == (wanted["q_value"] < Q).tolist()
        assert [child.get_ylabel() for child in ax.child_axes] == (["d* (seconds)"] if extra else [])


def test_ceiling_stands_above_its_bar(regions):
    """A mark at the ceiling of each region; none where it was not computed."""
    said = {"cell": CELL, "q_level": Q, "simulated": False}
    ax = draw_region_bars(regions["roi_scores"], "brain_score", **said).axes[0]
    np.testing.assert_allclose(lines_of(ax)["noise ceiling"].get_ydata(), CEILING)
    without = regions["roi_scores"].query("model == 'tiny'")
    assert "noise ceiling" not in lines_of(draw_region_bars(without, "brain_score", **said).axes[0])


def test_heat_map_tells_seconds(regions):
    """A second axis; where distances are uneven, the length of a word."""
    scores = regions["roi_scores"]
    ax = draw_region_heatmap(scores, cell=CELL, word_rate=RATE, simulated=False).axes[0]
    assert [child.get_xlabel() for child in ax.child_axes] == ["distance (seconds)"]
    uneven = scores[scores["distance"].isin([-8, 0, 8, 30])]
    ax = draw_region_heatmap(uneven, cell=CELL, word_rate=RATE, simulated=False).axes[0]
    assert ax.get_xlabel() == "distance d (words of 0.40 s)"


def test_planted_depths_are_recovered(cortex):
    """A third panel, with a point per region at its planted depth and its recovered k*."""
    names = ("truth", "targets", "subject_roi_scores", "subject_roi_distances", "subject_roi_depths")
    figure = draw_recovery(*(cortex[name] for name in names), cell=CELL, word_rate=RATE)
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert "Depth: Spearman ρ = " in titles[1] and "10 regions" in titles[1]
    crosses = lines_of(figure.axes[1])["mean of k* over the region's targets"]
    assert set(np.round(crosses.get_xdata())) == set(DEPTHS.values())
    flat = cortex["truth"].assign(planted_depth=8.0)
    assert len(draw_recovery(flat, *(cortex[name] for name in names[1:]), cell=CELL, word_rate=RATE).axes) == 2
    empty = cortex["subject_roi_depths"].iloc[:0]
    assert len(draw_recovery(*(cortex[n] for n in names[:-1]), empty, cell=CELL, word_rate=RATE).axes) == 2


def test_scripts_draw_every_analysis(cortex, regions, tmp_path):
    """Each script reads its tables and writes both formats."""
    both = lambda name: [tmp_path / f"{name}.png", tmp_path / f"{name}.svg"]  # noqa: E731
    for kind, tables in (("cortex", cortex), ("regions", regions)):
        for name, table in tables.items():
            table.to_parquet(tmp_path / f"{kind}_{name}.parquet")
    for story, table in words().items():
        table.to_parquet(tmp_path / f"{story}.parquet")
    at = lambda name, kind="cortex": tmp_path / f"{kind}_{name}.parquet"  # noqa: E731
    stories = [tmp_path / f"{story}.parquet" for story in words()]
    said = {"cell": CELL, "simulated": True}
    plot_depths(at("roi_scores"), both("depths"), curves=CURVES, **said)
    plot_curves(at("roi_scores"), stories, both("sources"), figure="sources", curves=CURVES, **said)
    plot_widths(at("widths"), at("roi_scores"), stories, both("widths"), curves=CURVES, q_level=Q, **said)
    distances = [at("subject_roi_distances")]
    plot_symmetry(distances, at("symmetry"), stories, both("symmetry"), q_level=Q, **said)
    targets, depth = (at(name, "regions") for name in ("targets", "forecast_depth"))
    plot_region_depths(targets, depth, both("k"), q_level=Q, **said)
    tables = {name: at(name, "regions") for name in TABLES}
    for stat in ("bestlayer", "normalisedscore"):
        plot_region_values(targets, tables, both(stat), stat=stat, q_level=Q, **said)
    drawn = [path for path in tmp_path.iterdir() if path.suffix in (".png", ".svg")]
    assert len(drawn) == 14 and all(path.stat().st_size > 5_000 for path in drawn)


def test_region_values_leave_out_what_has_none(regions):
    """A region whose ceiling is not above 0 has no share of it, and the title says so."""
    values = np.array([np.nan, *range(11)], dtype=np.float32)
    drawn = Map("normalisedscore", "Brain score over noise ceiling", "tiny", "share of the ceiling", values, (8, 8))
    figure = draw_region_values(regions["targets"], drawn, simulated=False)
    assert len(figure.axes[0].collections[0].get_offsets()) == 11
    assert "1 of 12 regions without a value" in figure.get_suptitle()
