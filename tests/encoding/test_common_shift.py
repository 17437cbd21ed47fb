"""Common circular shifts of responses."""

import numpy as np
import pytest

from brainforecast.encoding.common_shift import (
    ALL_UP_TO,
    admissible_shifts,
    around_story,
    common_rows,
    draw_shifts,
    shift_responses,
)


def test_one_short_story_gives_every_admissible_shift_once():
    """300 volumes and at least 20: the 261 shifts from 20 to 280."""
    drawn = draw_shifts([300], 20, 199, np.random.default_rng(0))
    assert drawn[:, 0].tolist() == list(range(20, 281))


def test_draws_of_several_stories_are_distinct_and_admissible():
    n_trs = [300, 200]
    drawn = draw_shifts(n_trs, 20, 199, np.random.default_rng(0))
    assert drawn.shape == (199, 2) and len({tuple(row) for row in drawn.tolist()}) == 199
    for column, n in zip(drawn.T, n_trs, strict=True):
        assert set(column) <= set(admissible_shifts(n, 20))
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.2  # independent between stories


def test_few_combinations_are_all_used():
    """Two stories with 11 admissible shifts each: 121 combinations."""
    drawn = draw_shifts([50, 50], 20, 199, np.random.default_rng(0))
    assert len(drawn) == 121 <= ALL_UP_TO and len({tuple(row) for row in drawn.tolist()}) == 121


@pytest.mark.parametrize("n_trs", [[39], [300, 39]])
def test_a_short_story_leaves_no_draw(n_trs):
    assert draw_shifts(n_trs, 20, 199, np.random.default_rng(0)).shape == (0, len(n_trs))


def test_runs_are_rolled_apart_and_only_where_all_listeners_have_volumes():
    """Against the definition y_k(t) = y((t - k) mod n), volume by volume."""
    responses = np.random.default_rng(0).standard_normal((18, 3))
    runs, shifts = [(10, 8), (8, 8)], [3, 5]
    expected = responses.copy()
    for start, (_, n), k in zip((0, 10), runs, shifts, strict=True):
        for t in range(n):
            expected[start + t] = responses[start + (t - k) % n]
    shifted = shift_responses(responses, runs, shifts)
    assert np.array_equal(shifted, expected)
    assert np.array_equal(shifted[~common_rows(runs)], responses[~common_rows(runs)])
    assert np.flatnonzero(~common_rows(runs)).tolist() == [8, 9]


def test_no_shift_leaves_responses_alone():
    responses = np.random.default_rng(0).standard_normal((6, 2))
    assert np.array_equal(shift_responses(responses, [(6, 6)], [0]), responses)


def test_distance_goes_around_the_story():
    """A shift of 95 of 100 volumes is 10 from a shift of 5; over stories, the smallest counts."""
    draws = np.array([[95, 30], [60, 30]])
    assert around_story(draws - [5, 50], [100, 100]).min(axis=1).tolist() == [10, 20]
