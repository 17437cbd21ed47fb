"""Runs of every format: written by the libraries of the field, read back; what does not fit is one line."""

import h5py
import nibabel
import numpy as np
import pytest

from brainforecast.errors import BadInput
from brainforecast.readers.own_atlas import own_of_subject
from brainforecast.readers.runs import READ_RUN, read_run
from brainforecast.storage.geometry import GRAYORDINATES, PARCELS, VOXELS
from helpers.brain_files import (
    AFFINE,
    N_SMALL,
    SHAPE,
    brain_models,
    write_dlabel,
    write_dscalar,
    write_dtseries,
    write_label_gifti,
    write_matrix,
    write_nifti,
    write_ptseries,
)
from helpers.datasets import assert_bad_input, write_gifti, write_lines
from helpers.targets import make_targets

N_VOLUMES = 9
TABLE = {1: "L_V1_ROI", 2: "R_V1_ROI", 3: "???"}


def noise(*shape: int) -> np.ndarray:
    """Standard normal numbers, the same in each call."""
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


@pytest.fixture
def inside() -> np.ndarray:
    """A mask of the small grid, about half of it."""
    return np.random.default_rng(1).random(SHAPE) < 0.5


def small_surface(folder, **settings):
    """Targets of fsaverage3, without meshes."""
    return make_targets(folder, space="fsaverage3", has_meshes=False, **settings)


def test_one_signal_in_three_spaces(tmp_path, inside):
    """Surface, grayordinates and volume give the same numbers, and the same means of the regions they share."""
    signal = noise(N_VOLUMES, 2 * N_SMALL)
    keys = np.repeat([1, 2], N_SMALL)
    keys[[5, N_SMALL + 5]] = 3
    halves = [
        write_gifti(tmp_path / f"{hemi}.func.gii", half)
        for hemi, half in zip("LR", np.split(signal, 2, 1), strict=True)
    ]
    labels = {hemi: write_label_gifti(tmp_path / f"{hemi}.label.gii", half, TABLE)
              for hemi, half in zip("LR", np.split(keys, 2), strict=True)}  # fmt: skip
    axis = brain_models(n_voxels=0)
    series = write_dtseries(tmp_path / "a.dtseries.nii", signal, axis)
    dlabel = write_dlabel(tmp_path / "a.dlabel.nii", keys, TABLE, axis)
    shape = (2, 6, 107)  # as many voxels
    image = write_nifti(tmp_path / "a_bold.nii.gz", signal.T.reshape(*shape, N_VOLUMES))
    mask = write_nifti(tmp_path / "mask.nii.gz", np.ones(shape, bool))
    volume = write_nifti(tmp_path / "labels.nii.gz", keys.astype(np.int16).reshape(shape))
    names = write_lines(tmp_path / "labels.tsv", "index\tname", *(f"{key}\t{name}" for key, name in TABLE.items()))
    tables = {
        "surface": small_surface(tmp_path, atlas={hemi: str(path) for hemi, path in labels.items()})[0],
        "dtseries": make_targets(tmp_path, [series], response="dtseries", space="fsaverage3", has_meshes=False,
                                 atlas={"dlabel": str(dlabel)})[0],
        "volume": make_targets(tmp_path, [], [mask], response="volume", space="MNI152NLin6Asym",
                               atlas={"volume": str(volume), "table": str(names)})[0],
    }  # fmt: skip
    paths = {"surface": halves, "dtseries": [series], "volume": [image]}
    means = {}
    for response, targets in tables.items():
        run = READ_RUN[response](paths[response], targets, None)
        assert run.dtype == np.float32
        np.testing.assert_array_equal(run, signal)
        assert targets["roi"].dropna().unique().tolist() == ["V1_ROI"]
        assert targets["roi"].isna().sum() == 2
        assert targets.dropna(subset="roi")["hemi"].tolist() == ["L"] * (N_SMALL - 1) + ["R"] * (N_SMALL - 1)
        rows = targets.assign(column=range(len(targets))).groupby(["hemi", "roi"])["column"]
        means[response] = np.stack([run[:, columns].mean(axis=1) for _, columns in rows], axis=1)
    np.testing.assert_array_equal(means["surface"], means["dtseries"])
    np.testing.assert_array_equal(means["surface"], means["volume"])


