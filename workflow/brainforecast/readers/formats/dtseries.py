"""CIFTI runs of grayordinates: vertices of the cortex without the medial wall, and voxels below it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from nibabel.affines import apply_affine
from nibabel.cifti2 import BrainModelAxis

from brainforecast.dataset.spaces import Surface
from brainforecast.errors import BadInput
from brainforecast.readers.atlas import (
    CORTEX,
    find_masks,
    name_regions,
    read_cifti_row,
    read_vertex_mask,
    read_vertex_rois,
    require_vertices,
)
from brainforecast.readers.cifti import load_series, read_series
from brainforecast.readers.labels import look_up, read_dlabel
from brainforecast.readers.notes import Notes
from brainforecast.readers.surfaces import load_coordinates
from brainforecast.readers.target_files import TargetFiles, make_table
from brainforecast.storage.geometry import GRAYORDINATES, Geometry, cifti_xml

PREFIX = "CIFTI_STRUCTURE_"
TOLERANCE = 1e-2  # mm, between the grids of two files


def read_run(paths: Sequence[str | Path], targets: pd.DataFrame, space: str | None) -> np.ndarray:
    """Read a run whose grayordinates must be the targets.

    Returns
    -------
    (n_volumes, n_targets) float32.
    """
    image, axis = load_series(paths[0], BrainModelAxis)
    found, expected = (_hemispheres(axis), _indices(axis)), (targets["hemi"], targets["vertex"].to_numpy(int))
    hemis = expected[0].astype(object).where(expected[0].notna(), None).tolist()
    if len(axis) != len(targets) or found[0] != hemis or not np.array_equal(found[1], expected[1]):
        wanted = f"the {len(targets):,} of the first run, in its order"
        raise BadInput(paths[0], f"{len(axis):,} grayordinates that are others", wanted)
    voxels = ~axis.surface_mask
    if voxels.any():
        places = apply_affine(axis.affine, axis.voxel[voxels])
        if not np.allclose(places, targets.loc[voxels, ["x", "y", "z"]].to_numpy(float), atol=TOLERANCE):
            raise BadInput(paths[0], "voxels of another grid", "that of the first run")
    return read_series(image, paths[0])


def describe(files: TargetFiles) -> tuple[pd.DataFrame, Geometry]:
    """The grayordinates of a run: of voxels, the structure is the region unless the atlas has one for them."""
    axis = load_series(files.run[0], BrainModelAxis)[1]
    surface = files.surface
    for n in sorted(set(_sizes(axis).values())) if surface else ():
        require_vertices(files.run[0], n, surface.n_vertices, surface)
    hemis = _hemispheres(axis)
    table = make_table(
        _regions(axis, hemis, surface, files),
        files,
        hemi=hemis,
        vertex=_indices(axis),
        xyz=_coordinates(axis, surface, files),
        mask=find_masks(files.atlas.get("masks"), len(axis), lambda spec: _inside(spec, axis, surface, files.notes)),
    )
    density, n = (surface.density, surface.n_vertices) if surface else (None, None)
    shape, affine = (list(axis.volume_shape), axis.affine.tolist()) if axis.volume_shape else (None, None)
    return table, Geometry(GRAYORDINATES, files.space, density, n, shape, affine, cifti_xml(axis))


def _hemispheres(axis: BrainModelAxis) -> list[str | None]:
    """Hemisphere of each vertex of the cortex; None elsewhere."""
    sides = {name: hemi for hemi, name in CORTEX.items()}
    return [sides.get(name) for name in axis.name.tolist()]


def _sizes(axis: BrainModelAxis) -> dict[str, int]:
    """Vertices of each hemisphere of the surface, with those of its medial wall."""
    return {hemi: axis.nvertices[name] for hemi, name in CORTEX.items() if name in axis.nvertices}


def _indices(axis: BrainModelAxis) -> np.ndarray:
    """Index of each vertex in its hemisphere, of each voxel in the flattened image."""
    index = np.array(axis.vertex, dtype=int)
    voxels = ~axis.surface_mask
    if voxels.any():
        index[voxels] = np.ravel_multi_index(axis.voxel[voxels].T, axis.volume_shape)
    return index


def _coordinates(axis: BrainModelAxis, surface: Surface | None, files: TargetFiles) -> np.ndarray:
    xyz = np.full((len(axis), 3), np.nan)
    voxels = ~axis.surface_mask
    if voxels.any():
        xyz[voxels] = apply_affine(axis.affine, axis.voxel[voxels])
    for hemi, points in load_coordinates(files, surface).items() if surface and files.has_meshes else ():
        here = axis.name == CORTEX[hemi]
        xyz[here] = points[axis.vertex[here]]
    return xyz


def _regions(
    axis: BrainModelAxis, hemis: list[str | None], surface: Surface | None, files: TargetFiles
) -> list[tuple[str | None, str | None]]:
    """(hemisphere, region) of each grayordinate."""
    rois = read_vertex_rois(files.atlas, _sizes(axis), surface or files.space, files.notes)
    below = _regions_of_voxels(axis, files)
    return [
        (hemi, rois[hemi][vertex]) if hemi else (None, below.get(index, name.removeprefix(PREFIX)))
        for index, (hemi, vertex, name) in enumerate(zip(hemis, axis.vertex.tolist(), axis.name.tolist(), strict=True))
    ]


def _regions_of_voxels(axis: BrainModelAxis, files: TargetFiles) -> dict[int, str]:
    """Region of each grayordinate that is a voxel, where a dlabel has one for it."""
    if not files.atlas.get("dlabel") or axis.surface_mask.all():
        return {}
    keys, names, own, _ = read_dlabel(files.atlas["dlabel"])
    voxels = ~own.surface_mask
    if not voxels.any():
        return {}
    if own.volume_shape != axis.volume_shape or not np.allclose(own.affine, axis.affine, atol=1e-3):
        raise BadInput(files.atlas["dlabel"], "voxels of another grid", "those of the runs")
    labels = look_up(keys[voxels], names, files.atlas["dlabel"], files.notes, "voxels", is_whole=False)
    found = dict(zip(map(tuple, own.voxel[voxels].tolist()), name_regions(labels), strict=True))
    below = np.flatnonzero(~axis.surface_mask)
    at = zip(below.tolist(), map(tuple, axis.voxel[below].tolist()), strict=True)
    # a hemisphere in the name stays in it: grayordinates below the cortex have no hemisphere of their own
    return {i: _spelled(*found[voxel]) for i, voxel in at if found.get(voxel, (None, None))[1]}


def _spelled(hemi: str | None, roi: str) -> str:
    return f"{roi}_{'LEFT' if hemi == 'L' else 'RIGHT'}" if hemi else roi


def _inside(spec: object, axis: BrainModelAxis, surface: Surface | None, notes: Notes) -> np.ndarray:
    """Whether each grayordinate lies in a mask of {L, R} or of a CIFTI file, which may have voxels too."""
    inside = np.zeros(len(axis), bool)
    for hemi, vertices in read_vertex_mask(spec, surface.n_vertices, surface, notes).items() if surface else ():
        here = axis.name == CORTEX[hemi]
        inside[here] = vertices[axis.vertex[here]]
    if isinstance(spec, str):
        values, own = read_cifti_row(spec)
        chosen = {tuple(voxel) for voxel in own.voxel[~own.surface_mask & (values > 0)].tolist()}
        voxels = ~axis.surface_mask
        inside[voxels] = [tuple(voxel) in chosen for voxel in axis.voxel[voxels].tolist()]
    return inside
