"""Averages over regions: parcels, lobes, everything; each hemisphere and both together."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse


@dataclass(frozen=True)
class Regions:
    """Which targets belong to which region.

    names : table level, hemi, roi, one row a region; members : (n_regions, n_targets) of 0 and 1, over the rows of
    targets.parquet.
    """

    names: pd.DataFrame
    members: sparse.csr_array

    @classmethod
    def of(cls, targets: pd.DataFrame) -> "Regions":
        """Regions of a target table: every roi and lobe by hemisphere (where there are two) and over both, and all."""
        hemispheres = [None, *sorted(targets["hemi"].dropna().unique())]
        names, members = [], []
        for level in ("roi", "lobe", "all"):
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
        return cls(pd.DataFrame(names, columns=["level", "hemi", "roi"]).astype({"hemi": "str"}), matrix)

    def mean(self, values: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean of values over each region, passing over NaN, and how many targets it is a mean of.

        Parameters
        ----------
        values : (n_cells, n_kept); target : (n_kept,) rows of the target table.

        Returns
        -------
        means (n_cells, n_regions) float64, NaN where a region has no value; counts, the same shape.
        """
        members = self.members[:, target]
        finite = np.isfinite(values)
        counts = (members @ finite.T.astype(float)).T
        sums = (members @ np.where(finite, values, 0).astype(np.float64).T).T
        means = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
        return means, counts.astype(int)
