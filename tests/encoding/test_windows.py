"""Windows: the right words, none from beyond the story, other indices for the shuffled source."""

import numpy as np
import pytest

from brainforecast import sources
from brainforecast.encoding.windows import (
    SOURCE_FUNCTIONS,
    offset_vectors,
    shift,
    shuffled_indices,
    story_seed,
    sweeps,
    window_offsets,
)
from brainforecast.errors import BadInput

WORDS = np.arange(1.0, 11)[:, None]  # ten words whose vector is their number
RNG = np.random.default_rng(0)
PRESENT = RNG.standard_normal((9, 3))
AHEAD = RNG.standard_normal((9, 4, 3))
AHEAD[8] = 0  # nothing follows the last word


def window(vectors: np.ndarray, width: int, distance: int) -> np.ndarray:
    """The window itself, offset by offset, as the paper writes it."""
    return np.hstack([shift(vectors, offset) for offset in window_offsets(width, distance)])


@pytest.mark.parametrize("n_held", [1, 2, 5, 7, 100])
def test_sweeps_take_each_window_once_and_hold_few_sums(n_held):
    """Sums under way and the summand, which is the newest sum itself; one alone, and its summand, always fit."""
    windows = [(7, distance) for distance in range(-14, 31)] + [(w, d) for w in range(1, 31) for d in range(1, 21)]
    taken = sweeps(windows[::-1], n_held)
    assert sorted((w, d) for sweep in taken for d, widths in sweep.items() for w in widths) == sorted(set(windows))
    for sweep in taken:
        assert list(sweep) == sorted(sweep, reverse=True)
        for offset in range(-30, 31):
            under_way = [d for d, widths in sweep.items() if d - max(widths) < offset <= d]
            assert len(under_way) + (offset not in sweep and bool(under_way)) <= max(n_held, 2)
    assert len(sweeps(windows, 100)) == 1


def test_a_curve_of_seven_words_is_one_sweep_of_seven_sums():
    """And two sweeps if one sum less fits into memory."""
    curve = [(7, distance) for distance in range(-10, 31)]
    assert [len(sweep) for sweep in sweeps(curve, 7)] == [41]
    assert len(sweeps(curve, 6)) == 2


def test_window_of_the_paper():
    """X~(8) holds words +2 .. +8."""
    assert list(window_offsets(7, 8)) == [2, 3, 4, 5, 6, 7, 8]
    assert window(WORDS, 7, 8)[0].tolist() == [3, 4, 5, 6, 7, 8, 9]


def test_window_at_zero_holds_no_future():
    """At d = 0 the last word is the present one."""
    np.testing.assert_array_equal(window(WORDS, 7, 0)[:, -1], WORDS[:, 0])


@pytest.mark.parametrize("distance", [-10, -3, 0, 3, 10, 30])
def test_window_sees_words_up_to_its_distance_and_no_further(distance):
    """Changing every word beyond n + d leaves row n as it is."""
    n = 4
    changed = WORDS.copy()
    changed[max(n + distance + 1, 0) :] = 1e6
    np.testing.assert_array_equal(window(WORDS, 7, distance)[n], window(changed, 7, distance)[n])


def test_rows_past_the_ends_are_zero():
    """No roll: the end of a story never reaches its start."""
    assert not shift(WORDS, 3)[-3:].any()
    assert not shift(WORDS, -3)[:3].any()
    assert not shift(WORDS, 30).any()
    assert not shift(WORDS, -30).any()


def test_shift_by_zero_is_identity():
    np.testing.assert_array_equal(shift(WORDS, 0), WORDS)


def test_true_source_is_the_shift():
    vectors = offset_vectors("true", WORDS, seed=0, block=2)
    np.testing.assert_array_equal(vectors(3), shift(WORDS, 3))


@pytest.mark.parametrize("n_words", [200, 251, 957, 5000])
def test_shuffled_indices_are_far_away(n_words):
    """Every word takes the index of one at least a block away, and (nearly) every index is used once."""
    indices = shuffled_indices(n_words, seed=1, block=50)
    assert np.abs(indices - np.arange(n_words)).min() >= 50
    assert indices.min() >= 0 and indices.max() < n_words
    assert len(np.unique(indices)) >= n_words - n_words // 50


def test_shuffled_source_keeps_the_flow_of_words():
    """Inside a block, the next word's window is the next window."""
    vectors = np.arange(400.0)[:, None]
    moved = offset_vectors("shuffled", vectors, seed=3, block=50)(0)[:, 0]
    assert (np.diff(moved) == 1).mean() > 0.95


