"""Regions of a table of targets, at every level."""

import numpy as np
import pandas as pd

from brainforecast.results.regions import Regions

TARGETS = pd.DataFrame(
    {
        "hemi": ["L", "L", "R", None],
        "roi": ["a", None, "a", "thalamus"],
        "lobe": ["frontal", None, "frontal", None],
        "mask": ["language", "language", None, None],
    }
)


def test_masks_are_a_level_of_their_own():
    """Beside regions, lobes and all targets, of both hemispheres and of each; targets may have no hemisphere."""
    regions = Regions.from_targets(TARGETS)
    means, counts = regions.mean(np.array([[1.0, 2.0, 4.0, np.nan]]), np.arange(4))
    names = regions.names.astype(object).where(regions.names.notna(), None).itertuples(index=False, name=None)
    found = dict(zip(names, zip(means[0], counts[0], strict=True), strict=True))
    assert found["mask", None, "language"] == (1.5, 2)
    assert found["mask", "L", "language"] == (1.5, 2)
    assert ("mask", "R", "language") not in found
    assert found["roi", None, "a"] == (2.5, 2)
    assert found["lobe", "R", "frontal"] == (4.0, 1)
    assert found["all", None, "all"][1] == 3
    assert found["roi", None, "thalamus"][1] == 0


def test_tables_without_masks():
    """A table without that column, or with no mask, has the other levels."""
    names = [Regions.from_targets(table).names for table in (TARGETS.drop(columns="mask"), TARGETS.assign(mask=None))]
    assert names[0].equals(names[1])
    assert set(names[0]["level"]) == {"roi", "lobe", "all"}
