"""Averages over regions: parcels, lobes, masks and all targets, of each hemisphere and of both together."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from brainforecast.statistics.inference import benjamini_hochberg
from brainforecast.storage.columns import REGION


@dataclass(frozen=True)
class Regions:
    """Which targets belong to which region.

    Attributes
    ----------
    names : table level, hemi, roi, one row per region.
    members : (n_regions, n_targets), 1 where a row of targets.parquet belongs to the region and 0 elsewhere.
    """

    names: pd.DataFrame
    members: sparse.csr_array

    @classmethod
    def from_targets(cls, targets: pd.DataFrame) -> "Regions":
        """Regions of a target table: every roi, lobe, mask and all targets, of both hemispheres and, if known, each."""
        hemispheres = [None, *sorted(targets["hemi"].dropna().unique())]
        names, members = [], []
        for level in ("roi", "lobe", "mask", "all"):
            if level == "mask" and level not in targets:
                continue
            labels = pd.Series("all", targets.index) if level == "all" else targets[level]
            for hemi in hemispheres:
                here = labels if hemi is None else labels.where(targets["hemi"] == hemi)
                for roi in sorted(here.dropna().unique()):
                    names.append((level, hemi, roi))
                    members.append(np.flatnonzero(here == roi))
        rows = np.repeat(np.arange(len(members)), [len(m) for m in members])
        columns = np.concatenate(members) if members else np.zeros(0, int)
        shape = (len(members), len(targets))
        matrix = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
        return cls(pd.DataFrame(names, columns=REGION).astype({"hemi": "str"}), matrix)

    def mean(self, values: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean of values over each region, ignoring NaN, and the number of targets averaged.

        Parameters
        ----------
        values : (n_cells, n_kept).
        target : (n_kept,), rows of the target table.

        Returns
        -------
        means : (n_cells, n_regions) float64, NaN where a region has no value; counts : the same shape.
        """
        members = self.members[:, target]
        finite = np.isfinite(values)
        counts = (members @ finite.T.astype(float)).T
        sums = (members @ np.where(finite, values, 0).astype(np.float64).T).T
        means = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
        return means, counts.astype(int)


def with_q_values(table: pd.DataFrame) -> pd.DataFrame:
    """Add q_value, over the rows of one level; those of single hemispheres and those of both apart.

    Parameters
    ----------
    table : level, hemi and p_value.
    """
    groups = table.groupby([table["level"], table["hemi"].isna()], sort=False)["p_value"]
    return table.assign(q_value=groups.transform(lambda p: benjamini_hochberg(p.to_numpy(float))))
