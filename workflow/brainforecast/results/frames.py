"""Data frames with the column types of the result tables: cast, empty, and with the columns of a cell repeated."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from brainforecast.storage.columns import INTEGER, TEXT


def cast(table: pd.DataFrame) -> pd.DataFrame:
    """The table with text as str, whole numbers as nullable Int32 and everything else as float64."""
    dtypes = {name: "str" if name in TEXT else "Int32" if name in INTEGER else "float64" for name in table}
    return table.astype(dtypes)


def empty_frame(names: Sequence[str]) -> pd.DataFrame:
    """A frame without rows: these columns, with their types."""
    return cast(pd.DataFrame(columns=list(names)))


def at_least_columns(frames: Iterable[pd.DataFrame], names: Sequence[str]) -> Iterator[pd.DataFrame]:
    """The frames; if there are none, one without rows."""
    empty = True
    for frame in frames:
        empty = False
        yield frame
    if empty:
        yield empty_frame(names)


def without_null_hemispheres(table: pd.DataFrame) -> pd.DataFrame:
    """The table with "" for a null hemisphere, so that it can be a key: null equals nothing, not even itself."""
    return table.assign(hemi=table["hemi"].astype(object).fillna(""))


def with_cell_columns(cell: Mapping[str, object], columns: Mapping) -> pd.DataFrame:
    """A frame of `columns`, preceded by the cell repeated in every row; repeated text is categorical."""
    frame = pd.DataFrame(columns)
    repeated = pd.DataFrame({name: _repeat(value, len(frame)) for name, value in cell.items()}, index=frame.index)
    return pd.concat([repeated, frame], axis=1)


def _repeat(value: object, n: int) -> object:
    if isinstance(value, str):
        return pd.Categorical.from_codes(np.zeros(n, np.int8), categories=[value])
    return np.full(n, value, np.int32)
