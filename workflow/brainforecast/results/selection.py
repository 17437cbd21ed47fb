"""TODO."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from brainforecast.errors import BadInput


def rows(table: pd.DataFrame, name: str, **equal: object) -> pd.DataFrame:
    """The rows of `table` whose columns equal what is asked; a cell that was not scored is the user's to mend."""
    kept = table
    for column, value in equal.items():
        there = kept[column].dropna().unique()
        kept = kept[kept[column] == value]
        if kept.empty:
            found = ", ".join(map(str, sorted(there)[:12])) or "nothing"
            raise BadInput(f"{name}, column {column}", f"only {found}", value)
    return kept


def read_rows(path: str | Path, **equal: object) -> pd.DataFrame:
    """Read only the rows whose columns equal what is asked: a table of every cell may be larger than the memory."""
    table = read_rows_if_any(path, **equal)
    if table.empty and equal:
        raise BadInput(path, "no row of the cell", ", ".join(f"{column} {value}" for column, value in equal.items()))
    return table


def read_rows_if_any(path: str | Path, **equal: object) -> pd.DataFrame:
    """As `read_rows`, for the tables of analyses that a config may leave out: no rows is no fault."""
    wanted = [(column, "==", value) for column, value in equal.items()]
    return pd.read_parquet(path, filters=wanted or None)


def read_subjects(paths: Iterable[str | Path], **equal: object) -> pd.DataFrame:
    """The tables of all subjects, one below the other; only the rows whose columns equal what is asked."""
    return pd.concat([read_rows(path, **equal) for path in paths], ignore_index=True)


def subjects_text(n_subjects: Iterable[int]) -> str:
    """Number of listeners in words; a range where targets differ."""
    counts = sorted({int(n) for n in n_subjects})
    if not counts:
        return "n = 0 listeners"
    number = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"n = {number} listener{'s' if counts[-1] != 1 else ''}"


def word_rate(words: Iterable[pd.DataFrame]) -> float:
    """Words per second of speech: words over the time from the first onset to the last offset, summed over stories."""
    spans = [(len(table), table["offset"].max() - table["onset"].min()) for table in words]
    return sum(n for n, _ in spans) / sum(seconds for _, seconds in spans)


def layer_name(cell: Mapping[str, object]) -> str:
    """Model and layer of a cell in words."""
    return f"{cell['model']} layer {cell['layer']}"


def window_name(cell: Mapping[str, object]) -> str:
    """Forecast window of a cell in words; a window that is not what was heard says so."""
    source = "" if cell.get("source", "true") == "true" else f"{cell['source']} "
    return f"{source}window of {cell['width']} words"


def by_hemisphere(table: pd.DataFrame) -> pd.DataFrame:
    """Regions hemisphere by hemisphere: rows that pool both are left out where there are rows that do not."""
    apart = table[table["hemi"].notna()]
    return apart if len(apart) else table


def region_label(hemi: object, name: str) -> str:
    """Label of a region, with its hemisphere where it has one."""
    return f"{hemi} {name}" if isinstance(hemi, str) and hemi else name
