"""Files of maps: in every space they open in nibabel and nilearn, with the values of the tables and their metadata."""

import json
import os
import shutil
import subprocess
import tomllib

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import yaml
from nibabel.cifti2 import BrainModelAxis, ParcelsAxis
from nilearn.datasets import load_fsaverage
from nilearn.image import load_img
from nilearn.surface import SurfaceImage, load_surf_data

from brainforecast.dataset.bids import parse_name
from brainforecast.errors import BadInput
from brainforecast.planning.map_names import MapNames, map_names, sidecars
from brainforecast.results.map_dataset import describe_source, description, write_map_dataset
from brainforecast.results.map_files import as_text, read_hemispheres, read_map, shared_metadata, write_maps
from brainforecast.results.maps import STATS, SUBJECT_STATS, group_maps, subject_maps
from brainforecast.storage.geometry import Geometry, cifti_xml
from helpers.datasets import REPOSITORY
from helpers.synthetic_analyses import all_tables
from helpers.synthetic_tables import CELL, surface_targets

N = 10_242
AFFINE = [[-3.0, 0, 0, 20], [0, 3.0, 0, -30], [0, 0, 4.0, -12], [0, 0, 0, 1]]  # x from right to left
SHAPE = (5, 6, 7)
SPACES = {
    "surface": {"space": "fsaverage5", "den": "10k"},
    "dtseries": {"space": "fsLR", "den": "91k"},
    "ptseries": {"space": "fsLR", "atlas": "4S156Parcels", "den": "91k"},
    "volume": {"space": "MNI152NLin2009cAsym", "res": "2"},
}
SOURCES = {table: f"bids:results:group/{table}.parquet" for table in
           ("brain_scores", "best_layer", "forecast_scores", "forecast_distance", "forecast_depth")}  # fmt: skip


def brain_models() -> BrainModelAxis:
    """Cortex without a medial wall of the first vertices, and some voxels of the thalamus."""
    cortex = [
        BrainModelAxis.from_mask(np.arange(50) >= gap, name=f"cortex_{side}")
        for side, gap in (("left", 4), ("right", 7))
    ]
    inside = np.zeros(SHAPE, dtype=bool)
    inside[1:3, 2, 2:5] = True
    return cortex[0] + cortex[1] + BrainModelAxis.from_mask(inside, affine=np.array(AFFINE), name="thalamus_left")


def parcels() -> ParcelsAxis:
    """Five parcels of both hemispheres."""
    whole = brain_models()
    return ParcelsAxis.from_brain_models([(f"parcel {k}", whole[k * 20 : k * 20 + 20]) for k in range(5)])


def voxel_targets(voxels: np.ndarray) -> pd.DataFrame:
    """A target for each voxel, by its index in the flattened image."""
    return pd.DataFrame({"target": np.arange(len(voxels)), "hemi": None, "vertex": voxels, "roi": "hub"}).astype(
        {"vertex": "Int32"}
    )


def geometry_and_targets(kind: str) -> tuple[Geometry, pd.DataFrame]:
    """Where the targets lie, for each kind of response."""
    if kind == "surface":
        return Geometry("surface", "fsaverage5", "10k", N), surface_targets(N)
    if kind == "volume":
        voxels = np.flatnonzero(np.random.default_rng(0).random(SHAPE) > 0.4)
        return Geometry("voxels", SPACES[kind]["space"], shape=SHAPE, affine=AFFINE), voxel_targets(voxels)
    axis = brain_models() if kind == "dtseries" else parcels()
    name = "grayordinates" if kind == "dtseries" else "parcels"
    targets = pd.DataFrame({"target": np.arange(len(axis)), "hemi": None, "vertex": None, "roi": "hub"})
    return Geometry(name, "fsLR", cifti=cifti_xml(axis)), targets


def names_of(kind: str) -> MapNames:
    return map_names(kind, "LR" if kind == "surface" else (None,), SPACES[kind])


def draw_tables(n_targets: int) -> dict[str, pd.DataFrame]:
    """Tables of the group with random values; every seventh target has none."""
    rng = np.random.default_rng(1)
    scored = np.flatnonzero(np.arange(n_targets) % 7 > 0)
    columns = ("mean", "q_value", "noise_ceiling", "normalised", "best_layer")
    values = {name: rng.normal(size=len(scored)) for name in columns}
    values["q_value"] = rng.uniform(0, 0.03, len(scored))
    frame = pd.DataFrame({"target": scored, "n_subjects": 7 + scored % 2, **values})
    names = [*SOURCES, "ceiling", "syntactic", "semantic"]
    return {name: frame.sample(frac=1, random_state=k) for k, name in enumerate(names)}


