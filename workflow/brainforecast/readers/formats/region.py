"""Region runs: a table of time series, one column per region and one row per volume; targets are its columns."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.dataset.bids import read_text
from brainforecast.errors import BadInput
from brainforecast.readers.target_files import TargetFiles, make_table
from brainforecast.storage.geometry import REGIONS, Geometry

LARGEST = 2**30  # bytes of a table
FEWEST_STEPS = 5  # equal ones, after which a column is a count and no signal


def read_run(paths: Sequence[str | Path], targets: pd.DataFrame, space: str | None) -> np.ndarray:
    """Read a table whose columns must be the targets.

    Returns
    -------
    (n_volumes, n_targets) float32.
    """
    run, names = read_region_run(paths[0])
    require_names(paths[0], names, targets, "row 1")
    return run


def describe(files: TargetFiles) -> tuple[pd.DataFrame, Geometry]:
    """The regions of a run, in the order of its columns."""
    names = read_region_names(files.run[0])
    return make_table([(None, name) for name in names], files), Geometry(REGIONS, files.space)


def read_region_run(path: str | Path) -> tuple[np.ndarray, list[str]]:
    """Read a table of time series; ``n/a`` becomes NaN.

    Returns
    -------
    run : (n_volumes, n_regions) float32.
    names : of the regions.
    """
    names = read_region_names(path)
    whole = re.sub(r"\r\n?", "\n", read_text(path, LARGEST))
    text = whole.rstrip("\n")
    if whole.endswith("\t"):
        raise BadInput(f"{path} row {text.count(chr(10)) + 1}", "an end within a row", "a complete file")
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count("\t") != len(names) - 1:
            found, expected = f"{line.count(chr(9)) + 1} columns", f"{len(names)} as in the header"
            raise BadInput(f"{path} row {number}", found, f"{expected}; is the file complete?")
    table = pd.read_csv(io.StringIO(text), sep="\t", header=0, names=names, na_values=["n/a"], quoting=csv.QUOTE_NONE,
                        skip_blank_lines=False)  # fmt: skip
    numbers = table.apply(_as_numbers)
    for row, column in np.argwhere((numbers.isna() & table.notna()).to_numpy())[:1]:
        raise BadInput(f"{path} row {row + 2}", f"{names[column]} = {table.iat[row, column]}", "a number or n/a")
    for name, steps in numbers.diff().iloc[1:].items():
        if len(steps) >= FEWEST_STEPS and steps.iloc[0] != 0 and np.allclose(steps, steps.iloc[0], rtol=1e-3):
            raise BadInput(f"{path} row 1", f"column {name}, which counts volumes or time", "regions alone")
    return numbers.to_numpy(dtype=np.float32), names


def read_region_names(path: str | Path) -> list[str]:
    """Read the names of the regions from the header of a table of time series."""
    try:
        with open(path, encoding="utf-8-sig") as file:  # lines end as in any system's files, as for the job
            header = file.readline(LARGEST).rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(path, f"no table that can be read ({error})", "a header of region names") from error
    names = [_plain(name) for name in header.split("\t")] if header else []
    if not names or all(_is_number(name) for name in names):
        raise BadInput(f"{path} row 1", "numbers" if names else "nothing", "a header of region names")
    require_unique(f"{path} row 1", names)
    return names


def require_unique(where: str, names: Sequence[str]) -> None:
    """Raise where a region has no name, or the name of another."""
    if len(set(names)) < len(names) or "" in names:
        duplicate = next(name for name in names if not name or list(names).count(name) > 1)
        raise BadInput(where, f"column {duplicate or 'without a name'}", "a unique name for each region")


def require_names(path: str | Path, names: Sequence[str], targets: pd.DataFrame, place: str) -> None:
    """Raise where the regions of a run are not the targets, in their order."""
    expected = targets["roi"].tolist()
    if list(names) != expected:
        pairs = zip([*names, "no column"], [*expected, "no column"], strict=False)
        found, wanted = next(pair for pair in pairs if pair[0] != pair[1])
        raise BadInput(f"{path} {place}", f"{found} among {len(names)} columns", f"{wanted}, as in the first run")


def _as_numbers(column: pd.Series) -> pd.Series:
    """Texts as numbers, NaN where they are none; True and False are texts too."""
    is_text = column.dtype == bool or (column.dtype == object and column.map(type).eq(bool).any())
    return pd.to_numeric(column.astype(str) if is_text else column, errors="coerce").astype(float)


def _plain(name: str) -> str:
    """A name without spaces around it, and without the quotes that R writes."""
    name = name.strip()
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] == '"' else name


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
