"""The repetition time, and when the first volume was acquired, by sidecars."""

import json

import pytest

from brainforecast.dataset.plan import make_plan
from brainforecast.errors import BadInput
from helpers.datasets import assert_bad_input, write_dataset, write_events, write_lines


def with_sidecar(root, story: str = "fable", **content: object) -> dict:
    """A dataset of one story whose sidecar has this content; its section `dataset`."""
    dataset = write_dataset(root, stories={story: 10}, tr=None)
    write_lines(root / "desc-roi_timeseries.json", json.dumps(content))
    return dataset


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ({"RepetitionTime": 1500}, ["RepetitionTime", "1500", "seconds: 1.5"]),
        ({"RepetitionTime": True}, ["RepetitionTime", "true", "seconds"]),
        ({"RepetitionTime": "2"}, ["RepetitionTime", "'2'", "seconds"]),
        ({"RepetitionTime": -2}, ["-2", "above 0"]),
        ({"SamplingFrequency": 0}, ["SamplingFrequency", "volumes per second"]),
        ({"SamplingFrequency": 0.0005}, ["SamplingFrequency", "2000", "milliseconds"]),
        ({"VolumeTiming": [0, 2, 5]}, ["VolumeTiming", "steps from 2 to 3 s", "regular"]),
        ({"RepetitionTime": 2, "VolumeTiming": [0, 2, 5]}, ["VolumeTiming", "regular"]),
        ({"RepetitionTime": 2, "StartTime": "late"}, ["StartTime", "'late'", "seconds"]),
        ({"RepetitionTime": 2, "StartTime": 750}, ["StartTime", "750", "seconds"]),
    ],
)
def test_values_that_are_no_seconds(tmp_path, content, parts):
    with pytest.raises(BadInput) as error:
        make_plan(with_sidecar(tmp_path, **content))
    assert_bad_input(error, "desc-roi_timeseries.json", *parts)


def test_repetition_time_of_the_config_in_milliseconds(tmp_path):
    with pytest.raises(BadInput) as error:
        make_plan(write_dataset(tmp_path) | {"tr": 2000})
    assert_bad_input(error, "dataset.tr", "2000", "seconds: 2")


@pytest.mark.parametrize(
    ("content", "tr"), [({"SamplingFrequency": 0.8}, 1.25), ({"VolumeTiming": [0.5, 2.0, 3.5]}, 1.5)]
)
def test_repetition_time_of_another_key_is_noted(tmp_path, content, tr):
    plan = make_plan(with_sidecar(tmp_path, **content))
    assert plan.tr == pytest.approx(tr)
    assert [note for note in plan.notes if f"is from {next(iter(content))}" in note]


def test_repetition_time_before_sampling_frequency(tmp_path):
    plan = make_plan(with_sidecar(tmp_path, SamplingFrequency=0.6667, RepetitionTime=1.5) | {"onsets": 0})
    assert plan.tr == 1.5
    assert not [note for note in plan.notes if "repetition time" in note]


@pytest.mark.parametrize(("other", "is_same"), [(1.5000001, True), (1.4999, True), (1.503, False), (1.6, False)])
def test_repetition_times_equal_to_a_tolerance(tmp_path, other, is_same):
    """Differences below one in a thousand are rounding: the most frequent time is used, with a note."""
    dataset = write_dataset(tmp_path, subjects=["01", "02", "03"], stories={"fable": 10}, tr=1.5)
    run = "sub-02/func/sub-02_task-fable_desc-roi_timeseries.json"
    write_lines(tmp_path / run, json.dumps({"RepetitionTime": other}))
    if is_same:
        plan = make_plan(dataset)
        assert plan.tr == 1.5
        assert [note for note in plan.notes if f"{other} s (1 runs)" in note and "1.5 s is used" in note]
    else:
        with pytest.raises(BadInput) as error:
            make_plan(dataset)
        assert_bad_input(error, "sub-02_task-fable", f"{other} s", "1.5 s")


@pytest.mark.parametrize("start", [0.75, 6.75, -1.0])
def test_start_time_moves_the_words(tmp_path, start):
    """With neither events nor onsets, and with onsets: the values of volume 0 are those of `start` s later."""
    dataset = with_sidecar(tmp_path, RepetitionTime=2, StartTime=start)
    for onsets, n_dropped in ((None, 0), (3, 3), ({"fable": 2}, 2)):
        plan = make_plan(dataset | {"onsets": onsets})
        assert plan.stories["fable"].shift == -start
        assert {run.n_dropped for runs in plan.runs.values() for run in runs} == {n_dropped}
        assert f"fable: the words are moved {start:g} s earlier, by StartTime of the sidecars" in plan.notes


def test_start_time_and_events(tmp_path):
    """A word at the story's event is at event - StartTime after the first volume's values."""
    dataset = with_sidecar(tmp_path, RepetitionTime=2, StartTime=1.25)
    for subject in ("01", "02"):
        write_events(tmp_path, subject, "fable", 7.0)
    plan = make_plan(dataset)
    dropped = plan.runs["01"][0].n_dropped
    # the first word is at .5 s of the alignment
    assert 0.5 + plan.stories["fable"].shift + 2 * dropped == pytest.approx(7.0 - 1.25)
    assert 0 <= plan.stories["fable"].shift + 0.5 < 2.5


def test_start_times_that_differ_are_handled_run_by_run(tmp_path):
    """A run whose values begin two volumes earlier drops two more, whichever of them is first."""
    dataset = with_sidecar(tmp_path, RepetitionTime=2, StartTime=5.0)
    run = "sub-{0}/func/sub-{0}_task-fable_desc-roi_timeseries.json"
    for early in ("02", "01"):
        path = write_lines(tmp_path / run.format(early), json.dumps({"StartTime": 1.0}))
        plan = make_plan(dataset)
        assert plan.stories["fable"].shift == -5.0
        n_dropped = {subject: plan.runs[subject][0].n_dropped for subject in ("01", "02")}
        assert n_dropped == {"01": 0, "02": 0} | {early: 2}
        path.unlink()
    write_lines(path, json.dumps({"StartTime": 1.0}))
    plan = make_plan(dataset)
    assert [note for note in plan.notes if "between 1 and 5 s" in note]
