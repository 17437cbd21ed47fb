"""Runs of a dataset: on disk, in its list of scans, in its lists of exclusions."""

import json

import pytest

from brainforecast.dataset.download import remote_path
from brainforecast.dataset.layout import Layout
from brainforecast.dataset.plan import make_plan
from brainforecast.dataset.scans import expected_volumes, find_scans, list_scans
from brainforecast.errors import BadInput
from helpers.datasets import assert_bad_input, write_dataset, write_gifti_header, write_header_dataset, write_lines
from helpers.run_files import write_fmriprep


def test_other_entities_and_sessions_are_tolerated(tmp_path):
    """A session folder, an acquisition and fMRIPrep's own order and suffix are all runs; another space is not."""
    dataset = write_header_dataset(tmp_path, [])
    for hemi in "LR":
        name = f"sub-01_ses-1_task-fable_acq-fast_hemi-{hemi}_space-fsaverage5_desc-clean_bold.func.gii"
        write_gifti_header(tmp_path / "sub-01/ses-1/func" / name, 20)
        other = f"sub-01_task-fable_space-fsaverage6_hemi-{hemi}_desc-clean.func.gii"
        write_gifti_header(tmp_path / "sub-01/func" / other, 20)
    plan = make_plan(dataset)
    left, right = plan.runs["01"][0].paths
    assert "ses-1" in left
    assert "hemi-L" in left
    assert right == left.replace("hemi-L", "hemi-R")


def test_missing_hemisphere(tmp_path):
    """A run with its left hemisphere only."""
    dataset = write_header_dataset(tmp_path, ["_space-fsaverage5_hemi-L_desc-clean"])
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(
        error, "sub-01_task-fable_space-fsaverage5_hemi-L_desc-clean.func.gii", "no hemisphere R", "L and R"
    )


def test_listed_scans_on_disk_are_used_there_and_others_planned(tmp_path):
    """A run on disk has a length; a run to download has none, before and after the download."""
    dataset = write_dataset(tmp_path / "data", subjects=["01", "02"], stories={"fable": 10})
    absent = tmp_path / "data/sub-02/func/sub-02_task-fable_desc-roi_timeseries.tsv"
    absent.rename(tmp_path / absent.name)
    rows = [f"sub-{subject}\tfable\tn/a" for subject in ("01", "02")]
    write_lines(tmp_path / "data/scans.tsv", "participant_id\ttask\trun", *rows)
    dataset |= {"scans": "scans.tsv"}
    plan = make_plan(dataset, resources=str(tmp_path / "resources"))
    fetched = tmp_path / "resources/tiny/sub-02/func" / absent.name
    assert plan.runs["02"][0].paths == (str(fetched),)
    assert plan.story_sets == {"fable10": ["01"], "fable": ["02"]}
    fetched.parent.mkdir(parents=True)
    (tmp_path / absent.name).rename(fetched)
    assert make_plan(dataset, resources=str(tmp_path / "resources")) == plan


def test_listed_scan_with_one_hemisphere_on_disk_is_downloaded_in_full(tmp_path):
    """Both hemispheres of a run come from the same folder."""
    dataset = write_header_dataset(tmp_path, ["_space-fsaverage5_hemi-L_desc-clean"])
    write_lines(tmp_path / "scans.tsv", "participant_id\ttask\trun", "sub-01\tfable\tn/a")
    plan = make_plan({**dataset, "scans": "scans.tsv"})
    assert all(path.startswith("resources/tiny/sub-01/func/") for path in plan.runs["01"][0].paths)


def test_volumes_of_a_run_to_download(tmp_path):
    """By column n_trs of the list of scans; at least, until its last `story` event ends."""
    rows = ["sub-01\tfable\t1\t40", "sub-01\tfable\t2\tn/a"]
    write_lines(tmp_path / "scans.tsv", "participant_id\ttask\trun\tn_trs", *rows)
    rows = ["0.0\t5.0\tmusic", "6.0\t30.0\tstory", "40.0\t9.0\tmusic"]
    write_lines(tmp_path / "sub-01/func/sub-01_task-fable_run-2_events.tsv", "onset\tduration\ttrial_type", *rows)
    dataset = {"root": tmp_path, "scans": "scans.tsv"}
    name = "sub-01/func/sub-01_task-fable_run-{}_space-fsaverage5_hemi-L_desc-clean.func.gii"
    assert expected_volumes(dataset, name.format(1), 1.5) == (40, None)
    assert expected_volumes(dataset, name.format(2), 1.5) == (None, 24)


def test_exclusions_of_both_kinds(tmp_path):
    """A table may exclude a subject with all runs, a JSON list names scans; an unknown subject is noted."""
    dataset = {**write_dataset(tmp_path, subjects=["01", "02", "03"]), "onsets": 0}
    table = write_lines(tmp_path / "out.tsv", "participant_id", "sub-01", "sub-99")
    listed = tmp_path / "scan_exclude.json"
    listed.write_text(json.dumps({"fable": {}, "myth": {"sub-02": ["sub-02_task-myth"]}}))
    plan = make_plan({**dataset, "exclusions": [str(table), str(listed)]})
    assert {subject: len(runs) for subject, runs in plan.runs.items()} == {"02": 1, "03": 2}
    assert {(row.subject, row.story, row.reason) for row in plan.exclusions} == {
        ("01", "fable", "listed in out.tsv"),
        ("01", "myth", "listed in out.tsv"),
        ("01", None, "no run left"),
        ("02", "myth", "listed in scan_exclude.json"),
    }
    assert plan.notes == ("exclusions name sub-99, who is not in participants.tsv",)


