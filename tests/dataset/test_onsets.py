"""Where a story starts in its runs, by config, events or neither."""

import pytest

from brainforecast.dataset.plan import make_plan
from brainforecast.errors import BadInput
from helpers.datasets import (
    NARRATIVES_ONSETS,
    assert_bad_input,
    narratives_dataset,
    write_dataset,
    write_events,
    write_lines,
    write_remote_dataset,
)


def test_config_onset_wins_and_disagreement_is_noted(tmp_path):
    """Its volumes are dropped, word times stay as in the alignment, events that disagree are noted."""
    dataset = write_dataset(tmp_path, stories={"fable": 10}, onset=0.5)
    for subject, onset in (("01", 4.0), ("02", 7.5)):
        write_events(tmp_path, subject, "fable", onset)
    plan = make_plan({**dataset, "onsets": {"fable": 2}})
    assert [(run.n_dropped, run.n_trs) for run in plan.runs["01"]] == [(2, 8)]
    assert plan.stories["fable"].shift == 0.0
    rows, disagreement = plan.notes
    assert rows == "rows of events.tsv beside story are not used: music (2)"
    assert "2 TRs (4.0 s)" in disagreement
    assert "7.0 s by events.tsv, in 1 of 2 runs" in disagreement


def test_story_starts_where_events_say(tmp_path):
    """Speech from 6 s, the first word at .5 s: 2 TRs of 2 s dropped, words 1.5 s later; another run drops more."""
    dataset = write_dataset(tmp_path, stories={"fable": 10}, onset=0.5)
    write_events(tmp_path, "01", "fable", 6.0)
    write_events(tmp_path, "02", "fable", 9.5)
    plan = make_plan(dataset)
    assert [plan.runs[subject][0].n_dropped for subject in plan.subjects] == [2, 4]
    assert plan.stories["fable"].shift == pytest.approx(1.5)
    assert plan.notes == (
        "rows of events.tsv beside story are not used: music (2)",
        "fable: its last word ends up to 7.5 s after the end of 2 of 2 runs",
    )


def test_story_that_starts_before_its_run_drops_nothing(tmp_path):
    """Audio that starts before the run shifts words to earlier times."""
    dataset = write_dataset(tmp_path, onset=6.5)
    write_events(tmp_path, "01", "fable", 5.0)
    plan = make_plan({**dataset, "subjects": ["01"]})
    assert (plan.runs["01"][0].n_dropped, plan.stories["fable"].shift) == (0, -1.5)


def test_audio_that_starts_before_one_run_only(tmp_path):
    """The other run drops the volumes that this one does not have, whichever is first."""
    for early, late in (("01", "02"), ("02", "01")):
        dataset = write_dataset(tmp_path / early, onset=6.5)
        write_events(tmp_path / early, early, "fable", 5.0)
        write_events(tmp_path / early, late, "fable", 9.0)
        plan = make_plan({**dataset, "stories": ["fable"]})
        assert plan.stories["fable"].shift == -1.5
        assert (plan.runs[early][0].n_dropped, plan.runs[late][0].n_dropped) == (0, 2)


def test_a_row_can_mark_the_audio(tmp_path):
    """A row that marks the audio moves the words by its own time; taken for a late first word, that is noted."""
    dataset = write_dataset(tmp_path, onset=2.5)
    write_events(tmp_path, "01", "fable", 5.0)
    taken = make_plan({**dataset, "subjects": ["01"]})
    assert (taken.runs["01"][0].n_dropped, taken.stories["fable"].shift) == (1, pytest.approx(0.5))
    assert any("2.5 s into the audio" in note and "dataset.onset_marks: audio" in note for note in taken.notes)
    marked = make_plan({**dataset, "subjects": ["01"], "onset_marks": "audio"})
    assert (marked.runs["01"][0].n_dropped, marked.stories["fable"].shift) == (2, pytest.approx(1.0))
    assert not any("into the audio" in note for note in marked.notes)


def test_events_need_the_alignment_or_an_onset(tmp_path):
    """Events alone do not say where a story starts in its run: its first word is needed."""
    dataset = write_remote_dataset(tmp_path, stories=["myth"])
    rows = ["0.0\t1.0\tmusic", "4.5\t9.0\tstory"]
    write_lines(tmp_path / "sub-01/func/sub-01_task-myth_events.tsv", "onset\tduration\ttrial_type", *rows)
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "dataset.onsets myth", "events.tsv")
    assert make_plan(dataset | {"onsets": {"myth": 2}}).runs["01"][0].n_dropped == 2


def test_narratives_events_disagree_with_two_onsets(shared_data):
    """The events of bronx and piemanpni contradict the authors' onsets by more than a TR; no other story's do."""
    notes = make_plan(narratives_dataset(shared_data, onsets=NARRATIVES_ONSETS)).notes
    assert [note.split(":")[0] for note in notes if "dataset.onsets" in note] == ["bronx", "piemanpni"]
    assert "rows of events.tsv beside story are not used: music (414)" in notes
