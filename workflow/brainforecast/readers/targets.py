"""TODO."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.dataset.formats import n_vertices
from brainforecast.errors import BadInput
from brainforecast.readers.atlas import _rois, read_lobes
from brainforecast.readers.parcels import split_regions
from brainforecast.readers.surfaces import SIDES, load_surface, logger

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
        a region (`brainforecast.readers.parcels`); None for no regions.
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


def _regions(path: str | Path) -> pd.DataFrame:
    names = read_region_names(path)
    table = {"target": np.arange(len(names)), "hemi": None, "vertex": None, "roi": names, "lobe": None}
    return pd.DataFrame({**table, **dict.fromkeys("xyz", np.nan)})


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
