"""Scores by region: bars and heat map."""

import numpy as np
import pytest

from brainforecast.errors import BadInput
from brainforecast.figures.regions import draw_region_bars, draw_region_heatmap
from brainforecast.figures.style import SECONDS
from brainforecast.results.selection import select_rows
from helpers.figures import RATE, lines_of, settings
from helpers.synthetic_analyses import CEILING
from helpers.synthetic_tables import CELL


def test_bars_are_sorted_and_significant_ones_have_a_star(regions):
    """As many stars as regions with q below the level."""
    ax = draw_region_bars(regions["roi_scores"], "brain_score", settings()).axes[0]
    heights = [patch.get_height() for patch in ax.patches]
    assert heights == sorted(heights, reverse=True) and len(heights) == 12
    scores = select_rows(regions["roi_scores"], "t", score="brain_score", level="roi", layer=16)
    stars = next(line for line in ax.lines if not isinstance(line.get_marker(), str))
    assert len(stars.get_xdata()) == (scores["q_value"] < 0.01).sum()


def test_each_bar_has_its_ceiling(region_analyses):
    """A mark at the ceiling of each region; none where it was not computed."""
    ax = draw_region_bars(region_analyses["roi_scores"], "brain_score", settings()).axes[0]
    np.testing.assert_allclose(lines_of(ax)["noise ceiling"].get_ydata(), CEILING)
    without = region_analyses["roi_scores"].query("model == 'tiny'")
    assert "noise ceiling" not in lines_of(draw_region_bars(without, "brain_score", settings()).axes[0])


def test_subjects_are_dots_at_their_bars(region_analyses):
    """One for each subject and region; none without their table, and then no word of them."""
    scores, subjects = region_analyses["roi_scores"], region_analyses["subject_roi_scores"]
    figure = draw_region_bars(scores, "forecast_score", settings(), subjects=subjects)
    dots = next(found for found in figure.axes[0].collections if found.get_label() == "one subject").get_offsets()
    n_subjects = subjects["subject"].nunique()
    assert len(dots) == 12 * n_subjects and "Dots: single subjects." in figure.caption.paragraphs[0]
    heights = [patch.get_height() for patch in figure.axes[0].patches]
    means = [dots[dots[:, 0] == position, 1].mean() for position in range(12)]
    np.testing.assert_allclose(means, heights)
    assert "Dots" not in draw_region_bars(scores, "forecast_score", settings()).caption.paragraphs[0]


def test_the_caption_of_bars_names_what_was_drawn(region_analyses):
    """Stars, pale bars and bars below 0 only where there are some; the description has the ends of the figure."""
    scores = region_analyses["roi_scores"]
    caption = draw_region_bars(scores.assign(q_value=0.5), "forecast_score", settings()).caption.paragraphs[0]
    assert "star" not in caption and "Pale bars" in caption and "below 0:" not in caption
    below = scores.assign(**{name: scores[name] - 1 for name in ("mean", "ci_low", "ci_high")})
    figure = draw_region_bars(below.assign(q_value=0.001), "forecast_score", settings())
    caption = figure.caption.paragraphs[0]
    assert "star" in caption and "Pale" not in caption and "below 0:" in caption
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["q < 0.01 (also marked *): 12 of 12", "95 % interval over subjects"]
    assert "q is below 0.01 in 12" in figure.caption.alt


def test_heat_map_is_white_at_zero(regions):
    """The limits of the colours are symmetric around 0."""
    norm = draw_region_heatmap(regions["roi_scores"], settings(), word_rate=RATE).axes[0].collections[0].norm
    assert norm.vmin == -norm.vmax


def test_heat_map_has_seconds(region_analyses):
    """A second axis; where distances are uneven, the duration of a word."""
    scores = region_analyses["roi_scores"]
    ax = draw_region_heatmap(scores, settings(), word_rate=RATE).axes[0]
    assert [child.get_xlabel() for child in ax.child_axes] == [f"distance ({SECONDS})"]
    steps = scores[scores["distance"] % 4 == 0]  # a scale too
    assert draw_region_heatmap(steps, settings(), word_rate=RATE).axes[0].child_axes
    uneven = scores[scores["distance"].isin([-8, 0, 8, 30])]
    ax = draw_region_heatmap(uneven, settings(), word_rate=RATE).axes[0]
    assert ax.get_xlabel() == "distance d (words of 0.40 s)"


def test_cell_that_was_not_scored_is_reported(cortex):
    """The line names the column, the values there are and the value requested."""
    with pytest.raises(BadInput, match=r"column layer: found only 16.*expected 7"):
        draw_region_heatmap(cortex["roi_scores"], settings(cell=CELL | {"layer": 7}), word_rate=RATE)