# surfaces


def test_surface_runs_in_all_their_forms(tmp_path):
    """One array a volume, (n,) or (n, 1), or one of all volumes: the same run."""
    run, targets = noise(4, 2 * N_SMALL), small_surface(tmp_path)[0]
    left, right = np.split(run, 2, axis=1)
    forms = {"flat": lambda half: half, "columns": lambda half: half[:, :, None], "one": lambda half: [half.T]}
    for name, form in forms.items():
        paths = [write_gifti(tmp_path / f"{name}-{i}.func.gii", form(half)) for i, half in enumerate((left, right))]
        np.testing.assert_array_equal(READ_RUN["surface"](paths, targets, "fsaverage3"), run)
    single = [write_gifti(tmp_path / f"s{i}.func.gii", half[:1, :, None]) for i, half in enumerate((left, right))]
    np.testing.assert_array_equal(READ_RUN["surface"](single, targets, "fsaverage3"), run[:1])


def test_header_that_declares_more_volumes(tmp_path):
    """Fewer arrays than declared: reported of this file, where it is read."""
    targets = small_surface(tmp_path)[0]
    paths = [write_gifti(tmp_path / f"{hemi}.func.gii", noise(12, N_SMALL)) for hemi in "LR"]
    text = paths[1].read_bytes()
    paths[1].write_bytes(text.replace(b'NumberOfDataArrays="12"', b'NumberOfDataArrays="13"'))
    with pytest.raises(BadInput) as error:
        READ_RUN["surface"](paths, targets, "fsaverage3")
    assert_bad_input(error, paths[1], "12 arrays", "13, as its header declares")


def test_volumes_beside_vertices(tmp_path):
    """Arrays of volumes x vertices are no volumes."""
    targets = small_surface(tmp_path)[0]
    paths = [write_gifti(tmp_path / f"{hemi}.func.gii", [noise(3, N_SMALL), noise(3, N_SMALL)]) for hemi in "LR"]
    with pytest.raises(BadInput) as error:
        READ_RUN["surface"](paths, targets, "fsaverage3")
    assert_bad_input(error, paths[0], "arrays of 3 x 642 values", "642")


# grayordinates


def test_grayordinates_are_described(tmp_path):
    """Vertices without the medial wall, voxels with their structure and coordinates; maps can be put back."""
    cortex = {"L": np.arange(100, 642), "R": np.arange(50, 642)}
    axis = brain_models(cortex=cortex)
    run = noise(N_VOLUMES, len(axis))
    path = write_dtseries(tmp_path / "a.dtseries.nii", run, axis)
    targets, geometry = make_targets(tmp_path, [path], response="dtseries", space="fsaverage3", has_meshes=False)
    assert targets["hemi"].isna().sum() == 2
    for hemi, vertices in cortex.items():
        assert targets.loc[targets["hemi"] == hemi, "vertex"].tolist() == vertices.tolist()
    below = targets[targets["hemi"].isna()]
    assert below["roi"].tolist() == ["THALAMUS_LEFT"] * 2
    assert below["vertex"].tolist() == [50, 51]
    voxels = np.column_stack(np.unravel_index([50, 51], SHAPE))
    np.testing.assert_allclose(below[["x", "y", "z"]], nibabel.affines.apply_affine(AFFINE, voxels))
    assert targets[targets["hemi"].notna()][["x", "y", "z"]].isna().all(axis=None)
    np.testing.assert_array_equal(READ_RUN["dtseries"]([path], targets, "fsaverage3"), run)
    assert (geometry.kind, geometry.n_vertices, geometry.density) == (GRAYORDINATES, 642, "642")
    assert geometry.cifti_axis() == axis


