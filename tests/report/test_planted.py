"""What was planted in a simulated cortex, as the report has it."""

import pytest

from brainforecast.report.planted import planted_table
from helpers.report_runs import run_of
from helpers.synthetic_analyses import all_tables
from helpers.synthetic_tables import region_targets, surface_targets


@pytest.fixture(scope="module")
def tables() -> dict:
    """A simulated cortex: two silent regions, one that follows the rate of speech, five that forecast."""
    return all_tables(surface_targets(40))


def test_a_row_for_each_kind_of_region(tables):
    """Both hemispheres are counted; the means are those of the regions of the kind."""
    table = planted_table(run_of(tables), 0.05)
    rows = {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    assert list(rows) == ["noise only", "rate of speech", "forecast"]
    assert [row["regions"] for row in rows.values()] == ["4", "2", "10"]
    assert rows["forecast"]["planted distance (words)"] == "5 to 10" and rows["noise only"]["F(8)"].startswith(
        ("0", "−0")
    )
    scores = tables["roi_scores"].query(
        "level == 'roi' and hemi.notna() and roi == 'transversetemporal' and layer == 16 and width in [0, 7]"
    )
    for column, score in (("F(8)", "forecast_score"), ("M(8)", "mirror_difference")):
        at = scores[(scores["score"] == score) & (scores["source"] == "true") & (scores["distance"] == 8)]
        assert rows["rate of speech"][column] == f"{at['mean'].mean():.4f}".replace("-", "−")
        passed = int(((at["q_value"] < 0.05) & (at["mean"] > 0)).sum())
        assert rows["rate of speech"][f"{column} above 0, q < 0.05"] == f"{passed} of 2"


def test_passive_content_and_weak_forecasts_have_rows_of_their_own(tables):
    """Neither counts as the rate of speech or as a forecast of full strength."""
    truth = tables["truth"].copy()
    truth.loc[truth["roi"] == "transversetemporal", "planted_depth"] = 16
    truth.loc[truth["roi"] == "lingual", ["kind", "planted_distance"]] = "past", -1
    truth.loc[truth["roi"] == "parsopercularis", "gain"] = 0.1
    rows = planted_table(run_of(tables | {"truth": truth}), 0.05).rows
    assert [row[0] for row in rows] == ["noise only", "present word", "past words", "weak forecast", "forecast"]
    assert rows[2][2] == "−1"


def test_scores_that_were_not_computed_are_dashes():
    """Region series without a hemisphere, and a grid without mirrors."""
    tables = all_tables(region_targets(6))
    scores = tables["roi_scores"].query("score != 'mirror_difference'")
    rows = planted_table(run_of(tables | {"roi_scores": scores}), 0.05).rows
    assert {row[6] for row in rows} == {"–"} and {row[8] for row in rows} == {"–"} and {row[1] for row in rows} == {"2"}


def test_measured_data_have_no_table(tables):
    """Nothing was planted where there is no truth."""
    measured = {name: table for name, table in tables.items() if name != "truth"}
    assert planted_table(run_of(measured), 0.05) is None
