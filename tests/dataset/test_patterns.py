"""Runs without BIDS names, by a pattern."""

import numpy as np
import pytest

from brainforecast.dataset.plan import make_plan
from brainforecast.errors import BadInput
from helpers.datasets import assert_bad_input, write_gifti_header, write_lines, write_table_of_words

STORIES = ("souls", "avatar")


def write_matrices(root, pattern: str, subjects=("UTS01", "UTS02"), stories=STORIES, **values: str) -> dict:
    """Write matrices of 20 volumes at a pattern; the section `dataset` of a config for them."""
    write_lines(root / "participants.tsv", "participant_id", *(f"sub-{subject}" for subject in ("UTS01", "UTS02")))
    for story in STORIES:
        words = [(f"w{k}", 1 + k, 0.5) for k in range(30)]
        write_table_of_words(root / f"stimuli/{story}/words.tsv", words)
    for subject in subjects:
        for story in stories:
            path = root / pattern.format(subject=subject, story=story, **values)
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, np.ones((20, 4)))
    return {"name": "lebel", "root": str(root), "response": "matrix", "files": pattern, "tr": 2.0, "onsets": 0}


@pytest.mark.parametrize(
    "pattern",
    [
        "derivative/preprocessed_data/{subject}/{story}.npy",
        "data/{story}/{subject}.npy",
        "{subject}_{story}.npy",
        "runs/{subject}/{subject}-{story}-final.npy",
        "runs/sub-{subject}/{story}.npy",
    ],
)
def test_runs_are_found(tmp_path, pattern):
    """A run for each subject and story, where the pattern says; repeated fields have one value."""
    plan = make_plan(write_matrices(tmp_path, pattern))
    found = {(subject, run.story): run for subject, runs in plan.runs.items() for run in runs}
    assert set(found) == {(subject, story) for subject in ("UTS01", "UTS02") for story in STORIES}
    path = tmp_path / pattern.format(subject="UTS02", story="souls")
    assert found["UTS02", "souls"].paths == (str(path),)
    assert found["UTS02", "souls"].n_trs == 20
    assert plan.notes == ()


def test_folders_with_the_prefix_are_subjects_without(tmp_path):
    dataset = write_matrices(tmp_path, "{subject}/{story}.npy", subjects=("sub-UTS01", "sub-UTS02"))
    assert make_plan(dataset).subjects == ["UTS01", "UTS02"]


def test_sessions_and_runs_in_a_pattern(tmp_path):
    dataset = write_matrices(tmp_path, "{subject}/{session}/{story}_run{run}.npy", session="3", run="1")
    for run in ("2", "10"):
        np.save(tmp_path / f"UTS01/3/souls_run{run}.npy", np.ones((20, 4)))
    runs = make_plan(dataset | {"repeated_runs": "all", "stories": ["souls"]}).runs["UTS01"]
    assert [(run.session, run.run) for run in runs] == [("3", "1"), ("3", "2"), ("3", "10")]


def test_hemispheres_in_a_pattern(tmp_path):
    dataset = write_matrices(tmp_path, "unused/{subject}/{story}.npy")
    for subject in ("UTS01", "UTS02"):
        for hemi in ("lh", "rh"):
            write_gifti_header(tmp_path / f"surf/{subject}/souls.{hemi}.func.gii", 20)
    dataset |= {"response": "surface", "space": "fsaverage5", "files": "surf/{subject}/{story}.{hemi}.func.gii"}
    run = make_plan(dataset).runs["UTS01"][0]
    assert [path.rsplit("/", 1)[1] for path in run.paths] == ["souls.lh.func.gii", "souls.rh.func.gii"]
    with pytest.raises(BadInput) as error:
        make_plan(dataset | {"files": "surf/{subject}/{story}.lh.func.gii"})
    assert_bad_input(error, "dataset.files", "{hemi}")


def test_events_and_sidecars_of_bids_are_still_read(tmp_path):
    """Under the name that BIDS gives the raw run."""
    dataset = write_matrices(tmp_path, "{subject}/{story}.npy") | {"onsets": None, "tr": None, "stories": ["souls"]}
    write_lines(tmp_path / "task-souls_bold.json", '{"RepetitionTime": 2.0}')
    write_lines(tmp_path / "task-souls_events.tsv", "onset\tduration\ttrial_type", "9\t20\tstory")
    plan = make_plan(dataset)
    assert (plan.tr, plan.runs["UTS01"][0].n_dropped) == (2.0, 4)


def test_what_a_pattern_finds_but_the_config_does_not_use(tmp_path):
    """A subject who is not listed, a story without alignment."""
    dataset = write_matrices(
        tmp_path, "{subject}/{story}.npy", subjects=("UTS01", "UTS09"), stories=("souls", "odd_one")
    )
    plan = make_plan(dataset)
    assert "folders of subjects that participants.tsv does not list are not read: sub-UTS09" in plan.notes
    assert "runs of tasks without an alignment are not used: odd_one (1)" in plan.notes
    assert [(row.subject, row.reason) for row in plan.exclusions if row.story is None] == [("UTS02", "no run on disk")]


def test_a_story_whose_name_is_no_name(tmp_path):
    """It gets one by `dataset.stories`."""
    dataset = write_matrices(tmp_path, "{subject}/{story}.npy", stories=("my_story",))
    write_table_of_words(tmp_path / "stimuli/my_story/words.tsv", [("a", 1.0, 0.5)])
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "my_story", "dataset.stories: {mystory: {task: my_story}}")
    stories = {"mystory": {"task": "my_story", "words": "stimuli/{task}/words.tsv"}}
    assert make_plan(dataset | {"stories": stories}).runs["UTS01"][0].story == "mystory"


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("{subject}/run.npy", ["without {story}", "dataset.stories"]),
        ("{story}.npy", ["without {subject}", "dataset.subjects"]),
        ("{sub}/{story}.npy", ["{sub}", "nearest is {subject}"]),
        ("{subject/{story}.npy", ["braces"]),
        ("derivative/{subject}/{story}.npy", ["no file", "nearest to derivative is derivatives"]),
        ("derivatives/{subject}/{story}.hf5", ["no file"]),
    ],
)
def test_patterns_that_find_nothing(tmp_path, pattern, parts):
    dataset = write_matrices(tmp_path, "derivatives/{subject}/{story}.npy")
    with pytest.raises(BadInput) as error:
        make_plan(dataset | {"files": pattern})
    assert_bad_input(error, "dataset.files", *parts)


def test_one_story_or_subject_needs_no_field(tmp_path):
    dataset = write_matrices(tmp_path, "{subject}/souls.npy") | {"stories": ["souls"]}
    assert make_plan(dataset).stories.keys() == {"souls"}
    dataset |= {"files": "UTS02/souls.npy", "subjects": ["UTS02"]}
    assert make_plan(dataset).subjects == ["UTS02"]
