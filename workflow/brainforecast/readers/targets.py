"""The table of targets: hemisphere, vertex, region, lobe and coordinates of each column of the responses."""

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from brainforecast.errors import printable
from brainforecast.readers.formats import FORMAT_MODULES
from brainforecast.readers.target_files import TargetFiles
from brainforecast.storage.geometry import Geometry

logger = logging.getLogger("brainforecast")

UNITS = {
    "target": "column of the responses",
    "hemi": "L or R; null for a region, or where the name of a voxel's region has no hemisphere",
    "vertex": "index in its hemisphere; of a voxel, in the flattened image (C order); null for a region",
    "roi": "region of the atlas; null where it has none",
    "lobe": "lobe of the region; null where it has none",
    "x": "mm, left to right; of vertices, on the pial surface; null where no surface says",
    "y": "mm, back to front",
    "z": "mm, down to up",
    "mask": "mask of the atlas (config atlas.masks) that it lies in; null where it lies in none",
}
TYPES = {"target": "int32", "hemi": "str", "vertex": "Int32", "roi": "str", "lobe": "str", "mask": "str"}


def describe_targets(response: str, files: TargetFiles) -> tuple[pd.DataFrame, Geometry]:
    """Make the table of targets and where they lie.

    Parameters
    ----------
    response : format of the responses.

    Returns
    -------
    targets : a row for each column of the responses, with the columns of `UNITS`.
    geometry : with the notes of what was passed over on the way.
    """
    targets, geometry = FORMAT_MODULES[response].describe(files)
    names = {column: targets[column].map(printable, na_action="ignore") for column in ("roi", "lobe")}
    targets = targets.assign(**names).astype(TYPES)  # an atlas may hold what no figure and no page can
    n_without, rois = int(targets["roi"].isna().sum()), targets["roi"].nunique()
    logger.info("%d targets, %d regions; %d targets without a region", len(targets), rois, n_without)
    return targets, replace(geometry, notes=tuple(files.notes))


def names_by_hemi(targets: pd.DataFrame, column: str, n_vertices: int | None = None) -> dict[str, np.ndarray]:
    """Split a column of names of the target table by hemisphere, (n_vertices,) in order of vertices; "" where null.

    Parameters
    ----------
    n_vertices : of each hemisphere, where some of them are no targets; None where all are.
    """
    names = targets.assign(name=targets[column].astype(object).where(targets[column].notna(), ""))
    found = {}
    for hemi in ("L", "R"):
        here = names[names["hemi"] == hemi].sort_values("vertex")
        found[hemi] = np.full(n_vertices or len(here), "", dtype=object)
        found[hemi][here["vertex"].to_numpy(int) if n_vertices else slice(None)] = here["name"].to_numpy()
    return found


def merge_regions(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The regions of the subjects' own atlases as targets: those of all subjects together, in order of their names.

    Parameters
    ----------
    tables : of the vertices, voxels or columns of each subject (`describe_targets`).
    """
    columns = ["hemi", "roi", "lobe"]
    regions = pd.concat([table.loc[table["roi"].notna(), columns] for table in tables]).drop_duplicates(["hemi", "roi"])
    regions = regions.sort_values(["hemi", "roi"]).reset_index(drop=True)
    missing = {"vertex": None, **dict.fromkeys("xyz", np.nan), "mask": None}
    regions = regions.assign(target=np.arange(len(regions)), **missing)
    return regions[[*UNITS]].astype(TYPES)
