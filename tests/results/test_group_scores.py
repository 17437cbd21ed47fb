"""Group tables of scores: every number is scipy's or pandas' on the subjects' tables."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from brainforecast.results.group_scores import normalise, summarise_cells, summarise_regions, summarise_score
from brainforecast.storage.columns import CELL
from helpers.subject_files import LAYERS, N_LAYER_TARGETS, N_TARGETS, paths

LAYER_CELL = ["model", "layer"]


def test_group_statistics_equal_scipy(folder):
    """Mean, error, signed-rank p and q of every target in every cell."""
    frames = summarise_cells(paths(folder, "forecast_scores"), "forecast_score", CELL, N_TARGETS)
    group = pd.concat([frame.astype({"model": str, "source": str}) for frame in frames])
    subjects = pd.read_parquet(folder / "forecast_scores").dropna().astype({"forecast_score": float})
    values = subjects.groupby([*CELL, "target"], observed=True)["forecast_score"]
    expected = values.agg(n_subjects="size", mean="mean", sem=stats.sem, p_value=lambda v: stats.wilcoxon(v).pvalue)
    expected["q_value"] = expected.groupby(CELL)["p_value"].transform(stats.false_discovery_control)
    found = group.set_index([*CELL, "target"]).sort_index()[list(expected)]
    assert found.index.tolist() == expected.index.tolist()
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_group_regions_and_their_correction(folder):
    """q-values are over the regions of one level and side, within one cell."""
    group = pd.concat(summarise_regions(paths(folder, "roi_scores"), ["score", *CELL]))
    rows = pd.read_parquet(folder / "roi_scores")
    chosen = (
        "score == 'forecast_score' and layer == 2 and width == 7 and distance == 3 and level == 'roi' and hemi.isna()"
    )
    one, values = group.query(chosen), rows.query(chosen)
    expected = values.groupby("roi")["mean"].agg(["mean", stats.sem])
    np.testing.assert_allclose(one.set_index("roi")["mean"], expected["mean"], rtol=1e-10)
    np.testing.assert_allclose(one["q_value"], stats.false_discovery_control(one["p_value"]), rtol=1e-10)


def test_scores_have_their_ceiling(write_layers):
    """Every other row has the mean of the ceiling's rows, and mean / ceiling, as computed by pandas."""
    paths = write_layers(LAYERS)
    group = pd.concat(summarise_score(paths, "brain_score", LAYER_CELL, N_LAYER_TARGETS)).set_index(["model", "target"])
    scores = pd.concat(map(pd.read_parquet, paths)).astype({"brain_score": float, "listener_correlation": float})
    means = scores[scores["model"] == "listeners"].groupby("target")[["brain_score", "listener_correlation"]].mean()
    ceiling, correlation = means["brain_score"], means["listener_correlation"]
    assert list(group.columns[-4:]) == ["q_value", "noise_ceiling", "listener_correlation", "normalised"]
    for (model, target), row in group.iterrows():
        if model == "listeners":
            assert row[["noise_ceiling", "listener_correlation", "normalised"]].isna().all()
            assert row["mean"] == pytest.approx(ceiling[target], rel=1e-12)
            continue
        assert row["noise_ceiling"] == pytest.approx(ceiling[target], rel=1e-12)
        assert row["listener_correlation"] == pytest.approx(correlation[target], rel=1e-12)
        if target == 1:  # its ceiling is below 0
            assert row["noise_ceiling"] < 0 and np.isnan(row["normalised"])
        else:
            assert row["normalised"] == pytest.approx(row["mean"] / ceiling[target], rel=1e-12)
    assert group.loc["listeners", "n_subjects"].tolist() == [4, 4, 2, 4, 4, 4]  # subject 03 has no ceiling


def test_without_the_analysis_there_is_no_ceiling(write_layers):
    """The columns exist, as floats, and are NaN."""
    cells = [cell for cell in LAYERS if cell[0] != "listeners"]
    group = pd.concat(summarise_score(write_layers(cells), "brain_score", LAYER_CELL, N_LAYER_TARGETS))
    columns = ["noise_ceiling", "listener_correlation", "normalised"]
    assert len(group) and group[columns].isna().all(axis=None)
    assert group[columns].dtypes.eq(np.float64).all()


def test_a_ratio_is_masked_and_never_clipped():
    """NaN where the ceiling is not above 0; values above 1 stay."""
    found = normalise(np.array([0.3, -0.1, 0.2, 0.2, 0.2]), np.array([0.2, 0.2, 0.0, -0.1, np.nan]))
    np.testing.assert_allclose(found, [1.5, -0.5, np.nan, np.nan, np.nan])
