"""Forecast distance, left against right."""

import numpy as np
from matplotlib.colors import to_hex

from brainforecast.figures.captions import Figure
from brainforecast.figures.label_places import spread_labels
from brainforecast.figures.style import GREY, SECONDS
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
    assert [text.get_text() for text in ax.texts] == ["1"] and ax.get_xlabel().endswith("\n1 lingual")
    assert "1 of 8 regions differ" in figure.get_suptitle()
    assert {child.get_xlabel() or child.get_ylabel() for child in ax.child_axes} == {
        f"left ({SECONDS})",
        f"right ({SECONDS})",
    }


def test_symmetry_without_tests_fills_nothing(cortex_analyses):
    """No row of the test: no region differs."""
    tables = without_rows(cortex_analyses)
    figure = draw_symmetry(tables["subject_roi_distances"], tables["symmetry"], settings(), word_rate=RATE)
    assert "differ" not in figure.get_suptitle() and not figure.axes[0].texts
    assert "not tested" in figure.caption.paragraphs[0] and "Filled" not in figure.caption.paragraphs[0]


def test_a_title_counts_no_difference_where_none_is_significant(cortex_analyses):
    """Every q is above the level: no number in the title, no name, no filled dot in the caption."""
    tables = cortex_analyses
    figure = draw_symmetry(
        tables["subject_roi_distances"], tables["symmetry"].assign(q_value=0.5), settings(), word_rate=RATE
    )
    assert figure.get_suptitle().split("\n")[0].endswith("left against right, no difference shown")
    assert not figure.axes[0].texts and "numbered" not in figure.caption.paragraphs[0]


def test_regions_without_an_effect_are_grey(cortex_analyses):
    """Those whose F is not above 0 on both sides; in the legend and in the caption."""
    tables = cortex_analyses
    scores = tables["roi_scores"].assign(q_value=0.001)
    silent = (scores["roi"] == "lingual") & (scores["hemi"] == "L")
    scores.loc[(scores["level"] == "roi") & (scores["score"] == "forecast_score"), "mean"] = 0.1
    scores.loc[silent & (scores["score"] == "forecast_score"), "q_value"] = 0.4
    distances, symmetry = tables["subject_roi_distances"], tables["symmetry"]
    figure = draw_symmetry(distances, symmetry, settings(), word_rate=RATE, roi_scores=scores)
    colours = [to_hex(colour) for colour in figure.axes[0].collections[0].get_edgecolors()]
    names = sorted(distances.query("level == 'roi'")["roi"].unique())
    assert [name for name, colour in zip(names, colours, strict=True) if colour == GREY] == ["lingual"]
    assert "no effect shown" in figure.legends[0].get_texts()[-1].get_text()
    assert "Grey: F(8) is not above 0 on both sides" in figure.caption.paragraphs[0]


def test_numbers_of_dots_do_not_meet():
    """Six dots on one spot: no label lies on another."""
    figure = Figure(figsize=(4, 4))
    ax = figure.subplots()
    points = np.array([[1.0, 1.0 + k / 100] for k in range(6)])
    ax.scatter(*points.T)
    ax.set_xlim(0, 2)
    ax.set_ylim(0, 2)
    spread_labels(figure, ax, points, [str(k) for k in range(6)])
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert len(boxes) == 6 and not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])
