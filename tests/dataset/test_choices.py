"""Which files are the runs of a config, what stops a choice that is left open, and what is said of the others."""

import pytest

from brainforecast.dataset.bids import parse_name
from brainforecast.dataset.choices import looks_like_run
from brainforecast.dataset.plan import make_plan
from brainforecast.errors import BadInput
from helpers.datasets import assert_bad_input, write_dataset, write_lines
from helpers.run_files import N_VOLUMES, write_fmriprep

PREP = "_hemi-{hemi}_space-fsaverage5_bold.func.gii"


@pytest.mark.parametrize(
    "name", [PREP, "_space-fsaverage5_hemi-{hemi}_bold.func.gii", "_hemi-{hemi}_space-fsaverage5.func.gii"]
)
def test_names_without_desc_in_any_order(tmp_path, name):
    """As fMRIPrep names its surfaces, with or without a suffix."""
    run = make_plan(write_fmriprep(tmp_path, name)).runs["01"][0]
    assert [f"hemi-{hemi}" in path for hemi, path in zip("LR", run.paths, strict=True)] == [True, True]
    assert run.n_volumes == N_VOLUMES


def test_runs_with_and_without_desc_are_different_runs(tmp_path):
    """`desc: null` reads those without one; the others are counted in one note, and the other way round."""
    dataset = write_fmriprep(tmp_path, PREP, "_hemi-{hemi}_space-fsaverage5_desc-smooth_bold.func.gii")
    plain, smooth = make_plan(dataset), make_plan({**dataset, "desc": "smooth"})
    assert "desc-" not in plain.runs["01"][0].paths[0]
    assert "desc-smooth" in smooth.runs["01"][0].paths[0]
    assert [note for note in plain.notes if "desc-smooth (2)" in note]
    assert [note for note in smooth.notes if "no desc- (2)" in note]


@pytest.mark.parametrize(
    ("change", "setting"),
    [
        ({"desc": "preproc"}, "dataset.desc: null"),
        ({"space": "fsaverage"}, "dataset.space: fsaverage5"),
        ({"entities": {"den": "41k"}}, "dataset.entities: {den: null}"),
        ({"response": "dtseries"}, "dataset.response: surface"),
    ],
)
def test_no_run_names_the_nearest_file_and_its_config(tmp_path, change, setting):
    dataset = write_fmriprep(tmp_path, PREP)
    with pytest.raises(BadInput) as error:
        make_plan(dataset | change)
    assert_bad_input(error, "sub-01_task-fable_hemi-L_space-fsaverage5_bold.func.gii", setting)


def test_no_run_names_a_file_that_is_none(tmp_path):
    """Of another ending, of another subject's name, or beside func."""
    dataset = write_dataset(tmp_path, stories={"fable": 10}, subjects=["01"])
    run = tmp_path / "sub-01/func/sub-01_task-fable_desc-roi_timeseries.tsv"
    renamed = run.with_name(run.name.replace("sub-01", "sub-02"))
    for other in (run.with_suffix(".csv"), renamed, tmp_path / "sub-01/a.tsv"):
        run = run.rename(other)
        with pytest.raises(BadInput) as error:
            make_plan(dataset)
        assert_bad_input(error, "no run of any subject", f"nearest is {other.relative_to(tmp_path)}")


def test_values_that_yaml_reads_as_numbers_are_quoted(tmp_path):
    """As the config has to have them."""
    dataset = write_fmriprep(tmp_path, *(f"_echo-{n}{PREP}" for n in (1, 2)))
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, 'dataset.entities: {echo: "1"}')


@pytest.mark.parametrize("key", ["acq", "dir", "rec", "echo", "res", "den", "part", "ce"])
def test_two_values_of_an_entity_stop_the_plan(tmp_path, key):
    """One line has the entity, the values and the key; either value, or null for runs without one, is a choice."""
    names = [f"_{key}-{value}{PREP}" for value in ("one", "two")]
    dataset = write_fmriprep(tmp_path, *names, PREP)
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(
        error, "sub-01 fable", f"{key}-one", f"{key}-two", f"no {key}-", f"dataset.entities: {{{key}: one}}"
    )
    for value in ("one", "two", None):
        paths = make_plan({**dataset, "entities": {key: value}}).runs["01"][0].paths
        assert all((f"_{key}-{value}_" in path) if value else (f"_{key}-" not in path) for path in paths)