@pytest.fixture(scope="module", params=SPACES)
def written(request, tmp_path_factory):
    """Kind, maps, paths by stat, targets and geometry, of maps that were written once."""
    kind, folder = request.param, tmp_path_factory.mktemp(request.param)
    geometry, targets = geometry_and_targets(kind)
    maps = group_maps(targets, draw_tables(len(targets)), cell=CELL, q_level=0.01)
    paths = {stat: [folder / name for name in names_of(kind).files(stat)] for stat in STATS}
    about = shared_metadata(SOURCES, word_rate=2.5, simulated=False)
    write_maps(maps, targets, geometry, [path for both in paths.values() for path in both], about=about)
    return kind, {drawn.stat: drawn for drawn in maps}, paths, targets, geometry


def test_values_are_those_of_the_table(written):
    """Each target's value is at its vertex, grayordinate, parcel or voxel; all else is NaN."""
    kind, maps, paths, targets, _ = written
    for stat, drawn in maps.items():
        arrays = [read_map(path)[0] for path in paths[stat]]
        if kind == "volume":
            flat = np.full(np.prod(SHAPE), np.nan, np.float32)
            flat[targets["vertex"].to_numpy(int)] = drawn.values
            np.testing.assert_array_equal(arrays[0], flat.reshape(SHAPE))
        else:
            np.testing.assert_array_equal(np.concatenate(arrays), drawn.values)
        assert np.isnan(drawn.values[::7]).all() and np.isfinite(drawn.values).any()


def test_nibabel_finds_the_space_of_the_runs(written):
    """The axis of a CIFTI file, the affine of an image, and the structure of a surface are those of the input."""
    kind, _, paths, _, _ = written
    images = [nib.load(path) for path in paths["brainscore"]]
    if kind == "surface":
        structures = [image.darrays[0].meta["AnatomicalStructurePrimary"] for image in images]
        assert structures == ["CortexLeft", "CortexRight"]
        assert [image.darrays[0].intent for image in images] == [0, 0]
    elif kind == "volume":
        np.testing.assert_array_equal(images[0].affine, AFFINE)
        assert images[0].header.get_xyzt_units()[0] == "mm" and images[0].get_sform(coded=True)[1] == 4
    else:
        assert images[0].header.get_axis(1) == (brain_models() if kind == "dtseries" else parcels())
        assert images[0].header.get_axis(0).name.tolist() == ["Brain score R"]
        intent = {"dtseries": 3006, "ptseries": 3008}[kind]  # dense scalars, parcellated scalars
        assert images[0].nifti_header["intent_code"] == intent


def test_nilearn_opens_every_map(written):
    """As data of a surface, as an image of one, or as an image of a volume."""
    kind, maps, paths, _, _ = written
    if kind == "surface":
        for stat, drawn in maps.items():
            halves = [load_surf_data(path) for path in paths[stat]]
            np.testing.assert_array_equal(np.concatenate(halves), drawn.values)
        data = dict(zip(("left", "right"), paths["brainscore"], strict=True))
        assert SurfaceImage(load_fsaverage("fsaverage5")["pial"], data).shape == (2 * N,)
    if kind == "volume":
        assert all(load_img(paths[stat][0]).shape == SHAPE for stat in STATS)


def test_metadata_of_the_file_is_that_of_its_sidecar(written):
    """Title, unit, cell, test, correction, subjects and sources, in the image and in the JSON of the same name."""
    _, _, paths, _, _ = written
    for stat, files in paths.items():
        for path in files:
            _, metadata = read_map(path)
            sidecar = json.loads(path.with_name(f"{path.name.partition('.')[0]}.json").read_text())
            assert as_text(sidecar).items() <= metadata.items()
            assert set(metadata) - set(sidecar) <= {"AnatomicalStructurePrimary"}
            assert {"Name", "Description", "Units", "MinSubjects", "MaxSubjects", "Simulated"} <= set(sidecar)
            assert (sidecar["MinSubjects"], sidecar["MaxSubjects"]) == (7, 8)
            assert ("StatisticalTest" in sidecar) == stat.endswith(("q", "masked"))
            assert ("Density" in sidecar) == ("_den-" in path.name) and ("Resolution" in sidecar) == (
                "_res-" in path.name
            )


def test_sidecar_has_the_cell(written):
    """The model, layer and window that a map depends on, and no others."""
    _, _, paths, _, _ = written
    found = {stat: json.loads(files[0].with_name(f"{files[0].name.partition('.')[0]}.json").read_text())
             for stat, files in paths.items()}  # fmt: skip
    window = {"Model": "tiny", "Layer": 16, "Base": "paper", "Source": "true", "Width": 7, "Distance": 8}
    assert window.items() <= found["forecastscore"].items()
    assert found["forecastscore"]["Sources"] == ["bids:results:group/forecast_scores.parquet"]
    assert found["forecastdistancemasked"]["StatisticalTest"].endswith("F(8) - F(0) is above 0")
    assert "Distance" not in found["forecastdistance"] and "Source" not in found["brainscore"]
    assert "Layer" not in found["forecastdepth"] and found["forecastdepth"]["Distance"] == 8
    assert "Model" not in found["noiseceiling"]


