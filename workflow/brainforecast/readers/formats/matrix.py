"""Runs as matrices, volumes x columns, in .npy or HDF5 files; targets are the columns."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.errors import BadInput
from brainforecast.readers.atlas import find_masks, name_regions
from brainforecast.readers.labels import as_keys, look_up, read_columns, read_label_table
from brainforecast.readers.masks import above_zero
from brainforecast.readers.matrices import read_matrix
from brainforecast.readers.target_files import TargetFiles, make_table
from brainforecast.storage.geometry import COLUMNS, Geometry


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
