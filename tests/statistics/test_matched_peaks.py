"""Differences of peaks between regions that differ in signal-to-noise, on planted curves with correlated noise."""

import numpy as np
import pytest

from brainforecast.statistics.inference import wilcoxon_signed_rank
from brainforecast.statistics.matched_peaks import MatchedPeaks
from brainforecast.statistics.peaks import peak

DISTANCES = np.arange(-10, 31)
N_SUBJECTS, N_TARGETS, WIDTH = 16, 10, 7


def noise(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Noise of sd 1 that windows of `WIDTH` words share where they overlap, (*shape, n_distances)."""
    sums = np.cumsum(rng.normal(size=(*shape, len(DISTANCES) + WIDTH)), axis=-1)
    return (sums[..., WIDTH:] - sums[..., :-WIDTH]) / np.sqrt(WIDTH)


def draw_regions(
    seed: int, peaks: tuple[int, int], heights: tuple[float, float], n_runs: int = 200
) -> list[np.ndarray]:
    """Curves of the targets of two regions, (n_runs, n_subjects, n_targets, n_distances) each.

    A bump at the region's peak with an amplitude of the subject's own, and noise: .15 of its variance is common to both
    regions of a subject, .15 to the targets of a region.
    """
    rng = np.random.default_rng(seed)
    both = noise(rng, n_runs, N_SUBJECTS, 1)
    regions = []
    for planted, height in zip(peaks, heights, strict=True):
        bump = height * np.exp(-0.5 * ((DISTANCES - planted) / 4) ** 2)
        amplitude = np.maximum(1 + 0.3 * rng.normal(size=(n_runs, N_SUBJECTS, 1, 1)), 0.1)
        own = np.sqrt(0.15) * (both + noise(rng, n_runs, N_SUBJECTS, 1))
        regions.append(amplitude * bump + own + np.sqrt(0.7) * noise(rng, n_runs, N_SUBJECTS, N_TARGETS))
    return regions


def argmax(curves: np.ndarray) -> np.ndarray:
    return DISTANCES[curves.argmax(axis=-1)].astype(float)


def rates(regions: list[np.ndarray], n_draws: int = 199) -> dict[str, float]:
    """Share of runs with p < .05: by the mean of argmaxes over targets, of the region's curve, and by matched peaks."""
    curves = [region.mean(axis=2) for region in regions]
    paper = np.subtract(*(argmax(region).mean(axis=2) for region in regions))
    own = np.subtract(*map(argmax, curves))
    matched = [
        MatchedPeaks(first, second, DISTANCES, n_draws=n_draws, seed=run)
        for run, (first, second) in enumerate(zip(*curves, strict=True))
    ]
    p = {
        "paper": wilcoxon_signed_rank(paper.T),
        "own": wilcoxon_signed_rank(own.T),
        "group": np.array([found.group().p_matched for found in matched]),
        "subjects": np.array([found.of_subjects().p_matched for found in matched]),
    }
    return {name: float((values < 0.05).mean()) for name, values in p.items()}


@pytest.mark.parametrize("scale", [0.5, 1.0])
def test_equal_peaks_do_not_differ_whatever_the_signal_to_noise(scale):
    """SNR 4:1: the paper's contrast differs in most runs, the peaks matched for signal-to-noise in at most a tenth."""
    found = rates(draw_regions(0, (4, 4), (4 * scale, scale)))
    assert found["paper"] > 0.3
    assert found["group"] <= 0.1 and found["subjects"] <= 0.1


def test_the_signed_rank_test_of_subjects_own_peaks_drifts_too():
    """Where single subjects' curves are noisy, their argmaxes drift: so the group's curve leads."""
    found = rates(draw_regions(0, (4, 4), (2.0, 0.5)))
    assert found["own"] > 0.1


@pytest.mark.parametrize("peaks", [(9, 5), (5, 9)])
def test_planted_differences_are_found_in_either_direction(peaks):
    """4 words apart at SNR 2:1: the group's difference is seen in most runs, with its sign and without bias."""
    regions = [region.mean(axis=2) for region in draw_regions(1, peaks, (2.0, 1.0), n_runs=60)]
    found = [
        MatchedPeaks(first, second, DISTANCES, n_draws=199, seed=0).group()
        for first, second in zip(*regions, strict=True)
    ]
    assert np.mean([difference.p_matched < 0.05 for difference in found]) > 0.5
    assert np.mean([difference.observed for difference in found]) == pytest.approx(peaks[0] - peaks[1], abs=0.5)


def test_observed_differences_are_those_of_the_curves():
    """Peaks of the mean curves, and means of the peaks, by `peak` alone."""
    first, second = (region[0].mean(axis=1) for region in draw_regions(2, (4, 8), (1.0, 1.0), n_runs=1))
    matched = MatchedPeaks(first, second, DISTANCES, n_draws=50, seed=1)
    group = [float(peak(curves.mean(axis=0)[:, None], DISTANCES)[0]) for curves in (first, second)]
    assert matched.group().observed == group[0] - group[1]
    expected = peak(first.T, DISTANCES).mean() - peak(second.T, DISTANCES).mean()
    assert matched.of_subjects().observed == pytest.approx(expected, rel=1e-12)
    low, high = matched.group_interval()
    assert low <= matched.group().observed <= high


def test_draws_are_means_of_signed_residuals():
    """The null of the group is that of an explicit loop over draws, subjects and regions."""
    first, second = (region[0].mean(axis=1) for region in draw_regions(3, (4, 8), (2.0, 1.0), n_runs=1))
    found = MatchedPeaks(first, second, DISTANCES, n_draws=20, seed=4)
    rng = np.random.default_rng(4)
    drawn, positive = rng.integers(N_SUBJECTS, size=(20, N_SUBJECTS)), rng.random((20, N_SUBJECTS)) < 0.5
    common = (first.mean(axis=0) + second.mean(axis=0)) / 2
    common = common - common.mean()
    for null, by_subject in ((found.group().null, False), (found.of_subjects().null, True)):
        for draw in range(20):
            peaks = []
            for curves in (first, second):
                residuals = (curves - curves.mean(axis=0)) * np.sqrt(N_SUBJECTS / (N_SUBJECTS - 1))
                amplitude = max(0, np.polyfit(common, curves.mean(axis=0), 1)[0])
                signs = np.where(positive[draw], 1, -1)[:, None]
                curves = amplitude * common + signs * residuals[drawn[draw]]
                peaks.append(argmax(curves).mean() if by_subject else argmax(curves.mean(axis=0)))
            assert null[draw] == pytest.approx(peaks[0] - peaks[1], abs=1e-9)


def test_noiseless_equal_curves_do_not_differ():
    """No difference, no bias, p = 1; draws depend on the seed alone; flat curves do not stop it."""
    curves = np.exp(-0.5 * ((DISTANCES - 8) / 4) ** 2) * np.ones((5, 1))
    for found in (MatchedPeaks(4 * curves, curves, DISTANCES, n_draws=30, seed=0),
                  MatchedPeaks(0 * curves, 0 * curves, DISTANCES, n_draws=30, seed=0)):  # fmt: skip
        for difference in (found.group(), found.of_subjects()):
            assert (difference.observed, difference.bias, difference.p_matched) == (0, 0, 1)
