"""Read one run, in any format, into an array of volumes by targets. A format has one reader, named in `READ_RUN`."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd

from brainforecast.dataset.bids import read_text
from brainforecast.dataset.formats import N_VERTICES, REGION, SURFACE, n_targets, n_vertices
from brainforecast.errors import BadInput
from brainforecast.readers.targets import read_region_names


def read_surface_run(path_left: str | Path, path_right: str | Path, space: str) -> np.ndarray:
    """Read both hemispheres of a run.

    Returns
    -------
    (n_trs, n_targets) float32, L first.
    """
    left, right = _read_gifti(path_left, space), _read_gifti(path_right, space)
    if len(left) != len(right):
        raise BadInput(path_right, f"{len(right)} volumes", f"{len(left)}, as in the other hemisphere")
    run = np.empty((len(left), n_targets(space)), dtype=np.float32)
    for volume, values in enumerate(zip(left, right, strict=True)):
        np.concatenate(values, out=run[volume], casting="unsafe")
    return run


def read_region_run(path: str | Path) -> tuple[np.ndarray, list[str]]:
    """Read a table of time series, one column per region and one row per volume; ``n/a`` becomes NaN.

    Returns
    -------
    run : (n_trs, n_regions) float32.
    names : of the regions.
    """
    names = read_region_names(path)
    text = read_text(path)
    for number, line in enumerate(text.splitlines(), start=1):
        if line.count("\t") != len(names) - 1:
            found, expected = f"{line.count(chr(9)) + 1} columns", f"{len(names)} as in the header"
            raise BadInput(f"{path} row {number}", found, f"{expected}; is the file complete?")
    table = pd.read_csv(io.StringIO(text), sep="\t", header=0, names=names, na_values=["n/a"], quoting=csv.QUOTE_NONE)
    numbers = table.apply(pd.to_numeric, errors="coerce")
    for row, column in np.argwhere((numbers.isna() & table.notna()).to_numpy())[:1]:
        raise BadInput(f"{path} row {row + 2}", f"{names[column]} = {table.iat[row, column]}", "a number or n/a")
    return numbers.to_numpy(dtype=np.float32), names


def _surface_run(paths: Sequence[str], targets: pd.DataFrame, space: str | None) -> np.ndarray:
    return read_surface_run(*paths, space)


def _region_run(paths: Sequence[str], targets: pd.DataFrame, space: str | None) -> np.ndarray:
    """Read a table whose columns must be the targets."""
    run, names = read_region_run(paths[0])
    expected = targets["roi"].tolist()
    if names != expected:
        pairs = zip([*names, "no column"], [*expected, "no column"], strict=False)
        found, wanted = next(pair for pair in pairs if pair[0] != pair[1])
        raise BadInput(f"{paths[0]} row 1", f"{found} among {len(names)} columns", f"{wanted}, as in the first run")
    return run


def _read_gifti(path: str | Path, space: str) -> Sequence[np.ndarray]:
    """Read the volumes of one hemisphere, each (n_vertices,), from one array each or one (n_vertices, n_trs) array."""
    try:
        arrays = [array.data for array in nibabel.load(path).darrays]
    except FileNotFoundError as error:
        raise BadInput(path, "no such file", "a GIfTI file") from error
    except Exception as error:  # the XML reader and zlib raise many kinds of error
        raise BadInput(path, f"no GIfTI that can be read ({error})", "a complete GIfTI file") from error
    if not arrays or any(array is None for array in arrays):
        raise BadInput(path, "no data", "one array per volume")
    volumes = arrays[0].T if len(arrays) == 1 and arrays[0].ndim == 2 else arrays
    for volume in volumes:
        _check_vertices(path, volume.shape, space)
    return volumes


def _check_vertices(path: str | Path, shape: tuple[int, ...], space: str) -> None:
    if shape == (n_vertices(space),):
        return
    fits = [name for name, n in N_VERTICES.items() if shape == (n,)]
    found = f"{' x '.join(f'{n:,}' for n in shape)} vertices ({f'those of {fits[0]}' if fits else 'of no known space'})"
    raise BadInput(path, found, f"{n_vertices(space):,} of {space}")


READ_RUN: dict[str, Callable[[Sequence[str], pd.DataFrame, str | None], np.ndarray]] = {
    SURFACE.name: _surface_run,
    REGION.name: _region_run,
}
