"""The table of targets: hemisphere, vertex, region, lobe and coordinates."""

import numpy as np
import pandas as pd
import pytest

from brainforecast.errors import BadInput
from brainforecast.readers.surfaces import load_surface
from brainforecast.readers.targets import names_by_hemi
from brainforecast.storage.parquet import read_provenance, read_units
from helpers.datasets import (
    DESIKAN,
    LOBES,
    REPOSITORY,
    assert_bad_input,
    write_annot,
    write_lines,
    write_region_run,
)
from helpers.targets import write_targets

N = 10_242  # vertices of fsaverage5


def build(tmp_path, **settings) -> pd.DataFrame:
    """Build the table of targets as its rule does, by default of fsaverage5."""
    return pd.read_parquet(write_targets(tmp_path / "targets.parquet", **settings))


def test_targets_of_a_surface(tmp_path):
    """All vertices, left first; regions, lobes and coordinates; units and provenance."""
    targets = build(tmp_path, atlas=DESIKAN)
    assert targets.columns.tolist() == ["target", "hemi", "vertex", "roi", "lobe", "x", "y", "z", "mask"]
    assert targets["target"].tolist() == list(range(2 * N))
    assert targets["hemi"].tolist() == ["L"] * N + ["R"] * N
    assert targets["vertex"].tolist() == list(range(N)) * 2
    assert set(targets["lobe"].dropna()) == LOBES
    assert (targets["roi"].isna() == targets["lobe"].isna()).all()
    assert 0.08 < targets["roi"].isna().mean() < 0.12
    frontal, occipital = (targets.query(f"lobe == '{lobe}'") for lobe in ("frontal", "occipital"))
    assert frontal["y"].mean() > 0 > -60 > occipital["y"].mean()
    assert read_units(tmp_path / "targets.parquet")["x"].startswith("mm")
    assert read_provenance(tmp_path / "targets.parquet")["space"] == "fsaverage5"


def test_targets_without_an_atlas(tmp_path):
    """The same columns without regions."""
    targets = build(tmp_path)
    assert targets[["roi", "lobe"]].isna().all(axis=None)
    assert targets[["x", "y", "z"]].notna().all(axis=None)


def test_region_without_a_lobe_is_reported(tmp_path, caplog):
    """A region that the table of lobes lacks has lobe null, and is logged."""
    labels = [0, 1, 2, -1, *[1] * (N - 4)]
    atlas = {hemi: str(write_annot(tmp_path / f"{hemi}.annot", labels)) for hemi in "LR"}
    atlas["lobes"] = str(write_lines(tmp_path / "lobes.tsv", "roi\tlobe", "here\tfrontal"))
    with caplog.at_level("INFO", logger="brainforecast"):
        targets = build(tmp_path, atlas=atlas)
    assert targets["roi"].isna().tolist()[:5] == [True, False, False, True, False]
    assert targets["lobe"].isna().tolist()[:5] == [True, False, True, True, False]
    assert "1 regions of the atlas have no lobe: there" in caplog.text


def test_medial_wall_has_no_region(tmp_path):
    """FreeSurfer's labels outside cortex are no regions."""
    names = ["unknown", "Medial_wall", "corpuscallosum"]
    labels = [0, 1, 2, *[1] * (N - 3)]
    atlas = {hemi: str(write_annot(tmp_path / f"{hemi}.annot", labels, names)) for hemi in "LR"}
    assert build(tmp_path, atlas=atlas)["roi"].isna().all()


def test_atlas_of_another_space(tmp_path):
    """An atlas with another number of vertices; no table is written."""
    atlas = {hemi: str(write_annot(tmp_path / f"{hemi}.annot", [0, 1, 2])) for hemi in "LR"}
    with pytest.raises(BadInput) as error:
        build(tmp_path, atlas=atlas)
    assert_bad_input(error, "L.annot", "3 vertices", "10,242 of fsaverage5")
    assert not (tmp_path / "targets.parquet").exists()


def test_targets_of_regions(tmp_path):
    """One target per column, named after it; other columns are null, with the same types."""
    run = write_region_run(tmp_path / "run.tsv", np.ones((2, 3)), ["a", "b", "c"])
    targets = pd.read_parquet(write_targets(tmp_path / "r.parquet", [run], response="region", space=None))
    assert targets["roi"].tolist() == ["a", "b", "c"]
    assert targets[["hemi", "vertex", "lobe", "x", "y", "z", "mask"]].isna().all(axis=None)
    assert targets.dtypes.equals(build(tmp_path).dtypes)


def test_names_by_hemisphere():
    """In the order of vertices, whatever the order of rows; "" where there is none."""
    targets = pd.DataFrame({"hemi": ["R", "L", "L"], "vertex": [0, 1, 0], "lobe": ["insula", None, "frontal"]})
    names = names_by_hemi(targets, "lobe")
    assert {hemi: name.tolist() for hemi, name in names.items()} == {"L": ["frontal", ""], "R": ["insula"]}


def test_destrieux_on_fsaverage6(tmp_path, shared_data):
    """The paper's atlas and space: 74 regions, each with a lobe; fsaverage6 begins with the vertices of fsaverage5."""
    folder = shared_data / "freesurfer"
    labels = folder / "fsaverage6/label"
    atlas = {hemi: str(labels / f"{side}.aparc.a2009s.annot") for hemi, side in (("L", "lh"), ("R", "rh"))}
    atlas["lobes"] = str(REPOSITORY / "config/atlases/destrieux_lobes.tsv")
    targets = build(tmp_path, space="fsaverage6", atlas=atlas, surfaces=str(folder / "fsaverage6/surf"))
    assert len(targets) == 2 * 40_962
    assert targets["roi"].nunique() == 74
    assert set(targets.dropna(subset="roi")["lobe"]) == LOBES
    left = targets.loc[: N - 1, ["x", "y", "z"]].to_numpy()
    np.testing.assert_allclose(left, load_surface("fsaverage5", "pial")["L"][0], atol=0.01)
