"""The file of scores: grids of one subject, read back complete, by grid or by distance, and no larger than needed."""

from dataclasses import replace

import numpy as np
import pytest

from brainforecast.cells import Grid
from brainforecast.storage.scores import RegionScores, Scores, join, middle_pair, read_grids, read_scores, write_scores
from helpers.subject_files import GRIDS, make_scores

N_REGIONS = 5
BY_REGION = Grid("m", 2, "paper", "true", 4, (-1, 0, 9), keep="regions")


@pytest.fixture
def path(tmp_path):
    """Scores of all grids of one subject in one file."""
    write_scores(make_scores("03"), tmp_path / "scores.safetensors")
    return tmp_path / "scores.safetensors"


@pytest.fixture
def by_region():
    """Means and counts of a grid; a region without targets, and one that lacks a target at one distance."""
    rng = np.random.default_rng(0)
    counts = np.tile(np.arange(N_REGIONS), (3, 1))
    counts[1, 3] -= 1
    mean = np.where(counts > 0, rng.normal(size=(3, N_REGIONS)), np.nan)
    return RegionScores("03", BY_REGION, mean, counts)


def test_scores_are_read_back(path):
    """Every grid with its arrays, bit for bit; penalties of baselines only."""
    assert read_grids(path) == ("03", GRIDS)
    for index, part in enumerate(make_scores("03")):
        read = read_scores(path, index=index)
        assert (read.subject, read.grid) == ("03", part.grid)
        for name in ("target", "brain_score", "alpha"):
            np.testing.assert_array_equal(getattr(read, name), getattr(part, name))
        assert (read.alpha is None) == (part.grid.width > 0)


def test_one_distance_is_read_as_among_all(path):
    """Reading some distances gives what reading all of them gives there, in the requested order."""
    last = len(GRIDS) - 1
    complete, part = read_scores(path, index=last), read_scores(path, [5, 3], index=last)
    assert part.grid.distances == (5, 3)
    places = [complete.grid.distances.index(distance) for distance in (5, 3)]
    np.testing.assert_array_equal(part.brain_score, complete.brain_score[places])


def test_means_over_regions_are_read_back(tmp_path, by_region):
    """Beside a grid that keeps targets or alone; counts that are the same at all distances are stored once."""
    same = replace(by_region, n_targets=np.tile(by_region.n_targets[0], (3, 1)))
    for number, parts in enumerate(([by_region], [make_scores("03")[0], same], [same, make_scores("03")[0]])):
        path = tmp_path / f"{number}.safetensors"
        write_scores(parts, path)
        assert read_grids(path)[1] == [part.grid for part in parts]
        for index, part in enumerate(parts):
            if isinstance(part, RegionScores):
                for distances in (None, [9, -1]):
                    read = read_scores(path, distances, index=index)
                    rows = [0, 1, 2] if distances is None else [2, 0]
                    assert read.grid == replace(BY_REGION, distances=tuple(np.array(BY_REGION.distances)[rows]))
                    np.testing.assert_array_equal(read.mean, part.mean[rows])
                    np.testing.assert_array_equal(read.n_targets, part.n_targets[rows])


@pytest.mark.parametrize("n_folds", [4, 5])
def test_the_median_of_the_penalties_is_kept(tmp_path, n_folds):
    """Of an odd and of an even number of folds, bit for bit, from one byte a fold that is kept."""
    penalties = (10.0 ** np.linspace(-1, 8, 20)).astype(np.float32)
    alpha = np.random.default_rng(1).choice(penalties, (1, n_folds, 1000))
    part = Scores.from_folds("03", GRIDS[0], np.arange(1000), np.zeros(alpha.shape, np.float32), alpha)
    write_scores([part], tmp_path / "scores")
    expected = np.median(alpha[0], axis=0)
    np.testing.assert_array_equal(read_scores(tmp_path / "scores").alpha.mean(axis=0), expected)
    np.testing.assert_array_equal(middle_pair(alpha[0]).mean(axis=0), expected)


def test_files_hold_no_folds(tmp_path):
    """Four bytes for each cell and target, two more for the penalties of a baseline, four for its number."""
    n = 10_000
    for grid, expected in ((GRIDS[0], 10), (Grid("m", 0, "paper", "true", 7, (1, 2, 3)), 16)):
        values = np.ones((len(grid.distances), 20, n), np.float32)
        write_scores([Scores.from_folds("03", grid, np.arange(n), values, values)], tmp_path / "scores")
        assert (tmp_path / "scores").stat().st_size / n == pytest.approx(expected, abs=0.1)


def test_blocks_of_distances_are_joined(by_region):
    """Cut into single distances and joined, of targets as of regions: the same arrays."""
    scores = make_scores("03")[-1]
    for part, names in ((scores, ("brain_score",)), (by_region, ("mean", "n_targets"))):
        cut = [
            replace(
                part,
                grid=replace(part.grid, distances=(distance,)),
                **{name: getattr(part, name)[row : row + 1] for name in names},
            )
            for row, distance in enumerate(part.grid.distances)
        ]
        found = join(cut)
        assert found.grid == part.grid
        for name in names:
            np.testing.assert_array_equal(getattr(found, name), getattr(part, name))
