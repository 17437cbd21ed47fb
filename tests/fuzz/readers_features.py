"""Readers of confounds and of a user's own features, in tables."""

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from brainforecast.dataset import feature_files
from brainforecast.language.own_features import read_own_features
from brainforecast.readers.confounds import read_confounds
from fuzz.readers_tables import LINES, RUN, as_float, rows_of
from helpers.fuzzing import Reader

# --- confounds --------------------------------------------------------------------------------------------------------

MOTION = ("trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z")
N_VOLUMES = 12


def _confounds() -> bytes:
    rng, table = np.random.default_rng(2), {}
    for name in (*MOTION, "csf", "white_matter", "global_signal"):
        table[name] = rng.normal(size=N_VOLUMES).round(4)
        table[f"{name}_derivative1"] = np.r_[np.nan, np.diff(table[name]).round(4)]
    table |= {f"{kind}_comp_cor_0{i}": rng.normal(size=N_VOLUMES).round(4) for kind in "aw" for i in range(2)}
    table["framewise_displacement"] = np.r_[np.nan, np.abs(rng.normal(size=N_VOLUMES - 1)).round(3)]
    table |= {
        "std_dvars": np.abs(rng.normal(size=N_VOLUMES)).round(3),
        "cosine00": np.cos(np.arange(N_VOLUMES)).round(4),
    }
    table["non_steady_state_outlier00"] = (np.arange(N_VOLUMES) == 0).astype(int)
    return pd.DataFrame(table).to_csv(sep="\t", na_rep="n/a", index=False).encode()


def _compcor() -> bytes:
    return json.dumps(
        {f"{kind}_comp_cor_0{i}": {"Mask": mask, "Method": "aCompCor", "Retained": True, "VarianceExplained": 0.2}
         for kind, mask in (("a", "combined"), ("w", "WM")) for i in range(2)}
    ).encode()  # fmt: skip


NAME = "sub-01_task-story_desc-confounds_timeseries"


def _read_confounds(strategy: list[str], **arguments) -> Callable[[Path], object]:
    def read(path: Path) -> object:
        for suffix, content in ((".tsv", _confounds), (".json", _compcor)):
            if path.suffix != suffix:
                path.with_suffix(suffix).write_bytes(content())
        table = path.with_suffix(".tsv")
        return table, read_confounds([str(path.with_name(RUN))], str(table), {"strategy": strategy, **arguments})

    return read


def _check_confounds(value) -> None:
    """Numbers in every volume that is used, those of the table where nilearn only chooses columns."""
    path, found = value
    table = found.table.to_numpy(float)
    assert len(found.reasons) == len(table) and np.isfinite(table[found.reasons == 0]).all()
    n_rows = sum(bool(line.strip()) for line in LINES.split(path.read_bytes().decode("utf-8", "replace"))[1:])
    assert len(table) == n_rows


def _quoted_confounds() -> bytes:
    """Two lines that are one to a reader that knows quotation marks."""
    lines = _confounds().splitlines()
    lines[3] = lines[3].rpartition(b"\t")[0] + b'\t"0'
    return b"\n".join([*lines[:4], lines[4] + b'"', *lines[5:], b""])


CONFOUNDS = [
    Reader(
        "confounds",
        "_task-story_desc-confounds_timeseries.tsv",
        _read_confounds(["motion", "scrub", "wm_csf", "high_pass"], motion="basic", demean=False),
        lambda: [_confounds()],
        _check_confounds,
        found={"lines between quotation marks": _quoted_confounds()},
    ),
    Reader(
        "sidecar of confounds",
        "_task-story_desc-confounds_timeseries.json",
        _read_confounds(["motion", "compcor", "high_pass"], motion="basic", compcor="anat_combined", demean=False),
        lambda: [_compcor()],
        _check_confounds,
    ),
]


# --- features ---------------------------------------------------------------------------------------------------------

STORY = ("Once", "upon", "a", "time")


def _read_features(path: Path) -> object:
    feature_files._read_head.cache_clear()
    return path, feature_files.read_head(path), *read_own_features(path, STORY)


def _check_features(value) -> None:
    path, head, features, metadata = value
    (X,) = features.values()
    assert X.dtype == np.float32 and X.shape == (head.n_rows, head.n_features) and np.isfinite(X).all()
    assert metadata["rows"] == ("TR" if head.per_tr else "word")
    if path.suffix in (".tsv", ".csv"):
        text = path.read_bytes().decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if path.suffix == ".tsv" else ","))
        rows = [row for row in rows if any(cell and cell.strip() for cell in row.values())]
        expected = [[_as_bool(row[name]) for name in head.columns] for row in rows]
        np.testing.assert_allclose(X, np.array(expected).reshape(X.shape), rtol=1e-6, atol=1e-38)


def _as_bool(cell: str) -> float:
    return {"true": 1.0, "false": 0.0}.get(cell.strip().lower(), as_float(cell))


def _feature_table(separator: str, *, with_words: bool) -> bytes:
    rows = [["word", "onset", "a", "b"], *([word, str(i), str(i / 4), str(-i)] for i, word in enumerate(STORY))]
    return "\n".join(separator.join(row if with_words else row[2:]) for row in [*rows, [""] * 0]).encode()


def _parquet(**columns) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def _parquets() -> list[bytes]:
    numbers = {"a": [0.5, 1.5, 2.5, 3.5], "b": pa.array([1, 2, 3, 4], pa.int32())}
    return [_parquet(word=list(STORY), **numbers), _parquet(**numbers)]


OTHER_COLUMNS = st.sampled_from(
    [
        pa.array([[1.0], [2.0], [3.0], [4.0]]),
        pa.array(["1", "2", "3", "4"]),
        pa.array([None] * 4),
        pa.array([1, None, 3, 4]),
        pa.array([{"x": 1}] * 4),
        pa.array([1, 2, 3, 4], pa.date32()),
        pa.array([True, False, True, None]),
        pa.array([1, 2, 3, 4], pa.decimal128(10, 2)),
        pa.array([b"1"] * 4),
        pa.array(["a", "b", "a", "b"]).dictionary_encode(),
        pa.array([1.0, math.inf, math.nan, 1e300]),
        pa.array([2**63] * 4, pa.uint64()),
        pa.array([1, 2, 3, 4], pa.float16()),
        pa.array([1, 2, 3, 4], pa.time64("us")),
        pa.array([1, 2, 3, 4], pa.timestamp("ns")),
        pa.array([1, 2, 3, 4], pa.duration("s")),
    ]
)

FEATURES = [
    Reader(
        "features in TSV",
        ".tsv",
        _read_features,
        lambda: [_feature_table("\t", with_words=True), _feature_table("\t", with_words=False)],
        _check_features,
        rows_of("a\tb"),
    ),
    Reader(
        "features in CSV",
        ".csv",
        _read_features,
        lambda: [_feature_table(",", with_words=True), _feature_table(",", with_words=False)],
        _check_features,
        rows_of("a,b", ","),
    ),
    Reader(
        "features in Parquet",
        ".parquet",
        _read_features,
        _parquets,
        _check_features,
        st.builds(
            lambda one, other: _parquet(word=one, a=other), OTHER_COLUMNS | st.just(pa.array(STORY)), OTHER_COLUMNS
        ),
    ),
]


FEATURE_TABLES: list[Reader] = [*CONFOUNDS, *FEATURES]
