"""Load cortical surfaces: meshes and sulcal depth of both hemispheres."""

import logging
from pathlib import Path

import numpy as np

from brainforecast.dataset.meshes import KINDS, SHIPPED, find_mesh
from brainforecast.dataset.spaces import Surface, find_surface, fits
from brainforecast.errors import BadInput
from brainforecast.files import PACKAGE_PREFIX, checked
from brainforecast.readers.freesurfer import read_depths, read_geometry
from brainforecast.readers.gifti import described, one_column, read_gifti
from brainforecast.readers.target_files import TargetFiles

logger = logging.getLogger("brainforecast")

SIDES = {"L": ("lh", "left"), "R": ("rh", "right")}  # hemisphere -> its names in FreeSurfer and nilearn
SHIPPED_FILES = f"{PACKAGE_PREFIX}nilearn/datasets/data/{SHIPPED}"  # read without nilearn, which takes 2 s to load


def load_surface(space: str, kind: str, folder: str | Path | None = None, density: str | None = None) -> dict:
    """Load both hemispheres of a surface, or of its sulcal depth.

    Parameters
    ----------
    kind : ``pial`` or ``inflated`` for a mesh, ``sulc`` for the sulcal depth of each vertex.
    folder : FreeSurfer's files (``lh.pial``, ``rh.pial``, ...) or GIfTI files (`dataset.meshes.find_mesh`); None for
        nilearn's.
    density : TemplateFlow's name of the size, where the space has several; None for that of the files.

    Returns
    -------
    ``{"L": ..., "R": ...}``: of a mesh, (coordinates in mm (n_vertices, 3), triangles (n_triangles, 3)); of ``sulc``,
    (n_vertices,), zeros where a folder of GIfTI files has none.
    """
    known = find_surface(space, density)
    surface = _nilearn_surface(known, kind) if folder is None else _surface_of(Path(folder), kind, known)
    for hemi, part in surface.items():
        found = len(part if kind == "sulc" else part[0])
        wanted = known or find_surface(space, n_vertices=found)
        if found != wanted.n_vertices:
            where = f"{folder or 'nilearn'} {SIDES[hemi][0]}.{kind}"
            raise BadInput(where, f"{found:,} vertices{fits(found)}", f"{wanted.n_vertices:,} of {wanted}")
    return surface


def load_coordinates(files: TargetFiles, surface: Surface) -> dict[str, np.ndarray]:
    """Coordinates of the vertices on the pial surface in mm, (n_vertices, 3) of each hemisphere; NaN without a mesh."""
    if not files.has_meshes:
        return {hemi: np.full((surface.n_vertices, 3), np.nan) for hemi in SIDES}
    meshes = load_surface(files.space, "pial", files.meshes, surface.density)
    return {hemi: coordinates for hemi, (coordinates, _) in meshes.items()}


def _nilearn_surface(surface: Surface | None, kind: str) -> dict:
    if surface is None or surface.template != "fsaverage":
        raise BadInput("surfaces", "null, and no such surface from nilearn", "a folder with its surfaces")
    names = {hemi: f"{'infl' if kind == 'inflated' else kind}_{side}" for hemi, (_, side) in SIDES.items()}
    if surface.alias == SHIPPED:
        paths = {name: checked(f"{SHIPPED_FILES}/{name}.gii.gz") for name in names.values()}
    else:
        paths = _fetch(surface)
    return {hemi: _read_gifti(paths[name], kind) for hemi, name in names.items()}


def _fetch(surface: Surface) -> dict:
    """Paths of a surface that nilearn downloads once."""
    from nilearn.datasets import fetch_surf_fsaverage  # takes 2 s to load, and the usual surface needs no download

    try:
        return fetch_surf_fsaverage(surface.alias)
    except Exception as error:  # the fetcher passes on every network error
        found = f"null, and no {surface} from nilearn ({error})"
        raise BadInput("surfaces", found, "a folder of FreeSurfer surfaces") from error


def _surface_of(folder: Path, kind: str, surface: Surface | None) -> dict:
    """Load both hemispheres from a folder."""
    found = {hemi: find_mesh(folder, kind, hemi, surface and surface.density) for hemi in SIDES}
    if kind == "sulc" and not any(found.values()) and find_mesh(folder, "inflated", "L", surface and surface.density):
        logger.warning("%s: no sulcal depth; the cortex is drawn in one grey", folder)
        return {hemi: np.zeros(len(mesh)) for hemi, (mesh, _) in _surface_of(folder, "inflated", surface).items()}
    loaded = {}
    for hemi, path in found.items():
        if path is None:
            names = " or ".join(KINDS[kind])
            expected = f"FreeSurfer's {kind} surface, or a GIfTI file of {names} with the hemisphere in its name"
            raise BadInput(folder / f"{SIDES[hemi][0]}.{kind}", "no such file", expected)
        loaded[hemi] = _read_gifti(path, kind) if path.suffix == ".gii" else _read_freesurfer(path, kind)
    return loaded


def _read_freesurfer(path: Path, kind: str):
    return _checked(read_depths(path) if kind == "sulc" else read_geometry(path), path, kind)


def _read_gifti(path: str | Path, kind: str):
    arrays = read_gifti(path).arrays
    if kind == "sulc":
        if not arrays:
            raise BadInput(path, "no array", "one array of sulcal depth")
        return _checked(one_column(arrays[0], path), path, kind)
    parts = []
    for name in ("POINTSET", "TRIANGLE"):
        fitting = [array.data for array in arrays if array.intent == f"NIFTI_INTENT_{name}"]
        if len(fitting) != 1:
            raise BadInput(path, f"{len(fitting)} arrays of intent {name.lower()}", "one: a mesh")
        parts.append(fitting[0])
    return _checked(tuple(parts), path, kind)


def _checked(part, path: str | Path, kind: str):
    """A mesh or a depth whose numbers can be."""
    if kind == "sulc":
        if not np.isfinite(part).all():
            raise BadInput(path, "a depth that is no finite number", "the sulcal depth of each vertex")
        return part
    points, triangles = part
    if points.ndim != 2 or points.shape[1] != 3 or triangles.ndim != 2 or triangles.shape[1] != 3:
        found = f"arrays of {described(points.shape)} and {described(triangles.shape)} values"
        raise BadInput(path, found, "three coordinates of each vertex, three vertices of each triangle")
    if not np.isfinite(points).all():
        raise BadInput(path, "a coordinate that is no finite number", "mm")
    lowest, highest = (triangles.min(), triangles.max()) if triangles.size else (0, -1)
    if triangles.dtype.kind not in "iu" or lowest < 0 or highest >= len(points):
        raise BadInput(path, "triangles of vertices that there are not", f"numbers from 0 to {len(points) - 1:,}")
    return part
