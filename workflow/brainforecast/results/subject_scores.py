"""All scores of one subject, from the files of its scoring jobs, read one grid at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from brainforecast.cells import Grid
from brainforecast.sources import PRESENT
from brainforecast.storage.scores import Scores, read_grids, read_scores


@dataclass(frozen=True)
class Forecasts:
    """Cells of a grid, means over folds, (n_distances, n_targets): brain_score R(B + X~(d)), and curves F(d)."""

    grid: Grid
    target: np.ndarray
    brain_score: np.ndarray
    curves: np.ndarray


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
        self._baselines = {_key(grid)[:-1]: grid for grid in grids if grid.width == 0}
        self._baseline_means: dict[tuple, np.ndarray] = {}

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
        """F(d) = R(B + X~(d)) - R(B) of a grid and its base B, mean over folds."""
        scores = self.read(grid, distances)
        with_window = scores.brain_score.mean(axis=1)
        return Forecasts(scores.grid, scores.target, with_window, with_window - self._alone(grid))

    def _alone(self, grid: Grid) -> np.ndarray:
        """R of the baseline, (1, n_targets), mean over folds: the source's own if scored."""
        own = _key(grid)[:-1]
        present = (*own[:-1], PRESENT)
        key = own if own in self._baselines else present
        if key not in self._baseline_means:
            self._baseline_means[key] = self.read(self._baselines[key]).brain_score.mean(axis=1)
        return self._baseline_means[key]

    def _distances(self, key: tuple) -> tuple[int, ...]:
        return tuple(distance for block, *_ in self._blocks[key] for distance in block.distances)


def _key(grid: Grid) -> tuple:
    return grid.model, grid.layer, grid.base, grid.source, grid.width