def test_exclusion_list_that_is_not_there(tmp_path):
    """A list of exclusions under a wrong name must not pass for an empty one."""
    with pytest.raises(BadInput) as error:
        make_plan({**write_dataset(tmp_path), "exclusions": ["scan_exclud.json"]})
    assert_bad_input(error, "scan_exclud.json", "No such file")


def test_rows_of_exclusions_that_no_run_has(tmp_path):
    """A slip in a list is noted; rows of subjects who are not wanted are not."""
    dataset = write_dataset(tmp_path) | {"onsets": 0, "exclusions": ["out.tsv"]}
    rows = ["sub-01\tfabel\tn/a", "sub-01\tmyth\t2", "sub-02\tmyth\tn/a"]
    write_lines(tmp_path / "out.tsv", "participant_id\ttask\trun", *rows)
    plan = make_plan(dataset)
    assert plan.notes == ("rows of exclusions that no run has: sub-01_task-fabel (1), sub-01_task-myth_run-2 (1)",)
    assert [(row.subject, row.story) for row in plan.exclusions] == [("02", "myth")]
    assert make_plan(dataset | {"subjects": ["02"], "stories": ["fable"]}).notes == ()


def test_exclusion_of_a_session(tmp_path):
    dataset = write_fmriprep(tmp_path, *(f"ses-{ses}:_hemi-{{hemi}}_space-fsaverage5_bold.func.gii" for ses in "12"))
    write_lines(tmp_path / "raw/out.tsv", "participant_id\tsession", "sub-01\tses-2")
    plan = make_plan(dataset | {"exclusions": ["out.tsv"]})
    assert [run.session for run in plan.runs["01"]] == ["1"]
    assert [(row.session, row.reason) for row in plan.exclusions] == [("2", "listed in out.tsv")]


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"desc": "clean"}, "sub-01_task-fable_run-1_space-fsaverage5_hemi-L_desc-clean.func.gii"),
        ({}, "sub-01_task-fable_run-1_hemi-L_space-fsaverage5_bold.func.gii"),
        (
            {"entities": {"ses": "2", "acq": "mb", "den": "10k"}},
            "sub-01_ses-2_task-fable_acq-mb_run-1_hemi-L_space-fsaverage5_den-10k_bold.func.gii",
        ),
        (
            {"response": "dtseries", "space": "fsLR", "entities": {"den": "91k"}},
            "sub-01_task-fable_run-1_space-fsLR_den-91k_bold.dtseries.nii",
        ),
        (
            {
                "response": "volume",
                "space": "MNI152NLin2009cAsym",
                "desc": "preproc",
                "entities": {"res": "2", "acq": None},
            },
            "sub-01_task-fable_run-1_space-MNI152NLin2009cAsym_res-2_desc-preproc_bold.nii.gz",
        ),
        (
            {"response": "region", "space": "MNI152NLin6Asym", "entities": {"seg": "4S156Parcels", "stat": "mean"}},
            "sub-01_task-fable_run-1_space-MNI152NLin6Asym_seg-4S156Parcels_stat-mean_timeseries.tsv",
        ),
    ],
)
def test_listed_runs_have_the_names_that_are_found(tmp_path, settings, name):
    """A run of the list has the name that it would be found under if it were here, in any format."""
    write_lines(tmp_path / "participants.tsv", "participant_id", "sub-01")
    write_lines(tmp_path / "scans.tsv", "participant_id\ttask\trun", "sub-01\tfable\t1")
    dataset = {"name": "x", "root": str(tmp_path), "response": "surface", "space": "fsaverage5"} | settings
    layout = Layout.from_config(dataset)
    (scan,) = list_scans(dataset | {"scans": "scans.tsv"}, layout, ["01"], "resources")
    folder = "sub-01/ses-2/func" if "ses-2" in name else "sub-01/func"
    assert str(scan.paths[min(scan.paths, key=str)]) == f"resources/x/{folder}/{name}"
    for hemi in scan.paths:
        write_lines(tmp_path / folder / name.replace("hemi-L", f"hemi-{hemi}"), "x")
    (found,) = find_scans(dataset, Layout.from_config(dataset), ["01"]).scans
    assert (found.entities.items() - {("hemi", "L")}) == scan.entities.items()
    assert [path.name for path in found.paths.values()] == [path.name for path in scan.paths.values()]


def test_listed_runs_of_derivatives_are_fetched_from_where_they_lie(tmp_path):
    """Below the base URL as below the root, where the derivatives are inside it."""
    inner = "sub-01/func/run.func.gii"
    root = tmp_path / "data"
    assert remote_path(inner, root, None) == inner
    assert remote_path(inner, root, root / "derivatives/afni") == f"derivatives/afni/{inner}"
    assert remote_path(inner, root, tmp_path / "elsewhere") == inner
