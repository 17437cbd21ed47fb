"""Regions as targets: the mean series of each region of one hemisphere."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from brainforecast.results.regions import Regions
from brainforecast.storage.responses import Responses


@dataclass(frozen=True)
class ControlRegions:
    """The regions whose mean series are scored.

    Attributes
    ----------
    names : table hemi, region, lobe; one row per region; hemi is null where targets have no hemisphere.
    """

    names: pd.DataFrame
    _regions: Regions

    @classmethod
    def from_targets(cls, targets: pd.DataFrame) -> "ControlRegions":
        """Regions of a target table, per hemisphere where targets have one; a target without a region is in none."""
        found = Regions.from_targets(targets)
        names = found.names
        is_kept = names["level"] == "roi"
        if names["hemi"].notna().any():
            is_kept &= names["hemi"].notna()
        rows = np.flatnonzero(is_kept)
        kept = Regions(names.iloc[rows].reset_index(drop=True), found.members[rows])
        first = kept.members.indices[kept.members.indptr[:-1]]  # a target of each region
        table = kept.names[["hemi"]].assign(region=kept.names["roi"], lobe=targets["lobe"].to_numpy()[first])
        return cls(table.astype({"lobe": "str"}), kept)

    def series(self, measured: Responses) -> np.ndarray:
        """Mean of the responses over each region, (n_trs_total, n_regions) float32.

        A region that the subject lacks, or that is constant, is NaN.
        """
        return self._regions.series(measured)
