"""Averages over regions: parcels, lobes, masks and all targets, of each hemisphere and of both together.

Scoring jobs use this, and an edit of what they use reruns them: so it imports little.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from brainforecast.storage.responses import Responses

AT_ONCE = 4_000_000  # responses converted at once
NAMES = ["level", "hemi", "roi"]  # storage.columns.REGION


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
    def from_file(cls, path: str | Path) -> "Regions":
        """Regions of the study's targets.parquet."""
        return cls.from_targets(pd.read_parquet(path))

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
        return cls(pd.DataFrame(names, columns=NAMES).astype({"hemi": "str"}), matrix)

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

    def counts(self, target: np.ndarray) -> np.ndarray:
        """Number of targets of each region among those kept; (n_regions,)."""
        return self.members[:, target].sum(axis=1).astype(int)

    def series(self, measured: Responses) -> np.ndarray:
        """Mean of the responses over each region, (n_trs_total, n_regions) float32.

        A region that the subject lacks, or that is constant, is NaN.
        """
        n_trs, n_targets = measured.responses.shape
        means = np.empty((n_trs, len(self.names)), np.float32)
        step = max(1, AT_ONCE // n_targets)
        for start in range(0, n_trs, step):
            rows = slice(start, start + step)
            means[rows] = self.mean(measured.responses[rows], measured.target)[0]
        means[:, np.ptp(means, axis=0) == 0] = np.nan
        return means
