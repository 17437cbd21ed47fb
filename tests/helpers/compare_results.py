"""Compare what two runs computed: every Parquet column, GIfTI array and safetensors tensor, bit for bit.

    envs/run python tests/helpers/compare_results.py before/results/demo after/results/demo
    envs/run python tests/helpers/compare_results.py --columns before/results/demo after/results/demo

Metadata (provenance, versions, hashes, units) may differ; values, types and the list of files may not. Prints each
difference, and how much was compared; exits with 1 if there is one. `--columns` prints a line for each column of the
tables instead, the files of all subjects together: how many values differ, and by how much.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
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
    parser.add_argument("--columns", action="store_true", help="a line for each column of the tables")
    folders = parser.parse_args()
    if folders.columns:
        print(*by_column(folders.before, folders.after).values(), sep="\n")
        return 0
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


@dataclass
class Column:
    """How the values of one column differ between two runs, in the tables of all subjects together.

    table : its file, ``*`` for what differs between files; name : of the column.
    size, n_different : values, and how many of them are not the same to the bit. largest : difference of two numbers.
    scale : largest absolute number. n_unlike : texts or missing values that differ, or numbers that are missing in one.
    """

    table: str
    name: str
    size: int = 0
    n_different: int = 0
    n_unlike: int = 0
    largest: float = 0.0
    scale: float = 0.0

    def add(self, first: np.ndarray, second: np.ndarray) -> None:
        """Count the values of one more file."""
        self.size += first.size
        if first.shape != second.shape:
            self.n_different += max(first.size, second.size)
            self.n_unlike += max(first.size, second.size)
            return
        first, second = (_as_numbers(values) for values in (first, second))
        same = _same(first, second)
        self.n_different += int((~same).sum())
        if first.dtype.kind not in "fiu" or second.dtype.kind not in "fiu":
            self.n_unlike += int((~same).sum())
            return
        apart = np.abs(first.astype(float) - second.astype(float))
        self.n_unlike += int((~same & ~np.isfinite(apart)).sum())
        self.largest = max(self.largest, float(np.nanmax(np.where(same, 0, apart), initial=0)))
        self.scale = max(self.scale, float(np.nanmax(np.abs(first.astype(float)), initial=0)))

    def __str__(self) -> str:
        if not self.n_different:
            return f"{self.table}, {self.name}: the same to the bit, {self.size} values"
        unlike = f", {self.n_unlike} of another kind" if self.n_unlike else ""
        return (
            f"{self.table}, {self.name}: {self.n_different} of {self.size} differ{unlike}, "
            f"by up to {self.largest:.2g} (largest value {self.scale:.2g})"
        )


def by_column(before: Path, after: Path) -> dict[tuple[str, str], Column]:
    """How each column differs, of the files that both runs have."""
    found: dict[tuple[str, str], Column] = {}
    for name in sorted(files_of(before) & files_of(after)):
        read = READERS[Path(name).suffix]
        arrays, others = read(before / name), read(after / name)
        for key in arrays:
            column = (table_of(name), "" if name.endswith(".gii") else key.split(" (")[0].split("/")[-1])
            of_column = found.setdefault(column, Column(*column))
            of_column.add(arrays[key], others.get(key, np.zeros(0)))
    return found


def table_of(name: str) -> str:
    """The table that a file is a part of: ``subjects/brain_scores.parquet``, or ``scores/*.safetensors``."""
    folder, *rest = Path(name).parts
    if folder == "subjects" and len(rest) > 1:
        return f"{folder}/{rest[0]}"
    return name if folder == "group" or not rest else f"{folder}/*{Path(name).suffix}"


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
    same = _same(first, second)
    if same.all():
        return None
    apart = np.abs(first.astype(float) - second.astype(float))[~same]
    return f"{apart.size} of {first.size} values, by up to {np.nanmax(apart, initial=0):g}"


def _same(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Where two arrays have the same values, NaN where NaN."""
    return (first == second) | (_missing(first) & _missing(second))


def _missing(values: np.ndarray) -> np.ndarray:
    return np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, bool)


def _as_numbers(values: np.ndarray) -> np.ndarray:
    """Whole numbers with missing ones among them as float; anything else as it is."""
    if values.dtype != object or not all(value is None or isinstance(value, int) for value in values.ravel()):
        return values
    return np.array([np.nan if value is None else value for value in values.ravel()], float).reshape(values.shape)


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
