"""Cortical surfaces and atlases: how many vertices a space has, where they lie, and in which region."""

import csv
import logging
from collections.abc import Mapping
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd

from brainforecast.bids import MISSING, read_tsv
from brainforecast.errors import BadInput, nearest
from brainforecast.files import resolve
from brainforecast.parcels import split_regions

logger = logging.getLogger("brainforecast")

N_VERTICES = {"fsaverage5": 10_242, "fsaverage6": 40_962}
SIDES = {"L": ("lh", "left"), "R": ("rh", "right")}
NO_REGION = ("unknown", "medialwall", "corpuscallosum", "???", "")
UNITS = {
    "target": "column of the responses",
    "hemi": "L or R; null for a region",
    "vertex": "index in its hemisphere; null for a region",
    "roi": "region of the atlas; null where it has none",
    "lobe": "lobe of the region; null where it has none",
    "x": "mm, pial surface, left to right",
    "y": "mm, pial surface, back to front",
    "z": "mm, pial surface, down to up",
}


def n_vertices(space: str) -> int:
    """Vertices of one hemisphere of a space."""
    if space not in N_VERTICES:
        expected = f"one of {', '.join(N_VERTICES)}; nearest is {nearest(space, N_VERTICES)}"
        raise BadInput("dataset.space", space, expected)
    return N_VERTICES[space]


def load_surface(space: str, kind: str, folder: str | Path | None = None) -> dict:
    """Load both hemispheres of a surface, or of its sulcal depth.

    Parameters
    ----------
    kind : ``pial`` or ``inflated`` for a mesh, ``sulc`` for the depth of each vertex.
    folder : FreeSurfer files (``lh.pial``, ``rh.pial``, ...); None for nilearn's own (fsaverage6 needs the network).

    Returns
    -------
    ``{"L": ..., "R": ...}``: (coordinates in mm (n_vertices, 3), triangles (n_triangles, 3)), or (n_vertices,).
    """
    surface = _nilearn_surface(space, kind) if folder is None else _freesurfer_surface(Path(folder), kind)
    for hemi, part in surface.items():
        found = len(part if kind == "sulc" else part[0])
        if found != n_vertices(space):
            where = f"{folder or 'nilearn'} {SIDES[hemi][0]}.{kind}"
            raise BadInput(where, f"{found:,} vertices", f"{n_vertices(space):,} of {space}")
    return surface


def read_atlas(path: str | Path) -> tuple[np.ndarray, list[str]]:
    """Read the labels of one hemisphere from a ``.annot`` or ``.label.gii[.gz]`` file.

    Returns
    -------
    labels : (n_vertices,) index into `names`, -1 where the file gives none.
    names : region names as the file spells them.
    """
    path = resolve(path)
    if not path.is_file():
        raise BadInput(path, "no such file", "an atlas (.annot, .label.gii or .label.gii.gz)")
    try:
        return _read_annot(path) if path.suffix == ".annot" else _read_label_gifti(path)
    except Exception as error:  # nibabel raises whatever a broken file leads to
        raise BadInput(path, f"no atlas that can be read ({error})", "a .annot or .label.gii file") from error


def read_lobes(path: str | Path) -> dict[str, str]:
    """Lobe of each region, from a table with columns roi and lobe."""
    lobes: dict[str, str] = {}
    for number, row in enumerate(read_tsv(resolve(path), ["roi", "lobe"]), start=2):
        if row["roi"] in lobes:
            raise BadInput(f"{path} row {number}", f"{row['roi']} a second time", "one row per roi")
        if row["lobe"] not in MISSING:
            lobes[row["roi"]] = row["lobe"]
    return lobes


def describe_targets(
    response: str,
    *,
    space: str | None = None,
    atlas: Mapping | None = None,
    folder: str | Path | None = None,
    path_to_run: str | Path | None = None,
) -> pd.DataFrame:
    """Say what each target is: target, hemi, vertex, roi, lobe, x, y, z.

    Parameters
    ----------
    response : ``surface``: all vertices of `space`, L first; ``region``: the columns of the table at `path_to_run`.
    atlas : for surfaces, files of regions under ``L`` and ``R``, a table ``lobes`` and ``split``, the most vertices of
        a region (`brainforecast.parcels`); None for no regions.
    folder : surfaces in FreeSurfer's layout, None for nilearn's.
    """
    targets = _regions(path_to_run) if response == "region" else _vertices(space, atlas, folder)
    return targets.astype({"target": "int32", "hemi": "str", "vertex": "Int32", "roi": "str", "lobe": "str"})


