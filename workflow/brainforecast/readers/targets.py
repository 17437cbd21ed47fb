"""The table of targets: hemisphere, vertex, region, lobe and coordinates of each column of the responses."""

import csv
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.dataset.formats import REGION, SURFACE, n_targets, n_vertices
from brainforecast.errors import BadInput
from brainforecast.readers.atlas import read_lobes, read_vertex_rois
from brainforecast.readers.parcels import split_regions
from brainforecast.readers.surfaces import load_surface

logger = logging.getLogger("brainforecast")

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


@dataclass(frozen=True)
class TargetFiles:
    """Files that describe the targets; the format of the responses decides which are needed.

    Parameters
    ----------
    space : surface space.
    atlas : label files under ``L`` and ``R``, a table ``lobes``, and ``split``, the most vertices of a region
        (`readers.parcels`); None for no regions.
    folder : surfaces in FreeSurfer's layout; None for nilearn's.
    path_to_run : a run, whose header names the regions.
    """

    space: str | None
    atlas: Mapping | None
    folder: str | Path | None
    path_to_run: str | Path | None


def describe_targets(
    response: str,
    *,
    space: str | None = None,
    atlas: Mapping | None = None,
    folder: str | Path | None = None,
    path_to_run: str | Path | None = None,
) -> pd.DataFrame:
    """Make the table of targets: target, hemi, vertex, roi, lobe, x, y, z.

    Parameters
    ----------
    response : format of the responses. ``surface``: all vertices of `space`, L first; ``region``: the columns of the
        table at `path_to_run`.
    space, atlas, folder, path_to_run : as in `TargetFiles`.
    """
    targets = DESCRIBE[response](TargetFiles(space, atlas, folder, path_to_run))
    return targets.astype({"target": "int32", "hemi": "str", "vertex": "Int32", "roi": "str", "lobe": "str"})


def names_by_hemi(targets: pd.DataFrame, column: str) -> dict[str, np.ndarray]:
    """Split a column of names of the target table by hemisphere, (n_vertices,) in order of vertices; "" where null."""
    names = targets.assign(name=targets[column].astype(object).where(targets[column].notna(), ""))
    hemis = SURFACE.hemispheres
    return {hemi: names[names["hemi"] == hemi].sort_values("vertex")["name"].to_numpy() for hemi in hemis}


def read_region_names(path: str | Path) -> list[str]:
    """Read the names of the regions from the header of a table of time series."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            names = next(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), [])
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(path, f"no table that can be read ({error})", "a header of region names") from error
    if not names or all(_is_number(name) for name in names):
        raise BadInput(f"{path} row 1", "numbers" if names else "nothing", "a header of region names")
    if len(set(names)) < len(names) or "" in names:
        duplicate = next(name for name in names if not name or names.count(name) > 1)
        raise BadInput(f"{path} row 1", f"column {duplicate or 'without a name'}", "a unique name for each region")
    return names


def _describe_vertices(files: TargetFiles) -> pd.DataFrame:
    n = n_vertices(files.space)
    surface = load_surface(files.space, "pial", files.folder)
    xyz = np.concatenate([coordinates for coordinates, _ in surface.values()])  # (n_targets, 3)
    hemis, target = SURFACE.hemispheres, np.arange(n_targets(files.space))
    targets = pd.DataFrame({"target": target, "hemi": np.repeat(hemis, n), "vertex": target % n})
    atlas = files.atlas or {}
    rois = [read_vertex_rois(atlas[hemi], files.space) if atlas else [None] * n for hemi in hemis]
    targets["roi"] = [roi for hemi_rois in rois for roi in hemi_rois]
    lobes = read_lobes(atlas["lobes"]) if atlas.get("lobes") else {}
    targets["lobe"] = targets["roi"].map(lobes)
    without = sorted(set(targets["roi"].dropna()) - set(lobes))
    if without:
        logger.info("%d regions of the atlas have no lobe: %s", len(without), ", ".join(without))
    targets = targets.assign(**{axis: xyz[:, i].astype(float) for i, axis in enumerate("xyz")})
    return targets.assign(roi=split_regions(targets, atlas.get("split")))


def _describe_regions(files: TargetFiles) -> pd.DataFrame:
    names = read_region_names(files.path_to_run)
    table = {"target": np.arange(len(names)), "hemi": None, "vertex": None, "roi": names, "lobe": None}
    return pd.DataFrame({**table, **dict.fromkeys("xyz", np.nan)})


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


DESCRIBE: dict[str, Callable[[TargetFiles], pd.DataFrame]] = {
    SURFACE.name: _describe_vertices,
    REGION.name: _describe_regions,
}
