"""TODO."""

from collections.abc import Mapping
from pathlib import Path

import nibabel
import numpy as np

from brainforecast.dataset.bids import MISSING, read_tsv
from brainforecast.dataset.formats import n_vertices
from brainforecast.errors import BadInput
from brainforecast.files import resolve

NO_REGION = ("unknown", "medialwall", "corpuscallosum", "???", "")


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


def _rois(space: str, atlas: Mapping | None, hemi: str) -> list[str | None]:
    if not atlas:
        return [None] * n_vertices(space)
    labels, names = read_atlas(atlas[hemi])
    if len(labels) != n_vertices(space):
        raise BadInput(atlas[hemi], f"{len(labels):,} vertices", f"{n_vertices(space):,} of {space}")
    names = [None if _plain(name) in NO_REGION else name for name in names]
    return [names[label] if label >= 0 else None for label in labels]


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace(" ", "").replace("-", "")
