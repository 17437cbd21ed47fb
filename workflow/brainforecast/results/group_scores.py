"""Group tables of scores by target and by region, and the noise ceiling of brain scores."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.cells import LISTENERS
from brainforecast.progress import log_progress
from brainforecast.results.cell_tables import CellTables
from brainforecast.results.frames import with_cell_columns
from brainforecast.statistics.inference import mean_and_ci, summarise
from brainforecast.storage.columns import REGION

TABLE_STATISTICS = ["n_subjects", "mean", "sem", "p_value", "q_value"]


def summarise_score(
    paths: Sequence[str | Path], value: str, keys: Sequence[str], n_targets: int
) -> Iterator[pd.DataFrame]:
    """The group table of one score, a frame per cell; brain scores come with their noise ceiling.

    Parameters
    ----------
    paths : the subjects' tables.
    value : ``brain_score`` or ``forecast_score``.
    keys : the columns that name a cell.
    n_targets : number of targets of the space.
    """
    frames = summarise_cells(paths, value, keys, n_targets)
    return frames if value != "brain_score" else _with_ceiling(frames, *noise_ceiling(paths, n_targets))


def summarise_cells(
    paths: Sequence[str | Path], value: str, keys: Sequence[str], n_targets: int
) -> Iterator[pd.DataFrame]:
    """`TABLE_STATISTICS` over subjects of one column, a frame per cell; parameters as for `summarise_score`."""
    with CellTables(paths, keys) as tables:
        for index, cell in enumerate(log_progress(tables.cells, len(tables.cells), "cell")):
            found = summarise(tables.as_array(index, value, n_targets))
            scored = np.flatnonzero(found["n_subjects"] > 0)
            columns = {"target": scored.astype(np.int32)} | {name: found[name][scored] for name in TABLE_STATISTICS}
            yield with_cell_columns(cell, columns)


def summarise_regions(paths: Sequence[str | Path], keys: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Statistics over subjects of the region means, a frame per cell and level.

    q-values are over the regions of one level; those of single hemispheres and those of both are corrected separately.
    """
    with CellTables(paths, keys) as tables:
        for index, cell in enumerate(log_progress(tables.cells, len(tables.cells), "cell")):
            frames = tables.frames(index, [*REGION, "mean"])
            regions, values = frames[0][REGION], np.stack([frame["mean"].to_numpy(float) for frame in frames])
            for rows in regions.groupby([regions["level"], regions["hemi"].isna()], sort=False).indices.values():
                columns = {**regions.iloc[rows].reset_index(drop=True), **summarise(values[:, rows])}
                yield with_cell_columns(cell, columns)


def noise_ceiling(paths: Sequence[str | Path], n_targets: int) -> tuple[np.ndarray, np.ndarray]:
    """Means over subjects of the scores of model `listeners`, and of the plain correlation with the others.

    Both are (n_targets,); NaN where there are none.
    """
    with CellTables(paths, ["model"]) as tables:
        index = tables.index(model=LISTENERS)  # it has one layer
        if index is None:
            return np.full(n_targets, np.nan), np.full(n_targets, np.nan)
        columns = (tables.as_array(index, name, n_targets) for name in ("brain_score", "listener_correlation"))
        ceiling, correlation = (mean_and_ci(column)["mean"] for column in columns)
        return ceiling, correlation


def normalise(scores: np.ndarray, ceiling: np.ndarray) -> np.ndarray:
    """scores / ceiling, never clipped; NaN where the ceiling is not above 0."""
    return np.divide(scores, ceiling, out=np.full(len(scores), np.nan), where=ceiling > 0)


def _with_ceiling(
    frames: Iterable[pd.DataFrame], ceiling: np.ndarray, correlation: np.ndarray
) -> Iterator[pd.DataFrame]:
    """Each frame with noise_ceiling, listener_correlation and normalised; NaN in the rows of the ceiling itself."""
    for frame in frames:
        is_ceiling = (frame["model"] == LISTENERS).to_numpy()
        ceiling_here, correlation_here = (
            np.where(is_ceiling, np.nan, values[frame["target"]]) for values in (ceiling, correlation)
        )
        yield frame.assign(
            noise_ceiling=ceiling_here,
            listener_correlation=correlation_here,
            normalised=normalise(frame["mean"].to_numpy(), ceiling_here),
        )
