"""Parquet tables that carry their units and where they came from."""

import importlib.metadata
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from brainforecast.errors import BadInput
from brainforecast.files import atomic

VERSIONED = ("numpy", "scipy", "torch", "transformers", "pandas", "pyarrow", "nilearn", "nibabel", "snakemake")


def software_versions(packages: Iterable[str] = VERSIONED) -> dict[str, str]:
    """Version of each package in this environment, in the order asked; missing ones are left out."""
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
    """Write one Parquet table; each frame of an iterable becomes one row group, so memory stays at one frame.

    Parameters
    ----------
    units : unit or meaning of each column, kept in the column's metadata under ``unit``. Every column needs one.
    provenance : anything JSON can hold, kept in the schema metadata under ``brainforecast``.
    """
    frames = [frames] if isinstance(frames, pd.DataFrame) else frames
    with atomic(path) as temporary:
        writer = None
        for frame in frames:
            table = pa.Table.from_pandas(frame, preserve_index=False)
            if writer is None:
                schema = _describe(table.schema, units, provenance or {}, path)
                writer = pq.ParquetWriter(temporary, schema, compression="zstd")
            writer.write_table(table.cast(schema), row_group_size=max(1, len(frame)))
        if writer is None:
            raise BadInput(path, "no rows to write", "at least one table")
        writer.close()


def write_tsv(table: pd.DataFrame, path: str | Path) -> None:
    """Write a small table that people read, tab-separated, n/a for what is missing."""
    with atomic(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, na_rep="n/a")


def read_json(path: str | Path) -> dict:
    """The provenance a run keeps in one file, for its tables to carry."""
    return json.loads(Path(path).read_text())


def read_provenance(path: str | Path) -> dict:
    """What `write_table` kept under ``provenance``."""
    return json.loads((pq.read_schema(path).metadata or {}).get(b"brainforecast", b"{}"))


def read_units(path: str | Path) -> dict[str, str]:
    """Unit of each column, as `write_table` kept it."""
    return {field.name: (field.metadata or {}).get(b"unit", b"").decode() for field in pq.read_schema(path)}


def _describe(schema: pa.Schema, units: Mapping, provenance: Mapping, path: str | Path) -> pa.Schema:
    missing = [name for name in schema.names if name not in units]
    if missing:
        raise KeyError(f"{path}: no unit given for {missing}")
    fields = [field.with_metadata({"unit": units[field.name]}) for field in schema]
    kept = dict(schema.metadata or {})
    kept[b"brainforecast"] = json.dumps(provenance, sort_keys=True).encode()
    return pa.schema(fields, metadata=kept)
