"""Files that say something else than what they are used for: reported, refused or noted, never read past in silence."""

import h5py
import nibabel
import numpy as np
import pytest
from nibabel.cifti2 import BrainModelAxis

from brainforecast.dataset.counting import count_gifti
from brainforecast.dataset.formats import count_volumes
from brainforecast.errors import BadInput
from brainforecast.readers.atlas import read_vertex_mask, read_vertex_rois
from brainforecast.readers.formats.region import read_region_run
from brainforecast.readers.labels import read_hemisphere, read_label_table
from brainforecast.readers.missing import complete_run
from brainforecast.readers.notes import Notes
from brainforecast.readers.own_atlas import own_of_subject
from brainforecast.readers.region_names import is_region
from brainforecast.readers.runs import READ_RUN, read_run
from helpers.brain_files import (
    AFFINE,
    N_SMALL,
    SHAPE,
    brain_models,
    write_dtseries,
    write_label_gifti,
    write_nifti,
)
from helpers.datasets import assert_bad_input, write_gifti, write_lines
from helpers.targets import make_targets

TABLE = {0: "???", 1: "A", 2: "B"}


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(4).standard_normal(shape).astype(np.float32)


def write_arrays(path, values, intents, structure=None):
    """Write a GIfTI file with an array of each intent; `structure` is in its metadata."""
    arrays = [nibabel.gifti.GiftiDataArray(value, intent=intent) for value, intent in zip(values, intents, strict=True)]
    meta = nibabel.gifti.GiftiMetaData({"AnatomicalStructurePrimary": structure} if structure else {})
    nibabel.save(nibabel.gifti.GiftiImage(darrays=arrays, meta=meta), path)
    return path


def read_surface(folder, paths):
    targets = make_targets(folder, space="fsaverage3", has_meshes=False)[0]
    return READ_RUN["surface"](paths, targets, "fsaverage3")


@pytest.mark.parametrize("intent", ["NIFTI_INTENT_NODE_INDEX", "NIFTI_INTENT_LABEL"])
def test_arrays_that_are_no_volumes(tmp_path, intent):
    """AFNI writes the indices of the nodes first; they are no volume."""
    intents = [intent, *["NIFTI_INTENT_TIME_SERIES"] * 3]
    values = [np.arange(N_SMALL, dtype=np.int32), *noise(3, N_SMALL)]
    paths = [write_arrays(tmp_path / f"{hemi}.func.gii", values, intents) for hemi in "LR"]
    with pytest.raises(BadInput) as error:
        read_surface(tmp_path, paths)
    assert_bad_input(error, paths[0], "an array of intent", "volumes alone")


def test_hemispheres_that_are_swapped(tmp_path):
    """The metadata of a run, an atlas and a mask name the other hemisphere; those of the right one are read."""
    names = {"L": "CortexLeft", "R": "CortexRight"}
    run, intents = noise(2, 2 * N_SMALL), ["NIFTI_INTENT_TIME_SERIES"] * 2
    halves = dict(zip("LR", np.split(run, 2, axis=1), strict=True))
    files = {hemi: write_arrays(tmp_path / f"{hemi}.func.gii", halves[hemi], intents, names[hemi]) for hemi in "LR"}
    np.testing.assert_array_equal(read_surface(tmp_path, [files["L"], files["R"]]), run)
    with pytest.raises(BadInput) as error:
        read_surface(tmp_path, [files["R"], files["L"]])
    assert_bad_input(error, files["R"], "hemisphere R", "hemisphere L")
    with pytest.raises(BadInput) as error:
        read_vertex_mask({"R": str(files["L"])}, N_SMALL, "fsaverage3")
    assert_bad_input(error, files["L"], "hemisphere L", "hemisphere R")
    label = write_label_gifti(tmp_path / "R.label.gii", [1, 2], TABLE)
    image = nibabel.load(label)
    image.meta["AnatomicalStructurePrimary"] = "CortexRight"
    nibabel.save(image, label)
    with pytest.raises(BadInput) as error:
        read_vertex_rois({"L": str(label), "R": str(label)}, 2, "fsaverage3", Notes())
    assert_bad_input(error, label, "hemisphere R", "hemisphere L")


