"""Read a CIFTI series: its values and the axis that says what its columns are."""

from pathlib import Path

import nibabel
import numpy as np
from nibabel.cifti2 import BrainModelAxis, Cifti2Image, ParcelsAxis

from brainforecast.dataset.counting import count_volumes_of_cifti
from brainforecast.errors import BadInput


def load_series(path: str | Path, axis: type) -> tuple[Cifti2Image, BrainModelAxis | ParcelsAxis]:
    """Open a CIFTI series whose columns are of one kind.

    Parameters
    ----------
    axis : that kind, BrainModelAxis or ParcelsAxis.

    Returns
    -------
    image : its data are not read yet; columns : the axis of its columns.
    """
    try:
        image = nibabel.load(path)
        rows, columns = (image.header.get_axis(i) for i in range(2))
    except FileNotFoundError as error:
        raise BadInput(path, "no such file", "a CIFTI file") from error
    except Exception as error:  # nibabel raises many kinds of error
        raise BadInput(path, f"no CIFTI file that can be read ({error})", "a complete CIFTI-2 file") from error
    if not isinstance(rows, nibabel.cifti2.SeriesAxis) or not isinstance(columns, axis):
        found = f"{type(rows).__name__} x {type(columns).__name__}"
        raise BadInput(path, found, f"a series of volumes: SeriesAxis x {axis.__name__}")
    return image, columns


def read_series(image: Cifti2Image, path: str | Path) -> np.ndarray:
    """Read the values of a CIFTI series, (n_volumes, n_columns) float32; as many volumes as its header declares."""
    try:
        run = np.asarray(image.dataobj, dtype=np.float32)
    except Exception as error:  # nibabel passes on what the file system and numpy raise
        raise BadInput(path, f"no values that can be read ({error})", "a complete CIFTI-2 file") from error
    counted = count_volumes_of_cifti(Path(path))
    if len(run) != counted:
        raise BadInput(path, f"{len(run)} volumes", f"{counted}, as its header declares")
    return run
