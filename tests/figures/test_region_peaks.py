"""One dot per region: forecast distance and depth, best layer, share of the ceiling."""

import numpy as np
from matplotlib.colors import to_hex

from brainforecast.figures.region_peaks import draw_region_depths, draw_region_distances, draw_region_values
from brainforecast.figures.style import ACCENT
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
        assert [child.get_ylabel() for child in ax.child_axes] == (["d* (seconds)"] if extra else [])


def test_region_values_leave_out_regions_without_one(region_analyses):
    """A region whose ceiling is not above 0 has no share of it, and the title counts it."""
    values = np.array([np.nan, *range(11)], dtype=np.float32)
    drawn = Map("normalisedscore", "Brain score over noise ceiling", "tiny", "share of the ceiling", values, (8, 8))
    figure = draw_region_values(region_analyses["targets"], drawn, settings())
    assert len(figure.axes[0].collections[0].get_offsets()) == 11
    assert "1 of 12 regions without a value" in figure.get_suptitle()
