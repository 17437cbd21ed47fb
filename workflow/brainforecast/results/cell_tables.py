"""Tables of many subjects, one row group a cell, read one cell at a time: memory never holds a whole table."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from brainforecast.errors import BadInput


class CellTables:
    """The tables of one kind of all subjects, which hold the same cells in the same order.

    Attributes
    ----------
    cells : the cells as dictionaries of `keys`, in order; empty where the tables have no rows.
    """

    def __init__(self, paths: Sequence[str | Path], keys: Sequence[str]):
        self._files = [pq.ParquetFile(path) for path in paths]
        counts = [file.num_row_groups for file in self._files]
        for path, count in zip(paths, counts, strict=True):
            if count != counts[0]:
                raise BadInput(path, f"{count} cells", f"{counts[0]}, as {paths[0]} has")
        self.keys = list(keys)
        firsts = [_first_row(self._files[0], index, self.keys) for index in range(counts[0])]
        self._row_groups = [index for index, first in enumerate(firsts) if first is not None]
        self.cells = [first for first in firsts if first is not None]
        self._places = {tuple(cell.values()): index for index, cell in enumerate(self.cells)}

    def __enter__(self) -> "CellTables":
        return self

    def __exit__(self, *error: object) -> None:
        for file in self._files:
            file.close()

    def place(self, **cell: object) -> int | None:
        """Where a cell stands among `cells`; None where it was not scored."""
        return self._places.get(tuple(cell[key] for key in self.keys))

    def frames(self, place: int, columns: Sequence[str]) -> list[pd.DataFrame]:
        """The rows of one cell, a frame per subject."""
        group = self._row_groups[place]
        return [file.read_row_group(group, columns=list(columns)).to_pandas() for file in self._files]

    def on_targets(self, place: int, value: str, n_targets: int) -> np.ndarray:
        """One column of a cell on all targets of the space, (n_subjects, n_targets); NaN where a subject has none.

        One subject's rows are read at a time, and numbers keep the kind they have in the tables: float32 for scores.
        """
        group = self._row_groups[place]
        kind = self._files[0].schema_arrow.field(value).type.to_pandas_dtype()
        values = np.full((len(self._files), n_targets), np.nan, kind)
        for row, file in zip(values, self._files, strict=True):
            rows = file.read_row_group(group, columns=["target", value])
            row[rows["target"].to_numpy()] = rows[value].to_numpy()
        return values


def cells_of(paths: Sequence[str | Path], columns: Sequence[str]) -> Iterator[tuple[pd.DataFrame, list[pd.DataFrame]]]:
    """For each cell: the first subject's first row, and the frames of all subjects."""
    with CellTables(paths, []) as tables:
        for place in range(len(tables.cells)):
            frames = tables.frames(place, columns)
            yield frames[0].iloc[:1], frames


def _first_row(file: pq.ParquetFile, group: int, keys: Sequence[str]) -> dict | None:
    if file.metadata.row_group(group).num_rows == 0:
        return None
    return file.read_row_group(group, columns=list(keys)).slice(0, 1).to_pylist()[0] if keys else {}
