"""All scores of one subject, from the files of its scoring jobs, read one grid at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from brainforecast.cells import Grid
from brainforecast.sources import PRESENT
from brainforecast.statistics.peaks import Curves
from brainforecast.storage.scores import Scores, read_grids, read_scores


@dataclass(frozen=True)
class Forecasts:
    """Cells of a grid: brain_score R(X + X~(d)), (n_distances, n_targets), mean over folds; F(d) as curves over d."""

    grid: Grid
    target: np.ndarray
    brain_score: np.ndarray
    curves: Curves


class SubjectScores:
    """Scores of one subject.

    Attributes
    ----------
    subject : its label.
    present : the grids of the present alone, in order.
    windowed : the grids with windows, in order; blocks of distances are joined.
    """

    def __init__(self, paths: Sequence[str | Path]):
        self._blocks: dict[tuple, list[tuple[Grid, str | Path, int]]] = {}
        for path in paths:
            self.subject, blocks_of_job = read_grids(path)
            for index, block in enumerate(blocks_of_job):
                self._blocks.setdefault(_key(block), []).append((block, path, index))
        for blocks in self._blocks.values():
            blocks.sort(key=lambda entry: entry[0].distances)
        grids = [Grid(*key, self._distances(key)) for key in sorted(self._blocks)]
        self.present = [grid for grid in grids if grid.source == PRESENT]
        self.windowed = [grid for grid in grids if grid.width > 0]
        self._baselines = {(grid.model, grid.layer, grid.source): grid for grid in grids if grid.width == 0}
        self._baseline_means: dict[tuple, tuple[np.ndarray, ...]] = {}

    def read(self, grid: Grid, distances: Sequence[int] | None = None) -> Scores:
        """Scores of a grid, fold by fold, at the given distances (default all)."""
        wanted = tuple(distance for distance in grid.distances if distances is None or distance in distances)
        parts = []
        for block, path, index in self._blocks[_key(grid)]:
            here = [distance for distance in block.distances if distance in wanted]
            if here:
                parts.append(read_scores(path, here, index=index))
        brain_score = np.concatenate([part.brain_score for part in parts])
        alpha = np.concatenate([part.alpha for part in parts])
        return Scores(self.subject, Grid(*_key(grid), wanted), parts[0].target, brain_score, alpha)

    def forecasts(self, grid: Grid, distances: Sequence[int] | None = None) -> Forecasts:
        """F(d) = R(X + X~(d)) - R(X) of a grid, from means over all folds and over each half of them."""
        scores = self.read(grid, distances)
        with_window = _means(scores.brain_score)
        gains = [window - alone for window, alone in zip(with_window, self._alone(grid), strict=True)]
        return Forecasts(scores.grid, scores.target, with_window[0], Curves(*gains))

    def _alone(self, grid: Grid) -> tuple[np.ndarray, ...]:
        """R of the baseline, (1, n_targets), over all, even and odd folds: the source's own if scored."""
        own, present = (grid.model, grid.layer, grid.source), (grid.model, grid.layer, PRESENT)
        key = own if own in self._baselines else present
        if key not in self._baseline_means:
            self._baseline_means[key] = _means(self.read(self._baselines[key]).brain_score)
        return self._baseline_means[key]

    def _distances(self, key: tuple) -> tuple[int, ...]:
        return tuple(distance for block, *_ in self._blocks[key] for distance in block.distances)


def _key(grid: Grid) -> tuple:
    return grid.model, grid.layer, grid.source, grid.width


def _means(by_fold: np.ndarray) -> tuple[np.ndarray, ...]:
    """Means over all, even and odd folds (counted from 0)."""
    return by_fold.mean(axis=1), by_fold[:, ::2].mean(axis=1), by_fold[:, 1::2].mean(axis=1)