@pytest.mark.parametrize("response", ["surface", "dtseries"])
def test_own_cortex_has_other_numbers_left_and_right(tmp_path, response):
    """As every subject's does: labels of each hemisphere, in its own order."""
    sizes, run = {"L": 70, "R": 64}, noise(4, 134)
    keys = {hemi: [1] * 30 + [2] * (n - 30) for hemi, n in sizes.items()}
    atlas = {hemi: str(write_label_gifti(tmp_path / f"{hemi}.label.gii", keys[hemi], TABLE)) for hemi in "LR"}
    if response == "surface":
        halves = {"L": run[:, :70], "R": run[:, 70:]}
        paths = [write_gifti(tmp_path / f"{hemi}.func.gii", half) for hemi, half in halves.items()]
    else:
        models = [
            BrainModelAxis.from_surface(np.arange(n), n, f"CIFTI_STRUCTURE_CORTEX_{side}")
            for n, side in zip(sizes.values(), ("LEFT", "RIGHT"), strict=True)
        ]
        paths = [write_dtseries(tmp_path / "a.dtseries.nii", run, models[0] + models[1])]
    settings = {"response": response, "space": "fsnative", "density": None, "atlases": [atlas], "is_own": True}
    targets, _ = make_targets(tmp_path, paths, **settings)
    assert targets[["hemi", "roi"]].to_numpy().tolist() == [["L", "A"], ["L", "B"], ["R", "A"], ["R", "B"]]
    found = read_run(response, paths, targets, "fsnative", own_of_subject(response, "fsnative", atlas, paths))
    parts = (slice(30), slice(30, 70), slice(70, 100), slice(100, 134))
    np.testing.assert_allclose(found, np.column_stack([run[:, part].mean(axis=1) for part in parts]), rtol=1e-5)


def test_comments_are_not_counted(tmp_path):
    """Numbers in comments of the XML are none of the file's."""
    path = write_gifti(tmp_path / "a.func.gii", noise(3, 5))
    text = path.read_bytes().replace(b"<GIFTI", b'<!-- <GIFTI NumberOfDataArrays="99"> -->\n<GIFTI', 1)
    path.write_bytes(text)
    assert count_gifti(path) == 3


def test_grayordinates_on_another_grid(tmp_path):
    """Voxels of the same indices in another grid are other places."""
    first, voxels = brain_models(), np.zeros(SHAPE, bool)
    voxels.flat[50:52] = True
    finer = BrainModelAxis.from_mask(voxels, "CIFTI_STRUCTURE_THALAMUS_LEFT", AFFINE @ np.diag([0.5, 0.5, 0.5, 1]))
    paths = [
        write_dtseries(tmp_path / f"{name}.dtseries.nii", noise(2, len(axis)), axis)
        for name, axis in (("a", first), ("b", first[: 2 * N_SMALL] + finer))
    ]
    targets, _ = make_targets(tmp_path, paths[:1], response="dtseries", space="fsaverage3", has_meshes=False)
    with pytest.raises(BadInput) as error:
        READ_RUN["dtseries"]([paths[1]], targets, "fsaverage3")
    assert_bad_input(error, paths[1], "voxels of another grid", "first run")


def test_images_that_are_not_real_numbers(tmp_path):
    """The imaginary part of a complex image is not dropped."""
    mask = write_nifti(tmp_path / "mask.nii.gz", np.ones(SHAPE, bool))
    path = write_nifti(tmp_path / "a_bold.nii.gz", noise(*SHAPE, 2).astype(np.complex64))
    targets, _ = make_targets(tmp_path, [], [mask], response="volume", space="MNI152NLin6Asym")
    with pytest.raises(BadInput) as error:
        READ_RUN["volume"]([path], targets, None)
    assert_bad_input(error, path, "complex64", "real numbers")


@pytest.mark.parametrize("as_mask", [True, False])
def test_masks_of_probabilities_are_noted(tmp_path, as_mask):
    """A probabilistic map, of the brain or of the language network, has most voxels above 0."""
    odd = write_nifti(tmp_path / "odd.nii.gz", np.linspace(0, 1, 210, dtype=np.float32).reshape(SHAPE))
    whole = write_nifti(tmp_path / "whole.nii.gz", np.ones(SHAPE, bool))
    atlas = {} if as_mask else {"masks": {"language": str(odd)}}
    targets, geometry = make_targets(
        tmp_path, [], [odd if as_mask else whole], response="volume", space="MNI152NLin6Asym", atlas=atlas
    )
    assert (len(targets) if as_mask else targets["mask"].notna().sum()) == 209
    assert [note for note in geometry.notes if str(odd) in note and "209 values" in note and "above 0" in note]
    _, geometry = make_targets(tmp_path, [], [whole], response="volume", space="MNI152NLin6Asym")
    assert not geometry.notes


def test_a_black_region_of_an_annot(tmp_path):
    """Colour 0 0 0 is that of vertices without a region, too."""
    colours = np.array([[25, 5, 25, 0, 0], [0, 0, 0, 0, 0], [4, 5, 6, 0, 0]])
    path = tmp_path / "lh.annot"
    nibabel.freesurfer.write_annot(path, np.array([0, 1, 1, 2]), colours, ["unknown", "A", "B"], fill_ctab=True)
    with pytest.raises(BadInput) as error:
        read_hemisphere(path, Notes())
    assert_bad_input(error, path, "2 vertices of colour 0 0 0, that of A", "another colour")


def test_labels_of_one_name_and_of_several_maps(tmp_path):
    """Both are noted: one region of two labels, and maps that are not used."""
    path, notes = write_label_gifti(tmp_path / "a.label.gii", [0, 1, 2], {0: "???", 1: "A", 2: "A"}), Notes()
    image = nibabel.load(path)
    image.add_gifti_data_array(nibabel.gifti.GiftiDataArray(np.zeros(3, np.int32), intent="NIFTI_INTENT_LABEL"))
    nibabel.save(image, path)
    read_hemisphere(path, notes)
    assert [note for note in notes if "2 maps" in note and "first" in note]
    assert [note for note in notes if "one region: A" in note]


