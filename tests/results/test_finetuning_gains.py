"""Gains of fine-tuning, from the scores of snapshots to tables by region."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from brainforecast.results.finetuning_gains import group_gains, subject_gains
from helpers.synthetic_finetuning import ALPHAS, REGIONS, STEPS, gains_of, roi_scores, write_gains


@pytest.fixture(scope="module")
def paths(tmp_path_factory) -> list[Path]:
    """The tables of gains of eight subjects."""
    return write_gains(tmp_path_factory.mktemp("gains"))


@pytest.fixture(scope="module")
def gains(paths) -> pd.DataFrame:
    """The group's table."""
    return gains_of(paths)


def test_gains_of_a_subject_by_hand():
    """Scores are averaged over snapshots, then alpha 0 is subtracted; percentages are of alpha 0."""
    scores = roi_scores(3)
    table = subject_gains(scores)
    here = scores[(scores["level"] == "lobe") & (scores["roi"] == "frontal")].set_index("model")["mean"]
    one, plain = (np.mean([here[f"forecast-alpha{alpha}-step{step}"] for step in STEPS]) for alpha in (1, 0))
    row = table[(table["level"] == "lobe") & (table["roi"] == "frontal") & (table["finetuning_alpha"] == 1)]
    mean = row[row["step"].isna()].iloc[0]
    assert (mean["gain"], mean["reference"]) == pytest.approx((one - plain, plain))
    assert mean["gain_percent"] == pytest.approx(100 * (one - plain) / plain)
    step = row[row["step"] == 30].iloc[0]
    assert step["gain"] == pytest.approx(here["forecast-alpha1-step30"] - here["forecast-alpha0-step30"])
    assert (table.loc[table["finetuning_alpha"] == 0, "gain"] == 0).all()
    assert len(table) == len(ALPHAS) * (len(STEPS) + 1) * len(REGIONS)


def test_no_snapshot_gives_no_rows():
    """A run without fine-tuning has an empty table with its columns."""
    scores = roi_scores(0)
    table = subject_gains(scores[scores["model"] == "tiny"])
    assert len(table) == 0
    assert "gain_percent" in table


def test_group_agrees_with_scipy(paths, gains):
    """Mean, interval, signed-rank p over subjects; q over the regions of a level; percent of the mean reference."""
    subjects = pd.concat(map(pd.read_parquet, paths))
    cell = lambda table: table[table["step"].isna() & (table["finetuning_alpha"] == 0.5) & (table["level"] == "roi")]  # noqa: E731
    group = cell(gains).set_index(["hemi", "roi"])
    for region, values in cell(subjects).groupby(["hemi", "roi"]):
        row, gain = group.loc[region], values["gain"]
        assert row["mean"] == pytest.approx(gain.mean())
        assert row["p_value"] == pytest.approx(stats.wilcoxon(gain).pvalue)
        half = stats.t.ppf(0.975, 7) * stats.sem(gain)
        assert row["ci_high"] - row["mean"] == pytest.approx(half)
        assert row["percent_high"] == pytest.approx(100 * (gain.mean() + half) / values["reference"].mean())
    expected = stats.false_discovery_control(group["p_value"])
    np.testing.assert_allclose(group["q_value"], expected)


def test_what_was_planted_is_found(gains):
    """Frontal regions gain, twice as much at alpha 1 as at .5; auditory ones do not."""
    mean = gains[gains["step"].isna() & (gains["level"] == "lobe")].set_index(["roi", "finetuning_alpha"])
    assert mean.loc[("frontal", 1.0), "gain_percent"] == pytest.approx(10, abs=1)
    assert mean.loc[("frontal", 0.5), "gain_percent"] == pytest.approx(5, abs=1)
    assert (mean.loc["frontal"].query("finetuning_alpha > 0")["q_value"] < 0.05).all()
    assert (mean.loc["temporal"].query("finetuning_alpha > 0")["q_value"] > 0.05).all()


def test_a_reference_that_is_not_above_0_has_no_percentage(tmp_path):
    """A gain has no percentage of a score below 0."""
    scores = roi_scores(0).assign(mean=lambda table: -table["mean"])
    subject_gains(scores).to_parquet(tmp_path / "a.parquet")
    table = pd.concat(group_gains([tmp_path / "a.parquet"] * 1))
    assert table["gain_percent"].isna().all()
    assert table["mean"].notna().all()
