"""Reliability of d* and k*: rank correlation between maps of halves of the subjects, and of the stories."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from brainforecast.results.reliability import reliability_rows, story_halves
from brainforecast.statistics.inference import random_halves
from helpers.subject_files import N_TARGETS, paths, read, write_group_peaks, write_subjects


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Tables of six subjects, and those of the group."""
    return write_group_peaks(write_subjects(tmp_path_factory.mktemp("subjects")))


ONE_STORY = [["pieman"]] * 6
TWO_SETS = [["pieman"], ["lucy", "milky"], ["pieman", "tunnel"], ["milky"], ["tunnel"], ["lucy"]]


def reliability(folder, q_level: float, stories: list[list[str]] = TWO_SETS) -> pd.DataFrame:
    measures = ("forecast_distance", "forecast_depth")
    return reliability_rows(
        {measure: paths(folder, measure) for measure in measures},
        {measure: folder / f"group-{measure}.parquet" for measure in measures},
        N_TARGETS,
        stories=stories,
        q_level=q_level,
        n_splits=20,
        seed=5,
    )


@pytest.mark.parametrize(("q_level", "masked"), [(2.0, True), (1e-9, False)])
def test_reliability_is_spearman_between_halves(folder, q_level, masked):
    """rho between the maps of half the subjects and of the others, over random splits, and over the one of stories."""
    table = reliability(folder, q_level)
    assert len(table) == 2 * (2 + 1)
    for row in table.itertuples():
        peaks = read(folder, row.measure)
        peaks = peaks[peaks["width"] == row.width].dropna(subset=row.measure)
        tested = row.measure == "forecast_depth" or row.width == 7  # width 3 has no mask test
        assert (row.targets, row.n_targets) == ("masked" if masked and tested else "all", N_TARGETS - 2)
        wide = peaks.pivot(index="subject", columns="target", values=row.measure).sort_index().to_numpy()
        splits = random_halves(6, 20, 5) if row.halves == "subjects" else np.array([[1, 0, 1, 0, 1, 0]], bool)
        rho = [stats.spearmanr(wide[half].mean(axis=0), wide[~half].mean(axis=0)).statistic for half in splits]
        expected = [np.mean(rho), *(np.percentile(rho, [2.5, 97.5]) if len(rho) > 1 else [np.nan, np.nan])]
        np.testing.assert_allclose([row.r, row.r_low, row.r_high], expected, rtol=0, atol=1e-10)
        assert row.n_splits == len(splits)


def test_reliability_takes_the_targets_that_pass(folder):
    """At a level that some targets pass, only they are correlated."""
    group = pd.read_parquet(folder / "group-forecast_distance.parquet").query("width == 7")
    level = float(np.sort(group["q_value"].dropna().unique())[-1])  # all but the highest
    row = reliability(folder, level).query("measure == 'forecast_distance' and width == 7 and halves == 'stories'")
    passed = group.loc[group["q_value"] < level, "target"]
    assert 10 <= row["n_targets"].item() == len(passed) < N_TARGETS - 2
    peaks = read(folder, "forecast_distance").query("width == 7").pivot(index="subject", columns="target")
    wide = peaks["forecast_distance"].sort_index()[passed].to_numpy()
    expected = stats.spearmanr(wide[::2].mean(axis=0), wide[1::2].mean(axis=0)).statistic
    assert row["r"].item() == pytest.approx(expected, abs=1e-10)


def test_subjects_of_the_same_stories_have_no_halves_of_stories(folder):
    """All subjects share a story: only halves of the subjects are left."""
    assert set(reliability(folder, 2.0, ONE_STORY)["halves"]) == {"subjects"}


def test_halves_of_stories_share_no_story():
    """Subjects linked by a story stay together; each split is met once; one group has none."""
    chained = [["a"], ["a", "b"], ["b"], ["c"], ["d"]]  # groups of 3, 1 and 1 subjects
    halves = story_halves(chained, 50, 0)
    assert sorted(map(tuple, halves.astype(int))) == [(1, 1, 1, 0, 0), (1, 1, 1, 0, 1), (1, 1, 1, 1, 0)]
    assert story_halves(ONE_STORY, 50, 0).shape == (0, 6)
