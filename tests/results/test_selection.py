"""Numbers and names read from tables."""

import pandas as pd
import pytest

from brainforecast.results.selection import place_label, subjects_text, word_rate
from helpers.synthetic_tables import words


def test_seconds_are_words_over_rate():
    """300 words between the first onset and the last offset."""
    tables = words().values()
    assert word_rate(tables) == pytest.approx(300 / (299 / 2.5 + 0.4))


def test_number_of_subjects_in_words():
    """One, several, or a range where targets differ."""
    assert subjects_text([1]) == "n = 1 subject"
    assert subjects_text(pd.Series([8, 5, 8])) == "n = 5 to 8 subjects"


def test_labels_of_places():
    assert place_label("all", None, "all") == "whole brain"
    assert place_label("lobe", "", "frontal") == "frontal lobe"
    assert place_label("lobe", None, "insula") == "insula"  # an atlas has it among its lobes, and it is none
    assert [place_label("roi", hemi, "a") for hemi in ("L", "", None)] == ["L a", "a", "a"]
