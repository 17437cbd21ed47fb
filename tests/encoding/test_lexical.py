"""Columns per TR that know no language model, against word-by-word sums."""

import numpy as np
import pytest

from brainforecast.encoding.lexical import COLUMNS, WordTimes, lexical_columns, silence

TR = 2.0


@pytest.fixture
def story():
    """Words with gaps, one that overlaps the next, one before the run and one after it."""
    onsets = np.array([-0.5, 0.2, 0.9, 1.0, 4.1, 5.9, 30.0])
    offsets = np.array([-0.1, 0.6, 1.5, 1.2, 4.6, 6.3, 30.4])
    return WordTimes(onsets, offsets, np.arange(1.0, 8), np.linspace(7, 1, 7), np.arange(10.0))


def one_column(name, story, n_trs, row_offset):
    return lexical_columns([story], [n_trs], [name], tr=TR, row_offset=row_offset)[:, 0]


@pytest.mark.parametrize(("name", "values"), [("word_rate", np.ones(7)), ("word_length", np.arange(1.0, 8)),
                                              ("word_frequency", np.linspace(7, 1, 7))])  # fmt: skip
@pytest.mark.parametrize("row_offset", [0, 1])
def test_words_are_summed_in_the_rows_of_their_vectors(story, name, values, row_offset):
    expected = np.zeros(5)
    for onset, value in zip(story.onsets, values, strict=True):
        row = int(np.floor(onset / TR)) + row_offset
        if 0 <= onset < 5 * TR and row < 5:
            expected[row] += value
    assert np.allclose(one_column(name, story, 5, row_offset), expected)


def test_silence_counts_overlapping_words_once(story):
    """Against a fine grid of times, some of which a word covers."""
    times = (np.arange(10_000) + 0.5) * 1e-3
    spoken = ((times[:, None] >= story.onsets) & (times[:, None] < story.offsets)).any(axis=1)
    expected = TR - spoken.reshape(5, -1).sum(axis=1) * 1e-3
    assert np.allclose(silence(story.onsets, story.offsets, TR, 5), expected, atol=1e-9)


def test_values_of_a_tr_move_with_its_words(story):
    """With a row offset of 1, row 0 has no TR."""
    assert one_column("envelope", story, 4, 0).tolist() == [0, 1, 2, 3]
    assert one_column("envelope", story, 4, 1).tolist() == [0, 0, 1, 2]
    assert one_column("silence", story, 5, 1)[0] == 0


def test_stories_stand_one_after_the_other(story):
    """Each story has its own rows and its own columns in the order given."""
    both = lexical_columns([story, story], [5, 3], list(COLUMNS), tr=TR, row_offset=1)
    assert both.shape == (8, len(COLUMNS)) and both.dtype == np.float32
    assert np.array_equal(both[5:], lexical_columns([story], [3], list(COLUMNS), tr=TR, row_offset=1))
