"""Common shifts of a study, from the volumes that all listeners of a story have."""

import numpy as np

from brainforecast.controls.draws import common_runs, common_volumes, draw_table, shifts_of_runs

RUNS = [[("a", 70), ("b", 90)], [("a", 66)], [("b", 88), ("a", 80)], [("b", 90), ("b", 93)]]


def test_common_volumes_are_those_of_the_shortest_run():
    assert common_volumes(RUNS) == {"a": 66, "b": 88}


def test_shifts_are_common_and_long_enough():
    """Many combinations of two stories: as many draws as requested, each other than the rest, m to n - m volumes."""
    table = draw_table(RUNS, shortest=20, n_shifts=150, seed=1)
    assert (table.columns.tolist(), len(table)) == (["draw", "story", "shift", "n_trs"], 2 * 150)
    by_story = table.pivot(index="draw", columns="story", values="shift")
    assert by_story.index.tolist() == list(range(1, 151)) and not by_story.duplicated().any()
    for story, n_trs in {"a": 66, "b": 88}.items():
        assert by_story[story].between(20, n_trs - 20).all()
        assert (table.loc[table["story"] == story, "n_trs"] == n_trs).all()


def test_draws_depend_on_the_seed_alone():
    """The order in which subjects are read changes nothing but the order of the stories."""
    first, again, other = (draw_table(RUNS, shortest=20, n_shifts=99, seed=seed) for seed in (1, 1, 2))
    assert first.equals(again) and not first.equals(other)


def test_all_shifts_of_a_short_story_are_used():
    table = draw_table([[("a", 100)], [("a", 101)]], shortest=20, n_shifts=9, seed=1)
    assert table["shift"].tolist() == list(range(20, 81))


def test_no_more_draws_are_requested_than_there_are():
    """Between the number up to which all are used and the number requested."""
    table = draw_table([[("a", 61), ("b", 61)]], shortest=20, n_shifts=1000, seed=1)
    assert table["draw"].max() == 22 * 22


def test_a_story_too_short_leaves_no_draw():
    """The table has its columns and no rows; then all volumes of a run count, and only the recorded row is scored."""
    table = draw_table([[("a", 300), ("b", 39)]], shortest=20, n_shifts=199, seed=1)
    assert len(table) == 0 and table.dtypes["shift"] == np.int32
    runs = [("a", 300), ("b", 39)]
    assert common_runs(runs, table) == [("a", 300, 300), ("b", 39, 39)]
    assert shifts_of_runs(runs, table).tolist() == [[0, 0]]


def test_runs_of_a_subject_take_the_shifts_of_their_stories():
    """In the order of its runs; both runs of a story shift alike."""
    table = draw_table(RUNS, shortest=20, n_shifts=99, seed=1)
    runs = [("b", 90), ("a", 80), ("b", 88)]
    shifts = shifts_of_runs(runs, table)
    by_story = table.pivot(index="draw", columns="story", values="shift")
    assert shifts.shape == (100, 3) and not shifts[0].any()
    np.testing.assert_array_equal(shifts[1:], by_story[["b", "a", "b"]].to_numpy())
    assert common_runs(runs, table) == [("b", 90, 88), ("a", 80, 66), ("b", 88, 88)]
