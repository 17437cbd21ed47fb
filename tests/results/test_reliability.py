"""Reliability of d* and k*: rank correlation between maps of halves of the subjects, and of the folds."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from brainforecast.results.reliability import reliability_rows
from brainforecast.statistics.inference import random_halves
from helpers.subject_files import N_TARGETS, paths, read, write_group_peaks, write_subjects


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Tables of six subjects, and those of the group."""
    return write_group_peaks(write_subjects(tmp_path_factory.mktemp("subjects")))


def reliability(folder, q_level: float) -> pd.DataFrame:
    measures = ("forecast_distance", "forecast_depth")
    return reliability_rows(
        {measure: paths(folder, measure) for measure in measures},
        {measure: folder / f"group-{measure}.parquet" for measure in measures},
        N_TARGETS,
        q_level=q_level,
        n_splits=20,
        seed=5,
    )


@pytest.mark.parametrize(("q_level", "masked"), [(2.0, True), (1e-9, False)])
def test_reliability_is_spearman_between_halves(folder, q_level, masked):
    """rho between the maps of half the subjects and of the others, over splits; and of the even and the odd folds."""
    table = reliability(folder, q_level)
    assert len(table) == 2 * (2 + 1)
    for row in table.itertuples():
        peaks = read(folder, row.measure)
        peaks = peaks[peaks["width"] == row.width].dropna(subset=row.measure)
        tested = row.measure == "forecast_depth" or row.width == 7  # width 3 has no mask test
        assert (row.targets, row.n_targets) == ("masked" if masked and tested else "all", N_TARGETS - 2)
        if row.halves == "folds":
            maps = peaks.groupby("target")[["even_folds", "odd_folds"]].mean()
            assert row.r == pytest.approx(stats.spearmanr(maps).statistic, abs=1e-10)
            assert np.isnan([row.r_low, row.r_high]).all()
        else:
            wide = peaks.pivot(index="subject", columns="target", values=row.measure).sort_index().to_numpy()
            splits = random_halves(6, 20, 5)
            rho = [stats.spearmanr(wide[half].mean(axis=0), wide[~half].mean(axis=0)).statistic for half in splits]
            expected = [np.mean(rho), *np.percentile(rho, [2.5, 97.5])]
            np.testing.assert_allclose([row.r, row.r_low, row.r_high], expected, rtol=0, atol=1e-10)
            assert row.n_splits == 20


def test_reliability_takes_the_targets_that_pass(folder):
    """At a level that some targets pass, only they are correlated."""
    group = pd.read_parquet(folder / "group-forecast_distance.parquet").query("width == 7")
    level = float(np.sort(group["q_value"].dropna().unique())[-1])  # all but the highest
    row = (
        reliability(folder, level).query("measure == 'forecast_distance' and width == 7 and halves == 'folds'").iloc[0]
    )
    passed = group.loc[group["q_value"] < level, "target"]
    assert 10 <= row["n_targets"] == len(passed) < N_TARGETS - 2
    maps = read(folder, "forecast_distance").query("width == 7").groupby("target")[["even_folds", "odd_folds"]].mean()
    assert row["r"] == pytest.approx(stats.spearmanr(maps.loc[passed]).statistic, abs=1e-10)
