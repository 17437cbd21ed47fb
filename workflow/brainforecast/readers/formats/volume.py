"""Volume runs: NIfTI images in a template's space; targets are the voxels of a mask."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from nibabel.affines import apply_affine

from brainforecast.dataset.counting import count_volumes_of_nifti
from brainforecast.errors import BadInput
from brainforecast.readers.atlas import find_masks, name_regions
from brainforecast.readers.images import open_image, read_values, require_end
from brainforecast.readers.labels import as_keys, describe_grid, look_up, read_image_keys, read_label_table
from brainforecast.readers.masks import above_zero
from brainforecast.readers.notes import Notes
from brainforecast.readers.target_files import TargetFiles, make_table
from brainforecast.storage.geometry import VOXELS, Geometry

COMPLETE = "a complete NIfTI image"
TOLERANCE = 1e-2  # mm, between the grids of two images


def read_run(paths: Sequence[str | Path], targets: pd.DataFrame, space: str | None) -> np.ndarray:
    """Read the targets' voxels of a run, one volume at a time, so that the image is never in memory whole.

    Parameters
    ----------
    targets : `vertex` is the index of a voxel in the flattened image; x, y, z (mm) must be its coordinates here too.

    Returns
    -------
    (n_volumes, n_targets) float32.

    Raises
    ------
    BadInput : an image that cannot be read, is not complete, or lies on another grid than the mask.
    """
    path, voxel = paths[0], targets["vertex"].to_numpy(int)
    image = open_image(path)
    if len(image.shape) != 4:
        raise BadInput(path, f"an image of {len(image.shape)} dimensions", "4: x, y, z and volumes")
    _require_grid(path, image, voxel, targets[["x", "y", "z"]].to_numpy(float))
    run = np.empty((image.shape[3], len(voxel)), dtype=np.float32)
    for volume in range(len(run)):  # in order: a compressed file is read once, from its start to its end
        values = read_values(partial(image.dataobj.__getitem__, (..., volume)), path, COMPLETE, np.float32)
        run[volume] = values.ravel()[voxel]
    require_end(image, path)
    counted = count_volumes_of_nifti(Path(path))
    if len(run) != counted:
        raise BadInput(path, f"{len(run)} volumes", f"{counted}, as its header declares")
    return run


def describe(files: TargetFiles) -> tuple[pd.DataFrame, Geometry]:
    """The voxels that all masks have, in the order of the flattened image."""
    inside, affine = read_masks(files.masks, files.notes)
    voxel, shape = np.flatnonzero(inside), inside.shape
    if not len(voxel):
        raise BadInput(files.masks[0], f"no voxel that all {len(files.masks)} masks have", "masks of one space")
    regions: list[tuple[str | None, str | None]] = [(None, None)] * len(voxel)
    if files.atlas.get("volume"):
        path = files.atlas["volume"]
        keys = as_keys(read_image_keys(path, shape, affine)[voxel], path)
        labels = look_up(keys, read_label_table(files.atlas["table"]), path, files.notes, "voxels in the mask")
        regions = name_regions(labels)
    masks = find_masks(
        files.atlas.get("masks"),
        len(voxel),
        lambda path: above_zero(read_image_keys(str(path), shape, affine)[voxel], path, files.notes),
    )
    xyz = apply_affine(affine, np.column_stack(np.unravel_index(voxel, shape)))
    table = make_table(regions, files, vertex=voxel, xyz=xyz, mask=masks)
    return table, Geometry(VOXELS, files.space, shape=list(shape), affine=affine.tolist())


def read_masks(paths: Sequence[str | Path], notes: Notes | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Read masks of one grid; return the voxels that all of them have, (x, y, z) of booleans, and its affine."""
    inside, affine = None, np.eye(4)
    for path in paths:
        image = open_image(path)
        values = read_values(image.dataobj, path, COMPLETE)
        require_end(image, path)
        values = values[..., 0] if values.ndim == 4 and values.shape[3] == 1 else values
        if values.ndim != 3:
            raise BadInput(path, f"a mask of {values.ndim} dimensions", "3: x, y and z")
        if inside is None:
            inside, affine = np.ones(values.shape, bool), image.affine
        if values.shape != inside.shape or not np.allclose(image.affine, affine, atol=TOLERANCE):
            expected = f"{describe_grid(inside.shape, affine)}, as {paths[0]}"
            raise BadInput(path, describe_grid(values.shape, image.affine), expected)
        inside &= above_zero(values, path, notes)
    if inside is None:
        raise BadInput("config key dataset.mask", "null, and no masks of the runs", "a mask of the voxels to read")
    return inside, affine


def _require_grid(path: str | Path, image, voxel: np.ndarray, xyz: np.ndarray) -> None:
    """Raise where voxels of these indices do not lie at the coordinates that they have in the mask."""
    shape = image.shape[:3]
    fits = voxel.max() < np.prod(shape)
    places = apply_affine(image.affine, np.column_stack(np.unravel_index(voxel, shape))) if fits else None
    if places is None or not np.allclose(places, xyz, atol=TOLERANCE):
        expected = f"the grid of the mask, which has its first voxel inside at {tuple(np.round(xyz[0], 2).tolist())} mm"
        raise BadInput(path, describe_grid(shape, image.affine), expected)
