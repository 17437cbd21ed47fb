"""All scores of one subject, from the files of its scoring jobs, read one grid at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from brainforecast.cells import TARGETS, Grid, of_targets
from brainforecast.results.regions import Regions
from brainforecast.sources import PRESENT
from brainforecast.storage.scores import RegionScores, Scores, join, read_grids, read_scores

Means = tuple[np.ndarray, np.ndarray]  # means over regions and n_targets, (n_distances, n_regions) each


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
    windowed : the grids with windows, in order; blocks of distances are joined. Of some only regions are kept.
    series, windowed_series : the same grids where the mean series of regions are scored.
    """

    def __init__(self, paths: Sequence[str | Path]):
        self._blocks: dict[tuple, list[tuple[Grid, str | Path, int]]] = {}
        for path in paths:
            self.subject, blocks_of_job = read_grids(path)
            for index, block in enumerate(blocks_of_job):
                self._blocks.setdefault(block.key, []).append((block, path, index))
        for blocks in self._blocks.values():
            blocks.sort(key=lambda entry: entry[0].distances)
        grids = [self._joined(key) for key in sorted(self._blocks)]
        present = [grid for grid in grids if grid.source == PRESENT]
        windowed = [grid for grid in grids if grid.width > 0]
        self.present, self.series = _by_what_is_scored(present)
        self.windowed, self.windowed_series = _by_what_is_scored(windowed)
        self._baselines = {_but_width(grid): grid for grid in grids if grid.width == 0}
        self._alone: dict[tuple, Scores | RegionScores] = {}

    def read(self, grid: Grid, distances: Sequence[int] | None = None) -> Scores | RegionScores:
        """Scores of a grid at the given distances (default all): `RegionScores` if it keeps only regions."""
        wanted = tuple(distance for distance in grid.distances if distances is None or distance in distances)
        parts = []
        for block, path, index in self._blocks[grid.key]:
            here = [distance for distance in block.distances if distance in wanted]
            if here:
                parts.append(read_scores(path, here, index=index))
        return join(parts)

    def forecasts(self, grid: Grid, distances: Sequence[int] | None = None) -> Forecasts:
        """F(d) = R(B + X~(d)) - R(B) of a grid that keeps targets, and its base B, mean over folds."""
        scores = self.read(grid, distances)
        curves = scores.brain_score - self._baseline(grid).brain_score
        return Forecasts(scores.grid, scores.target, scores.brain_score, curves)

    def region_scores(self, grid: Grid, regions: Regions, distances: Sequence[int] | None = None) -> Means:
        """Mean of R over the targets of each region, and their number; of series, R of each region's own."""
        return _means(self.read(grid, distances), regions)

    def region_forecasts(self, grid: Grid, regions: Regions, distances: Sequence[int] | None = None) -> Means:
        """Mean of F(d) over the targets of each region, and their number; of series, F(d) of each region's own.

        Where only means over regions are kept, the mean of a difference is the difference of the means: both are over
        the same targets, as no target has a score with a window but none without; if not, it is NaN.
        """
        if grid.keep == TARGETS:
            found = self.forecasts(grid, distances)
            return regions.mean(found.curves, found.target)
        (with_window, counts), (alone, n_targets) = (
            _means(scores, regions) for scores in (self.read(grid, distances), self._baseline(grid))
        )
        same = counts == n_targets
        return np.where(same, with_window - alone, np.nan), np.where(same, counts, 0)

    def _baseline(self, grid: Grid) -> Scores | RegionScores:
        """R of the baseline, of one distance: the source's own if scored."""
        own = _but_width(grid)
        key = own if own in self._baselines else _but_width(replace(grid, source=PRESENT))
        if key not in self._alone:
            self._alone[key] = self.read(self._baselines[key])
        return self._alone[key]

    def _joined(self, key: tuple) -> Grid:
        blocks = [block for block, *_ in self._blocks[key]]
        return replace(blocks[0], distances=tuple(distance for block in blocks for distance in block.distances))


def _means(scores: Scores | RegionScores, regions: Regions) -> Means:
    if isinstance(scores, RegionScores):
        return scores.mean, scores.n_targets
    return regions.mean(scores.brain_score, scores.target)


def _by_what_is_scored(grids: Sequence[Grid]) -> tuple[list[Grid], list[Grid]]:
    """The grids where targets are scored, and those where series of regions are."""
    return of_targets(grids), [grid for grid in grids if grid.score != TARGETS]


def _but_width(grid: Grid) -> tuple:
    return grid.model, grid.layer, grid.base, grid.source, grid.score
