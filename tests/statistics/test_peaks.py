"""Peaks of curves: argmax and centroid, and what they are for noise."""

import numpy as np

from brainforecast.statistics.peaks import Curves, centroid, find_peaks, peak


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
    """The mean argmax of noise is the middle of the grid, in either half; that of a bump stays, in both."""
    rng, positions = np.random.default_rng(0), np.arange(-10, 31)
    noise = rng.normal(size=(2, 41, 4000))
    bump = np.exp(-0.5 * ((positions - 3) / 2) ** 2)[:, None]
    for signal, expected in ((0, 10), (50 * bump, 3)):
        halves = [signal + half for half in noise]
        found = find_peaks(Curves(sum(halves) / 2, *halves), positions, "found")
        for name in ("found", "even_folds", "odd_folds"):
            assert abs(found[name].mean() - expected) < 0.6
    assert abs(np.corrcoef(peak(noise[0], positions), peak(noise[1], positions))[0, 1]) < 0.05
