"""Look up rows in tables that hold more than one cell."""

from collections.abc import Mapping, Sequence

import pandas as pd

from brainforecast.storage.columns import CELL


class Row(dict):
    """A table row whose columns are read as attributes (a column called `mean` hides nothing here)."""

    def __init__(self, **values: object):
        super().__init__(values)
        self.__dict__ = self


def row_list(table: pd.DataFrame) -> list[Row]:
    """The rows of a table, in order."""
    return [Row(**values) for values in table.to_dict("records")]


def rows_where(table: pd.DataFrame, **equal: object) -> pd.DataFrame:
    """Rows whose columns equal the given values; an empty table if there are none."""
    for column, wanted in equal.items():
        table = table[table[column] == wanted]
    return table


def first_row(table: pd.DataFrame, **equal: object) -> Row | None:
    """The first row whose columns equal the given values, or None."""
    kept = rows_where(table, **equal)
    return Row(**kept.iloc[0].to_dict()) if len(kept) else None


def both_hemispheres(table: pd.DataFrame) -> pd.DataFrame:
    """Rows that pool both hemispheres."""
    return table[table["hemi"].isna()]


def rows_of_cell(table: pd.DataFrame, cell: Mapping, keys: Sequence[str] = CELL) -> pd.DataFrame:
    """Rows of the reported cell; only its `keys` are compared.

    Rows of depths have no layer and rows of distances no distance: a key that is null in a row matches every cell. A
    row of depths is of the cell if its distance is ``depth_distance``.
    """
    of_depth = table["layer"].isna() if "layer" in table else pd.Series(True, index=table.index)
    distance = pd.Series(cell["distance"], index=table.index).mask(of_depth, cell["depth_distance"])
    kept = pd.Series(True, index=table.index)
    for key in keys:
        if key in table:
            wanted = distance if key == "distance" else cell[key]
            kept &= (table[key] == wanted).fillna(False).astype(bool) | table[key].isna()
    return table[kept]
