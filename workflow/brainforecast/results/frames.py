"""TODO."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from brainforecast.storage.columns import TEXT, WHOLE


def empty_frame(names: Sequence[str]) -> pd.DataFrame:
    """A table without a row: its columns, with their types."""
    return cast(pd.DataFrame(columns=list(names)))


def cast(table: pd.DataFrame) -> pd.DataFrame:
    """The table with text as text, whole numbers as whole numbers that may be missing, and the rest as numbers."""
    kinds = {name: "str" if name in TEXT else "Int32" if name in WHOLE else "float64" for name in table}
    return table.astype(kinds)


def at_least_columns(frames: Iterable[pd.DataFrame], names: Sequence[str]) -> Iterator[pd.DataFrame]:
    """The frames; where there is none, one without a row."""
    empty = True
    for frame in frames:
        empty = False
        yield frame
    if empty:
        yield empty_frame(names)


def with_cell_columns(cell: Mapping[str, object], columns: Mapping) -> pd.DataFrame:
    """A frame that repeats a cell beside the columns; text repeats are kept as categories."""
    frame = pd.DataFrame(columns)
    repeated = pd.DataFrame({name: _repeat(value, len(frame)) for name, value in cell.items()}, index=frame.index)
    return pd.concat([repeated, frame], axis=1)


def _repeat(value: object, n: int) -> object:
    if isinstance(value, str):
        return pd.Categorical.from_codes(np.zeros(n, np.int8), categories=[value])
    return np.full(n, value, np.int32)
