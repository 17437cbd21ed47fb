"""The rule: when a forecast is supported, when it is not above a passive listener, and when nothing can be said."""

import numpy as np
import pandas as pd
import pytest

from brainforecast.controls.verdict import (
    CANNOT_EXCLUDE,
    FEW_SHIFTS,
    LITTLE_DATA,
    NO_SIGNAL,
    NOT_ABOVE_PASSIVE,
    PASSIVE_PASS,
    SUPPORTED,
    UNDECIDED,
    F,
    Judge,
    M,
    R,
    ShiftedStatistics,
    VerdictSettings,
    forecast_verdicts,
    smallest_difference,
)
from helpers.synthetic_verdicts import EFFECTS, draws, regions, shifts, simulated_brains


def judge(n_draws=None, effects=EFFECTS, passive=0.0):
    """The rule on small tables of its own, which a test may change."""
    lobes, drawn = regions(2), draws() if n_draws is None else draws().head(n_draws)
    shifted = ShiftedStatistics(shifts(lobes, len(drawn), effects), drawn)
    return Judge(shifted, simulated_brains(lobes, passive=passive), lobes, VerdictSettings(0.05, 0.5))


def decided(study):
    """Verdict and reason by the name of the place."""
    table = forecast_verdicts(study).drop_duplicates(["level", "hemi", "region"])
    return {row.region: (row.verdict, row.reason) for row in table.itertuples() if row.level != "roi"}


def test_each_lobe_gets_its_verdict():
    """A forecast, a lobe that follows the story only, a silent one."""
    found = decided(judge())
    assert found["frontal"][0] == SUPPORTED
    assert found["temporal"][0] == NOT_ABOVE_PASSIVE and "share 0.5 or more" in found["temporal"][1]
    assert found["occipital"] == (UNDECIDED, NO_SIGNAL)


@pytest.mark.parametrize(("forecast", "difference"), [(0.03, -0.001), (-0.001, 0.04)])
def test_one_of_the_two_statistics_is_not_enough(forecast, difference):
    assert decided(judge(effects=EFFECTS | {"frontal": (0.1, forecast, difference)}))["frontal"][0] != SUPPORTED


def test_few_shifts_leave_everything_undecided():
    assert set(decided(judge(n_draws=98)).values()) == {(UNDECIDED, FEW_SHIFTS)}


def test_nothing_is_supported_where_passive_brains_pass():
    """Passive brains with the F and M of a strong forecast."""
    found = decided(judge(passive=0.05))
    assert found["frontal"] == (UNDECIDED, PASSIVE_PASS) and found["all"][0] != SUPPORTED
    assert not judge().passive_pass


def test_an_upper_limit_above_the_smallest_difference_is_too_little_data():
    """M just below what a forecast of that share would show: its limit is above."""
    study = judge(effects=EFFECTS | {"temporal": (0.12, -0.002, 0.018)})
    place = study.shifted.places.index[study.shifted.places["region"] == "temporal"][0]
    assert study.smallest_differences[place] > 0
    assert decided(study)["temporal"] == (UNDECIDED, LITTLE_DATA)


def test_a_design_whose_forecasts_show_nothing_excludes_nothing():
    """Simulated forecasts with an M of 0."""
    study = judge()
    study.brains[M] = 0.0
    assert decided(study)["temporal"] == (UNDECIDED, CANNOT_EXCLUDE)


def test_a_region_without_data_is_undecided():
    study = judge()
    missing = study.shifted.table["region"] == "temporal00"
    study.shifted.table.loc[missing, "value"] = np.nan
    rows = forecast_verdicts(study).query("region == 'temporal00'")
    assert set(rows["verdict"]) == {UNDECIDED} and set(rows["reason"]) == {NO_SIGNAL}
    assert decided(study)["frontal"][0] == SUPPORTED  # the others are judged


def test_a_row_for_each_place_base_and_statistic():
    """Verdict and reason are never null, and the same in all rows of a claim."""
    table = forecast_verdicts(judge())
    keys = ["claim", "level", "hemi", "region"]
    assert len(table) == len(judge().shifted.places) * 3 * 2
    assert (table.groupby(keys, dropna=False)[["verdict", "reason"]].nunique() == 1).all().all()
    assert table["smallest_effect"].notna().any()


