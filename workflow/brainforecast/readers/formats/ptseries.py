"""CIFTI runs of parcels; targets are the parcels, under their names."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from nibabel.cifti2 import ParcelsAxis

from brainforecast.readers.cifti import load_series, read_series
from brainforecast.readers.formats.region import require_names, require_unique
from brainforecast.readers.target_files import TargetFiles, make_table
from brainforecast.storage.geometry import PARCELS, Geometry, cifti_xml


def read_run(paths: Sequence[str | Path], targets: pd.DataFrame, space: str | None) -> np.ndarray:
    """Read a run whose parcels must be the targets.

    Returns
    -------
    (n_volumes, n_targets) float32.
    """
    image, axis = load_series(paths[0], ParcelsAxis)
    require_names(paths[0], axis.name.tolist(), targets, "parcels")
    return read_series(image, paths[0])


def describe(files: TargetFiles) -> tuple[pd.DataFrame, Geometry]:
    """The parcels of a run."""
    axis = load_series(files.run[0], ParcelsAxis)[1]
    names = axis.name.tolist()
    require_unique(f"{files.run[0]} parcels", names)
    return make_table([(None, name) for name in names], files), Geometry(PARCELS, files.space, cifti=cifti_xml(axis))
