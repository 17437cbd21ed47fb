"""Fine-tuning in the report: sentences and tables."""

import pandas as pd
import pytest

from brainforecast.report.finetuning import gain_findings, gain_tables
from helpers.synthetic_finetuning import gains_of, losses, probe, write_gains


@pytest.fixture(scope="module")
def gains(tmp_path_factory) -> pd.DataFrame:
    """The group table of gains of eight subjects."""
    return gains_of(write_gains(tmp_path_factory.mktemp("gains")))


def test_gains_and_what_was_learned_are_reported(gains):
    """A sentence per training that forecasts, with percentage and counts; two tables; none without fine-tuning."""
    tables = {"finetuning_gains": gains, "finetuning_probe": probe(), "finetuning_losses": losses()}
    half, one = gain_findings(tables, 0.05)
    assert "alpha 0.5)" in half
    assert "alpha 1)" in one
    assert "2 of 4 regions gain and 0 lose (q < 0.05)" in one
    gained, learned = gain_tables(tables, 0.05)
    assert any(row[2] == "frontal lobe" and row[-1] == "gains" for row in gained.rows)
    assert any(row[2] == "temporal lobe" and row[-1] == "no effect" for row in gained.rows)
    assert [row[1] for row in learned.rows] == ["0", "0.5", "1"]
    assert gain_findings({}, 0.05) == gain_tables({}, 0.05) == []