@pytest.mark.parametrize("name", ["Unassigned", "n/a", "NaN", "Undefined", "unlabelled", "L_MW", "MWall", "noncortex"])
def test_names_of_no_region(name):
    """Names that atlases give what is outside."""
    assert not is_region(name)


@pytest.mark.parametrize(("name", "lines", "expected"), [
    ("a.csv", ['"index","name"', '"1","Left-A"', '"2","B, or C"', ""], {1: "Left-A", 2: "B, or C"}),
    ("a.txt", ["1 Frontal Pole 1 2 3 0", "2  Area 44  4 5 6 0", "3 Area 45"],
     {1: "Frontal Pole", 2: "Area 44", 3: "Area 45"}),
    ("a.csv", ["index,name", "1,A", "2,B, or C"], "row 3"),
    ("a.csv", ["index,name", "1,A", "2"], "row 3"),
    ("a.txt", ["1 A 0 0 0 0", "1 B 0 0 0 0"], "row 2"),
    ("a.lut", ["1 0.10 0.20 0.30 Visual"], "row 1"),
])  # fmt: skip
def test_names_with_spaces_and_commas(tmp_path, name, lines, expected):
    """They are read whole, or refused by their row: a name cut short would join regions."""
    path = write_lines(tmp_path / name, *lines)
    if isinstance(expected, dict):
        assert read_label_table(path) == expected
        return
    with pytest.raises(BadInput) as error:
        read_label_table(path)
    assert_bad_input(error, f"{path} {expected}")


@pytest.mark.parametrize(("column", "first", "step"), [("Unnamed: 0", 0, 1), ("time", 0.75, 1.5)])
def test_columns_that_count_are_no_regions(tmp_path, column, first, step):
    """The index that pandas writes, and a clock."""
    rows = [f"{first + step * i}\t{value}" for i, value in enumerate(noise(8).tolist())]
    path = write_lines(tmp_path / "a_timeseries.tsv", f"{column}\tA", *rows)
    with pytest.raises(BadInput) as error:
        read_region_run(path)
    assert_bad_input(error, path, f"column {column}", "regions")


@pytest.mark.parametrize("text", [
    "a\tb\r1\t2\r3\tn/a\r", '"a"\t"b"\n1\t2\n3\tn/a\n', " a\tb \n1\t2\n3\t\n\n\n", "a\tb\r\n1\t2\r\n3\tn/a\r\n",
])  # fmt: skip
def test_tables_as_spreadsheets_and_r_write_them(tmp_path, text):
    """Any ends of lines, quotes around names, empty cells and lines at the end; counted as they are read."""
    path = tmp_path / "a_timeseries.tsv"
    path.write_bytes(text.encode())
    run, names = read_region_run(path)
    assert names == ["a", "b"]
    np.testing.assert_array_equal(run, [[1, 2], [3, np.nan]])
    assert count_volumes(path) == 2


def test_a_table_that_ends_within_a_row(tmp_path):
    """An empty last cell is n/a; without the end of its line, the rest is missing."""
    path = tmp_path / "a_timeseries.tsv"
    path.write_text("a\tb\n1\t2\n3\t\n")
    np.testing.assert_array_equal(read_region_run(path)[0], [[1, 2], [3, np.nan]])
    path.write_text("a\tb\n1\t2\n3\t")
    with pytest.raises(BadInput) as error:
        read_region_run(path)
    assert_bad_input(error, f"{path} row 3", "complete")


@pytest.mark.parametrize("mode", ["stop", "mask", "interpolate"])
def test_a_run_without_any_number(mode):
    """The run is named, whatever is done with volumes that are missing."""
    with pytest.raises(BadInput) as error:
        complete_run(np.full((8, 3), np.nan, np.float32), np.ones(8, bool), mode, "run.tsv")
    assert_bad_input(error, "run.tsv", "all of its 8 volumes n/a in every target")


def test_matrices_in_files_of_other_structures(tmp_path):
    """Links and a block before the signature: counted when read; an archive of arrays is none."""
    run = noise(6, 4)
    with h5py.File(tmp_path / "a.hf5", "w") as file:
        file["raw"], file["data"] = run, h5py.SoftLink("/raw")
    with h5py.File(tmp_path / "b.h5", "w", userblock_size=512) as file:
        file["data"] = run
    for name in ("a.hf5", "b.h5"):
        targets, _ = make_targets(tmp_path, [tmp_path / name], response="matrix", space=None)
        assert count_volumes(tmp_path / name) is None
        np.testing.assert_array_equal(READ_RUN["matrix"]([tmp_path / name], targets, None), run)
    with open(tmp_path / "c.npy", "wb") as file:
        np.savez(file, run=run)
    with pytest.raises(BadInput) as error:
        READ_RUN["matrix"]([tmp_path / "c.npy"], targets, None)
    assert_bad_input(error, tmp_path / "c.npy", "archive", "np.save")
