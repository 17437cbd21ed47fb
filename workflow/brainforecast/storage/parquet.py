"""Parquet tables that carry the unit of each column and the provenance of the table."""

import importlib.metadata
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pandas.api.types import is_numeric_dtype

from brainforecast.errors import BadInput, one_line
from brainforecast.files import atomic

VERSIONED = ("numpy", "scipy", "torch", "transformers", "pandas", "pyarrow", "nilearn", "nibabel", "snakemake")
FORMULA = re.compile(r"[=+@-](?!\d*\.?\d*(e[+-]?\d+)?$).", re.IGNORECASE)  # of a spreadsheet; -1.5 is a number
LEVEL = 13  # of zstd: the first that finds the few different exponents of scores; higher ones only take longer
ENCODINGS = {  # of numbers that hardly repeat
    **dict.fromkeys(("float", "double"), "BYTE_STREAM_SPLIT"),
    **dict.fromkeys(("int32", "int64"), "DELTA_BINARY_PACKED"),
}


def software_versions(packages: Iterable[str] = VERSIONED) -> dict[str, str]:
    """Look up the version of each package in this environment; missing packages are left out."""
    versions = {}
    for package in packages:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def write_table(
    frames: pd.DataFrame | Iterable[pd.DataFrame],
    path: str | Path,
    *,
    units: Mapping[str, str],
    provenance: Mapping[str, object] | None = None,
) -> None:
    """Write one Parquet table, one frame and row group at a time.

    Columns whose values hardly repeat are encoded for their kind (`_encodings`): scores of targets then take 7 bytes a
    row instead of 16, and are read in half the time. They are written in 30 ms for 75,000 targets.

    Parameters
    ----------
    frames : one frame, or an iterable of frames, of which one at a time is in memory.
    units : unit or meaning of each column, which goes to the column's metadata under ``unit``. Every column needs one.
    provenance : anything JSON can hold; goes to the schema's metadata under ``brainforecast``.
    """
    frames = [frames] if isinstance(frames, pd.DataFrame) else frames
    with atomic(path) as temporary:
        writer = None
        for frame in frames:
            table = pa.Table.from_pandas(frame, preserve_index=False)
            if writer is None:
                schema = _describe(table.schema, units, provenance or {}, path)
                how = {"compression": "zstd", "compression_level": LEVEL, **_encodings(table)}
                writer = pq.ParquetWriter(temporary, schema, **how)
            writer.write_table(table.cast(schema), row_group_size=max(1, len(frame)))
        if writer is None:
            raise BadInput(path, "no rows to write", "at least one table")
        writer.close()


def write_tsv(table: pd.DataFrame, path: str | Path) -> None:
    """Write a small table for people to read: tab-separated, n/a for missing values, each row one line.

    Names in it come from a dataset. An apostrophe stands before one that a spreadsheet would take for a formula.
    """
    with atomic(path) as temporary:
        texts = {name: cells.map(_as_text) for name, cells in table.items() if not is_numeric_dtype(cells)}
        table.assign(**texts).to_csv(temporary, sep="\t", index=False, na_rep="n/a")


def _as_text(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    text = one_line(cell)
    return f"'{text}" if FORMULA.match(text) else text


def read_json(path: str | Path) -> dict:
    """Read the provenance file of a run, which its tables carry."""
    return json.loads(Path(path).read_text())


def read_units(path: str | Path) -> dict[str, str]:
    """Read the unit or meaning of each column of a result table.

    Examples
    --------
    >>> read_units("results/demo/group/forecast_scores.parquet")["mean"]
    'mean over subjects, unit of the score'

    Notes
    -----
    Readable without this library too: ``pyarrow.parquet.read_schema(path).field("mean").metadata[b"unit"]``.
    """
    return {field.name: (field.metadata or {}).get(b"unit", b"").decode() for field in pq.read_schema(path)}


def read_provenance(path: str | Path) -> dict:
    """Read the provenance of a result table: runs used, exclusions, versions, a hash of the config.

    Examples
    --------
    >>> read_provenance("results/demo/group/forecast_scores.parquet")["versions"]["numpy"]

    Notes
    -----
    Readable without this library too: ``json.loads(pyarrow.parquet.read_schema(path).metadata[b"brainforecast"])``.
    """
    return json.loads((pq.read_schema(path).metadata or {}).get(b"brainforecast", b"{}"))


def _encodings(table: pa.Table) -> dict[str, object]:
    """Encodings of the columns, as arguments of a writer, from the first frame: a dictionary for values that repeat.

    Else bytes of equal significance side by side for numbers with a point: signs and exponents are alike, and compress;
    and differences for whole numbers, such as the targets, which increase.
    """
    found = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        encoding = ENCODINGS.get(str(column.type))
        if encoding and 2 * pc.count_distinct(column, mode="all").as_py() > len(column):
            found[name] = encoding
    return {"column_encoding": found, "use_dictionary": [name for name in table.column_names if name not in found]}


def _describe(schema: pa.Schema, units: Mapping, provenance: Mapping, path: str | Path) -> pa.Schema:
    missing = [name for name in schema.names if name not in units]
    if missing:
        raise KeyError(f"{path}: no unit given for {missing}")
    fields = [field.with_metadata({"unit": units[field.name]}) for field in schema]
    kept = dict(schema.metadata or {})
    kept[b"brainforecast"] = json.dumps(provenance, sort_keys=True).encode()
    return pa.schema(fields, metadata=kept)
