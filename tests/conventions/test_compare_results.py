"""The comparison of two runs finds what differs, and only that."""

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from helpers.compare_results import compare
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