def test_coordinates_of_grayordinates(tmp_path):
    """Vertices of fsaverage5 are where nilearn's pial surface has them."""
    axis = brain_models(10_242, {"L": np.arange(3, 9), "R": np.arange(5)})
    path = write_dtseries(tmp_path / "a.dtseries.nii", noise(2, len(axis)), axis)
    targets, _ = make_targets(tmp_path, [path], response="dtseries")
    whole, _ = make_targets(tmp_path)
    xyz = ["x", "y", "z"]
    left = whole[(whole["hemi"] == "L") & whole["vertex"].between(3, 8)]
    np.testing.assert_array_equal(targets.loc[targets["hemi"] == "L", xyz], left[xyz])


def test_dlabel_with_voxels(tmp_path):
    """A dlabel may name voxels too; its medial wall is absent or has a label."""
    axis = brain_models()
    keys = np.r_[np.repeat([1, 2], N_SMALL), 4, 0]
    table = {**TABLE, 0: "???", 4: "HIP-lh"}
    dlabel = write_dlabel(tmp_path / "a.dlabel.nii", keys, table, axis)
    path = write_dtseries(tmp_path / "a.dtseries.nii", noise(2, len(axis)), axis)
    atlas = {"dlabel": str(dlabel)}
    targets, _ = make_targets(tmp_path, [path], response="dtseries", space="fsaverage3", has_meshes=False, atlas=atlas)
    assert targets["roi"].tolist() == ["V1_ROI"] * (2 * N_SMALL) + ["HIP_LEFT", "THALAMUS_LEFT"]


def test_other_grayordinates(tmp_path):
    """A run of other vertices than the first, and a run of another surface."""
    first = write_dtseries(tmp_path / "a.dtseries.nii", noise(2, 1286))
    targets, _ = make_targets(tmp_path, [first], response="dtseries", space="fsaverage3", has_meshes=False)
    other = brain_models(cortex={"L": np.arange(1, 642), "R": np.arange(642)}, n_voxels=3)
    second = write_dtseries(tmp_path / "b.dtseries.nii", noise(2, 1286), other)
    with pytest.raises(BadInput) as error:
        READ_RUN["dtseries"]([second], targets, "fsaverage3")
    assert_bad_input(error, second, "1,286 grayordinates that are others", "1,286 of the first run")
    with pytest.raises(BadInput) as error:
        make_targets(tmp_path, [first], response="dtseries", space="fsaverage5")
    assert_bad_input(error, first, "642 vertices (those of fsaverage3)", "10,242 of fsaverage5")


@pytest.mark.parametrize("response", ["dtseries", "ptseries"])
def test_series_that_are_broken_or_of_another_kind(tmp_path, response):
    """A truncated file, scalars in the place of a series, parcels in the place of grayordinates."""
    axis = brain_models()
    path = tmp_path / f"a.{response}.nii"
    kinds = {"dtseries": lambda: write_dtseries(path, noise(3, len(axis))),
             "ptseries": lambda: write_ptseries(path, noise(3, 4), list("abcd"))}  # fmt: skip
    kinds[response]()
    settings = {"response": response, "space": "fsaverage3", "has_meshes": False}
    targets, _ = make_targets(tmp_path, [path], **settings)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BadInput) as error:
        READ_RUN[response]([path], targets, None)
    assert_bad_input(error, path, "complete CIFTI-2 file")
    write_dscalar(path, noise(len(axis)), axis)
    with pytest.raises(BadInput) as error:
        make_targets(tmp_path, [path], **settings)
    assert_bad_input(error, path, "ScalarAxis", "a series of volumes")
    kinds["ptseries" if response == "dtseries" else "dtseries"]()
    with pytest.raises(BadInput) as error:
        make_targets(tmp_path, [path], **settings)
    assert_bad_input(error, path, "SeriesAxis", "a series of volumes")


