"""How long a number of words is."""

import numpy as np
import pandas as pd
import pytest

from brainforecast.results.selection import seconds_ahead, word_rate


def story(*gaps: float) -> pd.DataFrame:
    """Words whose onsets are so far apart."""
    onset = np.cumsum([0.0, *gaps])
    return pd.DataFrame({"onset": onset, "offset": onset + 0.1})


def test_the_spread_is_over_pairs_of_words():
    """Median and percentiles of all onset differences, never across stories."""
    rng = np.random.default_rng(0)
    first, second = story(*rng.gamma(2, 0.2, 300)), story(*rng.gamma(2, 0.4, 200))
    gaps = [
        table["onset"][i + 8] - table["onset"][i] for table in (first, second) for i in range(len(table) - 8)
    ]  # pair by pair
    assert seconds_ahead([first, second], 8) == pytest.approx(np.quantile(gaps, [0.5, 0.05, 0.95]))


def test_equal_words_have_no_spread():
    """Then the mean rate gives all of them."""
    even = story(*[0.4] * 50)
    assert seconds_ahead([even, even], 5) == pytest.approx((2.0, 2.0, 2.0))
    assert seconds_ahead([even], 0) == (0.0, 0.0, 0.0)
    assert word_rate([even]) == pytest.approx(1 / 0.4, rel=0.02)


def test_the_past_mirrors_the_future():
    """A word 3 back is as far as the word 3 ahead of the other one, with its sign."""
    words = [story(0.2, 0.5, 0.1, 0.9, 0.3, 0.2)]
    median, low, high = seconds_ahead(words, 3)
    assert seconds_ahead(words, -3) == pytest.approx((-median, -high, -low))


def test_a_story_shorter_than_the_distance_has_no_pairs():
    """Without any pair there is no number."""
    assert np.isnan(seconds_ahead([story(0.2)], 8)).all()
    assert seconds_ahead([story(0.2), story(*[0.5] * 9)], 8)[0] == pytest.approx(4.0)
    assert np.isnan(seconds_ahead([], 8)).all()
