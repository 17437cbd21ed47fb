"""The comparison of two runs finds what differs, and only that."""

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from helpers.compare_results import by_column, compare, table_of
from helpers.datasets import write_gifti


@pytest.fixture
def runs(tmp_path):
    """Two runs that computed the same."""
    folders = tmp_path / "before", tmp_path / "after"
    for folder in folders:
        folder.mkdir()
        table = pd.DataFrame({"roi": ["a", None], "mean": [0.5, np.nan], "n": pd.array([1, None], dtype="Int32")})
        table.to_parquet(folder / "table.parquet")
        save_file({"layer-0": np.arange(3.0)}, folder / "states.safetensors", metadata={"made": str(folder)})
        write_gifti(folder / "map.func.gii", [np.array([1.0, np.nan])])
    return folders


def test_equal_runs_do_not_differ(runs):
    """Missing values are equal to missing values; metadata is not compared."""
    assert list(compare(*runs)) == []


def test_every_kind_of_difference_is_seen(runs):
    """A value, a type, a tensor, an array of a map, a file of one run alone."""
    before, after = runs
    table = pd.read_parquet(after / "table.parquet")
    table.assign(mean=[0.25, np.nan], roi=["b", None]).to_parquet(after / "table.parquet")
    save_file({"layer-0": np.arange(3, dtype=np.float32)}, after / "states.safetensors")
    write_gifti(after / "map.func.gii", [np.array([1.0, 2.0])])
    (after / "map.func.gii").rename(after / "other.func.gii")
    found = list(compare(before, after))
    assert found[:2] == ["only before: map.func.gii", "only after: other.func.gii"]
    assert "float64 (3,) before, float32 (3,) after" in found[2]
    assert "1 of 2 values" in found[3] and found[4].endswith("1 of 2 values, by up to 0.25")
    (after / "other.func.gii").rename(after / "map.func.gii")
    assert any(line.startswith("map.func.gii, 0: 1 of 2 values") for line in compare(before, after))


def test_an_empty_run_is_a_difference(tmp_path):
    """A comparison of no files does not pass."""
    assert list(compare(tmp_path, tmp_path)) == [f"{tmp_path}: no file to compare"]


def test_columns_of_all_files_are_counted_together(runs):
    """Numbers by how much they differ, texts and missing values as of another kind; equal columns as such."""
    before, after = runs
    for folder, shift in ((before, 0.0), (after, 0.25)):
        for subject in ("01", "02"):
            path = folder / f"subjects/scores.parquet/sub-{subject}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            pd.DataFrame({"target": [0, 1], "score": [0.5, 2 + shift]}).to_parquet(path)
    table = pd.read_parquet(after / "table.parquet")
    table.assign(roi=["a", "b"], mean=[0.5, 1.0], n=pd.array([2, None], dtype="Int32")).to_parquet(
        after / "table.parquet"
    )
    found = by_column(before, after)
    score = found["subjects/scores.parquet", "score"]
    assert (score.size, score.n_different, score.n_unlike, score.largest, score.scale) == (4, 2, 0, 0.25, 2.0)
    assert "2 of 4 differ, by up to 0.25 (largest value 2)" in str(score)
    assert "the same to the bit" in str(found["subjects/scores.parquet", "target"])
    assert [found["table.parquet", name].n_unlike for name in ("roi", "mean", "n")] == [1, 1, 0]
    assert found["table.parquet", "n"].largest == 1
    assert not found["states.safetensors", "layer-0"].n_different


def test_files_of_a_folder_are_one_table():
    """Those of the group are apart."""
    names = ["subjects/a.parquet/sub-01.parquet", "scores/sub-01/m/x.safetensors", "group/a.parquet", "truth.parquet"]
    tables = ["subjects/a.parquet", "scores/*.safetensors", "group/a.parquet", "truth.parquet"]
    assert [table_of(name) for name in names] == tables
