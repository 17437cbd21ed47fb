"""Space, surfaces, masks and atlas of a study, when it is planned."""

from dataclasses import replace

import numpy as np
import pytest

from brainforecast.dataset.plan import Plan, Run, Story
from brainforecast.errors import BadInput
from brainforecast.planning.anatomy import ATLAS_REGIONS, Anatomy
from helpers.brain_files import brain_models, write_dtseries, write_label_gifti, write_matrix, write_nifti
from helpers.datasets import assert_bad_input, write_gifti, write_lines


def anatomy(*paths, response="surface", space="fsaverage5", atlas=None, surfaces=None, **dataset) -> Anatomy:
    """The anatomy of a study of one run a subject; `paths` are the files of each, or one file."""
    files = [(str(path),) if not isinstance(path, list) else tuple(map(str, path)) for path in paths] or [("none",)]
    runs = {f"{i:02d}": (Run(f"{i:02d}", "fable", None, own, 0, 4, 4),) for i, own in enumerate(files, start=1)}
    plan = Plan(runs, {"fable": Story("words.tsv", None, 0.0)}, 2.0)
    dataset = {"name": "tiny", "root": ".", "response": response, "space": space, "entities": {}, **dataset}
    return Anatomy({"dataset": dataset, "atlas": atlas, "surfaces": surfaces, "freesurfer": {"url": None}}, plan)


def noise(*shape: int) -> np.ndarray:
    """Standard normal numbers, the same in each call."""
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def series(path, n_vertices):
    """A run of a few vertices of a surface of this size."""
    axis = brain_models(n_vertices, dict.fromkeys("LR", np.arange(3)), n_voxels=0)
    return write_dtseries(path, noise(4, 6), axis)


@pytest.mark.parametrize(
    ("space", "entities", "name", "n", "found"),
    [
        ("fsaverage5", {}, "a.func.gii", 10_242, "fsaverage5"),
        ("fsaverage", {}, "sub-01_task-a_space-fsaverage_den-10k_bold.func.gii", 10_242, "fsaverage5"),
        ("fsaverage", {"den": "41k"}, "a.func.gii", 40_962, "fsaverage6"),
        ("fsLR", {}, "a.func.gii", 32_492, "fsLR (den-32k)"),
        ("fsLR", {}, "a.func.gii", 59_292, "fsLR (den-59k)"),
    ],
)
def test_density_of_a_surface(tmp_path, space, entities, name, n, found):
    """By the name of the space, its density in the config or in a file's name, or the size of the first run."""
    run = write_gifti(tmp_path / name, noise(2, n))
    assert str(anatomy(run, space=space, entities=entities).surface) == found
    assert anatomy(run, space=space, entities=entities).n_targets == 2 * n


def test_density_of_grayordinates(tmp_path):
    """By the size of the surface in the header; 91k is fsLR at 32k. Open ones are noted."""
    run = series(tmp_path / "sub-01_task-a_space-fsLR_den-91k_bold.dtseries.nii", 32_492)
    found = anatomy(run, response="dtseries", space="fsLR")
    assert (found.density, found.n_targets) == ("32k", 6)
    assert not any("how many vertices" in note for note in found.notes)
    assert any("no coordinates" in note for note in found.notes)
    unnamed = anatomy(series(tmp_path / "a.dtseries.nii", 59_292), response="dtseries", space="fsLR")
    assert unnamed.density == "59k"
    assert any("59,292 vertices per hemisphere: 59k" in note for note in unnamed.notes)


