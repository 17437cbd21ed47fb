"""Regions as targets."""

import numpy as np
import pandas as pd

from brainforecast.controls.region_series import ControlRegions
from brainforecast.results import regions
from brainforecast.storage.responses import Responses

TARGETS = pd.DataFrame(
    {
        "hemi": ["L", "L", "L", "L", "R", "R", "R"],
        "roi": ["x", "x", "y", None, "x", "y", "y"],
        "lobe": ["frontal", "frontal", None, None, "frontal", None, None],
    }
).astype("str")


def responses(values: np.ndarray, target: list[int]) -> Responses:
    return Responses(values.astype(np.float32), np.array(target), np.array([len(values)]), {})


def test_regions_of_surfaces_are_those_of_each_hemisphere():
    """Vertices without a region are in none; a region has the lobe of its vertices."""
    names = ControlRegions.from_targets(TARGETS).names
    assert list(zip(names["hemi"], names["region"], strict=True)) == [("L", "x"), ("L", "y"), ("R", "x"), ("R", "y")]
    assert names["lobe"].tolist()[::2] == ["frontal", "frontal"] and names["lobe"][1::2].isna().all()


def test_a_series_is_the_mean_of_the_targets_a_subject_has(monkeypatch):
    """Target 1 is masked; region y of the right hemisphere is constant, so it has no series."""
    monkeypatch.setattr(regions, "AT_ONCE", 25)  # four volumes
    values = np.random.default_rng(0).standard_normal((30, 6))
    values[:, 4:] = [[1.0, 3.0]]
    found = ControlRegions.from_targets(TARGETS).series(responses(values, [0, 2, 3, 4, 5, 6]))
    np.testing.assert_allclose(found[:, :3], values[:, [0, 1, 3]], rtol=1e-6)
    assert np.isnan(found[:, 3]).all()


def test_a_missing_region_has_no_series():
    values = np.random.default_rng(0).standard_normal((30, 3))
    found = ControlRegions.from_targets(TARGETS).series(responses(values, [0, 1, 4]))
    np.testing.assert_allclose(found[:, 0], values[:, :2].mean(axis=1), rtol=1e-5)
    assert np.isnan(found[:, [1, 3]]).all()


def test_targets_that_are_regions_are_their_own_series():
    """Without hemispheres and lobes, in the order of their names."""
    targets = pd.DataFrame({"hemi": None, "roi": ["b", "a"], "lobe": None}, index=range(2)).astype("str")
    found = ControlRegions.from_targets(targets)
    assert found.names["region"].tolist() == ["a", "b"] and found.names[["hemi", "lobe"]].isna().all(axis=None)
    values = np.random.default_rng(0).standard_normal((9, 2))
    np.testing.assert_allclose(found.series(responses(values, [0, 1])), values[:, ::-1], rtol=1e-6)
