"""Surface runs: a GIfTI file for each hemisphere, L first; targets are the vertices of both."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.dataset.counting import count_gifti
from brainforecast.errors import BadInput
from brainforecast.readers.atlas import find_masks, read_vertex_mask, read_vertex_rois, require_vertices
from brainforecast.readers.gifti import GiftiArray, described, read_gifti
from brainforecast.readers.hemispheres import require_hemisphere
from brainforecast.readers.surfaces import load_coordinates
from brainforecast.readers.target_files import TargetFiles, make_table
from brainforecast.storage.geometry import SURFACE, Geometry

HEMISPHERES = ("L", "R")
NO_VOLUMES = {f"NIFTI_INTENT_{name}" for name in ("LABEL", "NODE_INDEX", "POINTSET", "TRIANGLE")}  # of arrays


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
    with np.errstate(over="ignore", invalid="ignore"):  # not finite is missing
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

    def check(shape: tuple[int, ...], *, is_volume: bool = False) -> None:
        if len(shape) > 1 and (is_volume or len(shape) > 2 or (shape[1] != 1 and shape[0] != n_vertices)):
            expected = f"one of {n_vertices:,} values for each volume"
            raise BadInput(path, f"arrays of {described(shape)} values", expected)
        require_vertices(path, shape[0], n_vertices, space)

    volumes = _load_volumes(path, hemi, check)
    for volume in volumes:
        check(volume.shape, is_volume=True)
    declared = count_gifti(Path(path))
    if declared != len(volumes):
        found, expected = f"{len(volumes)} volumes", f"{declared}, as its header declares; is the file complete?"
        raise BadInput(path, found, expected)
    return volumes


def _load_volumes(
    path: str | Path, hemi: str, check: Callable[[tuple[int, ...]], None] = lambda shape: None
) -> Sequence[np.ndarray]:
    """The volumes of a file, from one array each, (n_vertices,) or (n_vertices, 1), or one (n_vertices, n_volumes)."""

    def check_both(array: GiftiArray) -> None:
        if array.intent in NO_VOLUMES:
            intent = array.intent.removeprefix("NIFTI_INTENT_").lower().replace("_", " ")
            expected = "volumes alone, with a value for each vertex in order"
            raise BadInput(path, f"an array of intent {intent} beside the volumes", expected)
        check(array.shape)

    file = read_gifti(path, check_both)
    require_hemisphere(path, file, hemi)
    arrays = [array.data for array in file.arrays]
    if not arrays:
        raise BadInput(path, "no data", "one array per volume")
    if len(arrays) == 1 and arrays[0].ndim == 2:
        return arrays[0].T
    volumes = [array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array for array in arrays]
    if len({volume.shape for volume in volumes}) > 1:
        raise BadInput(path, "volumes of different shapes", "as many values in each volume")
    return volumes