def test_shuffled_windows_are_real_windows():
    """The offset is counted from the shuffled index: the windows themselves are windows of the story."""
    vectors = np.arange(1.0, 401)[:, None]
    source = offset_vectors("shuffled", vectors, seed=3, block=50)
    here, ahead = source(0)[:, 0], source(5)[:, 0]
    inside = ahead > 0
    np.testing.assert_array_equal(ahead[inside], here[inside] + 5)


def test_shuffle_follows_its_seed():
    assert (shuffled_indices(500, seed=1, block=50) == shuffled_indices(500, seed=1, block=50)).all()
    assert (shuffled_indices(500, seed=1, block=50) != shuffled_indices(500, seed=2, block=50)).any()


def test_shuffle_of_too_short_a_story_is_refused():
    with pytest.raises(BadInput, match="a story of 150 words; expected at least 4 blocks of 50 words"):
        shuffled_indices(150, seed=1, block=50)


def test_unknown_source_names_the_nearest():
    with pytest.raises(BadInput, match="nearest is shuffled"):
        offset_vectors("shufled", WORDS, seed=0, block=2)


def test_every_source_of_the_config_has_a_function():
    assert set(SOURCE_FUNCTIONS) == set(sources.SOURCES) >= {"true", "shuffled"}


def test_random_vectors_are_drawn_once_per_word():
    """Vectors of the same dimension, unrelated to the words; the window shifts them as it does the true ones."""
    source = offset_vectors("random", np.zeros((500, 40), np.float32), seed=4, block=50)
    drawn = source(0)
    np.testing.assert_array_equal(source(3), shift(drawn, 3))
    assert abs(drawn.mean()) < 0.05 and abs(drawn.std() - 1) < 0.05
    assert np.abs(np.corrcoef(drawn)[np.triu_indices(500, 1)]).max() < 0.9
    again = offset_vectors("random", np.ones((500, 40), np.float32), seed=4, block=50)(0)
    np.testing.assert_array_equal(again, drawn)
    assert (offset_vectors("random", np.zeros((500, 40)), seed=5, block=50)(0) != drawn).any()


def test_static_source_is_the_shift():
    np.testing.assert_array_equal(offset_vectors("static", WORDS, seed=0, block=2)(-2), shift(WORDS, -2))


def test_generated_words_follow_the_present():
    """Offsets up to 0 are the true words, 1 to the horizon the expected ones of that very word, beyond is zero."""
    ahead = 100 * WORDS[:, None] + np.arange(3)[None, :, None]  # word n, offset o: 100 n + o - 1
    source = offset_vectors("generated", WORDS, seed=0, block=2, ahead=ahead)
    for offset in (-4, 0):
        np.testing.assert_array_equal(source(offset), shift(WORDS, offset))
    for offset in (1, 3):
        np.testing.assert_array_equal(source(offset)[:, 0], 100 * WORDS[:, 0] + offset - 1)
    assert not source(4).any() and source(4).shape == WORDS.shape


def test_each_story_has_its_own_seed():
    assert story_seed(1, "pieman") == story_seed(1, "pieman") != story_seed(1, "lucy")


# --- syntactic and semantic components -------------------------------------------------------------------------------


def component(name):
    """The vectors of a component of PRESENT at each offset."""
    return offset_vectors(name, PRESENT, seed=0, block=2, ahead=AHEAD)


def test_components_of_words_to_come_are_seen_from_the_present():
    """Offset o of word n is the o-th word of the futures of n."""
    for offset in (1, 2, 4):
        assert np.array_equal(component("syntactic")(offset), AHEAD[:, offset - 1])
    assert not component("syntactic")(5).any()


def test_components_of_past_words_are_seen_from_just_before():
    """Word n + o <= n has the part it had when it was the next word; before the first word all is zero."""
    for offset in (0, -1, -4):
        found = component("syntactic")(offset)
        for n in range(9):
            expected = AHEAD[n + offset - 1, 0] if n + offset - 1 >= 0 else np.zeros(3)
            assert np.array_equal(found[n], expected)


@pytest.mark.parametrize("offset", [-3, 0, 1, 3])
def test_components_add_up_to_the_true_word(offset):
    """Wherever there is a syntactic part; elsewhere both are zero."""
    syntactic, semantic = component("syntactic")(offset), component("semantic")(offset)
    known = syntactic.any(axis=1)
    assert known.any()
    assert (syntactic + semantic)[known] == pytest.approx(shift(PRESENT, offset)[known])
    assert not semantic[~known].any()
