"""Where files lie: derivatives apart from the raw data, folders that are not there, pointers in the place of files."""

import json

import pytest

from brainforecast.dataset.plan import make_plan
from brainforecast.errors import BadInput
from helpers.datasets import assert_bad_input, write_dataset, write_lines
from helpers.run_files import write_fmriprep, write_run_events

PREP = "_hemi-{hemi}_space-fsaverage5_bold.func.gii"
LFS = (
    "version https://git-lfs.github.com/spec/v1",
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32",
    "size 12345",
)


@pytest.mark.parametrize(
    "name",
    [
        "task-fable_events.tsv",
        "sub-01/sub-01_task-fable_events.tsv",
        "sub-01/ses-1/func/sub-01_ses-1_task-fable_run-1_events.tsv",
        "sub-01/ses-1/func/sub-01_ses-1_task-fable_acq-fast_run-1_events.tsv",
    ],
)
def test_events_of_the_raw_run(tmp_path, name):
    """Under the raw file's name, without space and hemisphere, at any level of the raw data."""
    dataset = write_fmriprep(tmp_path, f"ses-1:_acq-fast_run-1{PREP}") | {"onsets": None}
    write_run_events(tmp_path, "7\t20\tstory", name=name)
    assert make_plan(dataset).runs["01"][0].n_dropped == 3


def test_events_of_the_raw_data_before_those_of_the_derivatives(tmp_path):
    dataset = write_fmriprep(tmp_path, PREP) | {"onsets": None}
    folder = tmp_path / "prep/sub-01/func"
    write_lines(folder / "sub-01_task-fable_events.tsv", "onset\tduration\ttrial_type", "15\t5\tstory")
    assert make_plan(dataset).runs["01"][0].n_dropped == 7
    write_run_events(tmp_path, "7\t20\tstory")
    assert make_plan(dataset).runs["01"][0].n_dropped == 3


def test_sidecars_of_the_derivatives_before_those_of_the_raw_data(tmp_path):
    """Each key from the nearest sidecar that has it; fMRIPrep 20 names those of CIFTI files .dtseries.json."""
    dataset = write_fmriprep(tmp_path, PREP)
    assert make_plan(dataset).tr == 2.0
    write_lines(tmp_path / "prep/task-fable_bold.json", json.dumps({"StartTime": 1.0}))
    assert (make_plan(dataset).tr, make_plan(dataset).stories["fable"].shift) == (2.0, -1.0)
    for name, tr in (("space-fsaverage5_bold.dtseries.json", 1.5), ("task-fable_space-fsaverage5_bold.json", 1.25)):
        write_lines(tmp_path / "prep" / name, json.dumps({"RepetitionTime": tr}))
        assert make_plan(dataset).tr == tr


@pytest.mark.parametrize("key", ["root", "derivatives"])
@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("~/data", ["~", "expected the path itself"]),
        ("data/{subject}", ["braces"]),
        ("nowhere/raw", ["no folder nowhere/raw"]),
    ],
)
def test_folders_that_cannot_be_read(tmp_path, key, path, parts):
    with pytest.raises(BadInput) as error:
        make_plan(write_fmriprep(tmp_path, PREP) | {key: path})
    assert_bad_input(error, f"dataset.{key}", *parts)


def test_nearest_folder(tmp_path):
    dataset = write_fmriprep(tmp_path, PREP)
    with pytest.raises(BadInput) as error:
        make_plan(dataset | {"derivatives": str(tmp_path / "perp")})
    assert_bad_input(error, "dataset.derivatives", f"nearest is {tmp_path / 'prep'}")


def test_derivatives_that_hold_the_runs_further_down(tmp_path):
    """A folder of several pipelines, or a root whose runs lie in its derivatives."""
    dataset = write_fmriprep(tmp_path, PREP)
    with pytest.raises(BadInput) as error:
        make_plan(dataset | {"derivatives": str(tmp_path)})
    assert_bad_input(error, f"no folder sub-* in {tmp_path}", f"nearest is {tmp_path / 'prep'}")
    (tmp_path / "raw/sub-01").mkdir()
    (tmp_path / "prep").rename(tmp_path / "raw/derivatives")
    with pytest.raises(BadInput) as error:
        make_plan(dataset | {"derivatives": None})
    assert_bad_input(error, f"runs may lie in {tmp_path / 'raw/derivatives'} (dataset.derivatives)")


def test_a_folder_that_cannot_be_written(tmp_path):
    """Nothing is written under the folders of a dataset."""
    dataset = write_fmriprep(tmp_path, PREP)
    for folder in ("raw", "prep"):
        (tmp_path / folder).chmod(0o555)
    assert make_plan(dataset).subjects == ["01"]


@pytest.mark.parametrize(
    "name",
    [
        "participants.tsv",
        "desc-roi_timeseries.json",
        "sub-02/func/sub-02_task-fable_desc-roi_timeseries.tsv",
        "events.tsv",
    ],
)
@pytest.mark.parametrize("kind", ["lfs", "annex"])
def test_pointers_in_the_place_of_files(tmp_path, name, kind):
    """One sentence: what lies there, and how to get the content."""
    dataset = write_dataset(tmp_path)
    path = tmp_path / name
    path.unlink(missing_ok=True)
    if kind == "lfs":
        write_lines(path, *LFS)
    else:
        path.symlink_to(".git/annex/objects/aa/bb/MD5E-s5--d41d8cd98f00b204e9800998ecf8427e")
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, path, "git lfs pull" if kind == "lfs" else "datalad get")


def test_pointers_of_several_runs_are_counted(tmp_path):
    dataset = write_dataset(tmp_path)
    for path in tmp_path.glob("sub-*/func/*_task-myth_*"):
        write_lines(path, *LFS)
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "git lfs pull", "1 more of 4 files")
