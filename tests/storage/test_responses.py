"""The file of a subject's responses: read back complete, one story at a time, or only its summary."""

from dataclasses import replace

import numpy as np
import pytest

from brainforecast.storage.responses import (
    Responses,
    distinct_lengths,
    load_responses,
    load_runs,
    read_subject_summary,
    run_lengths,
    save_responses,
)

N_TRS = [4, 3, 5]
SUMMARY = {
    "subject": "01",
    "stories": ["fable", "myth", "fable"],
    "n_dropped": [0, 1, 0],
    "n_masked": 1,
    "n_constant": 0,
    "words_outside": [0, 0, 2],
}


def make_responses(n_trs: list[int]) -> Responses:
    """Three runs of two stories, with two of three targets."""
    values = np.random.default_rng(0).standard_normal((sum(n_trs), 2)).astype(np.float32)
    return Responses(values, np.array([0, 2], np.int32), np.array(n_trs, np.int32), SUMMARY)


@pytest.fixture
def path(tmp_path):
    """Responses of one subject on disk."""
    save_responses(make_responses(N_TRS), tmp_path / "sub-01.safetensors")
    return tmp_path / "sub-01.safetensors"


def test_responses_are_read_back(path):
    """Arrays bit for bit, the summary with the number of volumes."""
    written, read = make_responses(N_TRS), load_responses(path)
    for name in ("responses", "target", "n_trs"):
        np.testing.assert_array_equal(getattr(read, name), getattr(written, name))
        assert getattr(read, name).dtype == getattr(written, name).dtype
    assert read.summary == read_subject_summary(path) == {**SUMMARY, "n_trs": N_TRS}


def test_same_responses_are_the_same_bytes(path, tmp_path):
    """Snakemake compares small files by content."""
    save_responses(make_responses(N_TRS), tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == path.read_bytes()


def test_runs_of_one_story(path):
    """Each run of the story, in order, and no other."""
    values = make_responses(N_TRS).responses
    target, runs = load_runs(path, "fable")
    assert target.tolist() == [0, 2]
    assert len(runs) == 2
    np.testing.assert_array_equal(runs[0][0], values[:4])
    np.testing.assert_array_equal(runs[1][0], values[7:])
    assert [used for _, used in runs] == [None, None]
    assert load_runs(path, "legend")[1] == []


def test_censored_volumes_are_read_back(path, tmp_path):
    """Of the subject and of each run; a mask of all volumes leaves the bytes as they are without one."""
    used = np.arange(12) % 5 != 3
    save_responses(replace(make_responses(N_TRS), used=used), tmp_path / "some.safetensors")
    np.testing.assert_array_equal(load_responses(tmp_path / "some.safetensors").used, used)
    parts = [part for _, part in load_runs(tmp_path / "some.safetensors", "fable")[1]]
    np.testing.assert_array_equal(np.concatenate(parts), np.r_[used[:4], used[7:]])
    save_responses(replace(make_responses(N_TRS), used=np.ones(12, bool)), tmp_path / "all.safetensors")
    assert (tmp_path / "all.safetensors").read_bytes() == path.read_bytes()
    assert load_responses(path).used is None


def test_lengths_of_runs(path):
    """Story and volumes of each run."""
    assert run_lengths(path) == [("fable", 4), ("myth", 3), ("fable", 5)]


def test_each_combination_of_lengths_is_listed_once(path, tmp_path):
    """Subjects with the same volumes per story share a design."""
    paths = [path]
    for name, n_trs in (("02", [4, 3, 5]), ("03", [4, 2, 5])):
        paths.append(tmp_path / f"sub-{name}.safetensors")
        save_responses(make_responses(n_trs), paths[-1])
    assert distinct_lengths(paths) == [[4, 2, 5], [4, 3, 5]]
