"""Forecast distance, left against right."""

import numpy as np

from brainforecast.figures.symmetry import draw_symmetry
from helpers.figures import RATE, settings
from helpers.synthetic_analyses import without_rows


def test_symmetry_is_left_against_right(cortex_analyses):
    """Each dot the mean d* of a region on both sides; the one that differs is filled and named."""
    distances = cortex_analyses["subject_roi_distances"]
    figure = draw_symmetry(distances, cortex_analyses["symmetry"], settings(), word_rate=RATE)
    ax = figure.axes[0]
    table = distances.query("level == 'roi' and source == 'true' and layer == 16")
    means = table.groupby(["roi", "hemi"])["forecast_distance"].mean().unstack()
    np.testing.assert_allclose(ax.collections[0].get_offsets(), means[["L", "R"]])
    assert [text.get_text() for text in ax.texts] == ["1", "1 lingual"]
    assert "1 of 8 regions differ" in figure.get_suptitle()
    assert {child.get_xlabel() or child.get_ylabel() for child in ax.child_axes} == {
        "left (seconds)",
        "right (seconds)",
    }


def test_symmetry_without_tests_fills_nothing(cortex_analyses):
    """No row of the test: no region differs."""
    tables = without_rows(cortex_analyses)
    figure = draw_symmetry(tables["subject_roi_distances"], tables["symmetry"], settings(), word_rate=RATE)
    assert "0 of 8 regions differ" in figure.get_suptitle() and [t.get_text() for t in figure.axes[0].texts] == [""]
