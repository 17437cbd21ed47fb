"""Parquet tables carry units and provenance, one row group per frame, and are complete or absent."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from brainforecast.errors import BadInput
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import read_provenance, read_units, software_versions, write_table, write_tsv
from helpers.subject_files import paths, write_subjects


def frame(*targets: int) -> pd.DataFrame:
    """Scores of some targets."""
    return pd.DataFrame({"subject": "01", "target": targets, "brain_score": 0.1})


def test_tables_carry_units_and_provenance(tmp_path):
    """Every table of a subject: a unit for each column, and what its provenance was."""
    write_subjects(tmp_path)
    for folder in tmp_path.iterdir():
        for path in paths(tmp_path, folder.name):
            assert set(read_units(path)) == set(pq.read_schema(path).names)
            assert all(read_units(path).values())
            assert read_provenance(path) == {"n": int(path.stem.removeprefix("sub-"))}


def test_units_are_those_given(tmp_path):
    """Column by column, in their order; without provenance there is none to read."""
    write_table(frame(1, 2), tmp_path / "table.parquet", units=UNITS)
    assert list(read_units(tmp_path / "table.parquet").items()) == [
        (name, UNITS[name]) for name in ("subject", "target", "brain_score")
    ]
    assert read_provenance(tmp_path / "table.parquet") == {}


def test_a_column_without_a_unit_is_refused(tmp_path):
    """The error names the column; nothing is written."""
    with pytest.raises(KeyError, match="no unit given for"):
        write_table(frame(1).assign(odd=1), tmp_path / "table.parquet", units=UNITS)
    assert list(tmp_path.iterdir()) == []


def test_each_frame_is_a_row_group(tmp_path):
    """Frames one below the other, in order."""
    write_table(iter([frame(1, 2), frame(3)]), tmp_path / "table.parquet", units=UNITS)
    metadata = pq.read_metadata(tmp_path / "table.parquet")
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [2, 1]
    assert pd.read_parquet(tmp_path / "table.parquet")["target"].tolist() == [1, 2, 3]


def test_no_frames_are_refused(tmp_path):
    """A table needs columns."""
    with pytest.raises(BadInput, match="no rows to write"):
        write_table(iter([]), tmp_path / "table.parquet", units=UNITS)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_nothing(tmp_path):
    """Neither a table nor its temporary name."""

    def frames():
        yield pd.DataFrame({"target": [1]})
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError):
        write_table(frames(), tmp_path / "table.parquet", units=UNITS)
    assert list(tmp_path.iterdir()) == []


def test_missing_values_in_tsv(tmp_path):
    """n/a, as in BIDS."""
    write_tsv(pd.DataFrame({"run": ["1", None], "n_trs": [300, None]}), tmp_path / "runs.tsv")
    assert (tmp_path / "runs.tsv").read_text() == "run\tn_trs\n1\t300.0\nn/a\tn/a\n"


def test_versions_of_absent_packages_are_left_out():
    """Packages in the given order."""
    assert list(software_versions(["pandas", "no-such-package", "numpy"])) == ["pandas", "numpy"]


def scores(n: int, distance: int) -> pd.DataFrame:
    """A frame of one cell with every kind of column, and missing values."""
    rng = np.random.default_rng(distance)
    values = rng.normal(0.03, 0.06, n).astype(np.float32)
    values[::97] = np.nan
    return pd.DataFrame(
        {
            "model": pd.Categorical(["gpt2"] * n),
            "distance": np.full(n, distance, np.int32),
            "target": np.sort(rng.choice(2 * n, n, replace=False)).astype(np.int32),
            "brain_score": values,
            "mean": values.astype(float),
            "alpha": rng.choice([1.0, 10.0], n).astype(np.float32),
            "roi": pd.Series([f"region {index}" for index in range(n)], dtype="str"),
            "n_targets": pd.Series(range(n), dtype="Int64").where(np.arange(n) % 5 > 0),
        }
    )


@pytest.mark.parametrize("n", [0, 1, 2, 1000])
def test_tables_are_read_as_they_were_written(tmp_path, n):
    """Bit for bit by pandas, as a whole and by row group, also where a later frame repeats more than the first."""
    constant = scores(n, 3).assign(brain_score=np.float32(0.5), target=np.int32(7))
    frames = [scores(n, 1), scores(n, 2), constant]
    write_table(frames, tmp_path / "table.parquet", units=UNITS)
    expected = pd.concat(frames, ignore_index=True)
    found = pd.read_parquet(tmp_path / "table.parquet")
    pd.testing.assert_frame_equal(found, expected, check_categorical=False, check_dtype=n > 0)
    read = pq.ParquetFile(tmp_path / "table.parquet").read_row_group(2, columns=["target", "mean"]).to_pandas()
    pd.testing.assert_frame_equal(read, constant[["target", "mean"]])


def test_scores_of_targets_take_half_the_bytes(tmp_path):
    """Of 20,000 targets: less than 4 bytes a score, a fifth of one for the number of the target."""
    frames = [scores(20_000, 1)[["model", "distance", "target", "brain_score"]]]
    write_table(frames, tmp_path / "table.parquet", units=UNITS)
    columns = pq.ParquetFile(tmp_path / "table.parquet").metadata.row_group(0)
    bytes_of = {
        columns.column(i).path_in_schema: columns.column(i).total_compressed_size / 20_000
        for i in range(columns.num_columns)
    }
    assert bytes_of["brain_score"] < 4 and bytes_of["target"] < 0.3 and bytes_of["distance"] < 0.01