def names_by_side(targets: pd.DataFrame, column: str) -> dict[str, np.ndarray]:
    """A column of names of the target table by hemisphere, (n_vertices,) in the order of vertices; "" where none."""
    names = targets.assign(name=targets[column].astype(object).where(targets[column].notna(), ""))
    return {hemi: names[names["hemi"] == hemi].sort_values("vertex")["name"].to_numpy() for hemi in SIDES}


def read_region_names(path: str | Path) -> list[str]:
    """Names of the regions in the header of a table of time series."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            names = next(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), [])
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(path, f"no table that can be read ({error})", "a header of region names") from error
    if not names or all(_is_number(name) for name in names):
        raise BadInput(f"{path} row 1", "numbers" if names else "nothing", "a header of region names")
    if len(set(names)) < len(names) or "" in names:
        twice = next(name for name in names if not name or names.count(name) > 1)
        raise BadInput(f"{path} row 1", f"column {twice or 'without a name'}", "a name of its own for each region")
    return names


def _nilearn_surface(space: str, kind: str) -> dict:
    from nilearn.datasets import fetch_surf_fsaverage
    from nilearn.surface import load_surf_data, load_surf_mesh

    n_vertices(space)
    key = {"inflated": "infl"}.get(kind, kind)
    try:
        paths = fetch_surf_fsaverage(space)
    except Exception as error:  # the fetcher raises whatever the network does
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
        except Exception as error:  # nibabel raises whatever a broken file leads to
            raise BadInput(path, f"no surface that can be read ({error})", "a FreeSurfer file") from error
    return surface


def _read_annot(path: Path) -> tuple[np.ndarray, list[str]]:
    labels, _, names = nibabel.freesurfer.read_annot(path)
    return labels.astype(np.int32), [name.decode() for name in names]


def _read_label_gifti(path: Path) -> tuple[np.ndarray, list[str]]:
    image = nibabel.load(path)
    table = image.labeltable.get_labels_as_dict()
    keys = np.array(sorted(table))
    labels = np.searchsorted(keys, image.darrays[0].data)
    known = np.isin(image.darrays[0].data, keys)
    return np.where(known, labels, -1).astype(np.int32), [table[key] for key in keys]


def _vertices(space: str, atlas: Mapping | None, folder: str | Path | None) -> pd.DataFrame:
    n = n_vertices(space)
    xyz = np.concatenate([coordinates for coordinates, _ in load_surface(space, "pial", folder).values()])  # (2n, 3)
    table = {"target": np.arange(2 * n), "hemi": np.repeat(["L", "R"], n), "vertex": np.tile(np.arange(n), 2)}
    targets = pd.DataFrame(table)
    targets["roi"] = [roi for hemi in SIDES for roi in _rois(space, atlas, hemi)]
    lobes = read_lobes(atlas["lobes"]) if atlas and atlas.get("lobes") else {}
    targets["lobe"] = targets["roi"].map(lobes)
    without = sorted(set(targets["roi"].dropna()) - set(lobes))
    if without:
        logger.info("%d regions of the atlas have no lobe: %s", len(without), ", ".join(without))
    targets = targets.assign(**{axis: xyz[:, i].astype(float) for i, axis in enumerate("xyz")})
    return targets.assign(roi=split_regions(targets, atlas.get("split") if atlas else None))


def _rois(space: str, atlas: Mapping | None, hemi: str) -> list[str | None]:
    if not atlas:
        return [None] * n_vertices(space)
    labels, names = read_atlas(atlas[hemi])
    if len(labels) != n_vertices(space):
        raise BadInput(atlas[hemi], f"{len(labels):,} vertices", f"{n_vertices(space):,} of {space}")
    names = [None if _plain(name) in NO_REGION else name for name in names]
    return [names[label] if label >= 0 else None for label in labels]


def _regions(path: str | Path) -> pd.DataFrame:
    names = read_region_names(path)
    table = {"target": np.arange(len(names)), "hemi": None, "vertex": None, "roi": names, "lobe": None}
    return pd.DataFrame({**table, **dict.fromkeys("xyz", np.nan)})


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace(" ", "").replace("-", "")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
