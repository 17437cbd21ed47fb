"""Surface and region runs read into one array per subject."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from brainforecast.errors import BadInput
from brainforecast.readers.formats.region import read_region_run
from brainforecast.readers.responses import count_constant, keep_targets
from brainforecast.readers.runs import READ_RUN
from brainforecast.storage.responses import load_responses
from helpers.datasets import (
    assert_bad_input,
    write_gifti,
    write_lines,
    write_region_run,
    write_surface_run,
    write_table_of_words,
)
from helpers.targets import write_targets
from scripts.dataset.read_responses import read_responses
from scripts.dataset.read_words import read_words

N = 10_242  # vertices of fsaverage5
SURFACE_RUN = "sub-01_task-fable_space-fsaverage5_hemi-{hemi}_desc-clean.func.gii"


@pytest.fixture
def read(tmp_path):
    """Build words and targets for region runs of 3 regions, then read the runs as the rules do."""
    out = tmp_path / "results/sub-01.safetensors"

    def read(*runs, n_words=10, n_dropped=None, **planned):
        stories = [f"story{i}" for i in range(len(runs))]
        paths_to_words = []
        for story in stories:
            words = [(f"word{i}", i, 0.5) for i in range(n_words)]
            alignment = write_table_of_words(tmp_path / f"{story}/words.tsv", words)
            paths_to_words.append(str(tmp_path / f"{story}.parquet"))
            read_words(str(alignment), None, paths_to_words[-1], story=story, shift=0.0)
        targets = str(tmp_path / "targets.parquet")
        write_targets(Path(targets), [runs[0]], response="region", space=None)
        settings = {"subject": "01", "stories": stories, "n_dropped": n_dropped or [0] * len(runs), "tr": 2.0}
        settings |= {"response": "region", "space": None} | planned
        read_responses([str(run) for run in runs], paths_to_words, targets, str(out), **settings)
        return load_responses(out)

    yield read
    assert out.exists() or not list(tmp_path.glob("results/*"))


def noise(*shape: int) -> np.ndarray:
    """Standard normal numbers, the same in each call."""
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def read_surface_run(left: Path, right: Path, space: str) -> np.ndarray:
    """Read both hemispheres of a run on fsaverage5."""
    vertices = pd.DataFrame({"hemi": ["L"] * N + ["R"] * N})
    return READ_RUN["surface"]([left, right], vertices, space)


# runs


def test_surface_run_is_left_then_right(tmp_path):
    """Left before right hemisphere, volumes in order, float32."""
    run = noise(4, 2 * N)
    result = read_surface_run(*write_surface_run(tmp_path, SURFACE_RUN, run), "fsaverage5")
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, run)


def test_surface_run_in_one_array(tmp_path):
    """A GIfTI file may hold all volumes as the columns of one array."""
    run = noise(4, 2 * N)
    halves = [write_gifti(tmp_path / f"{i}.func.gii", [half.T]) for i, half in enumerate(np.split(run, 2, axis=1))]
    np.testing.assert_array_equal(read_surface_run(*halves, "fsaverage5"), run)


def test_region_run(tmp_path):
    """Names from the header, n/a as NaN."""
    path = write_lines(tmp_path / "run.tsv", "A1\tSTG", "0.5\t1e-3", "n/a\t-2")
    run, names = read_region_run(path)
    assert names == ["A1", "STG"]
    assert run.dtype == np.float32
    np.testing.assert_allclose(run, [[0.5, 1e-3], [np.nan, -2]])


# targets


def test_targets_that_are_not_finite_are_left_out():
    """A target that is NaN or infinite in one run is left out of all runs."""
    runs = [noise(5, 6), noise(4, 6)]
    runs[0][2, 1], runs[1][0, 4] = np.nan, np.inf
    expected = np.concatenate(runs)[:, [0, 2, 3, 5]]
    responses, target = keep_targets(runs)
    assert target.tolist() == [0, 2, 3, 5]
    np.testing.assert_array_equal(responses, expected)


def test_constant_targets_are_counted():
    """A target that never changes counts, one that changes once does not."""
    responses = np.zeros((4, 3))
    responses[2, 1] = 1
    assert count_constant(responses) == 2


# a subject


def test_subject_has_stories_one_after_the_other(tmp_path, read):
    """Volumes before the story are dropped; the summary counts what was dropped, masked, constant or outside."""
    first, second = noise(8, 3), noise(6, 3) + 1
    first[:, 2] = second[:, 2] = 7
    second[3, 0] = np.nan
    paths = [write_region_run(tmp_path / f"{i}.tsv", run) for i, run in enumerate((first, second))]
    result = read(*paths, n_dropped=[2, 1])
    np.testing.assert_array_equal(result.responses, np.concatenate([first[2:], second[1:]])[:, 1:])
    assert result.target.tolist() == [1, 2]
    assert result.n_trs.tolist() == [6, 5]
    assert result.responses.dtype == np.float32
    assert (result.target.dtype, result.n_trs.dtype) == (np.int32, np.int32)
    (note,) = result.summary.pop("notes")
    assert note.startswith(f"{paths[1]}: volume 3 (the first is 0; row 5 of the file) n/a in 1 of 3 targets")
    assert result.summary == {
        "subject": "01",
        "stories": ["story0", "story1"],
        "n_trs": [6, 5],
        "n_dropped": [2, 1],
        "n_masked": 1,
        "n_constant": 1,
        "words_outside": [0, 0],
    }


def test_volumes_after_the_story_are_trimmed(tmp_path, read):
    """As many are kept as planned; what the file has beyond them may be missing."""
    run = noise(20, 3)
    run[14:] = np.nan
    result = read(write_region_run(tmp_path / "run.tsv", run), n_dropped=[2], n_trs=[12], n_volumes=[20])
    np.testing.assert_array_equal(result.responses, run[2:14])
    assert result.used is None and "n_censored" not in result.summary


def test_a_tail_is_cut_where_the_length_was_not_planned(tmp_path, read):
    """The last word ends at 9.5 s: with 4 s more, 7 volumes of 2 s after the one dropped; a shorter run stays whole."""
    run = noise(20, 3)
    paths = [write_region_run(tmp_path / f"{n}.tsv", run[:n]) for n in (20, 6)]
    result = read(*paths, n_dropped=[1, 0], n_trs=[None, None], tail=4.0)
    np.testing.assert_array_equal(result.responses, np.concatenate([run[1:8], run[:6]]))
    assert result.n_trs.tolist() == [7, 6]


def test_a_file_of_another_length_than_planned(tmp_path, read):
    """The file, its volumes, and those of the plan."""
    paths = [write_region_run(tmp_path / f"{i}.tsv", noise(8, 3)) for i in range(2)]
    with pytest.raises(BadInput) as error:
        read(*paths, n_trs=[8, 9], n_volumes=[8, 9])
    assert_bad_input(error, paths[1], "8 volumes", "9, as counted when the run was planned")
    assert read(*paths, n_trs=[None, None], n_volumes=[None, 8]).n_trs.tolist() == [8, 8]


@pytest.mark.parametrize("mode", ["mask", "interpolate"])
def test_missing_volumes(tmp_path, read, mode):
    """Masked ones are not used, interpolated ones are; both are counted by run, and values are finite."""
    first, second = noise(12, 3), noise(9, 3)
    whole = [first.copy(), second.copy()]
    first[[4, 11]] = np.nan
    paths = [write_region_run(tmp_path / f"{i}.tsv", run) for i, run in enumerate((first, second))]
    result = read(*paths, n_dropped=[1, 0], missing_volumes=mode)
    assert np.isfinite(result.responses).all()
    measured = np.isfinite(np.concatenate([first[1:], second])[:, 0])
    np.testing.assert_array_equal(result.responses[measured], np.concatenate([whole[0][1:], whole[1]])[measured])
    np.testing.assert_allclose(result.responses[3], (first[3] + first[5]) / 2, atol=1e-6)
    np.testing.assert_array_equal(result.responses[10], first[10])
    if mode == "mask":
        np.testing.assert_array_equal(result.used, measured)
        assert result.summary["n_censored"] == [2, 0] and result.summary["censored"] == [{"missing": 2}, {}]
    else:
        assert result.used is None and result.summary["n_interpolated"] == [2, 0]


def test_missing_volumes_stop(tmp_path, read):
    """The file, the rows, and the key of the config."""
    run = noise(12, 3)
    run[[4, 9]] = np.nan
    path = write_region_run(tmp_path / "run.tsv", run)
    with pytest.raises(BadInput) as error:
        read(path)
    assert_bad_input(error, path, "rows 6, 11 of the file", "every target", "dataset.missing_volumes")


def test_surface_subject(tmp_path):
    """A medial wall of NaN is masked, in each hemisphere separately."""
    run = noise(5, 2 * N)
    run[:, [3, N + 8]] = np.nan
    paths = [str(path) for path in write_surface_run(tmp_path, SURFACE_RUN, run)]
    alignment = write_table_of_words(tmp_path / "words.tsv", [("once", 1.0, 0.5)])
    words, targets, out = (str(tmp_path / name) for name in ("w.parquet", "t.parquet", "r.safetensors"))
    read_words(str(alignment), None, words, story="fable", shift=0.0)
    write_targets(Path(targets))
    settings = {"subject": "01", "stories": ["fable"], "n_dropped": [0], "tr": 1.5}
    read_responses(paths, [words], targets, out, response="surface", space="fsaverage5", **settings)
    result = load_responses(out)
    assert result.summary["n_masked"] == 2
    assert sorted(set(range(2 * N)) - set(result.target.tolist())) == [3, N + 8]


# bad input


def test_truncated_gifti(tmp_path):
    """A truncated GIfTI file."""
    left, right = write_surface_run(tmp_path, SURFACE_RUN, noise(2, 2 * N))
    right.write_bytes(right.read_bytes()[:5000])
    with pytest.raises(BadInput) as error:
        read_surface_run(left, right, "fsaverage5")
    assert_bad_input(error, right, "a truncated file", "complete GIfTI")


def test_missing_gifti(tmp_path):
    """A missing GIfTI file."""
    left, _ = write_surface_run(tmp_path, SURFACE_RUN, noise(2, 2 * N))
    with pytest.raises(BadInput) as error:
        read_surface_run(left, tmp_path / "none.func.gii", "fsaverage5")
    assert_bad_input(error, "none.func.gii", "no such file")


@pytest.mark.parametrize(("n", "fits"), [(40_962, "those of fsaverage6"), (100, "of no known space")])
def test_vertex_count_that_does_not_fit(tmp_path, n, fits):
    """The number of vertices of another space, or of none."""
    paths = [write_gifti(tmp_path / f"{hemi}.func.gii", noise(2, n)) for hemi in "LR"]
    with pytest.raises(BadInput) as error:
        read_surface_run(*paths, "fsaverage5")
    assert_bad_input(error, paths[0], f"{n:,} vertices", fits, "10,242 of fsaverage5")


def test_hemispheres_of_different_length(tmp_path):
    """A right hemisphere with one volume less."""
    left = write_gifti(tmp_path / "L.func.gii", noise(3, N))
    right = write_gifti(tmp_path / "R.func.gii", noise(2, N))
    with pytest.raises(BadInput) as error:
        read_surface_run(left, right, "fsaverage5")
    assert_bad_input(error, right, "2 volumes", "3")


@pytest.mark.parametrize(
    ("lines", "parts"),
    [
        (["a\tb", "1\t2", "1"], ["run.tsv row 3", "1 columns", "2 as in the header"]),
        (["a\tb", "1\t2\t3"], ["run.tsv row 2", "3 columns"]),
        (["a\tb", "1\t2", "1\tx"], ["run.tsv row 3", "b = x", "a number or n/a"]),
        (["1\t2", "3\t4"], ["run.tsv row 1", "numbers", "a header"]),
        (["a\ta", "3\t4"], ["run.tsv row 1", "column a", "a unique name"]),
        ([], ["run.tsv row 1", "nothing", "a header"]),
    ],
)
def test_bad_tables(tmp_path, lines, parts):
    """Tables that are truncated, have no header, or hold text."""
    with pytest.raises(BadInput) as error:
        read_region_run(write_lines(tmp_path / "run.tsv", *lines))
    assert_bad_input(error, *parts)


def test_no_finite_target(tmp_path, read):
    """A subject each of whose targets lacks a volume; nothing is written."""
    with pytest.raises(BadInput) as error:
        read(write_region_run(tmp_path / "run.tsv", np.where(np.eye(8, 3), np.nan, 1)))
    assert_bad_input(error, "sub-01", "none of 3 targets finite")


def test_run_shorter_than_its_story(tmp_path, read):
    """More than 10 % of the words start after the run's end; 10 % are counted."""
    assert read(write_region_run(tmp_path / "9.tsv", noise(9, 3)), n_words=20).summary["words_outside"] == [2]
    path = write_region_run(tmp_path / "8.tsv", noise(8, 3))
    with pytest.raises(BadInput) as error:
        read(path, n_words=20)
    assert_bad_input(error, path, "4 of 20 words outside its 8 volumes (16.0 s)", "at most 10 %")


def test_columns_of_another_atlas(tmp_path, read):
    """Runs whose regions differ from the first run's."""
    first = write_region_run(tmp_path / "0.tsv", noise(8, 3), ["a", "b", "c"])
    second = write_region_run(tmp_path / "1.tsv", noise(8, 3), ["a", "c", "b"])
    with pytest.raises(BadInput) as error:
        read(first, second)
    assert_bad_input(error, second, "c among 3 columns", "b, as in the first run")
    third = write_region_run(tmp_path / "2.tsv", noise(8, 2), ["a", "b"])
    with pytest.raises(BadInput) as error:
        read(first, third)
    assert_bad_input(error, third, "no column among 2 columns", "c, as in the first run")


# real data


def test_pieman_reads(tmp_path, read, shared_data):
    """One real subject: 300 volumes of 100 hubs, all finite."""
    run = shared_data / "pieman/sub-01/func/sub-01_task-pieman_desc-hubs_timeseries.tsv"
    result = read(run)
    assert result.responses.shape == (300, 100)
    np.testing.assert_allclose(result.responses, pd.read_csv(run, sep="\t"), rtol=1e-6)
