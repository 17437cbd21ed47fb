"""Sums per TR and delays: the conventions, and no step across a story's edge."""

import itertools

import numpy as np
import pytest

from brainforecast.encoding.delays import delay, words_to_trs


def sums(onsets, **kwargs):
    return (words_to_trs(np.array(onsets), tr=1.5, **kwargs) @ np.ones((len(onsets), 1)))[:, 0].tolist()


def test_a_row_sums_the_words_of_the_tr_before_it():
    """With row_offset 1, words spoken in [0, 1.5) s are in row 1."""
    assert sums([0.0, 1.4999, 1.5, 3.2], n_trs=4, row_offset=1) == [0, 2, 1, 1]


def test_a_row_sums_the_words_of_its_own_tr():
    assert sums([0.0, 1.4999, 1.5, 3.2], n_trs=4, row_offset=0) == [2, 1, 1, 0]


@pytest.mark.parametrize("row_offset", [0, 1])
def test_words_outside_the_run_add_nothing(row_offset):
    assert sum(sums([-0.1, -9.0, 6.0, 100.0], n_trs=4, row_offset=row_offset)) == 0


def test_delay_zero_is_identity():
    features = np.random.default_rng(0).normal(size=(9, 3))
    np.testing.assert_array_equal(delay(features, [0], [4, 5]), features)


def test_positive_delay_moves_the_stimulus_later():
    """Earlier stimulus explains later response."""
    features = np.array([[1.0], [2.0], [3.0], [4.0]])
    assert delay(features, [1], [4])[:, 0].tolist() == [0, 1, 2, 3]
    assert delay(features, [-1], [4])[:, 0].tolist() == [2, 3, 4, 0]


def test_delays_are_side_by_side():
    features = np.array([[1.0, 10], [2, 20], [3, 30]])
    assert delay(features, [0, 2], [3]).tolist() == [[1, 10, 0, 0], [2, 20, 0, 0], [3, 30, 1, 10]]


@pytest.mark.parametrize("lag", [-7, -3, -1, 1, 3, 7])
def test_delays_never_cross_a_story(lag):
    """Huge values in one story leave the rows of the other as they are."""
    features = np.random.default_rng(0).normal(size=(10, 2))
    poisoned = features.copy()
    poisoned[:6] = 1e9
    clean, changed = delay(features, [lag], [6, 4]), delay(poisoned, [lag], [6, 4])
    np.testing.assert_array_equal(clean[6:], changed[6:])
    for length, part in ((6, clean[:6]), (4, clean[6:])):
        empty = part[: min(lag, length)] if lag > 0 else part[lag:]
        assert not empty.any()


def test_delays_equal_a_plain_loop():
    rng = np.random.default_rng(1)
    features, n_trs, delays = rng.normal(size=(23, 4)), [7, 3, 13], [0, 1, 2, 5, -2]
    expected = np.zeros((23, 5, 4))
    starts = np.cumsum([0, *n_trs])
    for start, end in itertools.pairwise(starts):
        for row in range(start, end):
            for column, lag in enumerate(delays):
                if start <= row - lag < end:
                    expected[row, column] = features[row - lag]
    np.testing.assert_array_equal(delay(features, delays, n_trs), expected.reshape(23, -1))
