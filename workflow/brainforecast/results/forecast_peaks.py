"""Forecast distance d* and forecast depth k* over subjects, with the test of where they may be interpreted."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.cells import Grid, depths_of
from brainforecast.results.cell_tables import CellTables
from brainforecast.results.frames import at_least_columns, with_cell_columns
from brainforecast.statistics.inference import benjamini_hochberg, mean_and_ci, wilcoxon_signed_rank
from brainforecast.storage.columns import CELL, DEPTH_CELL, DISTANCE_CELL, PEAK_CELLS

Mask = Callable[[dict], np.ndarray | None]  # cell of a curve -> the values to test, (n_subjects, n_targets)
STATISTICS = ["target", "n_subjects", "mean", "sem", "centroid", "p_value", "q_value"]


def forecast_distances(
    paths_to_distances: Sequence[str | Path],
    paths_to_forecasts: Sequence[str | Path],
    n_targets: int,
    *,
    distance: int,
    reference: int,
) -> Iterator[pd.DataFrame]:
    """d* over subjects with the test of its mask, F(distance) - F(reference) is above 0, a frame per curve.

    The test is one-sided: where the window ahead is worse than the one at the reference, its best distance is no
    forecast. A curve without these two distances has no test: its p_value and q_value are NaN.
    """
    with CellTables(paths_to_forecasts, CELL) as forecasts:

        def difference(curve: dict) -> np.ndarray | None:
            near, far = (forecasts.index(**curve, distance=d) for d in (reference, distance))
            if near is None or far is None:
                return None
            scores = (forecasts.as_array(index, "forecast_score", n_targets) for index in (far, near))
            return np.subtract(*scores, dtype=np.float64)

        yield from _peaks(paths_to_distances, "forecast_distance", n_targets, difference)


def forecast_depths(
    paths_to_depths: Sequence[str | Path], paths_to_forecasts: Sequence[str | Path], n_targets: int
) -> Iterator[pd.DataFrame]:
    """k* over subjects with the test of its mask, a frame per curve: the mean over layers of F_k(d) is above 0.

    The test is one-sided: where the window lowers the score at every layer, the layer that lowers it least is no depth.
    """
    with CellTables(paths_to_forecasts, CELL) as forecasts:
        layers = depths_of(Grid(*(cell[key] for key in DISTANCE_CELL), (cell["distance"],)) for cell in forecasts.cells)

        def mean_over_layers(curve: dict) -> np.ndarray:
            scored = layers[tuple(curve[key] for key in DEPTH_CELL)]
            total = np.zeros(())
            for layer in scored:
                total = total + forecasts.as_array(forecasts.index(**curve, layer=layer), "forecast_score", n_targets)
            return total / len(scored)

        yield from _peaks(paths_to_depths, "forecast_depth", n_targets, mean_over_layers)


def _peaks(paths: Sequence[str | Path], measure: str, n_targets: int, mask: Mask) -> Iterator[pd.DataFrame]:
    """Mean, standard error and mean centroid of the subjects' peaks; the test that what `mask` returns is above 0."""
    keys = PEAK_CELLS[measure]
    with CellTables(paths, keys) as peaks:
        frames = (_peaks_of_curve(peaks, index, measure, n_targets, mask) for index in range(len(peaks.cells)))
        yield from at_least_columns(frames, [*keys, *STATISTICS])


def _peaks_of_curve(peaks: CellTables, index: int, measure: str, n_targets: int, mask: Mask) -> pd.DataFrame:
    cell = peaks.cells[index]
    found = mean_and_ci(peaks.as_array(index, measure, n_targets))
    found["centroid"] = mean_and_ci(peaks.as_array(index, "centroid", n_targets))["mean"]
    tested = mask(cell)
    found["p_value"] = np.full(n_targets, np.nan) if tested is None else wilcoxon_signed_rank(tested, "greater")
    found["q_value"] = benjamini_hochberg(found["p_value"])
    scored = np.flatnonzero(found["n_subjects"] > 0)
    columns = {"target": scored.astype(np.int32)} | {name: found[name][scored] for name in STATISTICS[1:]}
    return with_cell_columns(cell, columns)
