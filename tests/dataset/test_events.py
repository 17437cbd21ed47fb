"""At which row of events.tsv a story starts, and what is said of the rows that are not used."""

import pytest

from brainforecast.dataset.plan import make_plan
from brainforecast.errors import BadInput
from helpers.datasets import assert_bad_input, write_dataset, write_lines

HEADER = "onset\tduration\ttrial_type"
EVENTS = "sub-{}/func/sub-{}_task-fable_events.tsv"


def with_events(root, *rows: str, header: str = HEADER, n_subjects: int = 1) -> dict:
    """A dataset of one story, 20 volumes of 2 s and words from .5 s on, with these events; its section `dataset`."""
    subjects = [f"{k:02d}" for k in range(1, n_subjects + 1)]
    dataset = write_dataset(root, subjects=subjects, stories={"fable": 20}, onset=0.5)
    for subject in subjects:
        write_lines(root / EVENTS.format(subject, subject), header, *rows)
    return dataset


def story_start(dataset: dict) -> float:
    """When the audio of the first run starts, s after its first volume."""
    plan = make_plan(dataset)
    return plan.runs["01"][0].n_dropped * plan.tr + plan.stories["fable"].shift + 0.5


def notes_of(dataset: dict, text: str) -> list[str]:
    """The notes of a plan with this text."""
    return [note for note in make_plan(dataset).notes if text in note]


@pytest.mark.parametrize("label", ["Story", "speech", "story 1", "stimulus"])
def test_rows_under_another_name_stop_the_plan(tmp_path, label):
    """The line has the labels, the nearest one and the key; with that label, or with onsets, there is a plan."""
    dataset = with_events(tmp_path, "0\t5\tfixation", f"9\t20\t{label}")
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, EVENTS.format("01", "01"), f"fixation, {label}", "dataset.onset_event", "dataset.onsets")
    assert story_start(dataset | {"onset_event": label}) == pytest.approx(9.0)
    plan = make_plan(dataset | {"onsets": 3})
    assert plan.runs["01"][0].n_dropped == 3
    assert f"rows of events.tsv beside story are not used: {label} (1), fixation (1)" in {
        note.replace(f"fixation (1), {label} (1)", f"{label} (1), fixation (1)") for note in plan.notes
    }


@pytest.mark.parametrize(("label", "closest"), [("Story", "Story"), ("stories", "stories"), ("stry", "stry")])
def test_nearest_label(tmp_path, label, closest):
    with pytest.raises(BadInput) as error:
        make_plan(with_events(tmp_path, "0\t5\tmusic", f"9\t20\t{label}"))
    assert f"nearest: {closest}" in str(error.value)


@pytest.mark.parametrize("header", ["onset\tduration\tstim_file", "onset\tduration\tvalue"])
def test_events_without_trial_type_are_noted(tmp_path, header):
    """Nothing in them is used; they are not read where `dataset.onsets` decides."""
    dataset = with_events(tmp_path, "0\t12\tn/a", "12\t20\tfable.wav", header=header, n_subjects=3)
    plan = make_plan(dataset)
    assert (plan.runs["01"][0].n_dropped, plan.stories["fable"].shift) == (0, 0.0)
    (note,) = notes_of(dataset, "trial_type")
    assert "an events.tsv without a column trial_type" in note and "start together" in note and "fable (3)" in note
    assert not notes_of(dataset | {"onsets": 2}, "trial_type")


@pytest.mark.parametrize("rows", [[], ["0\t5\tn/a", "9\t20\t"]])
def test_events_without_any_label_are_noted(tmp_path, rows):
    dataset = with_events(tmp_path, *rows)
    assert story_start(dataset) == 0.5
    assert notes_of(dataset, "nothing in events.tsv that could be used")


def test_runs_without_events_and_onsets_are_noted(tmp_path):
    """That audio and run start together is an assumption; `dataset.onsets: 0` makes it a choice."""
    dataset = write_dataset(tmp_path)
    assert notes_of(dataset, "no events.tsv, and no dataset.onsets")
    assert make_plan(dataset | {"onsets": 0}).notes == ()


@pytest.mark.parametrize(
    ("onset", "parts"),
    [
        ("n/a", ["onset n/a", "seconds"]),
        ("", ["onset nothing", "seconds"]),
        ("soon", ["onset soon", "seconds"]),
        ("nan", ["onset nan", "seconds"]),
        ("12000", ["onset 12000", "12, if these are milliseconds"]),
        ("41", ["onset 41", "20 volumes", "40 s"]),
    ],
)
def test_onsets_that_are_no_seconds_of_the_run(tmp_path, onset, parts):
    """They stop the plan with the row, but where `dataset.onsets` decides."""
    dataset = with_events(tmp_path, "0\t5\tmusic", f"{onset}\t20\tstory")
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "events.tsv row 3", *parts)
    assert make_plan(dataset | {"onsets": 2}).runs["01"][0].n_dropped == 2


def test_a_story_that_starts_before_its_run(tmp_path):
    dataset = with_events(tmp_path, "-3\t20\tstory")
    assert story_start(dataset) == pytest.approx(-3)
    assert notes_of(dataset, "starts before its run")


@pytest.mark.parametrize(
    ("rows", "start"),
    [
        (["8\t5\tstory", "20\t5\tstory"], 8),
        (["20\t5\tstory", "8\t5\tstory"], 8),
        (["2\t0\tstory", "8\t15\tstory"], 8),
        (["2\t0\tstory", "8\t0\tstory"], 2),
        (["8\tn/a\tstory", "12\t15\tstory"], 8),
    ],
)
def test_several_rows_of_the_story(tmp_path, rows, start):
    """The earliest is used, of those that last if any does; a note says so."""
    dataset = with_events(tmp_path, *rows, n_subjects=2)
    assert story_start(dataset) == pytest.approx(start)
    assert notes_of(
        dataset, "several rows story in events.tsv, of which the earliest that lasts is used, in runs of fable (2)"
    )


def test_one_row_of_length_zero_is_the_start(tmp_path):
    dataset = with_events(tmp_path, "0\t5\tmusic", "8\t0\tstory")
    assert story_start(dataset) == pytest.approx(8)


def test_rows_beside_the_story_are_one_note(tmp_path):
    rows = ["0\t5\tmusic", "8\t5\tstory", "14\t0\tbeep", "15\t0\tbeep", "16\t0\tn/a"]
    dataset = with_events(tmp_path, *rows, n_subjects=2)
    (note,) = notes_of(dataset, "are not used")
    assert note == "rows of events.tsv beside story are not used: beep (4), music (2), without trial_type (2)"


@pytest.mark.parametrize("onsets", [{"fabel": 2}, {"fable": 2, "mith": 1}])
def test_onsets_of_a_story_that_is_not_there(tmp_path, onsets):
    with pytest.raises(BadInput) as error:
        make_plan(write_dataset(tmp_path) | {"onsets": onsets})
    wrong = "fabel" if "fabel" in onsets else "mith"
    assert_bad_input(error, "dataset.onsets", wrong, "nearest is fable" if wrong == "fabel" else "nearest is myth")


def test_onsets_of_stories_that_are_not_used_are_none_of_these(tmp_path):
    dataset = write_dataset(tmp_path) | {"stories": ["myth"], "onsets": {"fable": 2, "myth": 1}}
    assert make_plan(dataset).runs["01"][0].n_dropped == 1
