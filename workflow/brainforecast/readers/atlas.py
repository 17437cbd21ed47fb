"""The region and the lobe of each vertex, voxel or column, and masks that add regions of their own."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from nibabel.cifti2 import BrainModelAxis

from brainforecast.dataset.bids import MISSING, read_numbered_rows
from brainforecast.dataset.spaces import fits
from brainforecast.errors import BadInput
from brainforecast.files import checked
from brainforecast.readers.freesurfer import read_label
from brainforecast.readers.gifti import one_column, read_gifti
from brainforecast.readers.hemispheres import require_hemisphere
from brainforecast.readers.images import open_cifti, read_values
from brainforecast.readers.labels import Labels, look_up, read_dlabel, read_hemisphere
from brainforecast.readers.masks import above_zero
from brainforecast.readers.notes import Notes, some
from brainforecast.readers.region_names import is_region, pair_hemispheres

HEMISPHERES = ("L", "R")
CORTEX = {"L": "CIFTI_STRUCTURE_CORTEX_LEFT", "R": "CIFTI_STRUCTURE_CORTEX_RIGHT"}


def with_input_files(atlas: Mapping | None, inputs: Mapping[str, Sequence[str]]) -> dict | None:
    """Point the atlas to a job's input files; a file inside an installed package keeps its location.

    Parameters
    ----------
    atlas : config `atlas`; None for no atlas.
    inputs : the input of each key, ``L``, ``R`` and ``lobes``: one file or none.
    """
    return atlas and {**atlas, **{key: files[0] for key, files in inputs.items() if files}}


def read_atlas(path: str | Path, notes: Notes | None = None) -> tuple[np.ndarray, list[str]]:
    """Read the labels of one hemisphere from a ``.annot`` or ``.label.gii[.gz]`` file.

    Returns
    -------
    labels : (n_vertices,) index into `names`, -1 where the file gives none.
    names : region names as the file spells them.
    """
    labels = read_hemisphere(path, Notes() if notes is None else notes)
    return labels.index, labels.names


def read_vertex_rois(
    atlas: Mapping, n_vertices: int | Mapping[str, int], space: object, notes: Notes
) -> dict[str, list[str | None]]:
    """Read the region of each vertex, (n_vertices,) of each hemisphere; None where there is no cortex.

    Parameters
    ----------
    atlas : config `atlas`: files ``L`` and ``R``, or one file ``dlabel``; with neither, no vertex has a region.
    n_vertices : of either hemisphere of the runs, whose `space` messages name; by hemisphere on a subject's own cortex.

    Raises
    ------
    BadInput : an atlas of another space; names of the other hemisphere.
    """
    rois = {}
    sizes = n_vertices if isinstance(n_vertices, Mapping) else dict.fromkeys(HEMISPHERES, n_vertices)
    for hemi in (hemi for hemi in HEMISPHERES if hemi in sizes):
        if atlas.get("dlabel"):
            labels = _hemisphere_of_dlabel(atlas["dlabel"], hemi, notes)
        elif atlas.get(hemi):
            labels = read_hemisphere(atlas[hemi], notes, hemi)
        else:
            rois[hemi] = [None] * sizes[hemi]
            continue
        require_vertices(labels.where, len(labels.index), sizes[hemi], space)
        rois[hemi] = [roi for _, roi in name_regions(labels, hemi)]
    return rois


def name_regions(labels: Labels, hemi: str | None = None) -> list[tuple[str | None, str | None]]:
    """Hemisphere and region of each label, with one name for left and right; (None, None) where there is no cortex.

    Parameters
    ----------
    hemi : of the file; names that are of the other hemisphere are refused.
    """
    used, regions = set(labels.index.tolist()), []
    for number, name in enumerate(labels.names):
        side, roi = pair_hemispheres(name) if is_region(name) else (None, None)
        if hemi and side not in (None, hemi) and number in used:
            raise BadInput(labels.where, f"{name}, of hemisphere {side}", f"regions of hemisphere {hemi}")
        regions.append((side, roi))
    named = [region for region in regions if region[1]]
    if len(set(named)) < len({name for name in labels.names if is_region(name)}):  # L_x beside x in one file
        regions = [(side, name if roi else None) for (side, roi), name in zip(regions, labels.names, strict=True)]
    return [regions[label] if label >= 0 else (None, None) for label in labels.index.tolist()]


def read_lobes(path: str | Path) -> dict[str, str]:
    """Read the lobe of each region from a table with columns roi and lobe."""
    lobes: dict[str, str] = {}
    for number, row in read_numbered_rows(checked(path), ["roi", "lobe"]):
        if row["roi"] in lobes:
            raise BadInput(f"{path} row {number}", f"{row['roi']} a second time", "one row per roi")
        if row["lobe"] not in MISSING:
            lobes[row["roi"]] = row["lobe"]
    return lobes


def find_lobes(
    regions: Sequence[tuple[str | None, str | None]], path: str | Path | None, notes: Notes
) -> list[str | None]:
    """The lobe of each target by its hemisphere and region, None where it has none; a table may list either name.

    Parameters
    ----------
    regions : (hemi, roi) of each target.
    path : table of lobes; None for none.
    """
    if not path:
        return [None] * len(regions)
    listed = read_lobes(path)
    paired = {pair_hemispheres(name): lobe for name, lobe in listed.items()}
    found = {
        (hemi, roi): listed.get(roi) or paired.get((hemi, roi)) or paired.get((None, roi))
        for hemi, roi in dict.fromkeys(regions)
        if roi is not None
    }
    without = sorted({roi for (_, roi), lobe in found.items() if lobe is None})
    if without:
        notes.add(f"{path}: {len(without)} regions of the atlas have no lobe: {some(without)}")
    known = {roi for _, roi in found}
    unused = [name for name in listed if not {name, pair_hemispheres(name)[1]} & known]
    if unused:
        notes.add(f"{path}: {len(unused)} of its regions are not in the atlas: {some(unused)}")
    return [found.get(region) for region in regions]


def find_masks(masks: Mapping | None, n_targets: int, read: Callable[[object], np.ndarray]) -> list[str | None]:
    """The mask that each target lies in, None where it lies in none.

    Parameters
    ----------
    masks : config `atlas.masks`: a file, or files by hemisphere, of each name.
    read : from these files to (n_targets,) of booleans.

    Raises
    ------
    BadInput : a mask without targets; two that overlap.
    """
    names: np.ndarray = np.full(n_targets, None, dtype=object)
    for name, files in (masks or {}).items():
        inside = read(files)
        if not inside.any():
            raise BadInput(f"config key atlas.masks.{name}", "no target of the runs inside", "a mask of the same space")
        taken = sorted(set(names[inside]) - {None})
        if taken:
            n = sum(value is not None for value in names[inside])
            raise BadInput(f"config key atlas.masks.{name}", f"{n:,} targets of {taken[0]} too", "no overlap of masks")
        names[inside] = name
    return names.tolist()


def read_vertex_mask(
    files: object, n_vertices: int, space: object, notes: Notes | None = None
) -> dict[str, np.ndarray]:
    """Read a mask of vertices, booleans (n_vertices,) of each hemisphere: values above 0, or listed in a .label file.

    Parameters
    ----------
    files : {L, R} of .label.gii, .shape.gii, .func.gii or .label files, one of which may be missing; or a CIFTI file.
    """
    inside = {hemi: np.zeros(n_vertices, bool) for hemi in HEMISPHERES}
    if isinstance(files, Mapping):
        for hemi, path in files.items():
            inside[hemi] = _hemisphere_mask(checked(path), hemi, n_vertices, space, notes)
        return inside
    values, axis = read_cifti_row(files)
    above = above_zero(values, files, notes)
    for hemi in HEMISPHERES:
        if CORTEX[hemi] in axis.nvertices:
            require_vertices(files, axis.nvertices[CORTEX[hemi]], n_vertices, space)
            here = axis.name == CORTEX[hemi]
            inside[hemi][axis.vertex[here]] = above[here]
    return inside


def read_cifti_row(path: str | Path) -> tuple[np.ndarray, BrainModelAxis]:
    """Read the first row of a CIFTI file of grayordinates, (n_grayordinates,) float32, and the axis of these."""
    expected = "a .dscalar.nii or .dlabel.nii"
    image, (_, axis) = open_cifti(checked(path), expected)
    values = read_values(partial(image.dataobj.__getitem__, 0), path, expected, np.float32)
    if not isinstance(axis, BrainModelAxis):
        raise BadInput(path, "values of parcels", "values of grayordinates")
    return values, axis


def require_vertices(where: object, found: int, expected: int, space: object) -> None:
    """Raise where a file has not as many vertices per hemisphere as the runs; the space it fits is named."""
    if found != expected:
        raise BadInput(where, f"{found:,} vertices{fits(found)}", f"{expected:,} of {space}")


def _hemisphere_of_dlabel(path: str | Path, hemi: str, notes: Notes) -> Labels:
    """The labels of the cortex of one hemisphere, (n_vertices,); vertices that the file lacks have none."""
    keys, table, axis, n_maps = read_dlabel(path)
    if n_maps > 1:
        notes.add(f"{path}: {n_maps} maps of labels, of which the first is used")
    if CORTEX[hemi] not in axis.nvertices:
        raise BadInput(path, f"no cortex of hemisphere {hemi}", "labels of both hemispheres")
    here = axis.name == CORTEX[hemi]
    labels = look_up(keys[here], table, path, notes, "vertices", is_whole=False)
    index = np.full(axis.nvertices[CORTEX[hemi]], -1, np.int32)
    index[axis.vertex[here]] = labels.index
    return Labels(str(path), index, labels.names)


def _hemisphere_mask(path: Path, hemi: str, n_vertices: int, space: object, notes: Notes | None) -> np.ndarray:
    if path.suffix == ".label":
        vertices = read_label(path)
        if len(vertices) and vertices.max() >= n_vertices:
            raise BadInput(path, f"vertex {vertices.max():,}", f"one of the {n_vertices:,} of {space}")
        return np.isin(np.arange(n_vertices), vertices)
    file = read_gifti(path)
    require_hemisphere(path, file, hemi)
    if not file.arrays:
        raise BadInput(path, "no array", "one array of values above 0 inside the mask")
    values = one_column(file.arrays[0], path)
    require_vertices(path, len(values), n_vertices, space)
    return above_zero(values, path, notes)
