"""Splitting large regions of an atlas."""

import numpy as np
import pandas as pd
import pytest

from brainforecast.readers.atlas import read_lobes
from brainforecast.readers.parcels import assign_pieces, split_regions
from helpers.datasets import REPOSITORY
from helpers.targets import write_targets


def long_region(n: int, hemi: str, roi: str, seed: int = 0) -> pd.DataFrame:
    """A region that is long from back to front."""
    x, y, z = np.random.default_rng(seed).normal(size=(3, n)) * [[1], [20], [2]]
    return pd.DataFrame({"hemi": hemi, "roi": roi, "x": x, "y": y, "z": z})


def test_pieces_are_equal_and_ordered_from_back_to_front():
    """Sizes differ by one vertex at most; each piece is in front of the one before."""
    points = long_region(101, "L", "a")[["x", "y", "z"]].to_numpy()
    piece = assign_pieces(points, 4)
    assert sorted(np.bincount(piece)) == [25, 25, 25, 26]
    middles = [points[piece == number, 1].mean() for number in range(4)]
    assert middles == sorted(middles)


@pytest.mark.parametrize("axis", [0, 2])
def test_the_long_axis_may_point_anywhere(axis):
    """Pieces do not overlap along the axis where the region is longest."""
    points = np.random.default_rng(1).normal(size=(60, 3))
    points[:, axis] *= 50
    piece = assign_pieces(points, 2)
    sides = [points[piece == number, axis] for number in range(2)]
    assert sides[0].max() < sides[1].min() or sides[1].max() < sides[0].min()


def test_left_and_right_are_split_alike():
    """A nearly upright region, tilted slightly back on the left and slightly forward on the right."""
    up = np.random.default_rng(2).normal(size=40) * 20
    sides = [
        pd.DataFrame({"hemi": h, "roi": "a", "x": x, "y": y * up, "z": up})
        for h, x, y in (("L", -30, -0.1), ("R", 30, 0.1))
    ]
    targets = pd.concat(sides, ignore_index=True)
    names = split_regions(targets, 20)
    heights = targets["z"].groupby([targets["hemi"], names]).mean()
    assert heights["L"].to_dict() == heights["R"].to_dict() and heights["L", "a-1"] < heights["L", "a-2"]


def test_only_large_regions_are_split_and_alike_in_both_hemispheres():
    """A region above the limit in one hemisphere is split in both, one at the limit is not; null stays null."""
    sizes = [(10, "L", "even"), (10, "R", "even"), (8, "L", "big"), (25, "R", "big")]
    parts = [long_region(*size) for size in sizes]
    targets = pd.concat([*parts, long_region(30, "L", "x").assign(roi=None)], ignore_index=True)
    names = split_regions(targets, 10)
    counts = names.groupby([targets["hemi"], names]).size()
    assert counts["L"].to_dict() == {"even": 10, "big-1": 3, "big-2": 3, "big-3": 2}
    assert counts["R"].to_dict() == {"even": 10, "big-1": 9, "big-2": 8, "big-3": 8}
    assert names[targets["roi"].isna()].isna().all() and names.notna().sum() == 53


def test_nothing_is_split_without_a_limit():
    """None leaves the atlas as it is."""
    targets = long_region(30, "L", "a")
    assert (split_regions(targets, None) == "a").all()


def test_destrieux_on_fsaverage6_gives_122_regions(tmp_path, shared_data):
    """The documented number, where the paper has 142; pieces keep the lobe of their region."""
    folder, lobes = shared_data / "freesurfer", str(REPOSITORY / "config/atlases/destrieux_lobes.tsv")
    labels = folder / "fsaverage6/label"
    atlas = {hemi: str(labels / f"{side}.aparc.a2009s.annot") for hemi, side in (("L", "lh"), ("R", "rh"))}
    path, surfaces = tmp_path / "targets.parquet", str(folder / "fsaverage6/surf")
    atlas |= {"lobes": lobes, "split": 500}
    write_targets(path, space="fsaverage6", atlas=atlas, surfaces=surfaces)
    targets = pd.read_parquet(path)
    counts = targets.groupby("hemi")["roi"].agg(["nunique"])["nunique"].to_dict()
    assert counts == {"L": 122, "R": 122}
    assert targets.groupby(["hemi", "roi"]).size().max() <= 500
    known = read_lobes(lobes)
    pieces = targets.dropna(subset="roi").drop_duplicates("roi")
    region = pieces["roi"].where(pieces["roi"].isin(known.keys()), pieces["roi"].str.rsplit("-", n=1).str[0])
    assert (pieces["lobe"] == region.map(known)).all()