def test_parcels_keep_their_names(tmp_path):
    """A target for each parcel, in order; other parcels are one line."""
    run, names = noise(5, 3), ["7Networks_LH_Vis_1", "7Networks_RH_Vis_1", "Left-Hippocampus"]
    path = write_ptseries(tmp_path / "a.ptseries.nii", run, names)
    targets, geometry = make_targets(tmp_path, [path], response="ptseries", space="fsLR")
    assert targets["roi"].tolist() == names
    assert targets["hemi"].isna().all()
    np.testing.assert_array_equal(READ_RUN["ptseries"]([path], targets, "fsLR"), run)
    assert geometry.kind == PARCELS
    assert geometry.cifti_axis().name.tolist() == names
    other = write_ptseries(tmp_path / "b.ptseries.nii", run, names[::-1])
    with pytest.raises(BadInput) as error:
        READ_RUN["ptseries"]([other], targets, "fsLR")
    assert_bad_input(error, other, "Left-Hippocampus among 3 columns", "7Networks_LH_Vis_1, as in the first run")


# volumes


@pytest.mark.parametrize("name", ["a_bold.nii.gz", "a_bold.nii"])
def test_volumes_are_read_in_the_mask(tmp_path, inside, name):
    """The voxels of the mask in order, coordinates in mm, and a map that is put back into the image."""
    image = noise(*SHAPE, N_VOLUMES)
    path, mask = write_nifti(tmp_path / name, image), write_nifti(tmp_path / "mask.nii.gz", inside)
    targets, geometry = make_targets(tmp_path, [], [mask], response="volume", space="MNI152NLin6Asym")
    np.testing.assert_array_equal(READ_RUN["volume"]([path], targets, None), image[inside].T)
    places = nibabel.affines.apply_affine(AFFINE, np.argwhere(inside))
    np.testing.assert_allclose(targets[["x", "y", "z"]], places)
    assert geometry.kind == VOXELS
    back = geometry.image(image[inside][:, 0], targets["vertex"].to_numpy(int))
    np.testing.assert_array_equal(back.get_fdata()[inside], image[inside][:, 0])
    assert np.isnan(back.get_fdata()[~inside]).all()
    np.testing.assert_array_equal(back.affine, AFFINE)


def test_integers_with_a_scale(tmp_path, inside):
    """Scanners write integers, a slope and an intercept."""
    image = nibabel.Nifti1Image(np.arange(210 * 3, dtype=np.int16).reshape(*SHAPE, 3), AFFINE)
    image.header.set_slope_inter(0.5, 10)
    nibabel.save(image, tmp_path / "a_bold.nii.gz")
    mask = write_nifti(tmp_path / "mask.nii.gz", inside)
    targets, _ = make_targets(tmp_path, [], [mask], response="volume", space="MNI152NLin6Asym")
    run = READ_RUN["volume"]([tmp_path / "a_bold.nii.gz"], targets, None)
    loaded = nibabel.load(tmp_path / "a_bold.nii.gz").get_fdata()
    np.testing.assert_allclose(run, loaded[inside].T, rtol=1e-6)


def test_voxels_that_all_masks_have(tmp_path, inside):
    """The masks of the runs are intersected."""
    other = np.random.default_rng(2).random(SHAPE) < 0.5
    masks = [write_nifti(tmp_path / f"{i}.nii.gz", mask) for i, mask in enumerate((inside, other))]
    targets, _ = make_targets(tmp_path, [], masks, response="volume", space="MNI152NLin6Asym")
    assert targets["vertex"].tolist() == np.flatnonzero(inside & other).tolist()
    masks.append(write_nifti(tmp_path / "none.nii.gz", ~(inside & other)))
    with pytest.raises(BadInput) as error:
        make_targets(tmp_path, [], masks, response="volume", space="MNI152NLin6Asym")
    assert_bad_input(error, masks[0], "no voxel that all 3 masks have")


