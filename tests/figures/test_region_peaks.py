"""One dot per region: forecast distance and depth, best layer, share of the ceiling."""

import numpy as np
import pandas as pd
from matplotlib.colors import to_hex

from brainforecast.figures.region_peaks import draw_region_depths, draw_region_distances, draw_region_values
from brainforecast.figures.style import ACCENT, SECONDS
from brainforecast.results.maps import Map
from helpers.figures import RATE, Q, settings


def test_region_peaks_are_the_tables(region_analyses):
    """d* and k* of every region in order, filled where the mask passes; distances also in seconds."""
    for name, draw, extra in (
        ("forecast_distance", draw_region_distances, {"word_rate": RATE}),
        ("forecast_depth", draw_region_depths, {}),
    ):
        ax = draw(region_analyses["targets"], region_analyses[name], settings(), **extra).axes[0]
        wanted = region_analyses[name].query("source == 'true'").sort_values("mean")
        np.testing.assert_allclose(ax.collections[-1].get_offsets()[:, 1], wanted["mean"])
        filled = [to_hex(colour) == ACCENT.lower() for colour in ax.collections[-1].get_facecolors()]
        assert filled == (wanted["q_value"] < Q).tolist()
        assert [child.get_ylabel() for child in ax.child_axes] == ([f"d* ({SECONDS})"] if extra else [])


def test_regions_without_an_effect_are_hollow_and_named_so(region_analyses):
    """Grey names, hollow marks, the legend and the caption; the title counts the others."""
    tables = region_analyses
    figure = draw_region_depths(tables["targets"], tables["forecast_depth"], settings())
    wanted = tables["forecast_depth"].query("source == 'true'").sort_values("mean")
    passes = (wanted["q_value"] < Q).to_numpy()
    colours = np.array([label.get_color() for label in figure.axes[0].get_xticklabels()])
    assert len(set(colours[passes])) == len(set(colours[~passes])) == 1 and colours[passes][0] != colours[~passes][0]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == [f"mask test q < 0.01: {passes.sum()} of 12", "no effect shown: do not interpret its k*"]
    assert f"{passes.sum()} of 12 with an effect" in figure.get_suptitle()
    none = tables["forecast_depth"].assign(q_value=0.4)
    hollow = draw_region_depths(tables["targets"], none, settings())
    assert "none of 12 with an effect" in hollow.get_suptitle() and "Filled" not in hollow.caption.paragraphs[0]


def test_subjects_are_dots(region_analyses):
    """One for each subject and region, at its own value, above or below its region."""
    tables = region_analyses
    found = tables["forecast_distance"]
    subjects = pd.concat([found.assign(subject=k, forecast_distance=found["mean"] + k) for k in range(3)])
    figure = draw_region_distances(tables["targets"], found, settings(), word_rate=RATE, subjects=subjects)
    dots = figure.axes[0].collections[0].get_offsets()
    means = found.query("source == 'true'")["mean"].sort_values().to_numpy()
    assert len(dots) == 36
    for position, mean in enumerate(means):
        np.testing.assert_allclose(np.sort(dots[dots[:, 0] == position, 1]), mean + np.arange(3))
    assert "Small dots: single subjects." in figure.caption.paragraphs[0]
    without = draw_region_distances(tables["targets"], found, settings(), word_rate=RATE)
    assert "dots" not in without.caption.paragraphs[0]


def test_region_values_leave_out_regions_without_one(region_analyses):
    """A region whose ceiling is not above 0 has no share of it, and the title counts it."""
    values = np.array([np.nan, *range(11)], dtype=np.float32)
    drawn = Map("normalisedscore", "Brain score over noise ceiling", "tiny", "share of the ceiling", values, (8, 8))
    figure = draw_region_values(region_analyses["targets"], drawn, settings())
    assert len(figure.axes[0].collections[0].get_offsets()) == 11
    assert "1 of 12 regions without a value" in figure.get_suptitle()
    assert "ceiling is not above 0" in figure.caption.paragraphs[0]


def test_ticks_of_a_best_layer_are_the_layers_that_were_scored(region_analyses):
    """And no others; nothing is left out."""
    values = np.array([0, 4, 16] * 4, dtype=np.float32)
    drawn = Map("bestlayer", "Best layer", "tiny", "layer", values, (8, 8), among=(0, 4, 16))
    figure = draw_region_values(region_analyses["targets"], drawn, settings())
    assert list(figure.axes[0].get_yticks()) == [0, 4, 16]
    assert "Left out" not in figure.caption.paragraphs[0] and "layer 0 is best in 4" in figure.caption.alt
