"""Tables as the report reads them."""

import pytest

from brainforecast.report.inputs import read_tables
from brainforecast.results.selection import read_rows
from brainforecast.storage.parquet import write_table
from helpers.synthetic_analyses import all_tables
from helpers.synthetic_tables import CELL, surface_targets


@pytest.fixture(scope="module")
def tables():
    return all_tables(surface_targets(40))


def test_only_the_reported_cell_is_read(tables, tmp_path):
    """Rows of other cells never reach memory."""
    tables["brain_scores"].to_parquet(tmp_path / "t.parquet")
    tables["forecast_depth"].assign(distance=4).to_parquet(tmp_path / "k.parquet")
    paths = {"brain_scores": tmp_path / "t.parquet", "forecast_depth": tmp_path / "k.parquet"}
    read = read_tables(paths, CELL)
    assert set(read["brain_scores"]["layer"]) == {16} and read["forecast_depth"].empty


def test_text_kept_as_categories_is_read(tables, tmp_path):
    """Tables of subjects keep repeated text as categories; choosing rows by it works all the same."""
    table = tables["subject_roi_distances"].astype({"model": "category", "source": "category"})
    write_table(table, tmp_path / "t.parquet", units=dict.fromkeys(table.columns, "-"))
    read = read_rows(tmp_path / "t.parquet", source="shuffled", model="tiny")
    assert len(read) == (table["source"] == "shuffled").sum() < len(table)
