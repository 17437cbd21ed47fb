"""Format numbers, intervals and scores as text, and hold the text of a table."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

NARROW = "\u202f"  # a narrow space where a line does not break
_ONE = r"[<>≤≥]?\s*[-−]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[-−]?\d+)?"
NUMBER = rf"{_ONE}(?:\s*%)?(?:\s*±\s*{_ONE})?(?:\s*\[{_ONE},\s*{_ONE}\])?|\[{_ONE},\s*{_ONE}\]"  # 8 %, 1 ± 2, 1 [0, 2]
NO_NUMBER = ("", "–", "not scored", "not judged")
SUPERSCRIPTS = str.maketrans("-.0123456789", "⁻·⁰¹²³⁴⁵⁶⁷⁸⁹")
MEASURES = {
    "group_peak_distance": "peak of the region's mean curve",
    "peak_distance": "peak of the region's curve in each subject",
    "forecast_distance": "the paper's: mean of d* over targets",
    "group_peak_depth": "peak over layers of the region's mean F",
    "peak_depth": "peak over layers of the region's F in each subject",
    "forecast_depth": "the paper's: mean of k* over targets",
}


@dataclass(frozen=True)
class Missing:
    """Why a run has no counterpart of a number: the analysis, or the key of the config, that is not there."""

    why: str


@dataclass(frozen=True)
class Table:
    """Rows of text under a title; `name` is its anchor in the page, `opened` whether it starts unfolded."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    source: str
    note: str = ""
    opened: bool = True

    @property
    def is_right(self) -> list[bool]:
        """Whether each column holds numbers, which stand on the right."""
        return [any(map(_is_number, cells)) and all(map(_may_be_number, cells)) for cells in self._cells]

    @property
    def _cells(self) -> list[list[str]]:
        return [[str(row[index]) for row in self.rows] for index in range(len(self.columns))]


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(NUMBER, text.strip()))


def _may_be_number(text: str) -> bool:
    return text.strip() in NO_NUMBER or _is_number(text)


def number(value: object, digits: int = 3) -> str:
    """A number with `digits` significant digits and a true minus sign; a dash if it is missing."""
    if _missing(value):
        return "–"
    text = f"{value:.{digits}g}" if abs(value) >= 1e-4 or value == 0 else f"{value:.1e}"
    return text.replace("-", "−")


def power_of_ten(exponent: float) -> str:
    """Such as 10⁻¹."""
    return f"10{f'{exponent:g}'.translate(SUPERSCRIPTS)}"


def number_range(low: object, high: object) -> str:
    """A range of counts, or one count if its ends are equal; a dash if they are missing."""
    if pd.isna(low):
        return "–"
    return f"{int(low):,}" if low == high else f"{int(low):,} to {int(high):,}"


def score(value: object) -> str:
    """A correlation, or a gain in it, with four decimals; a dash if it is missing."""
    return "–" if _missing(value) else f"{value:z.4f}".replace("-", "−")


def measured(value: object, low: object, high: object, alone: Callable[[object], str] = number) -> tuple[str, str]:
    """A number and its interval in brackets, all to the second significant digit of half the interval's length.

    Where there is no interval, as of one subject: the number as `alone` gives it, and a dash. One without length has
    its numbers as `alone` gives them.

    Examples
    --------
    >>> measured(0.012345, 0.011, 0.0137)
    ('0.0123', '[0.0110, 0.0137]')
    """
    if any(map(_missing, (value, low, high))):
        return alone(value), "–"
    decimals = decimals_of((high - low) / 2)
    value, low, high = (alone(one) if decimals is None else _fixed(one, decimals) for one in (value, low, high))
    return value, f"[{low}, {high}]".replace(" ", NARROW)


def with_interval(value: object, low: object, high: object, alone: Callable[[object], str] = number) -> str:
    """A number and its interval (`measured`) as one text; the number alone where there is no interval."""
    text, ends = measured(value, low, high, alone)
    return text if ends == "–" else f"{text} {ends}"


def with_error(value: object, error: object, alone: Callable[[object], str] = number) -> str:
    """A number ± its standard error, both to the second significant digit of the error; alone where it has none."""
    decimals = decimals_of(error)
    if decimals is None or _missing(value):
        return alone(value)
    return f"{_fixed(value, decimals)} ± {_fixed(error, decimals)}".replace(" ", NARROW)


def decimals_of(error: object) -> int | None:
    """Decimals that show two significant digits of an error above 0 (below 0: tens, hundreds); else None."""
    if _missing(error) or not 0 < error < math.inf:
        return None
    return 1 - int(f"{error:.1e}".partition("e")[2])  # of the rounded error: 0.0996 is 0.10


def _fixed(value: float, decimals: int) -> str:
    return f"{round(value, decimals):z,.{max(decimals, 0)}f}".replace("-", "−")


def score_with_interval(row: Mapping | None) -> str:
    """Mean and 95 % interval of a row of scores, if it has one; None is a cell that was not scored."""
    if not row:
        return "not scored"
    return with_interval(row["mean"], row["ci_low"], row["ci_high"], score)


def gain(F: float, R: float, R_low: float) -> str:
    """F in percent of R; a dash where the interval of R, which starts at `R_low`, is not above 0."""
    return f"{number(100 * F / R, 2)}{NARROW}%" if pd.notna(F) and R_low > 0 else "–"


def _missing(value: object) -> bool:
    return value is None or bool(pd.isna(value))


def unit_of(measure: str) -> str:
    """Unit of a measure of a peak."""
    return "layers" if measure.endswith("depth") else "words"
