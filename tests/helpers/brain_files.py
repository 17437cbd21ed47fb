"""Small CIFTI files, images, matrices and atlases, written by the libraries that read them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import h5py
import nibabel
import numpy as np
from nibabel.cifti2 import BrainModelAxis, Cifti2Image, LabelAxis, ParcelsAxis, ScalarAxis, SeriesAxis

N_SMALL = 642  # vertices per hemisphere of fsaverage3
AFFINE = np.array([[4.0, 0, 0, -20], [0, 4.0, 0, -30], [0, 0, 4.0, -10], [0, 0, 0, 1]])
SHAPE = (5, 6, 7)
N_VOXELS = 2  # of the thalamus, in `brain_models`


def brain_models(
    n_vertices: int = N_SMALL, cortex: Mapping[str, np.ndarray] | None = None, n_voxels: int = N_VOXELS
) -> BrainModelAxis:
    """Grayordinates of both hemispheres, (n,) vertices of each or all of them, and some voxels of the thalamus."""
    cortex = cortex or dict.fromkeys("LR", np.arange(n_vertices))
    axes = [
        BrainModelAxis.from_surface(cortex[hemi], n_vertices, f"CIFTI_STRUCTURE_CORTEX_{side}")
        for hemi, side in (("L", "LEFT"), ("R", "RIGHT"))
    ]
    thalamus = np.zeros(SHAPE, bool)
    thalamus.flat[50 : 50 + n_voxels] = True
    axes += [BrainModelAxis.from_mask(thalamus, "CIFTI_STRUCTURE_THALAMUS_LEFT", AFFINE)] if n_voxels else []
    return sum(axes[1:], start=axes[0])


def write_dtseries(path: Path, run: np.ndarray, axis: BrainModelAxis | None = None) -> Path:
    """Write a run (n_volumes, n_grayordinates)."""
    return _save(path, run, SeriesAxis(0, 2.0, len(run)), axis or brain_models())


def write_ptseries(path: Path, run: np.ndarray, names: Sequence[str]) -> Path:
    """Write a run (n_volumes, n_parcels); a parcel is a few vertices of the left hemisphere."""
    vertices = [{"CIFTI_STRUCTURE_CORTEX_LEFT": np.arange(3) + 3 * k} for k in range(len(names))]
    voxels = [np.empty((0, 3), int)] * len(names)
    axis = ParcelsAxis(list(names), voxels, vertices, nvertices={"CIFTI_STRUCTURE_CORTEX_LEFT": N_SMALL})
    return _save(path, run, SeriesAxis(0, 2.0, len(run)), axis)


def write_dlabel(path: Path, keys: np.ndarray, table: Mapping[int, str], axis: BrainModelAxis) -> Path:
    """Write labels (n_grayordinates,) with their names."""
    colours = {key: (name, (0.1, 0.2, 0.3, 1.0)) for key, name in table.items()}
    return _save(path, np.asarray(keys, np.float32)[None], LabelAxis(["atlas"], [colours]), axis)


def write_dscalar(path: Path, values: np.ndarray, axis: BrainModelAxis) -> Path:
    """Write values (n_grayordinates,)."""
    return _save(path, np.asarray(values, np.float32)[None], ScalarAxis(["values"]), axis)


def write_label_gifti(path: Path, keys: Sequence[int], table: Mapping[int, str]) -> Path:
    """Write labels of one hemisphere with their names."""
    labels = nibabel.gifti.GiftiLabelTable()
    for key, name in table.items():
        label = nibabel.gifti.GiftiLabel(key=key)
        label.label = name
        labels.labels.append(label)
    array = nibabel.gifti.GiftiDataArray(np.asarray(keys, np.int32), intent="NIFTI_INTENT_LABEL")
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.gifti.GiftiImage(darrays=[array], labeltable=labels), path)
    return path


def write_nifti(path: Path, values: np.ndarray, affine: np.ndarray = AFFINE) -> Path:
    """Write an image of (x, y, z) or (x, y, z, n_volumes)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = values.astype(np.uint8) if values.dtype == bool else values
    nibabel.save(nibabel.Nifti1Image(values, affine), path)
    return path


def write_matrix(path: Path, run: np.ndarray, key: str = "data") -> Path:
    """Write a matrix (n_volumes, n_columns) as .npy or HDF5, by its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".npy":
        np.save(path, run)
    else:
        with h5py.File(path, "w") as file:
            file[key] = run
    return path


def _save(path: Path, values: np.ndarray, *axes: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(Cifti2Image(values.astype(np.float32), axes), path)
    return path
