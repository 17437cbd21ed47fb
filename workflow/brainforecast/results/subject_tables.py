"""The tables of one subject, made as frames per cell so that memory holds one grid at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from brainforecast.cells import LISTENERS, Grid, depths_of, mirror, mirrored_distances
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
            "brain_score": part.brain_score[0].mean(axis=0),
            "alpha": np.median(part.alpha[0], axis=0),
            "listener_correlation": here.reindex(part.target).to_numpy(np.float32),
        }
        yield _rows(scores.subject, grid, SCORE_CELLS["brain_scores"], columns)


def forecast_score_rows(scores: SubjectScores) -> Iterator[pd.DataFrame]:
    """subject, model .. distance, target, brain_score, forecast_score: a frame per cell."""
    for grid in scores.windowed:
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
    for grid, target, curves in _distance_curves(scores):
        columns = {"target": target, **_target_peaks(curves, np.array(grid.distances), "forecast_distance")}
        yield _rows(scores.subject, grid, DISTANCE_CELL, columns)


def forecast_depth_rows(scores: SubjectScores) -> Iterator[pd.DataFrame]:
    """subject, model, base .. distance, target, forecast_depth, centroid: a frame per curve."""
    for grid, target, layers, curves in _depth_curves(scores):
        columns = {"target": target, **_target_peaks(curves, np.array(layers), "forecast_depth")}
        yield _rows(scores.subject, grid, DEPTH_CELL, columns, distance=grid.distances[0])


def region_score_rows(scores: SubjectScores, regions: Regions) -> Iterator[pd.DataFrame]:
    """subject, score, model .. distance, level, hemi, roi, mean, n_targets: a frame per cell."""
    for grid, target, score, values in _scores_of_targets(scores):
        means, counts = regions.mean(values, target)
        for index, distance in enumerate(grid.distances):
            columns = {**regions.names, "mean": means[index], "n_targets": counts[index]}
            yield _rows(scores.subject, grid, CELL, columns, distance=distance, score=score)


def region_distance_rows(scores: SubjectScores, regions: Regions) -> Iterator[pd.DataFrame]:
    """subject, model .. width, level .. n_targets, forecast_distance, peak_distance, centroid: a frame per curve."""
    for grid, target, curves in _distance_curves(scores):
        columns = _region_peaks(curves, np.array(grid.distances), target, regions, "distance")
        yield _rows(scores.subject, grid, DISTANCE_CELL, columns)


def region_depth_rows(scores: SubjectScores, regions: Regions) -> Iterator[pd.DataFrame]:
    """subject, model .. distance, level .. n_targets, forecast_depth, peak_depth, centroid: a frame per curve."""
    for grid, target, layers, curves in _depth_curves(scores):
        columns = _region_peaks(curves, np.array(layers), target, regions, "depth")
        yield _rows(scores.subject, grid, DEPTH_CELL, columns, distance=grid.distances[0])


def _scores_of_targets(scores: SubjectScores) -> Iterator[tuple[Grid, np.ndarray, str, np.ndarray]]:
    """Grid, target, name of the score and its values (n_distances, n_targets): R of every layer, then F and M."""
    for grid in scores.present:
        part = scores.read(grid)
        yield grid, part.target, "brain_score", part.brain_score.mean(axis=1)
    for grid in scores.windowed:
        found = scores.forecasts(grid)
        yield grid, found.target, "forecast_score", found.curves
        distances = mirrored_distances(grid.width, grid.distances)
        if distances:
            of_distance = dict(zip(grid.distances, found.curves, strict=True))
            M = np.stack([of_distance[d] - of_distance[mirror(grid.width, d)] for d in distances])
            yield replace(grid, distances=distances), found.target, "mirror_difference", M


def _distance_curves(scores: SubjectScores) -> Iterator[tuple[Grid, np.ndarray, np.ndarray]]:
    """Grid, target and curves, for grids of at least two distances."""
    for grid in scores.windowed:
        if len(grid.distances) > 1:
            found = scores.forecasts(grid)
            yield grid, found.target, found.curves


def _depth_curves(scores: SubjectScores) -> Iterator[tuple[Grid, np.ndarray, list[int], np.ndarray]]:
    """First layer's grid of one distance, target, layers and curves over them, where there are at least two layers."""
    grids = {(grid.model, grid.layer, grid.base, grid.source, grid.width): grid for grid in scores.windowed}
    for (model, base, source, width, distance), layers in depths_of(scores.windowed).items():
        found = [scores.forecasts(grids[model, layer, base, source, width], [distance]) for layer in layers]
        yield found[0].grid, found[0].target, layers, np.concatenate([forecasts.curves for forecasts in found])


def _target_peaks(curves: np.ndarray, positions: np.ndarray, name: str) -> dict[str, np.ndarray]:
    """Argmax under `name`, and centroid; (n_targets,) each."""
    return {name: peak(curves, positions), "centroid": centroid(curves, positions)}


def _region_peaks(curves: np.ndarray, positions: np.ndarray, target: np.ndarray, regions: Regions, axis: str) -> dict:
    """Mean of the targets' argmax, and the argmax and centroid of the region's mean curve."""
    by_target, counts = regions.mean(peak(curves, positions)[None], target)
    own, _ = regions.mean(curves, target)
    return {
        **regions.names,
        "n_targets": counts[0],
        f"forecast_{axis}": by_target[0],
        f"peak_{axis}": peak(own, positions),
        "centroid": centroid(own, positions),
    }


def _rows(subject: str, grid: Grid, keys: Sequence[str], columns: dict, **fixed: object) -> pd.DataFrame:
    """The columns of one cell, preceded by the subject and the keys of the cell."""
    cell = {**vars(grid), **fixed}
    names = [*(["score"] if "score" in fixed else []), *keys]
    return with_cell_columns({"subject": subject} | {name: cell[name] for name in names}, columns)
