"""The tables of one subject, made as frames per cell so that memory holds one grid at a time.

Tables of targets have the cells that are kept by target. Tables of regions have all that are scored in targets:
peaks of a region's mean curve need no targets, the mean of its targets' peaks does, and is null where only regions are
kept. Scores of the mean series of regions stand in `roi_scores` alone, under names of their own.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from brainforecast.cells import LISTENERS, TARGETS, Grid, depths_of, mirror, mirrored_distances
from brainforecast.results.frames import at_least_columns, with_cell_columns
from brainforecast.results.regions import Regions
from brainforecast.results.subject_scores import SubjectScores
from brainforecast.statistics.peaks import centroid, peak
from brainforecast.storage.columns import CELL, DEPTH_CELL, DISTANCE_CELL, REGION, SCORE_CELLS
from brainforecast.storage.listener_correlation import ListenerCorrelation

COLUMNS = {
    "brain_scores": ["subject", *SCORE_CELLS["brain_scores"], "target", "brain_score", "alpha", "listener_correlation"],
    "forecast_scores": ["subject", *CELL, "target", "brain_score", "forecast_score"],
    "forecast_distance": ["subject", *DISTANCE_CELL, "target", "forecast_distance", "centroid"],
    "forecast_depth": ["subject", *DEPTH_CELL, "target", "forecast_depth", "centroid"],
    "roi_scores": ["subject", "score", *CELL, *REGION, "mean", "n_targets"],
    "roi_distances": [
        *("subject", *DISTANCE_CELL, *REGION),
        *("n_targets", "forecast_distance", "peak_distance", "centroid"),
    ],
    "roi_depths": ["subject", *DEPTH_CELL, *REGION, "n_targets", "forecast_depth", "peak_depth", "centroid"],
}


def subject_tables(
    scores: SubjectScores, regions: Regions, correlations: Sequence[ListenerCorrelation] = ()
) -> dict[str, Iterator[pd.DataFrame]]:
    """Every table of a subject by name, as frames made lazily; a table without cells has its columns and no rows.

    Parameters
    ----------
    correlations : with the mean of the other subjects; none where no noise ceiling is computed.
    """
    frames = {
        "brain_scores": brain_score_rows(scores, correlations),
        "forecast_scores": forecast_score_rows(scores),
        "forecast_distance": forecast_distance_rows(scores),
        "forecast_depth": forecast_depth_rows(scores),
        "roi_scores": region_score_rows(scores, regions),
        "roi_distances": region_distance_rows(scores, regions),
        "roi_depths": region_depth_rows(scores, regions),
    }
    return {name: at_least_columns(table, COLUMNS[name]) for name, table in frames.items()}


def brain_score_rows(scores: SubjectScores, correlations: Sequence[ListenerCorrelation] = ()) -> Iterator[pd.DataFrame]:
    """subject, model, layer, base, target, brain_score, alpha, listener_correlation: a frame per layer and base.

    The correlation with the other subjects stands in the rows of model `listeners`; elsewhere it is NaN.
    """
    found = pd.concat([pd.Series(dtype=np.float32), *(pd.Series(part.r, part.target) for part in correlations)])
    for grid in scores.present:
        part, here = scores.read(grid), found if grid.model == LISTENERS else found[:0]
        columns = {
            "target": part.target,
            "brain_score": part.brain_score[0],
            "alpha": part.alpha.mean(axis=0),
            "listener_correlation": here.reindex(part.target).to_numpy(np.float32),
        }
        yield _rows(scores.subject, grid, SCORE_CELLS["brain_scores"], columns)


def forecast_score_rows(scores: SubjectScores) -> Iterator[pd.DataFrame]:
    """subject, model .. distance, target, brain_score, forecast_score: a frame per cell."""
    for grid in _kept_by_target(scores.windowed):
        found = scores.forecasts(grid)
        for index, distance in enumerate(grid.distances):
            columns = {
                "target": found.target,
                "brain_score": found.brain_score[index],
                "forecast_score": found.curves[index],
            }
            yield _rows(scores.subject, grid, CELL, columns, distance=distance)


def forecast_distance_rows(scores: SubjectScores) -> Iterator[pd.DataFrame]:
    """subject, model .. width, target, forecast_distance, centroid: a frame per curve."""
    for grid in _kept_by_target(_with_curves(scores.windowed)):
        found = scores.forecasts(grid)
        columns = _target_peaks(found.curves, np.array(grid.distances), "forecast_distance")
        yield _rows(scores.subject, grid, DISTANCE_CELL, {"target": found.target, **columns})


def forecast_depth_rows(scores: SubjectScores) -> Iterator[pd.DataFrame]:
    """subject, model, base .. distance, target, forecast_depth, centroid: a frame per curve."""
    for grids, layers, distance in _depths(scores):
        if len(_kept_by_target(grids)) == len(grids):
            found = [scores.forecasts(grid, [distance]) for grid in grids]
            curves = np.concatenate([forecasts.curves for forecasts in found])
            columns = {"target": found[0].target, **_target_peaks(curves, np.array(layers), "forecast_depth")}
            yield _rows(scores.subject, grids[0], DEPTH_CELL, columns, distance=distance)


def region_score_rows(scores: SubjectScores, regions: Regions) -> Iterator[pd.DataFrame]:
    """subject, score, model .. distance, level, hemi, roi, mean, n_targets: a frame per cell."""
    for grid, distances, score, means, counts in _scores_of_regions(scores, regions):
        for index, distance in enumerate(distances):
            columns = {**regions.names, "mean": means[index], "n_targets": counts[index]}
            yield _rows(scores.subject, grid, CELL, columns, distance=distance, score=score)


def region_distance_rows(scores: SubjectScores, regions: Regions) -> Iterator[pd.DataFrame]:
    """subject, model .. width, level .. n_targets, forecast_distance, peak_distance, centroid: a frame per curve."""
    for grid in _with_curves(scores.windowed):
        positions = np.array(grid.distances)
        found = scores.forecasts(grid) if grid.keep == TARGETS else None
        peaks = None if found is None else regions.mean(peak(found.curves, positions)[None], found.target)
        columns = _region_peaks(*scores.region_forecasts(grid, regions), positions, peaks, "distance")
        yield _rows(scores.subject, grid, DISTANCE_CELL, {**regions.names, **columns})


def region_depth_rows(scores: SubjectScores, regions: Regions) -> Iterator[pd.DataFrame]:
    """subject, model .. distance, level .. n_targets, forecast_depth, peak_depth, centroid: a frame per curve."""
    for grids, layers, distance in _depths(scores):
        positions, peaks = np.array(layers), None
        if len(_kept_by_target(grids)) == len(grids):
            found = [scores.forecasts(grid, [distance]) for grid in grids]
            curves = np.concatenate([forecasts.curves for forecasts in found])
            peaks = regions.mean(peak(curves, positions)[None], found[0].target)
        of_regions = [scores.region_forecasts(grid, regions, [distance]) for grid in grids]
        means, counts = (np.concatenate(arrays) for arrays in zip(*of_regions, strict=True))
        columns = _region_peaks(means, counts, positions, peaks, "depth")
        yield _rows(scores.subject, grids[0], DEPTH_CELL, {**regions.names, **columns}, distance=distance)


Cells = tuple[Grid, Sequence[int], str, np.ndarray, np.ndarray]  # grid, distances, score, means and n_targets of each


def _scores_of_regions(scores: SubjectScores, regions: Regions) -> Iterator[Cells]:
    """Means over regions, (n_distances, n_regions): R of every layer, then F and M; then the same of series."""
    for prefix, present, windowed in (
        ("", scores.present, scores.windowed),
        ("series_", scores.series, scores.windowed_series),
    ):
        for grid in present:
            yield grid, grid.distances, f"{prefix}brain_score", *scores.region_scores(grid, regions)
        for grid in windowed:
            means, counts = scores.region_forecasts(grid, regions)
            yield grid, grid.distances, f"{prefix}forecast_score", means, counts
            if distances := mirrored_distances(grid.width, grid.distances):
                M = _mirror_differences(scores, grid, regions, distances, means, counts)
                yield grid, distances, f"{prefix}mirror_difference", *M


def _mirror_differences(
    scores: SubjectScores,
    grid: Grid,
    regions: Regions,
    distances: Sequence[int],
    means: np.ndarray,
    counts: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean over regions of M(d) = F(d) - F(w - 1 - d), and n_targets; from those of F where only these are kept."""
    ahead = [grid.distances.index(d) for d in distances]
    back = [grid.distances.index(mirror(grid.width, d)) for d in distances]
    if grid.keep == TARGETS:
        found = scores.forecasts(grid)
        return regions.mean(found.curves[ahead] - found.curves[back], found.target)
    same = counts[ahead] == counts[back]
    return np.where(same, means[ahead] - means[back], np.nan), np.where(same, counts[ahead], 0)


