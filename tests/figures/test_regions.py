"""Scores by region: bars and heat map."""

import numpy as np
import pytest

from brainforecast.errors import BadInput
from brainforecast.figures.regions import draw_region_bars, draw_region_heatmap
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


def test_heat_map_is_white_at_zero(regions):
    """The limits of the colours are symmetric around 0."""
    norm = draw_region_heatmap(regions["roi_scores"], settings(), word_rate=RATE).axes[0].collections[0].norm
    assert norm.vmin == -norm.vmax


def test_heat_map_has_seconds(region_analyses):
    """A second axis; where distances are uneven, the duration of a word."""
    scores = region_analyses["roi_scores"]
    ax = draw_region_heatmap(scores, settings(), word_rate=RATE).axes[0]
    assert [child.get_xlabel() for child in ax.child_axes] == ["distance (seconds)"]
    uneven = scores[scores["distance"].isin([-8, 0, 8, 30])]
    ax = draw_region_heatmap(uneven, settings(), word_rate=RATE).axes[0]
    assert ax.get_xlabel() == "distance d (words of 0.40 s)"


def test_cell_that_was_not_scored_is_reported(cortex):
    """The line names the column, the values there are and the value requested."""
    with pytest.raises(BadInput, match=r"column layer: found only 16.*expected 7"):
        draw_region_heatmap(cortex["roi_scores"], settings(cell=CELL | {"layer": 7}), word_rate=RATE)
