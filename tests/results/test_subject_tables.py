"""From score files to the tables of a subject: every number traced back to its definition."""

import numpy as np
import pandas as pd
import pytest

from brainforecast.cells import Grid
from brainforecast.results.frames import empty_frame
from brainforecast.results.regions import Regions
from brainforecast.results.subject_scores import SubjectScores
from brainforecast.results.subject_tables import COLUMNS, subject_tables
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import write_table
from brainforecast.storage.scores import RegionScores, write_scores
from helpers.subject_files import DISTANCES, by_region, make_folds, make_scores, paths
from helpers.subject_files import targets as table_of_targets

WINDOW = "layer == 2 and width == 7"


@pytest.fixture
def targets():
    """The table of targets."""
    return table_of_targets()


def test_forecast_score_is_the_gain_over_the_present(folder):
    """F(d) = R with the window - R alone, means over folds, for every row; blocks come back in order."""
    table = pd.read_parquet(folder / "forecast_scores")
    assert table["subject"].nunique() == 6
    curves = table.query(WINDOW).groupby("subject", observed=True)["distance"].unique()
    assert curves.map(list).tolist() == [list(DISTANCES)] * 6
    parts = make_folds("02")
    alone = {part.grid.layer: part.brain_score[0] for part in parts if part.grid.source == "present"}
    rows = table[table["subject"] == "02"].set_index(["layer", "width", "distance"])
    for part in parts[3:]:
        for index, distance in enumerate(part.grid.distances):
            here = rows.loc[(part.grid.layer, part.grid.width, distance)]
            gain = part.brain_score[index].mean(axis=0) - alone[part.grid.layer].mean(axis=0)
            np.testing.assert_allclose(here["forecast_score"], gain, rtol=0, atol=1e-7)
            np.testing.assert_array_equal(here["target"], part.target)
    assert len(rows) == sum(len(part.grid.distances) * len(part.target) for part in parts[3:])


def test_brain_scores_and_alphas(folder):
    """R and the median alpha of each layer."""
    rows = pd.read_parquet(folder / "brain_scores").query("subject == '05'")
    for part in make_folds("05")[:3]:
        here = rows[rows["layer"] == part.grid.layer]
        np.testing.assert_allclose(here["brain_score"], part.brain_score[0].mean(axis=0), rtol=1e-6)
        np.testing.assert_array_equal(here["alpha"], np.median(part.alpha[0], axis=0))


def test_region_means(folder, targets):
    """Each roi and lobe, by hemisphere and over both; NaN targets are neither averaged nor counted."""
    rows = pd.read_parquet(folder / "roi_scores").query(f"subject == '01' and score == 'forecast_score' and {WINDOW}")
    scores = pd.read_parquet(folder / "forecast_scores").query(f"subject == '01' and {WINDOW}")
    scores = scores.merge(targets, on="target")
    assert set(zip(rows["level"], rows["roi"], strict=True)) >= {("roi", "a-1"), ("lobe", "back"), ("all", "all")}
    for row in rows.itertuples():
        kept = scores[scores["distance"] == row.distance]
        kept = kept if pd.isna(row.hemi) else kept[kept["hemi"] == row.hemi]
        kept = kept if row.level == "all" else kept[kept[row.level] == row.roi]
        values = kept["forecast_score"].dropna()
        assert row.n_targets == len(values)
        if len(values):
            np.testing.assert_allclose(row.mean, values.astype(float).mean(), rtol=1e-6)


def test_mirror_difference_of_region_means(folder):
    """M(d) = F(d) - F(w - 1 - d) where both are scored and d is at least w: of width 3, at d = 5 but not at 3."""
    rows = pd.read_parquet(folder / "roi_scores").query("layer == 2").fillna({"hemi": ""})
    F, M = (rows[rows["score"] == score] for score in ("forecast_score", "mirror_difference"))
    assert set(zip(M["width"], M["distance"], strict=True)) == {(3, 5)}
    keys = ["subject", "level", "hemi", "roi"]
    ahead, back = (F.query(f"width == 3 and distance == {d}").set_index(keys)["mean"].astype(float) for d in (5, -3))
    found = M.set_index(keys)["mean"].astype(float)
    assert len(found) == len(ahead) > 0
    np.testing.assert_allclose(found, (ahead - back)[found.index], atol=1e-7)


def test_a_subject_without_windows_has_tables_without_rows(folder, targets, tmp_path):
    """The table of an analysis that was not run has the columns and types of one with rows."""
    alone = SubjectScores([path for path in sorted((folder / "scores").glob("01-*")) if path.stem[-1] in "012"])
    for name, frames in subject_tables(alone, Regions.from_targets(targets)).items():
        write_table(frames, tmp_path / f"{name}.parquet", units=UNITS)
        table, full = pd.read_parquet(tmp_path / f"{name}.parquet"), pd.read_parquet(paths(folder, name)[0])
        assert list(table) == list(full) == COLUMNS[name]
        assert (len(table) > 0) == (name in ("brain_scores", "roi_scores"))
        for column in table:
            for kind in (pd.api.types.is_integer_dtype, pd.api.types.is_string_dtype, pd.api.types.is_float_dtype):
                assert kind(table[column].astype(empty_frame([column])[column].dtype)) == kind(
                    empty_frame([column])[column]
                )
                assert len(table) or kind(full[column]) == kind(table[column]) or full[column].dtype == "category"


