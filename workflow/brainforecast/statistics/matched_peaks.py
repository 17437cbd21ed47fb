"""Whether two regions peak at different positions, or only differ in signal-to-noise.

The argmax of a noisier curve is pulled towards the middle of the grid, so two regions with one and the same curve
differ where their signal-to-noise does. Here that difference is simulated, and an observed one is compared with it.
"""

from dataclasses import dataclass

import numpy as np

from brainforecast.statistics.peaks import peak


@dataclass(frozen=True)
class PeakDifference:
    """First region's peak minus the second's.

    Attributes
    ----------
    observed : of the curves given, unit of the positions.
    null : (n_draws,), of draws in which both regions have one common curve, each at its own signal-to-noise.
    """

    observed: float
    null: np.ndarray

    @property
    def bias(self) -> float:
        """Mean of the null: what noise alone makes of no difference."""
        return float(self.null.mean())

    @property
    def p_matched(self) -> float:
        """p = (1 + number of |null - bias| >= |observed - bias|) / (n_draws + 1)."""
        if np.isnan(self.observed):
            return np.nan
        reached = np.abs(self.null - self.bias) >= abs(self.observed - self.bias) - 1e-9  # equal but for rounding
        return float((1 + reached.sum()) / (len(self.null) + 1))


class MatchedPeaks:
    """Peaks of two regions with the same subjects, and what they would be with one common curve.

    Region r of subject s has the curve c_rs(x). The common curve is the mean over both regions of their means over
    subjects, centred over x. In a draw, region r of a subject is a_r common(x) + e(x): a_r >= 0 is the amplitude of the
    common curve in the region's own mean curve, e the residual c_rs - mean_s(c_rs) of a subject drawn with replacement,
    times sqrt(n / (n - 1)), with a random sign. A residual holds the correlation across x, and what the subject's
    amplitude differs from the region's; subject and sign are the same for both regions, so that what they share stays.

    Parameters
    ----------
    first, second : curves of the same subjects, (n_subjects, n_positions), at least two subjects, no NaN.
    positions : (n_positions,) distances (words) or layers.
    """

    def __init__(self, first: np.ndarray, second: np.ndarray, positions: np.ndarray, *, n_draws: int, seed: int):
        curves = np.stack([first, second]).astype(np.float64)  # (2, n_subjects, n_positions)
        self._curves, self._positions = curves, np.asarray(positions)
        n = curves.shape[1]
        rng = np.random.default_rng(seed)
        drawn, rows = rng.integers(n, size=(n_draws, n)), np.arange(n_draws)[:, None]
        self._plus, self._minus = np.zeros((2, n_draws, n))  # how often a draw holds each subject, by sign
        positive = rng.random((n_draws, n)) < 0.5
        np.add.at(self._plus, (rows, drawn), positive)
        np.add.at(self._minus, (rows, drawn), ~positive)
        means = curves.mean(axis=1)
        self._expected = _common_curves(means)
        self._residuals = (curves - means[:, None]) * np.sqrt(n / (n - 1))

    def group(self) -> PeakDifference:
        """Difference of the peaks of the two regions' mean curves over subjects."""
        n = self._plus.shape[1]
        noise = (self._plus - self._minus) @ self._residuals / n  # (2, n_draws, n_positions)
        null = self._peaks(self._expected[:, None] + noise)
        return PeakDifference(_difference(self._peaks(self._curves.mean(axis=1))), _difference(null))

    def group_interval(self) -> tuple[float, float]:
        """95 % interval of the group's difference: percentiles over draws of the subjects with replacement."""
        n = self._plus.shape[1]
        means = (self._plus + self._minus) @ self._curves / n
        low, high = np.percentile(_difference(self._peaks(means)), [2.5, 97.5])
        return float(low), float(high)

    def of_subjects(self) -> PeakDifference:
        """Difference of the means over subjects of the peak of each subject's own curve."""
        n = self._plus.shape[1]
        above, below = (self._peaks(self._expected[:, None] + sign * self._residuals) for sign in (1, -1))
        null = (above @ self._plus.T + below @ self._minus.T) / n  # (2, n_draws)
        return PeakDifference(_difference(self._peaks(self._curves).mean(axis=1)), _difference(null))

    def _peaks(self, curves: np.ndarray) -> np.ndarray:
        """Peaks along the last axis."""
        flat = curves.reshape(-1, curves.shape[-1])
        return peak(flat.T, self._positions).reshape(curves.shape[:-1])


def _common_curves(means: np.ndarray) -> np.ndarray:
    """The common curve with the amplitude it has in each of the (2, n_positions) mean curves; the same shape."""
    centred = means - means.mean(axis=1, keepdims=True)
    common = centred.mean(axis=0)
    power = common @ common
    amplitudes = np.maximum(centred @ common, 0) / power if power > 0 else np.zeros(2)
    return amplitudes[:, None] * common


def _difference(peaks: np.ndarray) -> np.ndarray:
    return peaks[0] - peaks[1]
