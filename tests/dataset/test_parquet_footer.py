"""Rows and columns of Parquet files, compared with what pyarrow finds; files that are none, or cut."""

import datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from brainforecast.dataset.parquet_footer import parquet_shape

TABLE = {
    "word": ["Once", "upon", "a"],
    "x": [1.0, 2.0, None],
    "flag": [True, False, True],
    "vector": [[1.0, 2.0], [3.0], []],
    "pair": [{"a": 1, "b": {"c": [2]}}] * 3,
    "Häufigkeit": [1, 2, 3],
    "day": [datetime.date(2020, 1, 1)] * 3,
    "kind": pa.array(["u", "v", "u"]).dictionary_encode(),
}
KINDS = ["text", "number", "number", "list", "list", "number", "number", "text"]


@pytest.mark.parametrize("compression", ["snappy", "zstd", "none"])
@pytest.mark.parametrize("version", ["1.0", "2.6"])
def test_columns_and_rows(tmp_path, compression, version):
    """Names in order, and what a row has in each, of any compression and version."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(TABLE), path, compression=compression, version=version)
    assert parquet_shape(path) == (3, dict(zip(TABLE, KINDS, strict=True)))


@pytest.mark.parametrize("n_columns", [1, 14, 15, 16, 300])
@pytest.mark.parametrize("n_rows", [0, 1, 63, 64, 8192])
def test_sizes(tmp_path, n_columns, n_rows):
    """Numbers of one and of several bytes, and lists of both forms."""
    table = pd.DataFrame({f"feature{i}": range(n_rows) for i in range(n_columns)})
    table.to_parquet(tmp_path / "a.parquet")
    found, columns = parquet_shape(tmp_path / "a.parquet")
    assert (found, list(columns)) == (n_rows, list(table))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" * 4, b"PAR1" + bytes(20) + b"PAR1", b"a,b\n1,2\n"])
def test_no_parquet_file(tmp_path, content):
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(ValueError, match="Parquet file"):
        parquet_shape(tmp_path / "a.parquet")


def test_a_file_that_is_cut(tmp_path):
    """At its end, where the footer is, and with a footer that lost its start."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(TABLE), path)
    whole = path.read_bytes()
    for content in (whole[:-1], whole[: len(whole) // 2], whole[-200:]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="Parquet file"):
            parquet_shape(path)