def test_runs_of_another_space(tmp_path):
    """A run that does not have the vertices of its space, when planning; a run that is not here says nothing."""
    run = write_gifti(tmp_path / "a.func.gii", noise(2, 10_242))
    with pytest.raises(BadInput) as error:
        anatomy(run, space="fsaverage6").surface  # noqa: B018
    assert_bad_input(error, run, "10,242 vertices (those of fsaverage5)", "40,962 of fsaverage6", "dataset.space")
    assert anatomy(tmp_path / "none.func.gii", space="fsaverage6").density == "41k"
    with pytest.raises(BadInput) as error:
        anatomy(tmp_path / "none.func.gii", space="fsLR").surface  # noqa: B018
    assert_bad_input(error, "dataset.entities.den", "no run is here", "32k")
    with pytest.raises(BadInput) as error:
        anatomy(run, space="fsnative").surface  # noqa: B018
    assert_bad_input(error, "dataset.space", "fsnative", "atlas of each subject")


def test_meshes(tmp_path, monkeypatch):
    """There are some in a folder, and nilearn's of fsaverage5; a study goes on without, which is noted."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NILEARN_DATA", raising=False)
    assert anatomy().has_meshes and not anatomy().notes
    assert not anatomy(space="fsaverage").has_meshes
    assert any("nilearn ships meshes of fsaverage5 only" in note for note in anatomy(space="fsaverage").notes)
    folder = tmp_path / "meshes"
    names = [f"tpl-fsLR_den-32k_hemi-{hemi}_midthickness.surf.gii" for hemi in "LR"]
    for name in names:
        write_lines(folder / name, "")
    with_meshes = anatomy(space="fsLR", entities={"den": "32k"}, surfaces=str(folder))
    assert with_meshes.has_meshes and not with_meshes.notes
    assert with_meshes.surface_files("pial") == [str(folder / name) for name in names]
    assert with_meshes.surface_files("sulc") == [str(folder / f"{side}.sulc") for side in ("lh", "rh")]


def test_masks(tmp_path):
    """Those beside the runs, whatever other entities they have; or one of the config, under derivatives."""
    stem = "sub-01_task-a_run-1_space-MNI152NLin6Asym_res-2"
    run = write_nifti(tmp_path / f"{stem}_desc-preproc_bold.nii.gz", noise(3, 4, 5, 6))
    settings = {"response": "volume", "space": "MNI152NLin6Asym"}
    with pytest.raises(BadInput) as error:
        anatomy(run, **settings).mask_files()
    assert_bad_input(error, run, f"no mask beside it ({stem}_desc-brain_mask.nii.gz)", "dataset.mask")
    mask = write_nifti(tmp_path / f"{stem}_desc-brain_mask.nii.gz", np.ones((3, 4, 5), bool))
    assert anatomy(run, **settings).mask_files() == [str(mask)]
    own = write_nifti(tmp_path / "masks/grey.nii.gz", np.ones((3, 4, 5), bool))
    given = anatomy(run, run, **settings, mask="masks/grey.nii.gz", derivatives=str(tmp_path))
    assert given.mask_files() == [str(own)]
    assert given.n_targets == int(60 * 0.3)
    with pytest.raises(BadInput) as error:
        anatomy(run, **settings, mask="nowhere.nii.gz").mask_files()
    assert_bad_input(error, "dataset.mask", "no file nowhere.nii.gz")
    assert anatomy().mask_files() == []


def test_atlas_of_each_subject(tmp_path):
    """Their files by pattern, and the first run of each; targets are regions."""
    for subject in ("01", "02"):
        write_label_gifti(tmp_path / f"sub-{subject}/L.label.gii", [1], {1: "A"})
    pattern = {hemi: str(tmp_path / f"sub-{{subject}}/{hemi}.label.gii") for hemi in "LR"}
    found = anatomy(["l1", "r1"], ["l2", "r2"], space="fsnative", atlas=pattern)
    assert found.has_own_atlas and found.of_regions and not found.has_meshes
    assert found.described_files == ["l1", "r1", "l2", "r2"]
    assert found.own_files("02") == [str(tmp_path / f"sub-02/{hemi}.label.gii") for hemi in "LR"]
    assert found.atlas_files == found.own_files("01") + found.own_files("02")
    assert [atlas["L"] for atlas in found.atlases] == [found.own_files(name)[0] for name in ("01", "02")]
    assert found.n_targets == ATLAS_REGIONS
    shared = anatomy(["l1", "r1"], atlas={hemi: path.format(subject="01") for hemi, path in pattern.items()})
    assert not shared.has_own_atlas
    assert shared.own_atlas("01") is None
    assert shared.described_files == []
    assert shared.named_atlas_files.keys() == {"L", "R"}


@pytest.mark.parametrize(
    ("response", "atlas", "parts"),
    [
        ("surface", {"L": "lh.annot"}, ["atlas.R", "nothing", "atlas.L"]),
        ("surface", {"masks": {"language": {"lh": "a.label"}}}, ["atlas.masks.language", "key lh", "for L, for R"]),
        ("volume", {"masks": {"language": {"L": "a.label"}}}, ["atlas.masks.language", "files of L", "one file"]),
        ("volume", {"volume": "a.nii.gz"}, ["atlas.table", "nothing", "atlas.volume"]),
        ("region", {"L": "{subject}/lh.annot", "R": "{subject}/rh.annot"}, ["atlas", "for region responses"]),
        ("matrix", {"L": "{subject}/lh.annot", "R": "{subject}/rh.annot"}, ["atlas", "volume, table"]),
    ],
)
def test_atlases_that_cannot_be_used(response, atlas, parts):
    """Half of an atlas, and one of each subject for other responses."""
    with pytest.raises(BadInput) as error:
        anatomy(response=response, atlas=atlas, space=None).atlas  # noqa: B018
    assert_bad_input(error, *parts)


def test_keys_that_are_not_used():
    """Keys of the atlas for other kinds of response are noted."""
    both = {"L": "l", "R": "r", "dlabel": "d", "volume": "v", "table": "t"}
    notes = {
        response: anatomy(response=response, atlas=both, space="fsaverage5").notes
        for response in ("surface", "dtseries")
    }
    assert "atlas: volume, table, dlabel not used for surface responses" in notes["surface"]
    assert "atlas: volume, table, L and R not used for dtseries responses" in notes["dtseries"]
    study = anatomy(response="surface", atlas=both, space="fsaverage5")
    assert (study.atlas["L"], study.atlas["dlabel"]) == ("l", None)
    assert not anatomy(atlas={"L": "l", "R": "r", "lobes": "x", "volume": None}).notes


def test_matrices_of_other_widths(tmp_path):
    """Subjects whose columns differ: planned with a note, scored one at a time, or with an atlas of each."""
    paths = [write_matrix(tmp_path / f"{n}.hf5", noise(9, n)) for n in (5, 6)]
    two = anatomy(*paths, response="matrix", space=None)
    assert len(two.notes) == 1 and "planned, but cannot be scored" in two.notes[0] and "6 columns" in two.notes[0]
    with pytest.raises(BadInput) as error:
        two.check_targets()
    assert_bad_input(error, paths[1], "6 columns", "5, as of sub-01", "dataset.subjects", "{subject}")
    assert not anatomy(paths[0], paths[0], response="matrix", space=None).notes
    atlas = {"volume": "{subject}.npy", "table": "names.tsv"}
    assert not anatomy(*paths, response="matrix", space=None, atlas=atlas).notes


def test_masks_of_the_atlas_are_files_of_it():
    """In order of their names, so that parameters do not change with the order of a config."""
    one, other = {"b": {"R": "r", "L": "l"}, "a": "x"}, {"a": "x", "b": {"L": "l", "R": "r"}}
    found = [anatomy(atlas={"masks": masks}) for masks in (one, other)]
    assert str(found[0].atlas) == str(found[1].atlas)
    assert found[0].other_atlas_files == ["x", "l", "r"]


def test_runs_that_are_not_here():
    """Numbers of targets are assumed."""
    missing = anatomy("nowhere.nii.gz", response="volume", space="MNI152NLin6Asym")
    run = replace(missing.first_run, n_trs=None, n_volumes=None)
    plan = replace(missing.plan, runs={"01": (run,)})
    assert Anatomy(missing.config, plan).n_targets == 300_000
