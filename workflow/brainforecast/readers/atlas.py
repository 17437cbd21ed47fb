"""Read an atlas of the cortical surface: the region of each vertex, and the lobe of each region."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import nibabel
import numpy as np

from brainforecast.dataset.bids import MISSING, read_tsv
from brainforecast.dataset.formats import n_vertices
from brainforecast.errors import BadInput
from brainforecast.files import resolve

NO_REGION = ("unknown", "medialwall", "corpuscallosum", "???", "")  # labels that are not cortex


def with_input_files(atlas: Mapping | None, inputs: Mapping[str, Sequence[str]]) -> dict | None:
    """Point the atlas to a job's input files; a file inside an installed package keeps its location.

    Parameters
    ----------
    atlas : config `atlas`; None for no atlas.
    inputs : the input of each key, ``L``, ``R`` and ``lobes``: one file or none.
    """
    return atlas and {**atlas, **{key: files[0] for key, files in inputs.items() if files}}


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
    except Exception as error:  # nibabel raises many kinds of error
        raise BadInput(path, f"no atlas that can be read ({error})", "a .annot or .label.gii file") from error


def read_vertex_rois(path: str | Path, space: str) -> list[str | None]:
    """Read the region of each vertex of one hemisphere, (n_vertices,); None where there is no cortex."""
    labels, names = read_atlas(path)
    if len(labels) != n_vertices(space):
        raise BadInput(path, f"{len(labels):,} vertices", f"{n_vertices(space):,} of {space}")
    rois = [None if _plain(name) in NO_REGION else name for name in names]
    return [rois[label] if label >= 0 else None for label in labels]


def read_lobes(path: str | Path) -> dict[str, str]:
    """Read the lobe of each region from a table with columns roi and lobe."""
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


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace(" ", "").replace("-", "")
