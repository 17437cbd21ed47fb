"""Peaks of curves: argmax and centroid, and what they are for noise."""

import numpy as np

from brainforecast.statistics.peaks import centroid, peak


def test_peak_is_the_first_largest():
    """The first of equals; a curve with a hole has none."""
    curves = np.array([[0.0, 1, np.nan], [2, 1, 5], [2, 0, 1]])
    np.testing.assert_array_equal(peak(curves, np.array([-10, 0, 8])), [0, -10, np.nan])


def test_centroid_is_the_mean_position_of_what_is_above_zero():
    """Weights are the positive part; a curve that is nowhere above 0, or has a hole, has none."""
    curves = np.array([[1.0, -3, -1, 1], [3, 0, -1, np.nan], [-9, 2, 0, 1]])
    found = centroid(curves, np.array([-2, 0, 6]))
    np.testing.assert_allclose(found, [(-2 * 1 + 0 * 3) / 4, 6, np.nan, np.nan])


def test_noise_peaks_anywhere_and_a_bump_where_it_is():
    """The mean argmax of noise is the middle of the grid; that of a bump stays."""
    rng, positions = np.random.default_rng(0), np.arange(-10, 31)
    noise = rng.normal(size=(41, 4000))
    bump = np.exp(-0.5 * ((positions - 3) / 2) ** 2)[:, None]
    for signal, expected in ((0, 10), (50 * bump, 3)):
        assert abs(peak(signal + noise, positions).mean() - expected) < 0.6
