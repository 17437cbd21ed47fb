"""Read one run, in any format, into an array of volumes by targets."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from brainforecast.readers.formats import FORMAT_MODULES

READ_RUN: dict[str, Callable[[Sequence[str], pd.DataFrame, str | None], np.ndarray]] = {
    name: module.read_run for name, module in FORMAT_MODULES.items()
}


def read_run(
    response: str, paths: Sequence[str], targets: pd.DataFrame, space: str | None, own: pd.DataFrame | None = None
) -> np.ndarray:
    """Read a run; of a subject with an atlas of its own, averaged over its regions.

    Parameters
    ----------
    paths : of a surface run L, then R.
    own : the subject's own vertices, voxels or columns with their regions (`readers.own_atlas`); None where all
        subjects share the targets.

    Returns
    -------
    (n_volumes, n_targets) float32, NaN where missing: in regions that the subject does not have, too.
    """
    if own is None:
        return READ_RUN[response](paths, targets, space)
    return region_means(READ_RUN[response](paths, own, space), find_regions(own, targets), len(targets))


def find_regions(own: pd.DataFrame, targets: pd.DataFrame) -> np.ndarray:
    """Row of the targets of each vertex, voxel or column of a subject by its hemisphere and region, -1 without one."""
    keys = ["hemi", "roi"]
    known = {key: row for row, key in enumerate(_keys(targets, keys))}
    return np.array([known.get(key, -1) for key in _keys(own, keys)])


def region_means(run: np.ndarray, labels: np.ndarray, n_regions: int) -> np.ndarray:
    """Average a run over regions.

    Parameters
    ----------
    run : (n_volumes, n) float32; values that are not finite are left out of the means.
    labels : (n,) region of each column, 0 .. n_regions - 1; -1 for none.

    Returns
    -------
    (n_volumes, n_regions) float32, NaN where a region has no finite value.
    """
    inside = np.flatnonzero(labels >= 0)
    ones = np.ones(len(inside), np.float32)
    members = sparse.csr_array((ones, (labels[inside], inside)), shape=(n_regions, len(labels)))
    means = np.empty((len(run), n_regions), np.float32)
    for volume, values in enumerate(run):  # one at a time: no second copy of the run
        finite = np.isfinite(values)
        counts = members @ finite.astype(np.float32)
        sums = members @ np.where(finite, values, 0).astype(np.float64)
        means[volume] = np.divide(sums, counts, out=np.full(n_regions, np.nan), where=counts > 0)
    return means


def _keys(table: pd.DataFrame, columns: list[str]) -> list[tuple]:
    filled = table[columns].astype(object)
    return list(filled.where(filled.notna(), None).itertuples(index=False, name=None))
