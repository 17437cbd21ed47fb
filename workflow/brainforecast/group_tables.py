"""The tables of scores of the group, from the tables of its subjects.

Every subject's table holds one row group a cell, in the same order, so the group is summarised cell by cell: memory
holds one cell of every subject, never a whole table.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.cell_tables import CellTables, cells_of
from brainforecast.columns import beside
from brainforecast.statistics import summarise

TABLE_STATISTICS = ["n_subjects", "mean", "sem", "p_value", "q_value"]


def summarise_cells(
    paths: Sequence[str | Path], value: str, keys: Sequence[str], n_targets: int, statistics: Sequence[str]
) -> Iterator[pd.DataFrame]:
    """Statistics over subjects of one column, a frame per cell.

    Parameters
    ----------
    paths : the subjects' tables; value : the column; keys : the columns that name a cell; n_targets : of the space.
    statistics : names of `brainforecast.statistics.summarise`.
    """
    with CellTables(paths, keys) as tables:
        for place, cell in enumerate(tables.cells):
            found = summarise(tables.on_targets(place, value, n_targets))
            there = np.flatnonzero(found["n_subjects"] > 0)
            columns = {"target": there.astype(np.int32)} | {name: found[name][there] for name in statistics}
            yield beside(cell, columns)


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
