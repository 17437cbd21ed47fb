"""What the table of targets is made from, and what every format's part of it has in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.dataset.spaces import Surface
from brainforecast.errors import BadInput
from brainforecast.readers.atlas import find_lobes
from brainforecast.readers.notes import Notes
from brainforecast.readers.parcels import split_regions

COLUMNS = ("target", "hemi", "vertex", "roi", "lobe", "x", "y", "z", "mask")


@dataclass(frozen=True)
class TargetFiles:
    """Files that describe the targets; the format of the responses decides which are needed.

    Parameters
    ----------
    space : of the runs; surface : its size, where it is a surface of a template.
    atlas : config `atlas`, its files where they are; empty for no regions.
    meshes : folder of surfaces; None for nilearn's own, where it has them. `has_meshes` : whether there are any.
    run : files of one run.
    masks : of the voxels; those that all of them have are targets.
    notes : gets a sentence on whatever is passed over.
    """

    space: str | None = None
    surface: Surface | None = None
    atlas: Mapping = field(default_factory=dict)
    meshes: str | Path | None = None
    has_meshes: bool = True
    run: Sequence[str | Path] = ()
    masks: Sequence[str | Path] = ()
    notes: Notes = field(default_factory=Notes)


def make_table(
    regions: Sequence[tuple[str | None, str | None]],
    files: TargetFiles,
    *,
    hemi: Sequence[str | None] | None = None,
    vertex: Sequence[int | None] | None = None,
    xyz: np.ndarray | None = None,
    mask: Sequence[str | None] | None = None,
) -> pd.DataFrame:
    """Make the table of targets from its columns; regions with too many targets are split where the config says so.

    Parameters
    ----------
    regions : (hemisphere, region) of each target.
    hemi : of each target; None for that of its region.
    vertex : index in its hemisphere or image; None for no index.
    xyz : (n_targets, 3), mm; None where nothing says where they are.
    mask : the mask each target lies in.
    """
    n = len(regions)
    xyz = np.full((n, 3), np.nan) if xyz is None else xyz
    hemis = [side for side, _ in regions] if hemi is None else list(hemi)
    rois = [roi for _, roi in regions]
    placed = [(own or side, roi) for own, (side, roi) in zip(hemis, regions, strict=True)]
    table = {
        "target": np.arange(n),
        "hemi": pd.Series(hemis, dtype=object),
        "vertex": pd.Series([None] * n if vertex is None else vertex, dtype=object),
        "roi": pd.Series(rois, dtype=object),
        "lobe": pd.Series(find_lobes(placed, files.atlas.get("lobes"), files.notes), dtype=object),
        **{axis: xyz[:, i].astype(float) for i, axis in enumerate("xyz")},
        "mask": pd.Series([None] * n if mask is None else mask, dtype=object),
    }
    targets, largest = pd.DataFrame(table)[[*COLUMNS]], files.atlas.get("split")
    if largest and np.isnan(xyz[[roi is not None for roi in rois]]).any():
        found = "regions of targets whose coordinates are not known"
        raise BadInput("config key atlas.split", found, "null, or a folder with their surfaces (config key surfaces)")
    return targets.assign(roi=split_regions(targets, largest))