def _kept_by_target(grids: Sequence[Grid]) -> list[Grid]:
    return [grid for grid in grids if grid.keep == TARGETS]


def _with_curves(grids: Sequence[Grid]) -> list[Grid]:
    """Grids of at least two distances."""
    return [grid for grid in grids if len(grid.distances) > 1]


def _depths(scores: SubjectScores) -> Iterator[tuple[list[Grid], list[int], int]]:
    """A grid of each layer, the layers and the distance, where there are at least two layers."""
    grids = {grid.key[:-1]: grid for grid in scores.windowed}
    for (model, base, source, width, distance), layers in depths_of(scores.windowed).items():
        yield [grids[model, layer, base, source, width] for layer in layers], layers, distance


def _target_peaks(curves: np.ndarray, positions: np.ndarray, name: str) -> dict[str, np.ndarray]:
    """Argmax under `name`, and centroid; (n_targets,) each."""
    return {name: peak(curves, positions), "centroid": centroid(curves, positions)}


def _region_peaks(
    means: np.ndarray,
    counts: np.ndarray,
    positions: np.ndarray,
    of_targets: tuple[np.ndarray, np.ndarray] | None,
    axis: str,
) -> dict[str, np.ndarray]:
    """Mean of the targets' argmax if they are kept, and the argmax and centroid of the region's mean curve.

    means, counts : (n_positions, n_regions), of the curve; of_targets : mean and number of peaks, (1, n_regions) each.
    """
    by_target, n_targets = (
        (np.full(means.shape[1], np.nan), counts.min(axis=0))
        if of_targets is None
        else (of_targets[0][0], of_targets[1][0])
    )
    return {
        "n_targets": n_targets,
        f"forecast_{axis}": by_target,
        f"peak_{axis}": peak(means, positions),
        "centroid": centroid(means, positions),
    }


def _rows(subject: str, grid: Grid, keys: Sequence[str], columns: dict, **fixed: object) -> pd.DataFrame:
    """The columns of one cell, preceded by the subject and the keys of the cell."""
    cell = {**vars(grid), **fixed}
    names = [*(["score"] if "score" in fixed else []), *keys]
    return with_cell_columns({"subject": subject} | {name: cell[name] for name in names}, columns)
