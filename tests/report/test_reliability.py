"""How far d* and k* can be trusted, as the report has it."""

import pytest

from brainforecast.report.reliability import reliability_table
from helpers.synthetic_analyses import all_tables, without_rows
from helpers.synthetic_tables import CELL, surface_targets


@pytest.fixture(scope="module")
def tables():
    return all_tables(surface_targets(40))


def test_reliability_is_reported_with_the_null(tables):
    """A row per peak and window, the reported window first; correlations and the argmax of the shuffled window."""
    table = reliability_table(tables, CELL, 0.01)
    rows = {(row[0], row[1]): row for row in table.rows}
    assert [row[1] for row in table.rows[:2]] == ["true window", "shuffled window"]
    true, null = (rows["d* (words)", f"{source} window"] for source in ("true", "shuffled"))
    assert true[7] == "0.81 [0.71,\u202f0.91]" and true[8] == "0.81" and true[9] == "masked, 30"
    means = tables["forecast_distance"].query("source == 'shuffled'")["mean"]
    assert null[3] == f"{means.mean():.1f}\u202f±\u202f{means.std():.1f}" and null[7].startswith("0.02")
    passing = tables["forecast_distance"].query("source == 'true' and q_value < 0.01")
    assert true[4] == str(len(passing))
    assert ("k* (layer)", "shuffled window") in rows


def test_reliability_without_rows(tables):
    """No depth, no halves: d* alone, with dashes."""
    table = reliability_table(without_rows(tables), CELL, 0.01)
    assert {row[0] for row in table.rows} == {"d* (words)"} and table.rows[0][7] == "–"