def test_names_are_those_of_bids(written):
    """Entities in the order of BIDS, the statistic after them, and a suffix; `parse_name` finds all of them."""
    kind, _, paths, _, _ = written
    for stat, files in paths.items():
        for hemi, path in zip("LR", files, strict=False):
            name = parse_name(path.name)
            expected = ({"hemi": hemi} if kind == "surface" else {}) | SPACES[kind] | {"stat": stat}
            assert list(name.entities.items()) == list(expected.items())
            assert name.suffix == "statmap"
            assert name.extension == {"surface": "func.gii", "dtseries": "dscalar.nii", "ptseries": "pscalar.nii",
                                      "volume": "nii.gz"}[kind]  # fmt: skip


def test_same_bytes_twice(written, tmp_path):
    """No date and no temporary name inside."""
    _, maps, paths, targets, geometry = written
    again = [tmp_path / path.name for path in paths["brainscore"]]
    write_maps(maps.values(), targets, geometry, again, about=shared_metadata(SOURCES, word_rate=2.5, simulated=False))
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in paths["brainscore"]]


@pytest.mark.parametrize("kind", ["surface", "dtseries"])
def test_cortex_has_both_hemispheres(kind, tmp_path):
    """Values of each hemisphere at their vertices, without the medial wall of a CIFTI file and without its voxels."""
    geometry, targets = geometry_and_targets(kind)
    maps = group_maps(targets, draw_tables(len(targets)), cell=CELL, q_level=0.01)
    paths = [tmp_path / name for name in names_of(kind).files("forecastscore")]
    write_maps(maps, targets, geometry, paths, about=shared_metadata(SOURCES, word_rate=2.5, simulated=True))
    cortex, metadata = read_hemispheres(paths)
    values = next(drawn.values for drawn in maps if drawn.stat == "forecastscore")
    if kind == "surface":
        expected = dict(zip("LR", np.split(values, 2), strict=True))
    else:
        expected = {"L": np.r_[np.full(4, np.nan), values[:46]], "R": np.r_[np.full(7, np.nan), values[46:89]]}
    for hemi in "LR":
        np.testing.assert_array_equal(cortex[hemi], expected[hemi].astype(np.float32))
    assert metadata["Simulated"] == "yes" and metadata["Units"] == "gain in r"


def test_maps_of_a_subject(tmp_path):
    """Values of the subject's own tables, its ceiling from the rows of the listeners, names that begin with it."""
    targets = surface_targets(40)
    scored, rng = np.arange(3, 80), np.random.default_rng(3)
    columns = ("brain_score", "listener_correlation", "forecast_score", "forecast_distance", "forecast_depth")
    frame = pd.DataFrame({"target": scored, **{name: rng.normal(size=len(scored)) for name in columns}})
    tables = {name: frame for name in SOURCES if name != "best_layer"} | {"ceiling": frame.assign(brain_score=0.4)}
    maps = subject_maps(targets, tables, cell=CELL, q_level=0.01)
    assert [drawn.stat for drawn in maps] == list(SUBJECT_STATS)
    paths = [tmp_path / name for stat in SUBJECT_STATS for name in names_of("surface").files(stat, "04")]
    about = shared_metadata(SOURCES, word_rate=2.5, simulated=False, subject="04")
    write_maps(maps, targets, Geometry("surface", "fsaverage5", "10k", 40), paths, about=about)
    assert {str(path.parent.relative_to(tmp_path)) for path in paths} == {"maps/sub-04/func"}
    for drawn in maps:
        files = [path for path in paths if f"stat-{drawn.stat}_" in path.name]
        values = np.concatenate([read_map(path)[0] for path in files])
        column = {"brainscore": "brain_score", "listenercorrelation": "listener_correlation",
                  "forecastscore": "forecast_score", "forecastdistance": "forecast_distance",
                  "forecastdepth": "forecast_depth"}.get(drawn.stat)  # fmt: skip
        expected = frame[column].to_numpy(np.float32) if column else np.full(len(scored), 0.4, np.float32)
        np.testing.assert_array_equal(values[scored], expected)
        assert np.isnan(values[:3]).all()
        assert parse_name(files[0].name).entities["sub"] == read_map(files[0])[1]["Subject"] == "04"


