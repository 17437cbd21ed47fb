"""The tables of scores of the group, from the tables of its subjects.

Every subject's table holds one row group a cell, in the same order, so the group is summarised cell by cell: memory
holds one cell of every subject, never a whole table.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.cells import LISTENERS
from brainforecast.results.cell_tables import CellTables, cells_of
from brainforecast.results.frames import with_cell_columns
from brainforecast.statistics.inference import mean_and_ci, summarise

TABLE_STATISTICS = ["n_subjects", "mean", "sem", "p_value", "q_value"]


def summarise_cells(
    paths: Sequence[str | Path], value: str, keys: Sequence[str], n_targets: int, statistics: Sequence[str]
) -> Iterator[pd.DataFrame]:
    """Statistics over subjects of one column, a frame per cell.

    Parameters
    ----------
    paths : the subjects' tables; value : the column; keys : the columns that name a cell; n_targets : of the space.
    statistics : names of `brainforecast.statistics.inference.summarise`.
    """
    with CellTables(paths, keys) as tables:
        for place, cell in enumerate(tables.cells):
            found = summarise(tables.on_targets(place, value, n_targets))
            there = np.flatnonzero(found["n_subjects"] > 0)
            columns = {"target": there.astype(np.int32)} | {name: found[name][there] for name in statistics}
            yield with_cell_columns(cell, columns)


def summarise_regions(paths: Sequence[str | Path], keys: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Statistics over subjects of the region means, a frame per cell; q-values are over the regions of one level."""
    names = ["level", "hemi", "roi"]
    for cell, frames in cells_of(paths, [*keys, *names, "mean"]):
        regions, values = frames[0][names], np.stack([frame["mean"].to_numpy(float) for frame in frames])
        for _, rows in regions.groupby([regions["level"], regions["hemi"].isna()], sort=False).indices.items():
            found = summarise(values[:, rows])
            yield _with_keys(cell, keys, {**regions.iloc[rows].reset_index(drop=True), **found})


def _with_keys(cell: pd.DataFrame, keys: Sequence[str], columns: dict) -> pd.DataFrame:
    """A frame of columns beside the repeated keys of its cell."""
    frame = pd.DataFrame(columns)
    repeated = cell[list(keys)].loc[cell.index.repeat(len(frame))].reset_index(drop=True)
    return pd.concat([repeated, frame], axis=1)


def summarise_score(
    paths: Sequence[str | Path], value: str, keys: Sequence[str], n_targets: int
) -> Iterator[pd.DataFrame]:
    """The group's table of one score, a frame per cell; brain scores stand beside their noise ceiling.

    Parameters
    ----------
    paths : the subjects' tables; value : ``brain_score`` or ``forecast_score``; keys : the columns that name a cell.
    """
    frames = summarise_cells(paths, value, keys, n_targets, TABLE_STATISTICS)
    return frames if value != "brain_score" else _beside_ceiling(frames, noise_ceiling(paths, n_targets))


def noise_ceiling(paths: Sequence[str | Path], n_targets: int) -> np.ndarray:
    """Mean over subjects of the scores of model `listeners`, (n_targets,); NaN where there are none."""
    with CellTables(paths, ["model"]) as tables:
        place = tables.place(model=LISTENERS)  # its one layer
        if place is None:
            return np.full(n_targets, np.nan)
        return mean_and_ci(tables.on_targets(place, "brain_score", n_targets))["mean"]


def normalise(scores: np.ndarray, ceiling: np.ndarray) -> np.ndarray:
    """scores / ceiling, never clipped; NaN where the ceiling is not above 0."""
    return np.divide(scores, ceiling, out=np.full(len(scores), np.nan), where=ceiling > 0)


def _beside_ceiling(frames: Iterable[pd.DataFrame], ceiling: np.ndarray) -> Iterator[pd.DataFrame]:
    """Each frame with noise_ceiling and normalised; the ceiling's own rows have neither."""
    for frame in frames:
        own = (frame["model"] == LISTENERS).to_numpy()
        here = np.where(own, np.nan, ceiling[frame["target"]])
        yield frame.assign(noise_ceiling=here, normalised=normalise(frame["mean"].to_numpy(), here))
