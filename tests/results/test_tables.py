"""From score files to subject and group tables: every number traced back to its definition."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scipy import stats

from brainforecast.errors import BadInput
from brainforecast.results.frames import empty_frame
from brainforecast.results.group_scores import TABLE_STATISTICS, summarise_cells, summarise_regions
from brainforecast.results.regions import Regions
from brainforecast.results.subject_scores import SubjectScores
from brainforecast.results.subject_tables import COLUMNS, subject_tables
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import read_provenance, read_units, write_table
from brainforecast.storage.scores import read_scores, write_scores
from helpers.subject_files import DISTANCES, GRIDS, N_TARGETS, make_scores, paths, write_subjects
from helpers.subject_files import targets as table_of_targets

KEYS = ["model", "layer", "source", "width"]
CELL = [*KEYS, "distance"]
WINDOW = "layer == 2 and width == 7"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Tables of six subjects on disk, as the workflow writes them."""
    return write_subjects(tmp_path_factory.mktemp("subjects"))


@pytest.fixture
def targets():
    """Where the targets are."""
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


def test_brain_scores_and_penalties(folder):
    """R and the median penalty of each layer."""
    rows = pd.read_parquet(folder / "brain_scores").query("subject == '05'")
    for part in make_scores("05")[:3]:
        here = rows[rows["layer"] == part.grid.layer]
        np.testing.assert_allclose(here["brain_score"], part.brain_score[0].mean(axis=0), rtol=1e-6)
        np.testing.assert_array_equal(here["alpha"], np.median(part.alpha[0], axis=0))


def test_region_means(folder, targets):
    """Each roi and lobe, by hemisphere and over both; NaN targets are passed over and counted out."""
    rows = pd.read_parquet(folder / "roi_scores").query(f"subject == '01' and score == 'forecast_score' and {WINDOW}")
    scores = pd.read_parquet(folder / "forecast_scores").query(f"subject == '01' and {WINDOW}")
    scores = scores.merge(targets, on="target")
    assert set(zip(rows["level"], rows["roi"], strict=True)) >= {("roi", "a-1"), ("lobe", "back"), ("all", "all")}
    for row in rows.itertuples():
        there = scores[scores["distance"] == row.distance]
        there = there if pd.isna(row.hemi) else there[there["hemi"] == row.hemi]
        there = there if row.level == "all" else there[there[row.level] == row.roi]
        values = there["forecast_score"].dropna()
        assert row.n_targets == len(values)
        if len(values):
            np.testing.assert_allclose(row.mean, values.astype(float).mean(), rtol=1e-6)


def test_group_statistics_equal_scipy(folder):
    """Mean, error, signed-rank p and q of every target in every cell."""
    frames = summarise_cells(paths(folder, "forecast_scores"), "forecast_score", CELL, N_TARGETS, TABLE_STATISTICS)
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
    chosen = f"score == 'forecast_score' and {WINDOW} and distance == 3 and level == 'roi' and hemi.isna()"
    one, values = group.query(chosen), rows.query(chosen)
    expected = values.groupby("roi")["mean"].agg(["mean", stats.sem])
    np.testing.assert_allclose(one.set_index("roi")["mean"], expected["mean"], rtol=1e-10)
    np.testing.assert_allclose(one["q_value"], stats.false_discovery_control(one["p_value"]), rtol=1e-10)


def test_a_subject_with_other_cells_is_told(folder, tmp_path):
    """Tables whose cells do not match are refused, by name."""
    first, second, *_ = paths(folder, "forecast_scores")
    odd = tmp_path / second.name
    write_table(pd.read_parquet(second), odd, units=UNITS)
    n_cells = pq.read_metadata(first).num_row_groups
    with pytest.raises(BadInput, match=rf"sub-02.parquet: found 1 cells; expected {n_cells}"):
        list(summarise_cells([first, odd], "forecast_score", KEYS, N_TARGETS, TABLE_STATISTICS))


def test_a_subject_without_windows_has_tables_without_rows(folder, targets, tmp_path):
    """An analysis that a config lacks leaves its table, with the columns and types of one that has rows."""
    alone = SubjectScores([path for path in sorted((folder / "scores").glob("01-*")) if path.stem[-1] in "012"])
    for name, frames in subject_tables(alone, Regions.of(targets)).items():
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
    """However the blocks of a subject are put into files, the subject's tables are the same."""
    parts, regions = make_scores("01"), Regions.of(targets)
    for index in range(files):
        write_scores(parts[index::files], tmp_path / f"{index}.safetensors")
    together = subject_tables(SubjectScores(sorted(tmp_path.glob("*.safetensors"))), regions)
    apart = subject_tables(SubjectScores(sorted((folder / "scores").glob("01-*"))), regions)
    assert together.keys() == apart.keys()
    for name, frames in together.items():
        pd.testing.assert_frame_equal(pd.concat(frames), pd.concat(apart[name]), check_exact=True)


def test_one_distance_is_read_as_among_all(folder):
    """Reading a part of a file gives what reading all of it gives there."""
    path = next(p for p in sorted((folder / "scores").glob("03-*")) if read_scores(p).grid == GRIDS[-1])
    whole, part = read_scores(path), read_scores(path, [5, 3])
    assert part.grid.distances == (5, 3)
    np.testing.assert_array_equal(part.brain_score, whole.brain_score[[2, 1]])
    np.testing.assert_array_equal(part.alpha, whole.alpha[[2, 1]])


def test_tables_carry_units_and_provenance(folder):
    path = paths(folder, "forecast_scores")[0]
    assert set(read_units(path)) == set(pq.read_schema(path).names)
    assert all(read_units(path).values())
    assert read_provenance(path) == {"n": 1}


def test_a_failed_write_leaves_nothing(tmp_path):
    def frames():
        yield pd.DataFrame({"target": [1]})
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError):
        write_table(frames(), tmp_path / "table.parquet", units=UNITS)
    assert list(tmp_path.iterdir()) == []
