"""Read a CIFTI series: its values and the axis that says what its columns are."""

from pathlib import Path

import numpy as np
from nibabel.cifti2 import BrainModelAxis, Cifti2Image, ParcelsAxis, SeriesAxis

from brainforecast.dataset.counting import count_volumes_of_cifti
from brainforecast.errors import BadInput
from brainforecast.readers.images import open_cifti, read_values


def load_series(path: str | Path, axis: type) -> tuple[Cifti2Image, BrainModelAxis | ParcelsAxis]:
    """Open a CIFTI series whose columns are of one kind.

    Parameters
    ----------
    axis : that kind, BrainModelAxis or ParcelsAxis.

    Returns
    -------
    image : its data are not read yet; columns : the axis of its columns.
    """
    image, (rows, columns) = open_cifti(path)
    if not isinstance(rows, SeriesAxis) or not isinstance(columns, axis):
        found = f"{type(rows).__name__} x {type(columns).__name__}"
        raise BadInput(path, found, f"a series of volumes: SeriesAxis x {axis.__name__}")
    return image, columns


def read_series(image: Cifti2Image, path: str | Path) -> np.ndarray:
    """Read the values of a CIFTI series, (n_volumes, n_columns) float32; as many volumes as its header declares."""
    run = read_values(image.dataobj, path, "a complete CIFTI-2 file", np.float32)
    counted = count_volumes_of_cifti(Path(path))
    if len(run) != counted:
        raise BadInput(path, f"{len(run)} volumes", f"{counted}, as its header declares")
    return run
