"""Every claim gets one of three words: forecasts by the rule, contrasts only where both sides are forecasts."""

import pandas as pd
import pytest

from brainforecast.controls.claims import (
    DIFFERS,
    NO_DIFFERENCE,
    NO_SIMULATION,
    REGION_OPEN,
    WRONG_SIGN,
    contrast_verdicts,
    verdict_rows,
)
from brainforecast.controls.verdict import forecast_verdicts
from helpers.synthetic_verdicts import CELL, CONTRASTS, contrasts, judge, strict


@pytest.fixture(scope="module")
def forecasts() -> pd.DataFrame:
    """Both lobes of the contrast are supported."""
    return forecast_verdicts(judge(two_forecasts=True))


@pytest.fixture(scope="module")
def one_sided() -> pd.DataFrame:
    """Only the frontal lobe is."""
    return forecast_verdicts(judge())


def judged(forecasts: pd.DataFrame, **changes: object) -> pd.DataFrame:
    return contrast_verdicts(forecasts, contrasts(**changes), CONTRASTS, CELL, level=0.05)


def test_both_claims_are_of_the_reported_cell(forecasts):
    """Pooled hemispheres, the reported base, the peak of each subject's own curve; p_matched is its p-value."""
    found = judged(forecasts)
    assert list(found["claim"]) == ["forecast_distance", "forecast_depth"]
    assert list(found["statistic"]) == ["group_peak_distance", "group_peak_depth"]
    assert list(found["region"]) == [contrast["name"] for contrast in CONTRASTS]
    assert (found["effect"] == 3.0).all() and (found["p_value"] == 0.004).all() and (found["p_family"] == 0.004).all()
    assert (found["verdict"] == "supported").all() and (found["reason"] == DIFFERS).all()
    assert found["hemi"].isna().all() and found["n_shifts"].isna().all() and (found["base"] == "paper").all()


def test_an_unsupported_region_leaves_a_contrast_open(one_sided):
    """The temporal lobe is not above passive; the second contrast is between frontal regions."""
    found = judged(one_sided)
    assert list(found["verdict"]) == ["undecided", "supported"]
    assert list(found["reason"]) == [REGION_OPEN, DIFFERS]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"p_matched": 0.06}, NO_DIFFERENCE),
        ({"p_matched": None}, NO_SIMULATION),
        ({"effect": -3.0}, WRONG_SIGN),
        ({"effect": 1.0, "bias": 4.0}, WRONG_SIGN),  # far from the bias, but below it
        ({"effect": -0.5, "bias": -3.0}, WRONG_SIGN),  # above the bias, but the second region is the later one
    ],
)
def test_a_difference_that_does_not_pass_is_undecided(forecasts, changes, reason):
    found = judged(forecasts, **changes)
    assert set(found["verdict"]) == {"undecided"} and set(found["reason"]) == {reason}


def test_a_region_needs_both_hemispheres(forecasts):
    """A side made of regions is supported if all of its rows are, in each hemisphere."""
    left = (forecasts["region"] == "frontal01") & (forecasts["hemi"] == "L")
    found = judged(forecasts.assign(verdict=forecasts["verdict"].mask(left, "undecided")))
    assert list(found["reason"]) == [DIFFERS, REGION_OPEN]


def test_a_side_that_was_not_judged_leaves_a_contrast_open(forecasts):
    """No row is no support."""
    unknown = [CONTRASTS[0] | {"first": {"level": "roi", "roi": "elsewhere*"}}]
    found = contrast_verdicts(forecasts, contrasts(), unknown, CELL, level=0.05)
    assert list(found["reason"]) == [REGION_OPEN]


def test_a_contrast_without_rows_has_no_claim(forecasts):
    """Depths of a run without them; the columns stay."""
    table = contrasts()
    found = contrast_verdicts(forecasts, table[table["measure"] == "group_peak_distance"], CONTRASTS, CELL, level=0.05)
    assert list(found["claim"]) == ["forecast_distance"]
    none = contrast_verdicts(forecasts, table.iloc[:0], CONTRASTS, CELL, level=0.05)
    assert none.empty and list(none.columns) == list(forecasts.columns)


def test_no_claim_is_without_a_verdict_and_a_reason():
    """All rows of a claim have the same two; bases and statistics each have a row."""
    rows = verdict_rows(judge(), contrasts(), strict(), CONTRASTS, CELL)
    assert rows[["verdict", "reason"]].notna().all(axis=None)
    forecasts = rows[rows["claim"] == "forecast"]
    places = forecasts.fillna({"hemi": ""}).groupby(["level", "hemi", "region"])
    assert (places[["verdict", "reason"]].nunique() == 1).all(axis=None) and (places.size() == 3 * 2 + 1).all()
    assert rows["n_subjects"].dtype == "Int32" and rows["effect"].dtype == "float64"


def test_too_few_shifts_decide_nothing():
    """One shift, and none at all: a story too short to shift."""
    for n_draws in (0, 1):
        rows = verdict_rows(judge(n_draws=n_draws), contrasts(), strict(), CONTRASTS, CELL)
        assert set(rows["verdict"]) == {"undecided"}
        assert set(rows["reason"]) == {"too few shifts", REGION_OPEN}
