"""From score files to the tables of a subject: every number traced back to its definition."""

import numpy as np
import pandas as pd
import pytest

from brainforecast.results.frames import empty_frame
from brainforecast.results.regions import Regions
from brainforecast.results.subject_scores import SubjectScores
from brainforecast.results.subject_tables import COLUMNS, subject_tables
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import write_table
from brainforecast.storage.scores import write_scores
from helpers.subject_files import DISTANCES, make_scores, paths
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
    parts = make_scores("02")
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
    for part in make_scores("05")[:3]:
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
