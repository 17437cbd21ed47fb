"""TODO."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from brainforecast.storage.columns import CELL

NARROW = "\u202f"  # a narrow space where a line does not break


@dataclass(frozen=True)
class Table:
    """Rows of text under a title. `name` is its anchor; `opened` says whether it is unfolded at first."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    source: str
    note: str = ""
    opened: bool = True


def number(value: object, digits: int = 3) -> str:
    """A number with `digits` significant digits and a true minus sign; a dash where there is none."""
    if value is None or pd.isna(value):
        return "–"
    text = f"{value:.{digits}g}" if abs(value) >= 1e-4 or value == 0 else f"{value:.1e}"
    return text.replace("-", "−")


def interval(low: object, high: object, digits: int = 3) -> str:
    """An interval in brackets."""
    return f"[{number(low, digits)}, {number(high, digits)}]".replace(" ", NARROW)


def score(value: object) -> str:
    """A correlation, or a gain in it, with four decimals."""
    return "–" if value is None or pd.isna(value) else f"{value:z.4f}".replace("-", "−")


def score_interval(low: object, high: object) -> str:
    """An interval of scores in brackets."""
    return f"[{score(low)}, {score(high)}]".replace(" ", NARROW)


class Row(dict):
    """A table row whose columns are read as attributes (a column called `mean` hides nothing here)."""

    def __init__(self, **values: object):
        super().__init__(values)
        self.__dict__ = self


def gain(F: float, R: float, R_low: float) -> str:
    """F in percent of R; nothing to divide by where the interval of R, from R_low on, is not above 0."""
    return f"{number(100 * F / R, 2)}{NARROW}%" if pd.notna(F) and R_low > 0 else "–"


def value(table: pd.DataFrame, **equal: object) -> dict | None:
    """The one row that equals what is asked, or None."""
    for column, wanted in equal.items():
        table = table[table[column] == wanted]
    return table.iloc[0].to_dict() if len(table) else None


def with_interval(found: Mapping | None) -> str:
    """Mean and 95 % interval; says where a cell was not scored."""
    return f"{score(found['mean'])} {score_interval(found['ci_low'], found['ci_high'])}" if found else "not scored"


MEASURES = {
    "forecast_distance": "mean of d* over targets",
    "peak_distance": "peak of the region's curve",
    "forecast_depth": "mean of k* over targets",
    "peak_depth": "peak over layers of the region's F",
}


def unit_of(measure: str) -> str:
    """Unit of a measure of a peak."""
    return "layers" if measure.endswith("depth") else "words"


def of_cell(table: pd.DataFrame, cell: Mapping, keys: Sequence[str] = CELL) -> pd.DataFrame:
    """Rows of the cell that the report tells, in tables that hold more than one; only `keys` of it are asked for.

    Depths have no layer and distances no distance: a key that is null holds back nothing.
    """
    wanted = {**cell, "distance": cell["depth_distance"]}
    for key in keys:
        if key in table:
            table = table[(table[key] == wanted[key]).fillna(False) | table[key].isna()]
    return table
