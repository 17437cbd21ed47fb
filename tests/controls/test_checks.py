"""What verdicts rest on: leaks, sizes, errors and power."""

import numpy as np
import pytest

from brainforecast.controls.checks import check_rows, misaligned_scores
from brainforecast.storage.columns import VERDICT_UNITS
from helpers.synthetic_verdicts import N_TRS, SD, judge


def test_misaligned_scores_by_hand():
    """Mean over shifts; error from the volumes / 8 as the number of independent shifts."""
    study = judge(misaligned=0.003)
    found = misaligned_scores(study).set_index(["hemi", "region"]).loc[("L", "temporal01")]
    table = study.shifted.table.query("base == 'verdict' and statistic == 'brain_score' and region == 'temporal01'")
    values = table[table["hemi"] == "L"].set_index("draw")["value"]
    assert found["brain_score"] == values[0]
    assert found["misaligned_score"] == pytest.approx(values[1:].mean())
    assert found["misaligned_error"] == pytest.approx(values[1:].std(ddof=0) / np.sqrt(N_TRS / 8))


def test_more_volumes_are_no_more_shifts():
    """The number of independent shifts is at most that of the shifts drawn."""
    study = judge(n_draws=5)
    error = misaligned_scores(study)["misaligned_error"].iloc[0]
    values = study.shifted.of("verdict", "brain_score")[1:, 0]
    assert error == pytest.approx(values.std() / np.sqrt(5))


@pytest.mark.parametrize(("misaligned", "leaks"), [(0.0, 0), (0.005, 0), (0.05, 1), (-0.05, 0)])
def test_a_leak_is_above_a_fifth_of_the_score_and_its_error(misaligned, leaks):
    """R of the temporal lobe is .12: a leak of .005 is above twice its error (.002), but below a fifth of R."""
    found = misaligned_scores(judge(misaligned=misaligned)).set_index("region")["leaks"]
    assert found["temporal"] == leaks and found["all"] == leaks
    assert 2 * SD["brain_score"] / np.sqrt(4 * N_TRS / 8) < 0.005


def test_a_leak_is_not_judged_where_the_score_does_not_pass():
    """Occipital cortex is silent: its R is that of chance, and a fifth of it is nothing."""
    found = misaligned_scores(judge()).set_index("region")["leaks"]
    assert np.isnan(found["occipital"]) and found["frontal"] == 0


def test_every_check_has_a_row():
    """Sizes of both statistics in three families, five numbers of each place and m*, brains by kind and share."""
    study = judge()
    rows = check_rows(study)
    counts = rows["check"].value_counts()
    n_places = len(study.shifted.places)
    assert counts["size"] == counts["threshold"] == 6 and counts["passive_pass"] == 1
    scores = ("brain_score", "p_value", "misaligned_score", "misaligned_error", "leaks", "smallest_difference")
    assert all(counts[check] == n_places for check in scores)
    assert counts["supported"] == (4 + 4) * (1 + 3 + 1)  # kinds and shares; whole brain, lobes, mean of regions
    assert set(rows) <= set(VERDICT_UNITS)


def test_shares_supported_are_counts_of_brains():
    """Power of the whole brain, and of regions the mean over them, counted from the rule's own decisions."""
    study = judge()
    rows = check_rows(study).query("check == 'supported' and kind == 'forecast'")
    brains = study.brain_supported.query("kind == 'forecast' and share == 0.5")
    for level in ("all", "roi"):
        found = rows[(rows["level"] == level) & (rows["share"] == 0.5)]["value"].item()
        assert found == pytest.approx(brains.loc[brains["level"] == level, "supported"].mean())
    assert (rows["n_brains"] == 12).all()


def test_passive_brains_that_pass_are_counted():
    """Where passive brains have an F and an M of their own, the rule supports them, and the check says so."""
    rows = check_rows(judge(passive=0.02))
    assert rows.query("check == 'passive_pass'")["value"].item() == 1
    assert rows.query("check == 'supported' and kind == 'static' and level == 'all'")["value"].item() == 1


def test_smallest_effects_of_lobes_are_found():
    """Their hemisphere is null, which is no key: the whole brain and lobes have a power curve too."""
    study = judge()
    wide = (study.shifted.places["level"] != "roi").to_numpy()
    assert np.isfinite(study.smallest_effects[wide]).all()


def test_no_shift_leaves_every_check_of_them_empty():
    """A story too short for any shift: no size, no misaligned R, nothing judged."""
    rows = check_rows(judge(n_draws=0)).set_index("check")["value"]
    assert rows[["size", "misaligned_score", "misaligned_error", "leaks"]].isna().all()
    assert (rows["supported"] == 0).all()
