"""Numbers and percentages as text."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainforecast.report.formatting import Table, decimals_of, gain, measured, number, score, with_error, with_interval


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


def read(text: str) -> float:
    """The number that a reader of a text reads."""
    return float(text.replace("−", "-").replace(",", ""))


sizes = st.floats(1e-7, 1e6)


@given(value=st.floats(-1e6, 1e6), half=sizes)
def test_an_interval_has_two_significant_digits(value, half):
    """Half the interval's length in units of the last digit has two digits; all three numbers have this last digit."""
    low, high = value - half, value + half
    half = (high - low) / 2  # as far as doubles hold it
    if half < 1e-9 * abs(value):
        return
    text, ends = measured(value, low, high)
    shown = [text, *re.fullmatch(r"\[(.+),\s(.+)\]", ends).groups()]
    unit = 10.0 ** -decimals_of(half)
    assert 9.9 < half / unit < 100
    for exact, found in zip((value, low, high), shown, strict=True):
        assert read(found) == pytest.approx(exact, abs=0.5001 * unit)
        assert read(found) / unit == pytest.approx(round(read(found) / unit), abs=1e-4)
        assert len(found.partition(".")[2]) == max(decimals_of(half), 0)


@given(value=st.floats(-1e3, 1e3), error=sizes)
def test_an_error_has_two_significant_digits(value, error):
    """Whatever its size, also where it rounds up to the next power of ten."""
    shown, shown_error = with_error(value, error).split("\u202f±\u202f")
    digits = shown_error.replace(",", "").replace(".", "").lstrip("0")
    assert len(digits) >= 2 and not digits[2:].strip("0")
    assert read(shown_error) == pytest.approx(error, rel=0.051)
    assert len(shown.partition(".")[2]) == len(shown_error.partition(".")[2])


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (measured(0.012345, 0.011, 0.0137), ("0.0123", "[0.0110,\u202f0.0137]")),
        (measured(-0.00001, -0.02, 0.02), ("0.000", "[−0.020,\u202f0.020]")),  # no minus before 0
        (measured(12345.6, 11000, 13700), ("12,300", "[11,000,\u202f13,700]")),
        (measured(0.5, 0.5 - 0.0996, 0.5 + 0.0996), ("0.50", "[0.40,\u202f0.60]")),
        (measured(0.1234567, np.nan, np.nan, score), ("0.1235", "–")),  # one subject
        (measured(6.0, 6.0, 6.0), ("6", "[6,\u202f6]")),  # no length
        (measured(None, 0.1, 0.2), ("–", "–")),
        ((with_interval(8.0, 6.5, 9.5), with_error(8.0, np.nan)), ("8.0 [6.5,\u202f9.5]", "8")),
    ],
)
def test_intervals_as_text(found, text):
    """Signs, sizes, and what has no interval."""
    assert found == text


def test_columns_of_numbers_are_found():
    """With an interval, an error, a sign or a dash; a word beside the number makes it text."""
    cells = [with_interval(0.5, 0.4, 0.6), with_error(-1, 0.1), "–", "8 %", "< .01"]
    text = [*cells[:-1], "8.0 (no effect)"]
    table = Table("t", "t", ["a", "b"], list(zip(cells, text, strict=True)), "x")
    assert table.is_right == [True, False]
