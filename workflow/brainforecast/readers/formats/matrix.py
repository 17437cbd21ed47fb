"""Runs as matrices, volumes x columns, in .npy or HDF5 files; targets are the columns."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.dataset.counting import count_matrix_rows
from brainforecast.errors import BadInput
from brainforecast.readers.atlas import find_masks, name_regions
from brainforecast.readers.labels import as_keys, look_up, read_columns, read_label_table
from brainforecast.readers.masks import above_zero
from brainforecast.readers.target_files import TargetFiles, make_table
from brainforecast.storage.geometry import COLUMNS, Geometry

KEY = "data"  # of an HDF5 file with several datasets


def read_run(paths: Sequence[str | Path], targets: pd.DataFrame, space: str | None) -> np.ndarray:
    """Read a run whose columns must be as many as the targets.

    Returns
    -------
    (n_volumes, n_targets) float32.

    Raises
    ------
    BadInput : a file that cannot be read, or a matrix of another width: of another subject, or on its side.
    """
    run, n = read_matrix(paths[0]), len(targets)
    if run.shape[1] != n:
        found = f"{run.shape[0]:,} x {run.shape[1]:,} values"
        if run.shape[0] == n:
            raise BadInput(paths[0], found, f"volumes x columns, with {n:,} columns: is it on its side?")
        expected = f"{n:,} columns, as in the first run; where subjects differ, dataset.subjects: one of them"
        raise BadInput(paths[0], found, f"{expected}, or an atlas of each subject (atlas.volume with {{subject}})")
    return run


def describe(files: TargetFiles) -> tuple[pd.DataFrame, Geometry]:
    """The columns of a run, with regions and masks where .npy files have a value for each column."""
    n = read_matrix(files.run[0]).shape[1]
    regions: list[tuple[str | None, str | None]] = [(None, None)] * n
    if files.atlas.get("volume"):
        path = files.atlas["volume"]
        keys = as_keys(read_columns(path, n), path)
        regions = name_regions(look_up(keys, read_label_table(files.atlas["table"]), path, files.notes, "columns"))
    masks = find_masks(
        files.atlas.get("masks"), n, lambda path: above_zero(read_columns(str(path), n), path, files.notes)
    )
    return make_table(regions, files, vertex=np.arange(n), mask=masks), Geometry(COLUMNS, files.space)


def read_matrix(path: str | Path) -> np.ndarray:
    """Read a matrix as float32; of an HDF5 file, its dataset ``data`` or its only one."""
    try:
        values = np.load(path, allow_pickle=False) if Path(path).suffix == ".npy" else _read_hdf5(path)
    except BadInput:
        raise
    except FileNotFoundError as error:
        raise BadInput(path, "no such file", "a .npy or HDF5 file") from error
    except (OSError, ValueError, EOFError) as error:
        raise BadInput(path, f"no matrix that can be read ({error})", "a complete .npy or HDF5 file") from error
    if not isinstance(values, np.ndarray):  # np.load opens a .npz under any name
        values.close()
        raise BadInput(path, "an archive of arrays (.npz)", "one array, as np.save writes it")
    if values.ndim != 2 or values.dtype.kind not in "fiub":
        raise BadInput(path, f"{values.ndim} dimensions of {values.dtype}", "2 dimensions of numbers")
    counted = count_matrix_rows(Path(path))
    if counted is not None and counted != len(values):
        raise BadInput(path, f"{len(values)} volumes", f"{counted}, as its header declares")
    return values.astype(np.float32, copy=False)


def _read_hdf5(path: str | Path) -> np.ndarray:
    import h5py

    with h5py.File(path, "r") as file:
        datasets = [name for name, member in file.items() if isinstance(member, h5py.Dataset)]
        chosen = KEY if KEY in datasets else datasets[0] if len(datasets) == 1 else None
        if chosen is None:
            raise BadInput(path, f"datasets {', '.join(datasets) or 'none'}", f"one, or one that is named {KEY}")
        return file[chosen][()]