@pytest.mark.parametrize("files", [1, 3])
def test_jobs_of_many_blocks_give_the_same_tables(folder, targets, tmp_path, files):
    """However the blocks of a subject are grouped into files, the subject's tables are the same."""
    parts, regions = make_scores("01"), Regions.from_targets(targets)
    for index in range(files):
        write_scores(parts[index::files], tmp_path / f"{index}.safetensors")
    together = subject_tables(SubjectScores(sorted(tmp_path.glob("*.safetensors"))), regions)
    apart = subject_tables(SubjectScores(sorted((folder / "scores").glob("01-*"))), regions)
    assert together.keys() == apart.keys()
    for name, frames in together.items():
        pd.testing.assert_frame_equal(pd.concat(frames), pd.concat(apart[name]), check_exact=True)


def tables_of(parts, regions, path):
    write_scores(list(parts), path)
    frames = subject_tables(SubjectScores([path]), regions)
    return {name: pd.concat(list(table), ignore_index=True) for name, table in frames.items()}


@pytest.mark.parametrize("widths", [{3}, {3, 7}])
def test_regions_have_the_same_rows_where_only_they_are_kept(targets, tmp_path, widths):
    """Scores, mirror differences and peaks of mean curves, to rounding; what needs targets is left out, or null."""
    regions = Regions.from_targets(targets)
    full = tables_of(make_scores("02"), regions, tmp_path / "full")
    kept = tables_of(by_region(make_scores("02"), regions, widths), regions, tmp_path / "kept")
    of_targets = ("brain_scores", "forecast_scores", "forecast_distance", "forecast_depth")
    for name, table in full.items():
        others = table[~table["width"].isin(widths)] if "width" in table else table
        if name in of_targets:
            assert len(kept[name]) == len(others)
            if len(others):
                pd.testing.assert_frame_equal(kept[name], others.reset_index(drop=True))
        else:
            null = [f"forecast_{axis}" for axis in ("distance", "depth") if f"forecast_{axis}" in table]
            here = table["width"].isin(widths)
            pd.testing.assert_frame_equal(
                kept[name].drop(columns=null), table.drop(columns=null), rtol=0, atol=2e-7, check_categorical=False
            )
            for column in null:
                assert kept[name][column][here].isna().all()
                np.testing.assert_array_equal(kept[name][column][~here], table[column][~here])


def test_a_depth_needs_targets_at_every_layer(targets, tmp_path):
    """If one layer keeps regions only there is no k* of targets; that of regions has all layers."""
    regions = Regions.from_targets(targets)
    parts = make_scores("02")
    full = tables_of(parts, regions, tmp_path / "full")
    parts[3:4] = by_region(parts[3:4], regions, {7})
    kept = tables_of(parts, regions, tmp_path / "kept")
    assert len(full["forecast_depth"]) and kept["forecast_depth"].empty
    np.testing.assert_array_equal(kept["roi_depths"]["peak_depth"], full["roi_depths"]["peak_depth"])
    assert kept["roi_depths"]["forecast_depth"].isna().all()


def test_a_region_whose_targets_differ_between_window_and_present_is_null(targets, tmp_path):
    """The difference of two means over different targets is no mean of differences."""
    regions, parts = Regions.from_targets(targets), make_scores("02")
    window = parts[-1]
    window.brain_score[1, window.target == 0] = np.nan
    rows = tables_of(by_region(parts, regions, {3}), regions, tmp_path / "kept")["roi_scores"]
    F = rows[(rows["score"] == "forecast_score") & (rows["width"] == 3) & (rows["roi"] == "a-1")]
    null = F[F["mean"].isna()]
    assert set(null["distance"]) == {0} and set(null["hemi"].fillna("")) == {"", "L"} and (null["n_targets"] == 0).all()


def test_scores_of_series_stand_in_the_table_of_regions_alone(targets, tmp_path):
    """Under names of their own, over the series' own baseline; every other row is as without them."""
    regions, parts = Regions.from_targets(targets), make_scores("02")
    plain = tables_of(parts, regions, tmp_path / "plain")
    n, rng = len(regions.names), np.random.default_rng(4)
    series = [
        RegionScores("02", grid, rng.normal(size=(len(grid.distances), n)), np.full((len(grid.distances), n), 2))
        for grid in (
            Grid("m", 2, "paper", "present", 0, (0,), "regions", "regions"),
            Grid("m", 2, "paper", "true", 3, (-3, 5), "regions", "regions"),
        )
    ]
    both = tables_of([*parts, *series], regions, tmp_path / "both")
    for name, table in plain.items():
        found = both[name]
        if name == "roi_scores":
            own = found[found["score"].astype(str).str.startswith("series_")]
            found = found.drop(own.index)
        pd.testing.assert_frame_equal(found, table, check_categorical=False)
    R, F, M = (own[own["score"] == f"series_{name}"] for name in ("brain_score", "forecast_score", "mirror_difference"))
    np.testing.assert_array_equal(R["mean"], series[0].mean[0])
    np.testing.assert_allclose(F["mean"], (series[1].mean - series[0].mean).ravel())
    np.testing.assert_allclose(M["mean"], series[1].mean[1] - series[1].mean[0])
    assert len(own) == len(R) + len(F) + len(M) and (own["n_targets"] == 2).all()
