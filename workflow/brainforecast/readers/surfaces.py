"""Load cortical surfaces: meshes and sulcal depth of both hemispheres."""

from pathlib import Path

import nibabel

from brainforecast.dataset.formats import n_vertices
from brainforecast.errors import BadInput

SIDES = {"L": ("lh", "left"), "R": ("rh", "right")}  # hemisphere -> its names in FreeSurfer and nilearn


def load_surface(space: str, kind: str, folder: str | Path | None = None) -> dict:
    """Load both hemispheres of a surface, or of its sulcal depth.

    Parameters
    ----------
    kind : ``pial`` or ``inflated`` for a mesh, ``sulc`` for the sulcal depth of each vertex.
    folder : FreeSurfer files (``lh.pial``, ``rh.pial``, ...); None for nilearn's (fsaverage6 needs the network).

    Returns
    -------
    ``{"L": ..., "R": ...}``: of a mesh, (coordinates in mm (n_vertices, 3), triangles (n_triangles, 3)); of ``sulc``,
    (n_vertices,).
    """
    surface = _nilearn_surface(space, kind) if folder is None else _freesurfer_surface(Path(folder), kind)
    for hemi, part in surface.items():
        found = len(part if kind == "sulc" else part[0])
        if found != n_vertices(space):
            where = f"{folder or 'nilearn'} {SIDES[hemi][0]}.{kind}"
            raise BadInput(where, f"{found:,} vertices", f"{n_vertices(space):,} of {space}")
    return surface


def _nilearn_surface(space: str, kind: str) -> dict:
    from nilearn.datasets import fetch_surf_fsaverage
    from nilearn.surface import load_surf_data, load_surf_mesh

    n_vertices(space)
    key = {"inflated": "infl"}.get(kind, kind)
    try:
        paths = fetch_surf_fsaverage(space)
    except Exception as error:  # the fetcher passes on every network error
        found = f"null, and no {space} from nilearn ({error})"
        raise BadInput("surfaces", found, "a folder of FreeSurfer surfaces") from error
    if kind == "sulc":
        return {hemi: load_surf_data(paths[f"{key}_{side}"]) for hemi, (_, side) in SIDES.items()}
    meshes = {hemi: load_surf_mesh(paths[f"{key}_{side}"]) for hemi, (_, side) in SIDES.items()}
    return {hemi: (mesh.coordinates, mesh.faces) for hemi, mesh in meshes.items()}


def _freesurfer_surface(folder: Path, kind: str) -> dict:
    read = nibabel.freesurfer.read_morph_data if kind == "sulc" else nibabel.freesurfer.read_geometry
    surface = {}
    for hemi, (side, _) in SIDES.items():
        path = folder / f"{side}.{kind}"
        if not path.is_file():
            raise BadInput(path, "no such file", f"FreeSurfer's {kind} surface")
        try:
            surface[hemi] = read(path)
        except Exception as error:  # nibabel raises many kinds of error
            raise BadInput(path, f"no surface that can be read ({error})", "a FreeSurfer file") from error
    return surface
