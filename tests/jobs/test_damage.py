"""A job that fails on a damaged file of another job names it, and what to do, in one line."""

import logging
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from brainforecast.jobs.context import job
from brainforecast.jobs.damage import find_damaged
from brainforecast.storage.activations import read_layer, write_activations
from brainforecast.storage.parquet import write_table


@pytest.fixture
def files(tmp_path):
    """Intact files of each kind."""
    write_activations({0: np.arange(400.0).reshape(200, 2)}, tmp_path / "a.safetensors", metadata={"source": "x"})
    frame = pd.DataFrame({"word": [f"word{i}" for i in range(500)], "x": np.random.default_rng(0).normal(size=500)})
    write_table(frame, tmp_path / "b.parquet", units={"word": "", "x": ""})
    (tmp_path / "c.json").write_text('{"runs": [1, 2]}')
    (tmp_path / "d.nii.gz").write_bytes(b"not looked at")
    return [tmp_path / name for name in ("a.safetensors", "b.parquet", "c.json", "d.nii.gz")]


def test_intact_files_are_not_blamed(files, tmp_path):
    assert find_damaged([*files, tmp_path / "absent.parquet", tmp_path]) is None


@pytest.mark.parametrize("index", [0, 1, 2])
@pytest.mark.parametrize("kept", [0, 7, 0.5, -1])
def test_truncated_files(files, index, kept):
    """At any length."""
    path = files[index]
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if isinstance(kept, float) else kept])
    assert str(path) in str(find_damaged(files)) and "delete it" in str(find_damaged(files))


def test_bytes_inside_a_table(files):
    """Its foot is whole; a page of it is not."""
    content = bytearray(files[1].read_bytes())
    content[100:160] = bytes(60)
    files[1].write_bytes(content)
    assert "b.parquet" in str(find_damaged(files))


@pytest.fixture
def own_handlers():
    """Handlers of the log as they were before a job."""
    handlers, level = list(logging.root.handlers), logging.root.level
    yield
    logging.basicConfig(handlers=handlers, level=level, force=True)


@pytest.mark.usefixtures("own_handlers")
def test_a_job_reports_its_damaged_input(files, tmp_path, capsys):
    """In the last line; the traceback is in the log."""
    files[1].write_bytes(files[1].read_bytes()[:-9])
    snakemake = SimpleNamespace(
        log=[str(tmp_path / "log")], threads=1, rule="score", input=[str(path) for path in files]
    )
    with pytest.raises(SystemExit), job(snakemake):
        pd.read_parquet(files[1])
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith(f"score: {files[1]}: found a damaged file") and line.endswith("makes it again")
    assert "Traceback" in (tmp_path / "log").read_text()
    with pytest.raises(SystemExit), job(snakemake):
        read_layer(files[0], 3)
    assert "no layer 3" in capsys.readouterr().err.splitlines()[-1]
