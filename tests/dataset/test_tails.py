"""The silent end of a run, and stories that end after it."""

import numpy as np
import pytest

from brainforecast.dataset.onsets import volumes_to_keep
from brainforecast.dataset.plan import make_plan
from helpers.datasets import write_dataset, write_lines, write_region_run, write_table_of_words


def with_lengths(root, *lengths: int, end: float = 20.0) -> dict:
    """A dataset of one story that ends after `end` s, with a run of 2 s a volume for each length."""
    subjects = [f"{k:02d}" for k in range(1, len(lengths) + 1)]
    dataset = write_dataset(root, subjects=subjects, stories={"fable": 10})
    write_table_of_words(root / "stimuli/fable/words.tsv", [("once", 1.0, 0.5), ("after", end - 0.5, 0.5)])
    for subject, n in zip(subjects, lengths, strict=True):
        write_region_run(root / f"sub-{subject}/func/sub-{subject}_task-fable_desc-roi_timeseries.tsv", np.ones((n, 3)))
    return dataset | {"onsets": 0}


@pytest.mark.parametrize(("tail", "n_trs"), [(0, 10), (1, 11), (12, 16), (100, 40), (None, 40)])
def test_runs_are_cut_after_the_last_word_and_a_tail(tmp_path, tail, n_trs):
    """The volume that holds the end of the tail is the last one kept."""
    run = make_plan(with_lengths(tmp_path, 40) | {"tail": tail}).runs["01"][0]
    assert (run.n_dropped, run.n_trs, run.n_volumes) == (0, n_trs, 40)


def test_volumes_dropped_and_shifts_count(tmp_path):
    """The tail begins at the last word on the clock of the first volume kept."""
    dataset = with_lengths(tmp_path, 40) | {"tail": 4}
    run = make_plan(dataset | {"onsets": 3}).runs["01"][0]
    assert (run.n_dropped, run.n_trs) == (3, 12)
    write_lines(tmp_path / "sub-01/func/sub-01_task-fable_events.tsv", "onset\tduration\ttrial_type", "8\t9\tstory")
    plan = make_plan(dataset | {"onsets": None})
    run = plan.runs["01"][0]
    # the first word, at 1 s of the audio, is at 8 s of the run: the last one ends at 27 s, the tail at 31 s
    assert 2 * (run.n_dropped + run.n_trs - 1) < 31 <= 2 * (run.n_dropped + run.n_trs)


def test_cut_volumes_are_noted(tmp_path):
    plan = make_plan(with_lengths(tmp_path, 40, 30, 12) | {"tail": 12})
    assert [plan.runs[subject][0].n_trs for subject in ("01", "02", "03")] == [16, 16, 12]
    expected = "fable: 14 to 24 volumes at the end of 2 of 3 runs are left out, more than 12 s after its last word"
    assert plan.notes == (expected,)


def test_long_silence_is_noted_and_how_to_cut_it(tmp_path):
    """More than 30 s after the last word; 30 s are not worth a line."""
    assert make_plan(with_lengths(tmp_path / "short", 25)).notes == ()
    (note,) = make_plan(with_lengths(tmp_path / "long", 25, 26, 40)).notes
    assert "up to 60 s after its last word in 2 of 3 runs" in note
    assert "dataset.tail: 12" in note


def test_a_story_that_ends_after_its_run_is_noted(tmp_path):
    """By more than a volume."""
    assert make_plan(with_lengths(tmp_path / "near", 9)).notes == ()
    assert make_plan(with_lengths(tmp_path / "far", 8, 12)).notes == (
        "fable: its last word ends up to 4.0 s after the end of 1 of 2 runs",
    )


@pytest.mark.parametrize("seed", range(20))
def test_the_formula(seed):
    """The volumes kept reach the end of the tail, and with one less they do not."""
    rng = np.random.default_rng(seed)
    end, shift, tail, tr = rng.uniform(5, 500), rng.uniform(-3, 3), rng.uniform(0, 30), rng.uniform(0.5, 3)
    n = volumes_to_keep(end, shift, tr, tail)
    assert (n - 1) * tr < end + shift + tail <= n * tr + 1e-6
