"""Columns of the result tables."""

import pytest

from brainforecast.storage.columns import (
    CELL,
    INTEGER,
    MODEL_UNITS,
    PEAK_CELLS,
    REGION,
    TEXT,
    UNITS,
    VERDICT_UNITS,
    peak_units,
)


def test_every_column_has_a_unit():
    """Keys and typed columns are among those described, each with one type."""
    assert {*TEXT, *INTEGER, *CELL, *REGION} <= UNITS.keys() | VERDICT_UNITS.keys() | MODEL_UNITS.keys()
    assert not TEXT & INTEGER
    assert all((UNITS | VERDICT_UNITS | MODEL_UNITS).values())


@pytest.mark.parametrize(("measure", "unit"), [("forecast_distance", "words"), ("forecast_depth", "layer")])
def test_units_of_peaks(measure, unit):
    """A group table of peaks has its mean in words or layers, and a p-value of its mask."""
    units = peak_units(measure)
    assert units["mean"].endswith(unit) and units["sem"].endswith(unit)
    assert "F" in units["p_value"] and units["p_value"] != UNITS["p_value"]
    assert set(PEAK_CELLS[measure]) == set(CELL) - {"distance" if measure == "forecast_distance" else "layer"}