def test_maps_of_brain_score_alone():
    """Without windows there are no tables of forecasts, and no maps of them."""
    tables = all_tables(surface_targets(40))
    cell = CELL | dict.fromkeys(("source", "width", "distance", "reference", "depth_distance"))
    kept = {"brain_scores": tables["brain_scores"].query("layer == 16"), "best_layer": tables["best_layer"]}
    found = [drawn.stat for drawn in group_maps(tables["targets"], kept, cell=cell, q_level=0.01)]
    assert found == ["brainscore", "brainscoreq", "noiseceiling", "normalisedscore", "bestlayer"]


def test_entities_come_from_the_name_of_a_run():
    """Those that hold for a map too, in the order of BIDS; the config fills in what the name does not have."""
    run = "fmriprep/sub-01/func/sub-01_task-x_run-2_den-91k_space-fsLR_desc-clean_bold.dtseries.nii"
    (name,) = map_names("dtseries", (None,), {"space": "fsLR", "acq": "fast"}, run).files("brainscore")
    assert name == "maps/space-fsLR_den-91k_stat-brainscore_statmap.dscalar.nii"
    assert sidecars([name]) == ["maps/space-fsLR_den-91k_stat-brainscore_statmap.json"]
    (name,) = map_names("volume", (None,), {"space": "T1w", "res": None}, "data/runs/01.nii.gz").files("brainscore")
    assert name == "maps/space-T1w_stat-brainscore_statmap.nii.gz"


@pytest.mark.parametrize("kind", ["region", "matrix", None])
def test_regions_without_a_place_have_no_maps(kind):
    """Region tables and matrices have no space that a value could be put back into."""
    assert map_names(kind, (None,), {"space": None}).files("brainscore") == []


def test_map_that_cannot_be_read_is_reported(tmp_path):
    """A broken file stops the run with its name."""
    path = tmp_path / "space-MNI_stat-brainscore_statmap.nii.gz"
    path.write_text("nothing")
    with pytest.raises(BadInput, match="stat-brainscore"):
        read_map(path)


# ---- The folder as a BIDS derivative -------------------------------------------------------------------------------


def test_folder_describes_itself(tmp_path):
    """Name and version of the software, and the dataset that was read, as seen from the maps."""
    source = tmp_path / "data/dataset_description.json"
    source.parent.mkdir()
    source.write_text(json.dumps({"Name": "Stories", "DatasetDOI": "doi:10.1/x", "BIDSVersion": "1.9.0"}))
    folder = tmp_path / "results/x/maps"
    files = {"description": "dataset_description.json", "readme": "README.md", "ignored": ".bidsignore"}
    paths = {name: folder / file for name, file in files.items()}
    write_map_dataset(paths, paths_to_sources=[source], dataset="x")
    found = json.loads(paths["description"].read_text())
    assert found["DatasetType"] == "derivative" and found["BIDSVersion"]
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert found["GeneratedBy"] == [{"Name": project["name"], "Version": project["version"]}]
    assert yaml.safe_load((REPOSITORY / "CITATION.cff").read_text())["version"] == project["version"]
    assert found["SourceDatasets"] == [{"URL": "../../../data", "DOI": "doi:10.1/x"}]
    assert found["DatasetLinks"] == {"results": ".."}
    assert "# Maps of x" in paths["readme"].read_text()
    assert "*_statmap.*" in paths["ignored"].read_text()
    assert description("y", []).keys().isdisjoint({"SourceDatasets"})
    assert describe_source(source, tmp_path / "data/maps")["URL"] == ".."


@pytest.mark.parametrize("kind", SPACES)
def test_the_validator_accepts_the_folder(kind, tmp_path):
    """No error and no warning but on the single author, of maps of the group and of a subject in each space.

    The validator is not part of the project's environment (a binary of 96 MB): `pip install bids-validator-deno`.
    """
    validator = os.environ.get("BIDS_VALIDATOR") or shutil.which("bids-validator-deno")
    if not validator:
        pytest.skip("no bids-validator-deno on the path; BIDS_VALIDATOR may name it")
    geometry, targets = geometry_and_targets(kind)
    maps = group_maps(targets, draw_tables(len(targets)), cell=CELL, q_level=0.01)
    paths = [tmp_path / name for subject in (None, "01") for name in names_of(kind).files("brainscore", subject)]
    write_maps(maps, targets, geometry, paths, about=shared_metadata(SOURCES, word_rate=2.5, simulated=False))
    files = {"description": "dataset_description.json", "readme": "README.md", "ignored": ".bidsignore"}
    folder = tmp_path / "maps"
    write_map_dataset(
        {name: folder / file for name, file in files.items()},
        paths_to_sources=[],
        dataset="x",
    )
    done = subprocess.run([validator, str(folder), "--format", "json"], capture_output=True, text=True, timeout=120)
    issues = json.loads(done.stdout)["issues"]["issues"]
    assert {issue["code"] for issue in issues} <= {"TOO_FEW_AUTHORS"}, issues
