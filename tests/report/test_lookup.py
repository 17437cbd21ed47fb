"""Rows of the reported cell are found in tables that hold scores, distances and depths."""

import pandas as pd

from brainforecast.report.lookup import first_row, rows_of_cell, rows_where

CELL = {"model": "gpt2", "layer": 8, "source": "true", "width": 7, "distance": 8, "depth_distance": 6}
ROWS = [  # measure, layer, distance; a distance is found by d*, a layer by k*
    ("forecast_score", 8, 8),
    ("forecast_score", 8, 6),
    ("forecast_score", 4, 8),
    ("forecast_distance", 8, None),
    ("forecast_depth", None, 6),
    ("forecast_depth", None, 8),
]


def table() -> pd.DataFrame:
    """A table such as `group/symmetry`, all rows of one model, source and width."""
    frame = pd.DataFrame(ROWS, columns=["measure", "layer", "distance"]).astype({"layer": "Int32", "distance": "Int32"})
    return frame.assign(model="gpt2", source="true", width=7)


def test_scores_are_of_the_reported_distance_and_depths_of_theirs():
    """The demo reports F at 8 words and the depth at 6: neither hides the other's rows."""
    assert rows_of_cell(table(), CELL).index.tolist() == [0, 3, 4]


def test_tables_without_a_column_of_layers_are_of_depths():
    kept = rows_of_cell(table()[["measure", "distance"]].iloc[4:], CELL)
    assert kept["distance"].tolist() == [6]


def test_a_key_that_is_left_out_is_not_compared():
    assert len(rows_of_cell(table(), CELL, ["layer"])) == 5


def test_rows_that_equal_nothing_are_none():
    assert rows_where(table(), measure="width").empty
    assert first_row(table(), measure="width") is None
    assert first_row(table(), layer=4).distance == 8
