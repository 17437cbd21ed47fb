"""The tables of one subject, from the files of its scoring jobs."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from brainforecast.cells import PRESENT, Grid
from brainforecast.regions import Regions
from brainforecast.scores_file import Scores
from brainforecast.statistics import peak

CELL = ["model", "layer", "source", "width", "distance"]


def join_blocks(parts: Iterable[Scores]) -> list[Scores]:
    """The blocks of distances of each grid, put together in the order of distance; grids in order."""
    grids: dict[tuple, list[Scores]] = {}
    for part in parts:
        grids.setdefault((part.grid.model, part.grid.layer, part.grid.source, part.grid.width), []).append(part)
    return [_join(sorted(blocks, key=lambda part: part.grid.distances)) for _, blocks in sorted(grids.items())]


def forecast_scores(scores: Sequence[Scores]) -> list[tuple[Scores, np.ndarray]]:
    """Each windowed grid with F(d) = R(X + X~(d)) - R(X), (n_distances, n_targets), means over folds first."""
    base = {(part.grid.model, part.grid.layer): part for part in scores if part.grid.source == PRESENT}
    windowed = [part for part in scores if part.grid.source != PRESENT]
    return [
        (part, part.brain_score.mean(axis=1) - base[part.grid.model, part.grid.layer].brain_score.mean(axis=1))
        for part in windowed
    ]


def brain_score_rows(scores: Sequence[Scores]) -> Iterator[pd.DataFrame]:
    """subject, model, layer, target, brain_score, alpha: a frame per layer."""
    for part in scores:
        if part.grid.source == PRESENT:
            columns = {
                "target": part.target,
                "brain_score": part.brain_score[0].mean(axis=0),
                "alpha": np.median(part.alpha[0], axis=0),
            }
            yield _rows(part, ["model", "layer"], columns)


def forecast_score_rows(forecasts: Sequence[tuple[Scores, np.ndarray]]) -> Iterator[pd.DataFrame]:
    """subject, model, layer, source, width, distance, target, brain_score, forecast_score: a frame per cell."""
    for part, gain in forecasts:
        for index, distance in enumerate(part.grid.distances):
            columns = {
                "target": part.target,
                "brain_score": part.brain_score[index].mean(axis=0),
                "forecast_score": gain[index],
            }
            yield _rows(part, CELL, columns, distance=distance)


def forecast_distance_rows(forecasts: Sequence[tuple[Scores, np.ndarray]]) -> Iterator[pd.DataFrame]:
    """subject, model, layer, source, width, target, forecast_distance: a frame per grid."""
    for part, gain in forecasts:
        columns = {"target": part.target, "forecast_distance": peak(gain, np.array(part.grid.distances))}
        yield _rows(part, CELL[:-1], columns)


def region_score_rows(
    scores: Sequence[Scores], forecasts: Sequence[tuple[Scores, np.ndarray]], regions: Regions
) -> Iterator[pd.DataFrame]:
    """subject, score, model .. distance, level, hemi, roi, mean, n_targets: a frame per cell."""
    brain = [(part, part.brain_score.mean(axis=1)) for part in scores if part.grid.source == PRESENT]
    for score, pairs in (("brain_score", brain), ("forecast_score", forecasts)):
        for part, values in pairs:
            means, counts = regions.mean(values, part.target)
            for index, distance in enumerate(part.grid.distances):
                columns = {**regions.names, "mean": means[index], "n_targets": counts[index]}
                yield _rows(part, CELL, columns, distance=distance, score=score)


def region_distance_rows(forecasts: Sequence[tuple[Scores, np.ndarray]], regions: Regions) -> Iterator[pd.DataFrame]:
    """subject, model .. width, level, hemi, roi, n_targets, forecast_distance, peak_distance: a frame per grid."""
    for part, gain in forecasts:
        positions = np.array(part.grid.distances)
        means, counts = regions.mean(peak(gain, positions)[None], part.target)
        curves, _ = regions.mean(gain, part.target)
        columns = {
            **regions.names,
            "n_targets": counts[0],
            "forecast_distance": means[0],
            "peak_distance": peak(curves, positions),
        }
        yield _rows(part, CELL[:-1], columns)


def _join(blocks: Sequence[Scores]) -> Scores:
    first = blocks[0]
    distances = tuple(distance for block in blocks for distance in block.grid.distances)
    grid = Grid(first.grid.model, first.grid.layer, first.grid.source, first.grid.width, distances)
    return Scores(
        first.subject,
        grid,
        first.target,
        np.concatenate([block.brain_score for block in blocks]),
        np.concatenate([block.alpha for block in blocks]),
    )


def _rows(part: Scores, keys: Sequence[str], columns: dict, **fixed: object) -> pd.DataFrame:
    """A frame that repeats the subject and its cell beside the columns; text repeats are kept as categories."""
    cell = {"subject": part.subject, **vars(part.grid), **fixed}
    names = ["subject", *(["score"] if "score" in fixed else []), *keys]
    frame = pd.DataFrame(columns)
    repeated = pd.DataFrame({name: _repeat(cell[name], len(frame)) for name in names}, index=frame.index)
    return pd.concat([repeated, frame], axis=1)


def _repeat(value: object, n: int) -> object:
    if isinstance(value, str):
        return pd.Categorical.from_codes(np.zeros(n, np.int8), categories=[value])
    return np.full(n, value, np.int32)
