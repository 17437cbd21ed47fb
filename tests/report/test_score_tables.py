"""Contrasts in the report: the peak of the mean curves leads, the paper's measure is given with its bias."""

import pytest

from brainforecast.report.findings import findings
from brainforecast.report.score_tables import contrast_table
from helpers.report_runs import run_of
from helpers.synthetic_analyses import all_tables
from helpers.synthetic_tables import CONTRAST_MEASURES, surface_targets


@pytest.fixture(scope="module")
def tables():
    return all_tables(surface_targets(40))


def test_contrasts_lead_with_the_peak_of_the_mean_curves(tables):
    """The matched p decides; the paper's measure has its bias beside it, and no verdict."""
    table = contrast_table(run_of(tables), 0.01)
    both = [row for row in table.rows if row[2] == "both"]
    assert [row[1] for row in both] == [
        "peak of the region's mean curve", "peak of the region's curve in each subject",
        "the paper's: mean of d* over targets",
    ]  # fmt: skip
    assert [row[-2] for row in both] == ["differs", "differs", "not judged"]
    assert [row[5:8] for row in both] == [["−0.7", "0.008", "–"], ["−0.7", "0.008", "0.008"], ["−0.7", "–", "0.008"]]
    high = tables["contrasts"].assign(p_matched=0.3)
    high.loc[high["measure"] == CONTRAST_MEASURES[-1], "p_matched"] = None
    assert {row[-2] for row in contrast_table(run_of(tables | {"contrasts": high}), 0.01).rows} == {
        "no effect",
        "not judged",
    }


@pytest.mark.parametrize(("p_matched", "effect"), [(0.001, True), (0.2, False)])
def test_findings_judge_the_leading_measure(tables, p_matched, effect):
    """A signed-rank p of .008 of the paper's measure is no effect where the matched p does not pass."""
    contrasts = tables["contrasts"].assign(p_matched=p_matched)
    (sentence,) = (text for text in findings(run_of(tables | {"contrasts": contrasts}), 0.01) if "frontal" in text)
    assert sentence.startswith("No effect: ") != effect
    assert f"p = {p_matched:g} matched for signal-to-noise" in sentence
    assert "In the paper's measure (mean of argmaxes over targets) 3.4 [2.1,\u202f4.6] words, where" in sentence
    assert sentence.endswith("where signal-to-noise alone gives −0.7 in the regions' curves.")


def test_the_mask_test_is_reported_as_one_sided(tables):
    """Above 0, never merely different."""
    (sentence,) = (text for text in findings(run_of(tables), 0.01) if "mask test" in text)
    assert "is above 0 in" in sentence
    none = tables | {"forecast_distance": tables["forecast_distance"].assign(q_value=0.6)}
    (sentence,) = (text for text in findings(run_of(none), 0.01) if "mask test" in text)
    assert sentence.startswith("No effect: the mask test") and "is above 0 in none" in sentence
