"""How long responses remember."""

import numpy as np
import pytest

from brainforecast.statistics.autocorrelation import FADED, autocorrelation, memory


def autoregressive(phi: float, n_trs: list[int], n_columns: int) -> np.ndarray:
    """Runs of y(t) = phi y(t - 1) + e(t), each with a mean of its own."""
    rng = np.random.default_rng(1)
    runs = []
    for n in n_trs:
        y = np.zeros((n, n_columns))
        y[0] = rng.normal(0, 1 / np.sqrt(1 - phi**2), n_columns)
        for t in range(1, n):
            y[t] = phi * y[t - 1] + rng.standard_normal(n_columns)
        runs.append(y + rng.normal(0, 50, n_columns))
    return np.concatenate(runs)


@pytest.mark.parametrize(("phi", "expected"), [(0.6, 5), (0.8, 11), (0.0, 1)])
def test_an_autoregressive_series_has_its_powers(phi, expected):
    """r(k) = phi^k inside runs, whatever their means; .6^5 and .8^11 are the first powers below .1."""
    n_trs = [3000, 2000]
    found = autocorrelation(autoregressive(phi, n_trs, 60), n_trs, 20)
    np.testing.assert_allclose(found, phi ** np.arange(21), atol=0.01)
    assert memory(found) == expected


def test_no_pair_of_volumes_spans_two_runs():
    """A run of one value up and one down: its own volumes agree with those two later, never with another run's."""
    runs = [np.tile([1.0, -1.0], 20)[:, None], np.tile([-1.0, 1.0], 20)[:, None]]
    found = autocorrelation(np.concatenate(runs), [40, 40], 3)
    np.testing.assert_allclose(found, [1, -1, 1, -1])


def test_what_is_missing_is_left_out():
    """A region without values, one that is constant in a run, and lags beyond half of every run."""
    series = autoregressive(0.5, [60], 3)
    expected = autocorrelation(series[:, :1], [60], 40)
    series[:, 1] = np.nan
    series[:, 2] = 7.0
    found = autocorrelation(series, [60], 40)
    np.testing.assert_array_equal(found, expected)
    assert np.isnan(found[31:]).all() and np.isfinite(found[:31]).all()


def test_a_memory_without_end_is_as_long_as_what_was_measured():
    assert memory(np.array([1.0, 0.9, 0.8, np.nan])) == 3
    assert memory(np.array([1.0, 0.9, FADED - 1e-9, 0.5])) == 2
