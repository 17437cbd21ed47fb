"""Compare what two runs computed: every Parquet column, GIfTI array and safetensors tensor, bit for bit.

    envs/run python tests/helpers/compare_results.py before/results/demo after/results/demo

Metadata (provenance, versions, hashes, units) may differ; values, types and the list of files may not. Prints each
difference, and how much was compared; exits with 1 if there is one.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import nibabel
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors import safe_open


def main() -> int:
    """Compare two folders and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    folders = parser.parse_args()
    differences = list(compare(folders.before, folders.after))
    print("\n".join(differences) or "no difference")
    print(f"{len(files_of(folders.before))} files compared in {folders.before}")
    return 1 if differences else 0


def compare(before: Path, after: Path) -> Iterator[str]:
    """A line for each file that only one run has, and for each array that differs."""
    first, second = files_of(before), files_of(after)
    if not first:
        yield f"{before}: no file to compare"
    yield from (f"only before: {name}" for name in sorted(first - second))
    yield from (f"only after: {name}" for name in sorted(second - first))
    for name in sorted(first & second):
        read = READERS[Path(name).suffix]
        arrays, others = read(before / name), read(after / name)
        if list(arrays) != list(others):
            yield f"{name}: {sorted(arrays.keys() ^ others.keys()) or 'another order of columns'}"
            continue
        yield from (f"{name}, {key}: {found}" for key in arrays if (found := difference(arrays[key], others[key])))


def files_of(folder: Path) -> set[str]:
    """Files below a folder that hold arrays; temporary ones, whose names start with a dot, are left out."""
    paths = (path for path in folder.rglob("*") if path.suffix in READERS and not path.name.startswith("."))
    return {str(path.relative_to(folder)) for path in paths if path.is_file()}


def difference(first: np.ndarray, second: np.ndarray) -> str | None:
    """What differs between two arrays; None where types, shapes and values are equal, NaN where NaN."""
    if first.dtype != second.dtype or first.shape != second.shape:
        return f"{first.dtype} {first.shape} before, {second.dtype} {second.shape} after"
    if first.dtype == object or first.dtype.kind in "US":
        n_different = sum(a != b for a, b in zip(first.ravel().tolist(), second.ravel().tolist(), strict=True))
        return f"{n_different} of {first.size} values" if n_different else None
    same = (first == second) | (np.isnan(first) & np.isnan(second) if first.dtype.kind == "f" else False)
    if same.all():
        return None
    apart = np.abs(first.astype(float) - second.astype(float))[~same]
    return f"{apart.size} of {first.size} values, by up to {np.nanmax(apart, initial=0):g}"


def read_parquet(path: Path) -> dict[str, np.ndarray]:
    """The columns of a table, under their name and type: numbers as they are, text and missing values as objects."""
    table = pq.read_table(path)
    columns = {f"{field.name} ({field.type})": table.column(field.name) for field in table.schema}
    return {
        name: column.to_numpy() if _is_number(column) else np.array(column.to_pylist(), dtype=object)
        for name, column in columns.items()
    }


def _is_number(column: pa.ChunkedArray) -> bool:
    return pa.types.is_floating(column.type) or (pa.types.is_integer(column.type) and not column.null_count)


def read_gifti(path: Path) -> dict[str, np.ndarray]:
    """The data arrays of a GIfTI file."""
    return {str(index): array.data for index, array in enumerate(nibabel.load(path).darrays)}


def read_safetensors(path: Path) -> Mapping[str, np.ndarray]:
    """The tensors of a safetensors file, as bytes where numpy has no such type."""
    with safe_open(path, framework="numpy") as file:
        return {name: file.get_tensor(name) for name in sorted(file.keys())}


READERS: dict[str, Callable[[Path], Mapping[str, np.ndarray]]] = {
    ".parquet": read_parquet,
    ".gii": read_gifti,
    ".safetensors": read_safetensors,
}

if __name__ == "__main__":
    sys.exit(main())
