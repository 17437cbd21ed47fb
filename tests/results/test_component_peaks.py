"""Peaks of syntactic and semantic windows by region, and their difference within subjects."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from brainforecast.results.component_peaks import DIFFERENCE, component_peak_rows

CELL = {"model": "gpt2", "layer": 8, "base": "paper", "width": 7}


def region_peaks(folder, n_subjects=6):
    """Tables of regional distances: syntax peaks at 3, semantics at 8, with noise."""
    rng, paths = np.random.default_rng(1), []
    for subject in range(n_subjects):
        frames = []
        for name, peak in (("semantic", 8.0), ("syntactic", 3.0), ("true", 6.0)):
            regions = pd.DataFrame({"level": "roi", "hemi": ["L", "L", None], "roi": ["a", "b", "a"]})
            regions["peak_distance"] = peak + rng.normal(0, 0.5, 3)
            frames.append(regions.assign(**CELL, source=name))
        paths.append(folder / f"{subject}.parquet")
        write_groups(frames, paths[-1])
    return paths


def write_groups(frames, path):
    """A table with a row group per cell."""
    tables = [pa.Table.from_pandas(frame, preserve_index=False) for frame in frames]
    with pq.ParquetWriter(path, tables[0].schema) as writer:
        for table in tables:
            writer.write_table(table)


def test_peaks_and_their_difference(tmp_path):
    """Means over subjects of each source's peak; semantic minus syntactic within subjects, tested."""
    paths = region_peaks(tmp_path)
    table = component_peak_rows(paths)
    subjects = pd.concat(pd.read_parquet(path) for path in paths)
    for name in ("true", "syntactic", "semantic"):
        expected = subjects[subjects["source"] == name].groupby(["hemi", "roi"], dropna=False)["peak_distance"].mean()
        found = table[table["source"] == name]
        assert found["mean"].to_numpy() == pytest.approx(expected.to_numpy())
        assert found["p_value"].isna().all()
    differs = table[table["source"] == DIFFERENCE]
    assert differs["mean"].to_numpy() == pytest.approx([5, 5, 5], abs=0.8)
    assert (differs["p_value"] == 2 / 2**6).all()
    assert (differs["n_subjects"] == 6).all()


def test_no_components_no_rows(tmp_path):
    """Without syntactic and semantic windows the table has no rows."""
    write_groups([pd.DataFrame({"level": ["all"], "hemi": ["L"], "roi": ["all"], "peak_distance": [3.0]})
                  .assign(**CELL, source="true")], tmp_path / "one.parquet")  # fmt: skip
    table = component_peak_rows([tmp_path / "one.parquet"])
    assert table.empty
