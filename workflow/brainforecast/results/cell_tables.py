"""Read one kind of table of many subjects cell by cell, so that memory never holds a complete table."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from brainforecast.errors import BadInput


class CellTables:
    """One kind of table of all subjects; each file holds the same cells in the same order, one row group per cell.

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
        firsts = [_first_row(self._files[0], group, self.keys) for group in range(counts[0])]
        self._row_groups = [group for group, first in enumerate(firsts) if first is not None]
        self.cells = [first for first in firsts if first is not None]
        self._indices = {tuple(cell.values()): index for index, cell in enumerate(self.cells)}

    def __enter__(self) -> "CellTables":
        return self

    def __exit__(self, *error: object) -> None:
        for file in self._files:
            file.close()

    def index(self, **cell: object) -> int | None:
        """Index of a cell in `cells`; None if it was not scored."""
        return self._indices.get(tuple(cell[key] for key in self.keys))

    def frames(self, index: int, columns: Sequence[str]) -> list[pd.DataFrame]:
        """The rows of one cell, a frame per subject."""
        group = self._row_groups[index]
        return [file.read_row_group(group, columns=list(columns)).to_pandas() for file in self._files]

    def as_array(self, index: int, column: str, n_targets: int) -> np.ndarray:
        """One column of a cell over all targets of the space, (n_subjects, n_targets); NaN where a subject has none.

        Rows are read one subject at a time. The dtype is that of the tables: float32 for scores.
        """
        group = self._row_groups[index]
        dtype = self._files[0].schema_arrow.field(column).type.to_pandas_dtype()
        values = np.full((len(self._files), n_targets), np.nan, dtype)
        for row, file in zip(values, self._files, strict=True):
            table = file.read_row_group(group, columns=["target", column])
            row[table["target"].to_numpy()] = table[column].to_numpy()
        return values


def _first_row(file: pq.ParquetFile, group: int, keys: Sequence[str]) -> dict | None:
    """The keys of a row group's first row; None where it has no rows."""
    if file.metadata.row_group(group).num_rows == 0:
        return None
    return file.read_row_group(group, columns=list(keys)).slice(0, 1).to_pylist()[0]
