"""Numbers and percentages as text."""

import numpy as np
import pytest

from brainforecast.report.formatting import gain, number


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (np.nan, "–"), (-0.01234, "−0.0123"), (1234.5678, "1.23e+03"), (0, "0"), (0.00001, "1.0e−05")],
)
def test_number(value, text):
    """Three digits, a true minus sign, a dash for nothing."""
    assert number(value) == text


def test_gain_needs_a_score_above_zero():
    """A percentage of a score at or below 0 means nothing."""
    assert gain(0.01, 0.001, -0.001) == "–" and gain(0.02, 0.1, 0.05) == "20\u202f%"
