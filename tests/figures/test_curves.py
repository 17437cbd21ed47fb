"""Curves of the forecast score: against distance, against layer, and by source."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from brainforecast.figures.curves import draw_forecast_curves, draw_forecast_depths, draw_sources, sources_in_order
from brainforecast.figures.style import SOURCE_COLOURS
from helpers.figures import RATE, lines_of, panel_of, settings
from helpers.synthetic_analyses import SOURCES
from helpers.synthetic_tables import CELL

AUDITORY = {"level": "roi", "roi": "transversetemporal", "label": "auditory"}
CURVES = [AUDITORY, *({"level": "lobe", "roi": lobe} for lobe in ("temporal", "frontal", "occipital"))]


@pytest.fixture(scope="module")
def figure(cortex):
    """The reported curve of a region and three lobes."""
    return draw_forecast_curves(cortex["roi_scores"], settings(curves=CURVES), word_rate=RATE)


def test_outer_axes_are_labelled(figure):
    """Words below, seconds above, gain at the left."""
    xlabels = {ax.get_xlabel() for ax in figure.axes} | {
        child.get_xlabel() for ax in figure.axes for child in ax.child_axes
    }
    assert {"distance d (words)", "distance (seconds at the mean rate)"} <= xlabels
    assert any("gain in r" in ax.get_ylabel() for ax in figure.axes)


def test_auditory_curve_is_among_the_curves(figure):
    """Regions and lobes can be mixed; all targets come first."""
    titles = [title for ax in figure.axes if (title := ax.get_title(loc="left"))]
    assert titles == ["whole brain", "auditory", "temporal lobe", "frontal lobe", "occipital lobe"]


def test_curve_shows_its_shuffled_control_and_its_mirror(figure):
    """True, shuffled and mirrored lines, the last from the width on; the curve starts at the lowest distance."""
    ax = panel_of(figure, "temporal")
    lines = lines_of(ax)
    assert min(lines["true window, 95 % band"].get_xdata()) == -14
    assert "shuffled window, 95 % band" in lines
    mirror = lines["true window, mirror F(6 − d)"]
    true = dict(zip(*lines["true window, 95 % band"].get_data(), strict=True))
    assert list(mirror.get_xdata()) == list(range(7, 21))
    for x, y in zip(*mirror.get_data(), strict=True):
        assert y == true[6 - x]


def test_mirror_difference_is_drawn_below_its_curve(figure, cortex):
    """M(d) with its band from d = w on, under the panel of the same region; words stay on the lowest axes."""
    n_panels = 1 + len(CURVES)
    for ax, low in zip(figure.axes[:n_panels], figure.axes[n_panels:], strict=True):
        assert low.get_position().y1 < ax.get_position().y0 and low.get_xlim() == ax.get_xlim()
        (line,) = [line for line in low.lines if line.get_label() == "M, both"]
        F = dict(zip(*lines_of(ax)["true window, 95 % band"].get_data(), strict=True))
        np.testing.assert_allclose(line.get_ydata(), [F[d] - F[6 - d] for d in range(7, 21)], atol=1e-12)
        assert low.texts[0].get_text() == "M(d) = F(d) − F(6 − d)"
        assert not ax.get_xlabel()
    assert figure.axes[-1].get_xlabel() == "distance d (words)"


def test_no_panel_of_mirror_differences_where_none_is_scored(cortex):
    """A grid without mirrored distances has its curves alone."""
    scores = cortex["roi_scores"].query("score != 'mirror_difference' and distance > -1")
    figure = draw_forecast_curves(scores, settings(curves=CURVES), word_rate=RATE)
    assert len(figure.axes) == 1 + len(CURVES)
    assert not any("mirror" in label for label in lines_of(figure.axes[0]))


def hollow(ax) -> list[bool]:
    """Of each mark that is filled or hollow."""
    return [tuple(face) == (1, 1, 1, 1) for dots in ax.collections[-1:] for face in dots.get_facecolors()]


@pytest.mark.parametrize(
    ("q", "up", "is_hollow", "label"),
    [(0.001, 1, False, ""), (0.5, 1, True, " (not above 0)"), (0.001, -1, False, " (below 0)"), (np.nan, 1, True, "")],
)
def test_highest_point_is_filled_where_its_q_is_below_the_level(cortex, q, up, is_hollow, label):
    """As everywhere; the label states where it is no gain, and one subject has no test."""
    scores = cortex["roi_scores"].assign(q_value=q)
    scores = scores.assign(mean=up * scores["mean"].abs() - 0.001 * (up < 0))
    ax = panel_of(draw_forecast_curves(scores, settings(curves=CURVES[:1]), word_rate=RATE), "auditory")
    assert hollow(ax) == [is_hollow]
    assert ax.texts[0].get_text().partition(" (")[2] == label.strip(" (")


def test_hemispheres_are_drawn_apart_where_nothing_pools_them(cortex):
    """Rows of L and R alone give two true lines."""
    scores = cortex["roi_scores"].dropna(subset="hemi")
    figure = draw_forecast_curves(scores, settings(curves=CURVES[1:2]), word_rate=RATE)
    labels = [line.get_label() for line in panel_of(figure, "temporal").lines]
    assert sum(label.startswith("true window, ") or label.startswith("true, ") for label in labels) >= 2


@pytest.mark.parametrize("source", ["true", *SOURCES])
def test_curves_are_those_of_the_reported_source(cortex_analyses, source):
    """A reported source other than the true words has its curve and its name, next to the shuffled control."""
    shown = settings(cell=CELL | {"source": source})
    figure = draw_forecast_curves(cortex_analyses["roi_scores"], shown, word_rate=RATE)
    lines = lines_of(panel_of(figure, "temporal"))
    wanted = group_of(cortex_analyses, source=source, layer=16, width=7).sort_values("distance")
    np.testing.assert_allclose(lines[f"{source} window, 95 % band"].get_ydata(), wanted["mean"])
    assert {label.split()[0] for label in lines if "window" in label} == {source, "shuffled"}
    assert (f"{source} window of 7" in figure.get_suptitle()) == (source != "true")


def test_depth_curve_is_the_table(cortex_analyses):
    """F at the distance of the depth map against the layer, with the shuffled control and the highest layer."""
    ax = panel_of(draw_forecast_depths(cortex_analyses["roi_scores"], settings()), "temporal")
    for source in ("true", "shuffled"):
        wanted = group_of(cortex_analyses, source=source, distance=8, width=7).sort_values("layer")
        line = lines_of(ax)[f"{source} window, 95 % band"]
        np.testing.assert_array_equal(line.get_xdata(), [0, 8, 16])
        np.testing.assert_allclose(line.get_ydata(), wanted["mean"])
    best = group_of(cortex_analyses, source="true", distance=8, width=7).set_index("layer")["mean"].idxmax()
    assert ax.texts[0].get_text() == f"highest: layer {best}"


def test_every_source_is_drawn_in_its_colour(cortex_analyses):
    """One line per source of the reported layer and width; the axis is in words and in seconds."""
    figure = draw_sources(cortex_analyses["roi_scores"], settings(), word_rate=RATE)
    lines = lines_of(panel_of(figure, "temporal"))
    assert {"true", "shuffled", *SOURCES} <= lines.keys()
    for source in ("true", "shuffled", *SOURCES):
        wanted = group_of(cortex_analyses, source=source, layer=16, width=7).sort_values("distance")
        np.testing.assert_allclose(lines[source].get_ydata(), wanted["mean"])
        assert to_hex(lines[source].get_color()).upper() == SOURCE_COLOURS[source]
    seconds = figure.axes[0].child_axes[0]
    assert seconds.get_xlabel() == "distance (seconds at the mean rate)"
    figure.draw_without_rendering()
    assert seconds.get_xlim()[1] == pytest.approx(figure.axes[0].get_xlim()[1] / RATE)


def test_a_source_without_a_colour_comes_last():
    """A source that is new still has its line."""
    assert sources_in_order(pd.DataFrame({"source": ["zebra", "shuffled", "true"]})) == ["true", "shuffled", "zebra"]


def group_of(tables: dict, **equal) -> pd.DataFrame:
    """Rows of the pooled temporal lobe."""
    table = tables["roi_scores"].query("roi == 'temporal' and score == 'forecast_score' and model == 'tiny'")
    for column, value in equal.items():
        table = table[table[column] == value]
    return table[table["hemi"].isna()]
