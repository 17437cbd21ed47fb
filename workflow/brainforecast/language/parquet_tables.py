"""Read Parquet tables that a user gives: words and numbers."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from brainforecast.errors import first_line


def read_parquet(path: str | Path) -> pd.DataFrame:
    """Read all columns; texts are checked to be UTF-8, which Parquet's own reading does not.

    Raises
    ------
    ValueError : a damaged file, or texts that are none.
    """
    try:
        texts = [field.name for field in pq.read_schema(path) if not pa.types.is_primitive(field.type)]
        pq.read_table(path, columns=texts).validate(full=True)
        return pd.read_parquet(path)
    except Exception as error:  # pyarrow and pandas raise many types, all of them about the file
        raise ValueError(first_line(error)) from error
