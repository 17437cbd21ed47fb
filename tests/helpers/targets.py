"""Tables of targets, made as the rule makes them."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from brainforecast.dataset.spaces import find_surface
from brainforecast.storage.geometry import Geometry, read_geometry
from scripts.dataset.build_targets import build_targets


def write_targets(
    path: Path,
    runs: Sequence[str | Path] = (),
    masks: Sequence[str | Path] = (),
    *,
    response: str = "surface",
    space: str | None = "fsaverage5",
    atlas: dict | None = None,
    **settings: object,
) -> Path:
    """Build a table of targets at `path`, its geometry beside it; by default all vertices of fsaverage5."""
    surface = find_surface(space) if response in ("surface", "dtseries") and space != "fsnative" else None
    settings = {"density": surface and surface.density, "atlases": [atlas or {}], **settings}
    geometry = path.with_name("geometry.json")
    build_targets(
        [str(run) for run in runs], [str(mask) for mask in masks], str(path), str(geometry),
        response=response, space=space, **settings,
    )  # fmt: skip
    return path


def make_targets(folder: Path, *arguments: object, **settings: object) -> tuple[pd.DataFrame, Geometry]:
    """Build a table of targets as `write_targets` does, and read it and its geometry."""
    path = write_targets(folder / "targets.parquet", *arguments, **settings)
    return pd.read_parquet(path), read_geometry(folder / "geometry.json")