@pytest.mark.parametrize("what", ["affine", "shape"])
def test_grids_that_differ(tmp_path, inside, what):
    """A run or a mask on another grid: the grids in words; nothing is resampled."""
    shape = (5, 6, 8) if what == "shape" else SHAPE
    affine = AFFINE @ np.diag([0.5, 0.5, 0.5, 1]) if what == "affine" else AFFINE
    mask = write_nifti(tmp_path / "mask.nii.gz", inside)
    run = write_nifti(tmp_path / "a_bold.nii.gz", noise(*shape, 2), affine)
    targets, _ = make_targets(tmp_path, [], [mask], response="volume", space="MNI152NLin6Asym")
    with pytest.raises(BadInput) as error:
        READ_RUN["volume"]([run], targets, None)
    sizes = "2 x 2 x 2 mm" if what == "affine" else "4 x 4 x 4 mm"
    assert_bad_input(error, run, f"{' x '.join(map(str, shape))} voxels of {sizes}", "the grid of the mask")
    other = write_nifti(tmp_path / "other.nii.gz", np.ones(shape, bool), affine)
    with pytest.raises(BadInput) as error:
        make_targets(tmp_path, [], [mask, other], response="volume", space="MNI152NLin6Asym")
    assert_bad_input(error, other, sizes, "5 x 6 x 7 voxels of 4 x 4 x 4 mm")


def test_truncated_image(tmp_path, inside):
    """A compressed image that ends too early."""
    path = write_nifti(tmp_path / "a_bold.nii.gz", noise(*SHAPE, N_VOLUMES))
    mask = write_nifti(tmp_path / "mask.nii.gz", inside)
    targets, _ = make_targets(tmp_path, [], [mask], response="volume", space="MNI152NLin6Asym")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(BadInput) as error:
        READ_RUN["volume"]([path], targets, None)
    assert_bad_input(error, path, "no values that can be read", "complete NIfTI")


# matrices


@pytest.mark.parametrize("name", ["a.npy", "a.hf5", "a.h5"])
def test_matrices(tmp_path, name):
    """Columns are targets; without an atlas they have no regions."""
    run = noise(12, 7).astype(np.float64)
    path = write_matrix(tmp_path / name, run)
    targets, _ = make_targets(tmp_path, [path], response="matrix", space=None)
    assert targets["roi"].isna().all()
    found = READ_RUN["matrix"]([path], targets, None)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, run.astype(np.float32))


def test_matrix_under_another_name(tmp_path):
    """The only dataset of a file, whatever it is called; of two, neither."""
    run = noise(12, 7)
    path = write_matrix(tmp_path / "a.hf5", run, key="responses")
    targets, _ = make_targets(tmp_path, [path], response="matrix", space=None)
    np.testing.assert_array_equal(READ_RUN["matrix"]([path], targets, None), run)
    with h5py.File(path, "a") as file:
        file["other"] = run
    with pytest.raises(BadInput) as error:
        READ_RUN["matrix"]([path], targets, None)
    assert_bad_input(error, path, "datasets other, responses", "named data")


def test_matrices_of_other_widths(tmp_path):
    """Another subject's columns, and a matrix on its side."""
    targets, _ = make_targets(tmp_path, [write_matrix(tmp_path / "a.npy", noise(12, 7))], response="matrix", space=None)
    with pytest.raises(BadInput) as error:
        READ_RUN["matrix"]([write_matrix(tmp_path / "b.npy", noise(12, 8))], targets, None)
    assert_bad_input(error, "b.npy", "12 x 8", "7 columns", "dataset.subjects", "{subject}")
    with pytest.raises(BadInput) as error:
        READ_RUN["matrix"]([write_matrix(tmp_path / "c.npy", noise(7, 12))], targets, None)
    assert_bad_input(error, "c.npy", "7 x 12", "on its side")


