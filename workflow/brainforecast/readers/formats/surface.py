"""Surface runs: a GIfTI file for each hemisphere, L first; targets are the vertices of both."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd

from brainforecast.dataset.counting import count_gifti
from brainforecast.errors import BadInput
from brainforecast.readers.atlas import find_masks, read_vertex_mask, read_vertex_rois, require_vertices
from brainforecast.readers.hemispheres import require_hemisphere
from brainforecast.readers.surfaces import load_coordinates
from brainforecast.readers.target_files import TargetFiles, make_table
from brainforecast.storage.geometry import SURFACE, Geometry

HEMISPHERES = ("L", "R")
NO_VOLUMES = {"label", "node index", "pointset", "triangle"}  # intents of arrays


def read_run(paths: Sequence[str | Path], targets: pd.DataFrame, space: str | None) -> np.ndarray:
    """Read both hemispheres of a run.

    Parameters
    ----------
    paths : L and R.
    targets : the vertices, L first.

    Returns
    -------
    (n_volumes, n_targets) float32.

    Raises
    ------
    BadInput : a file that cannot be read, or has another number of volumes than its header; vertices of another space.
    """
    sizes = targets["hemi"].value_counts()
    left, right = (
        _read_gifti(path, hemi, int(sizes[hemi]), space) for hemi, path in zip(HEMISPHERES, paths, strict=True)
    )
    if len(left) != len(right):
        raise BadInput(paths[1], f"{len(right)} volumes", f"{len(left)}, as in the other hemisphere")
    run = np.empty((len(left), len(targets)), dtype=np.float32)
    for volume, values in enumerate(zip(left, right, strict=True)):
        np.concatenate(values, out=run[volume], casting="unsafe")
    return run


def describe(files: TargetFiles) -> tuple[pd.DataFrame, Geometry]:
    """All vertices of a surface space, L first."""
    atlas = {**files.atlas, "dlabel": None} if files.atlas.get("L") else files.atlas
    if files.surface is None:
        return _describe_own(atlas, files)
    surface, n = files.surface, files.surface.n_vertices
    rois = read_vertex_rois(atlas, n, surface, files.notes)

    def read_mask(spec: object) -> np.ndarray:
        inside = read_vertex_mask(spec, n, surface, files.notes)
        return np.concatenate([inside[hemi] for hemi in HEMISPHERES])

    table = make_table(
        [(hemi, roi) for hemi in HEMISPHERES for roi in rois[hemi]],
        files,
        hemi=np.repeat(HEMISPHERES, n),
        vertex=np.tile(np.arange(n), 2),
        xyz=np.concatenate([*load_coordinates(files, surface).values()]),
        mask=find_masks(files.atlas.get("masks"), 2 * n, read_mask),
    )
    return table, Geometry(SURFACE, files.space, surface.density, n)


def _describe_own(atlas: Mapping, files: TargetFiles) -> tuple[pd.DataFrame, Geometry]:
    """The vertices of a subject's own cortex: those of a run, of another number in each hemisphere."""
    runs = zip(HEMISPHERES, files.run, strict=True)
    sizes = {hemi: _load_volumes(path, hemi)[0].size for hemi, path in runs}
    rois = read_vertex_rois(atlas, sizes, f"{files.space}, in the run", files.notes)
    regions = [(hemi, roi) for hemi in HEMISPHERES for roi in rois[hemi]]
    vertex = np.concatenate([np.arange(n) for n in sizes.values()])
    return make_table(regions, files, hemi=[hemi for hemi, _ in regions], vertex=vertex), Geometry(SURFACE, files.space)


def _read_gifti(path: str | Path, hemi: str, n_vertices: int, space: str | None) -> Sequence[np.ndarray]:
    """Read the volumes of one hemisphere, each (n_vertices,); as many as the file declares."""
    volumes = _load_volumes(path, hemi)
    for volume in volumes:
        if volume.ndim != 1:
            shape = " x ".join(f"{n:,}" for n in volume.shape)
            raise BadInput(path, f"arrays of {shape} values", f"one of {n_vertices:,} values for each volume")
        require_vertices(path, len(volume), n_vertices, space)
    declared = count_gifti(Path(path))
    if declared != len(volumes):
        found, expected = f"{len(volumes)} volumes", f"{declared}, as its header declares; is the file complete?"
        raise BadInput(path, found, expected)
    return volumes


def _load_volumes(path: str | Path, hemi: str) -> Sequence[np.ndarray]:
    """The volumes of a file, from one array each, (n_vertices,) or (n_vertices, 1), or one (n_vertices, n_volumes)."""
    try:
        image = nibabel.load(path)
    except FileNotFoundError as error:
        raise BadInput(path, "no such file", "a GIfTI file") from error
    except Exception as error:  # the XML reader and zlib raise many kinds of error
        raise BadInput(path, f"no GIfTI that can be read ({error})", "a complete GIfTI file") from error
    require_hemisphere(path, image, hemi)
    for array in image.darrays:
        if (intent := nibabel.nifti1.intent_codes.label[array.intent]) in NO_VOLUMES:
            expected = "volumes alone, with a value for each vertex in order"
            raise BadInput(path, f"an array of intent {intent} beside the volumes", expected)
    arrays = [array.data for array in image.darrays]
    if not arrays or any(array is None for array in arrays):
        raise BadInput(path, "no data", "one array per volume")
    if len(arrays) == 1 and arrays[0].ndim == 2:
        return arrays[0].T
    return [array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array for array in arrays]