def test_smallest_difference_recovers_a_quadratic():
    """M = .3 R - .2 R^2 without noise: no error, and a lobe is the mean over its regions."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0.02, 0.5, 200)
    brains = pd.DataFrame({"brain": np.repeat(np.arange(20), 10), R: x, M: 0.3 * x - 0.2 * x**2})
    found = np.array([0.1, 0.3])
    expected = 0.3 * found - 0.2 * found**2
    groups = [np.array([0]), np.array([1]), np.array([0, 1])]
    assert np.allclose(smallest_difference(brains, found, groups), [*expected, expected.mean()])


def test_noise_between_brains_lowers_the_smallest_difference():
    """Two jackknife errors are taken off: with 20 brains the true value is above it in nearly all of 200 studies."""
    rng, above = np.random.default_rng(1), []
    for _ in range(200):
        x = rng.uniform(0.05, 0.3, 200)
        of_brain = np.repeat(rng.normal(0, 0.05, 20), 10)
        brains = pd.DataFrame({"brain": np.repeat(np.arange(20), 10), R: x, M: (0.3 + of_brain) * x})
        above.append(smallest_difference(brains, np.array([0.1]), [np.array([0])])[0] < 0.03)
    assert np.mean(above) > 0.94


def test_draws_are_apart_in_every_story():
    """Shifts of one story at least as far from each other as the closest is from the recording."""
    draws = pd.DataFrame(
        [(1, "a", 20, 100), (1, "b", 60, 80), (2, "a", 45, 100), (2, "b", 20, 80), (3, "a", 80, 100), (3, "b", 60, 80)],
        columns=["draw", "story", "shift", "n_trs"],
    )
    apart = ShiftedStatistics(pd.DataFrame({"draw": [3]}), draws).apart
    # 1 and 2: 25 and 40 volumes; 1 and 3: 40 and 0; 2 and 3: 35 and 40
    assert apart.tolist() == [[False, True, False], [True, False, True], [False, True, False]]


def test_a_curve_of_power_is_read_between_its_points():
    """M at the share where four of five brains are supported; none where no share reaches that."""
    study = judge()
    power = study.power.query("region == 'frontal' and kind == 'forecast'").set_index("share")
    whole = study.smallest_effects[study.shifted.places["region"] == "frontal"][0]
    first = power.index[power["supported"] >= 0.8][0]
    assert whole <= power.loc[first, "mirror_difference"] + 1e-12
    study = judge()
    study.brains[F] = -1.0
    assert np.isnan(study.smallest_effects).all()


def test_a_size_from_a_few_draws_does_not_count():
    """Of the first 60 shifts of a story, four have 39 others far from them: a share of four is no size."""
    lobes, drawn = regions(2), draws().head(60)
    table = shifts(lobes, len(drawn))
    low = (table["draw"] > 1) & (table["draw"] < 60)
    table.loc[low, "value"] -= 1  # the first and the last one lie above all others
    shifted = ShiftedStatistics(table, drawn)
    assert 0 < (shifted.apart.sum(axis=1) >= 39).sum() < 39
    size, level = shifted.size(F, "roi", 0.05)
    assert np.isnan(size) and level == 0.05


def test_regions_without_hemispheres_get_the_same_verdicts(tmp_path):
    """A null hemisphere finds its regions and brains, also after the tables have been written and read."""
    lobes = regions(2).query("hemi == 'L'").assign(hemi=None)
    shifted, brains = shifts(lobes, len(draws())), simulated_brains(lobes)
    tables = {}
    for name, table in {"shifts": shifted, "brains": brains, "lobes": lobes}.items():
        table.astype({"hemi": "str"}).to_parquet(tmp_path / name)
        tables[name] = pd.read_parquet(tmp_path / name)
    study = Judge(ShiftedStatistics(tables["shifts"], draws()), tables["brains"], tables["lobes"],
                  VerdictSettings(0.05, 0.5))  # fmt: skip
    assert len(study.brain_supported) == len(brains)
    assert np.isfinite(study.smallest_differences).all()
    assert decided(study)["frontal"][0] == SUPPORTED and decided(study)["temporal"][0] == NOT_ABOVE_PASSIVE
