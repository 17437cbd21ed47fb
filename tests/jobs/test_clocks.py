"""Files dated in the future: those that a run has made are dated to now, others are the user's."""

import os
import time
from types import SimpleNamespace

import pytest

from brainforecast.errors import BadInput
from brainforecast.jobs.clocks import mend_clocks
from helpers.datasets import write_lines

HOUR = 3600


@pytest.fixture
def jobs(tmp_path, monkeypatch) -> list:
    """Two jobs; the second reads what the first has made, and a file of the dataset."""
    monkeypatch.chdir(tmp_path)
    for path in ("data/a.tsv", "results/words.parquet"):
        write_lines(tmp_path / path, "x")
    (tmp_path / "resources/model").mkdir(parents=True)
    write_lines(tmp_path / "resources/model/.snakemake_timestamp")
    made = ["results/words.parquet", "resources/model"]
    return [
        SimpleNamespace(input=["data/a.tsv"], output=made),
        SimpleNamespace(input=["data/a.tsv", *made, "results/later.tsv"], output=["results/end.tsv"]),
    ]


def date(path: str, seconds: float) -> float:
    """Date a file so long after now; return its time."""
    then = time.time() + seconds
    os.utime(path, (then, then))
    return os.path.getmtime(path)


def test_products_from_the_future_are_dated_to_now(jobs):
    """Also a folder, of which Snakemake reads a file inside; what is of the past keeps its time."""
    past = date("data/a.tsv", -HOUR)
    date("results/words.parquet", HOUR)
    date("resources/model/.snakemake_timestamp", HOUR)
    mend_clocks(jobs[1:], jobs)
    assert os.path.getmtime("results/words.parquet") <= time.time()
    assert os.path.getmtime("resources/model/.snakemake_timestamp") <= time.time()
    assert os.path.getmtime("data/a.tsv") == past


def test_a_file_of_the_user_is_not_touched(jobs):
    """One line with the file, its date, and what to do."""
    then = date("data/a.tsv", HOUR)
    with pytest.raises(BadInput, match=r"data/a.tsv: found a file dated .* in the future.*touch data/a.tsv"):
        mend_clocks(jobs, jobs)
    assert os.path.getmtime("data/a.tsv") == then
    mend_clocks([], jobs)  # nobody reads it