def test_two_spaces_stop_the_plan_where_none_is_named(tmp_path):
    """Of region tables, which need no space."""
    dataset = write_dataset(tmp_path, subjects=["01"], stories={"fable": 10})
    run = tmp_path / "sub-01/func/sub-01_task-fable_desc-roi_timeseries.tsv"
    for space in ("fsLR", "MNI152NLin6Asym"):
        run.with_name(f"sub-01_task-fable_space-{space}_desc-roi_timeseries.tsv").write_text(run.read_text())
    run.unlink()
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "space-fsLR", "space-MNI152NLin6Asym", "dataset.space: fsLR")
    assert "space-fsLR" in make_plan({**dataset, "space": "fsLR"}).runs["01"][0].paths[0]


def test_entities_that_differ_between_subjects_are_noted(tmp_path):
    dataset = write_fmriprep(tmp_path, f"_acq-fast{PREP}")
    write_fmriprep(tmp_path, PREP, subjects=["02"])
    write_lines(tmp_path / "raw/participants.tsv", "participant_id", "sub-01", "sub-02")
    assert "the runs differ in acq-: fast (1), without it (1)" in make_plan(dataset).notes


@pytest.mark.parametrize(
    ("entities", "expected"),
    [
        ({"session": "1"}, "ses"),
        ({"acquisition": "x"}, "acq"),
        ({"space": "fsLR"}, "dataset.space"),
        ({"sub": "1"}, "dataset.subjects"),
    ],
)
def test_entities_that_are_no_choice(tmp_path, entities, expected):
    with pytest.raises(BadInput) as error:
        make_plan(write_fmriprep(tmp_path, PREP) | {"entities": entities})
    assert_bad_input(error, f"dataset.entities {next(iter(entities))}", expected)


def test_confounds_are_no_regions(tmp_path):
    """fMRIPrep's confounds have the suffix of region tables; they are neither runs nor near to any."""
    dataset = write_dataset(tmp_path, subjects=["01"], stories={"fable": 10})
    confounds = tmp_path / "sub-01/func/sub-01_task-fable_desc-confounds_timeseries.tsv"
    write_lines(confounds, "a", *["1"] * 10)
    assert not [note for note in make_plan(dataset).notes if "confounds" in note]
    for desc in (None, "confounds"):
        with pytest.raises(BadInput) as error:
            make_plan({**dataset, "desc": desc})
        assert "nearest is sub-01_task-fable_desc-confounds" not in str(error.value)
    assert not looks_like_run(confounds.name, parse_name(confounds.name))


def test_two_files_of_one_run(tmp_path):
    """The same entities in another order, or with another suffix, are the same run."""
    dataset = write_fmriprep(tmp_path, PREP, "_space-fsaverage5_hemi-{hemi}_bold.func.gii")
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "a second file of the same run", "sub-01_task-fable_hemi-L_space-fsaverage5_bold.func.gii")


def test_files_of_other_kinds_are_one_note(tmp_path):
    """However many there are, and not those of other tasks."""
    names = ["_space-MNI152NLin2009cAsym_desc-preproc_bold.nii.gz", "_space-fsLR_den-91k_bold.dtseries.nii"]
    dataset = write_fmriprep(tmp_path, PREP, "_hemi-{hemi}_space-fsaverage_bold.func.gii", *names)
    (note,) = [note for note in make_plan(dataset).notes if note.startswith("files of the same tasks")]
    for label in ("space-fsaverage (2)", "bold.dtseries.nii, space-fsLR (1)", "bold.nii.gz, space-MNI152NLin2009cAsym"):
        assert label in note


def test_other_tasks_are_counted(tmp_path):
    dataset = write_fmriprep(tmp_path, PREP)
    write_fmriprep(tmp_path, f"_run-1{PREP}", f"_run-2{PREP}", story="rest")
    (tmp_path / "raw/stimuli/rest/words.tsv").unlink()
    assert "runs of tasks without an alignment are not used: rest (2)" in make_plan(dataset).notes


def test_sessions_are_repeated_runs_in_the_order_of_their_numbers(tmp_path):
    """Session 10 is after session 2; `dataset.entities` chooses one."""
    dataset = write_fmriprep(tmp_path, *(f"ses-{session}:{PREP}" for session in ("2", "10")))
    plan = make_plan(dataset)
    assert [run.session for run in plan.runs["01"]] == ["10"]
    assert [row.session for row in plan.exclusions] == ["2"]
    assert [run.session for run in make_plan({**dataset, "entities": {"ses": "2"}}).runs["01"]] == ["2"]
    assert [run.session for run in make_plan({**dataset, "repeated_runs": "all"}).runs["01"]] == ["2", "10"]
