"""The table of confounds of a run: found by entities, in any order of them, or one line that names the nearest."""

import os

import pytest

from brainforecast.dataset.confounds import find_confounds
from brainforecast.errors import BadInput
from helpers.datasets import assert_bad_input, write_lines

FUNC = "deriv/sub-01/ses-2/func"
RUN = f"{FUNC}/sub-01_ses-2_task-fable_acq-mb_run-01_hemi-L_space-fsaverage5_bold.func.gii"
TABLE = f"{FUNC}/sub-01_ses-2_task-fable_acq-mb_run-01_desc-confounds_timeseries.tsv"


def write(folder, *names):
    for name in names:
        write_lines(folder / name, "trans_x", "0.5")


@pytest.mark.parametrize(
    "run",
    [
        RUN,
        f"{FUNC}/sub-01_ses-2_task-fable_acq-mb_run-01_space-fsLR_den-91k_bold.dtseries.nii",
        f"{FUNC}/sub-01_ses-2_task-fable_acq-mb_run-01_space-MNI152NLin2009cAsym_res-2_desc-preproc_bold.nii.gz",
        f"{FUNC}/sub-01_ses-2_task-fable_run-01_acq-mb_seg-Schaefer_desc-x_timeseries.tsv",
    ],
)
def test_a_table_is_found_by_entities(tmp_path, run):
    """Next to other stories', runs' and subjects' tables, and the sidecar."""
    others = [TABLE.replace("run-01", "run-02"), TABLE.replace("fable", "fables"), TABLE.replace("acq-mb", "acq-sb")]
    write(tmp_path, TABLE, *others, TABLE.replace(".tsv", ".json"), TABLE.replace("confounds", "clean"))
    assert find_confounds(tmp_path / run, [], {}) == tmp_path / TABLE


def test_names_of_old_fmriprep(tmp_path):
    name = TABLE.replace("timeseries", "regressors")
    write(tmp_path, name)
    assert find_confounds(tmp_path / RUN, [], {}) == tmp_path / name


def test_runs_without_names_of_bids(tmp_path):
    """By the entities that the plan has, in the folders of the subject."""
    write(tmp_path, "root/sub-01/func/sub-01_task-fable_desc-confounds_timeseries.tsv")
    entities = {"sub": "01", "task": "fable"}
    found = find_confounds(tmp_path / "data/01/fable.hf5", [tmp_path / "root/sub-01/func"], entities)
    assert found.name == "sub-01_task-fable_desc-confounds_timeseries.tsv"


def test_no_table_names_the_nearest(tmp_path):
    write(tmp_path, TABLE.replace("fable", "fabel"))
    with pytest.raises(BadInput) as error:
        find_confounds(tmp_path / RUN, [tmp_path / "elsewhere"], {})
    wanted = "sub-01_ses-2_task-fable_acq-mb_run-01_desc-confounds_timeseries.tsv"
    assert_bad_input(error, "dataset.confounds", "task-fabel_", wanted, tmp_path / FUNC, tmp_path / "elsewhere")
    (tmp_path / TABLE.replace("fable", "fabel")).unlink()
    with pytest.raises(BadInput) as error:
        find_confounds(tmp_path / RUN, [], {})
    assert_bad_input(error, "no desc-confounds file there")


def test_two_tables_stop(tmp_path):
    write(tmp_path, TABLE, TABLE.replace("_run-01", ""))
    with pytest.raises(BadInput) as error:
        find_confounds(tmp_path / RUN, [], {})
    assert_bad_input(error, tmp_path / FUNC, "run-01_desc-confounds", " and ", "one table of confounds")


@pytest.mark.parametrize("kind", ["link", "text"])
def test_a_pointer_in_its_place(tmp_path, kind):
    """A link of git-annex without its content, and an unlocked file."""
    path = tmp_path / TABLE
    path.parent.mkdir(parents=True)
    if kind == "link":
        os.symlink("../../../.git/annex/objects/xx/yy/MD5E-s9--abc.tsv", path)
    else:
        path.write_text("/annex/objects/MD5E-s9--abc.tsv\n")
    with pytest.raises(BadInput) as error:
        find_confounds(tmp_path / RUN, [], {})
    assert_bad_input(error, path, "git-annex", f"datalad get {path}", "the table of confounds")