def test_matrices_that_are_none(tmp_path):
    """Text, a cube, and a file that ends too early."""
    good = write_matrix(tmp_path / "a.npy", noise(12, 7))
    targets, _ = make_targets(tmp_path, [good], response="matrix", space=None)
    np.save(tmp_path / "text.npy", np.array([["a", "b"]]))
    np.save(tmp_path / "cube.npy", noise(2, 3, 4))
    (tmp_path / "short.npy").write_bytes(good.read_bytes()[:-8])
    for name in ("text", "cube", "short"):
        with pytest.raises(BadInput) as error:
            READ_RUN["matrix"]([tmp_path / f"{name}.npy"], targets, None)
        assert_bad_input(error, f"{name}.npy")


# an atlas of each subject


def test_atlas_of_each_subject(tmp_path):
    """Columns are averaged over the subject's regions; targets are those of all subjects, NaN where one lacks them."""
    runs = {"01": noise(6, 5), "02": noise(6, 4) + 1}
    keys = {"01": [1, 1, 2, 3, 2], "02": [2, 2, 4, 4]}
    names = write_lines(tmp_path / "names.tsv", "index\tname", "1\tL_A", "2\tR_A", "3\tunknown", "4\tB")
    atlases, paths = [], []
    for subject, run in runs.items():
        np.save(tmp_path / f"{subject}-labels.npy", keys[subject])
        atlases.append({"volume": str(tmp_path / f"{subject}-labels.npy"), "table": str(names)})
        paths.append(write_matrix(tmp_path / f"{subject}.npy", run))
    targets, geometry = make_targets(
        tmp_path, paths, response="matrix", space=None, atlases=atlases, is_own=True, n_masks=[0, 0]
    )
    assert [*zip(targets["hemi"].fillna(""), targets["roi"], strict=True)] == [("L", "A"), ("R", "A"), ("", "B")]
    assert geometry.kind == "regions"
    found = {}
    for subject, atlas, path in zip(runs, atlases, paths, strict=True):
        own = own_of_subject("matrix", None, atlas, [path])
        found[subject] = read_run("matrix", [path], targets, None, own)
    one, two = runs.values()
    np.testing.assert_allclose(found["01"][:, 0], one[:, [0, 1]].mean(axis=1), rtol=1e-6)
    np.testing.assert_allclose(found["01"][:, 1], one[:, [2, 4]].mean(axis=1), rtol=1e-6)
    assert np.isnan(found["01"][:, 2]).all()
    assert np.isnan(found["02"][:, 0]).all()
    np.testing.assert_allclose(found["02"][:, 2], two[:, [2, 3]].mean(axis=1), rtol=1e-6)


def test_own_surfaces_of_any_size(tmp_path):
    """On a subject's own cortex the atlas has as many vertices as the runs; means leave out what is not finite."""
    run = noise(4, 2 * 70)
    run[:, 0] = np.nan
    paths = [
        write_gifti(tmp_path / f"{hemi}.func.gii", half) for hemi, half in zip("LR", np.split(run, 2, 1), strict=True)
    ]
    atlas = {hemi: str(write_label_gifti(tmp_path / f"{hemi}.label.gii", [1] * 30 + [3] * 40, {1: "A", 3: "???"}))
             for hemi in "LR"}  # fmt: skip
    targets, _ = make_targets(tmp_path, paths, space="fsnative", atlases=[atlas], is_own=True)
    assert targets[["hemi", "roi"]].to_numpy().tolist() == [["L", "A"], ["R", "A"]]
    found = read_run("surface", paths, targets, "fsnative", own_of_subject("surface", "fsnative", atlas, paths))
    expected = np.column_stack([run[:, 1:30].mean(axis=1), run[:, 70:100].mean(axis=1)])
    np.testing.assert_allclose(found, expected, rtol=1e-5)
