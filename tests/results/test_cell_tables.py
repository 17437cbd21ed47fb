"""Tables of many subjects, read cell by cell."""

import pandas as pd
import pyarrow.parquet as pq
import pytest

from brainforecast.errors import BadInput
from brainforecast.results.cell_tables import CellTables
from brainforecast.storage.columns import DISTANCE_CELL, UNITS
from brainforecast.storage.parquet import write_table
from helpers.subject_files import paths


def test_a_subject_with_other_cells_is_refused(folder, tmp_path):
    """Tables whose cells do not match are refused by the name of the file."""
    first, second, *_ = paths(folder, "forecast_scores")
    odd = tmp_path / second.name
    write_table(pd.read_parquet(second), odd, units=UNITS)
    n_cells = pq.read_metadata(first).num_row_groups
    with pytest.raises(BadInput, match=rf"sub-02.parquet: found 1 cells; expected {n_cells}"):
        CellTables([first, odd], DISTANCE_CELL)


def test_index_of_a_cell(folder):
    """Cells are found by their keys; one that was not scored has no index."""
    with CellTables(paths(folder, "forecast_scores"), DISTANCE_CELL) as tables:
        assert tables.index(model="m", layer=0, base="paper", source="true", width=7) == 0
        assert tables.index(model="m", layer=9, base="paper", source="true", width=7) is None
