"""Group maps, and their GIfTI files."""

import json

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from brainforecast.errors import BadInput
from brainforecast.planning.map_names import map_names
from brainforecast.results.map_files import read_map
from brainforecast.results.maps import STATS, TABLES
from brainforecast.storage.geometry import Geometry, write_geometry
from helpers.synthetic_analyses import CEILING, all_tables, without_rows
from helpers.synthetic_tables import CELL, surface_targets, with_another_base, words
from scripts.results.build_maps import build_maps

SCORED = {"layers": [0, 8, 16], "depths": [8, 16], "distances": [-4, 0, 8]}


@pytest.fixture(scope="module")
def tables():
    return all_tables(surface_targets(40))


@pytest.fixture(scope="module")
def folder(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    build(tables, folder)
    return folder


def name_of(hemi, stat):
    """A map's file, below the folder of maps."""
    files = map_names("surface", "LR", {"space": "fsaverage5", "den": "10k"}).files(stat)
    return files["LR".index(hemi)].removeprefix("maps/")


def build(tables, folder, **changed):
    paths = {name: folder / f"{name}.parquet" for name in ("targets", *TABLES)}
    for name, path in paths.items():
        tables[name].to_parquet(path)
    stories = [folder / f"{story}.parquet" for story in words()]
    for path, table in zip(stories, words().values(), strict=True):
        table.to_parquet(path)
    maps = [folder / name_of(hemi, stat) for hemi in "LR" for stat in STATS]
    settings = {"cell": CELL, "q_level": 0.01, "scored": SCORED, "simulated": True} | changed
    write_geometry(Geometry("surface", "fsaverage5", "10k", 40), folder / "geometry.json")
    build_maps(paths.pop("targets"), folder / "geometry.json", paths, stories, maps, **settings)


def test_each_hemisphere_reads_back_with_its_own_vertices(tables, folder):
    """The value of every scored vertex is at its index; every other vertex is NaN."""
    expected = tables["brain_scores"].query("layer == 16").set_index("target")["mean"]
    for offset, hemi in enumerate("LR"):
        image = nib.load(folder / name_of(hemi, "brainscore"))
        values = image.agg_data()
        assert values.shape == (40,) and values.dtype == np.float32
        here = expected.reindex(range(40 * offset, 40 * offset + 40)).to_numpy()
        np.testing.assert_allclose(values, here.astype(np.float32), equal_nan=True)
        assert np.isnan(values).any()


def test_file_has_its_metadata(folder):
    """Name, unit, number of subjects, whether simulated, and the structure that viewers look for."""
    for hemi, structure in (("L", "CortexLeft"), ("R", "CortexRight")):
        _, metadata = read_map(folder / name_of(hemi, "forecastscore"))
        assert metadata["AnatomicalStructurePrimary"] == structure
        assert metadata["Name"] == "Forecast score F(8)" and metadata["Units"] == "gain in r"
        assert (metadata["MinSubjects"], metadata["MaxSubjects"], metadata["Simulated"]) == ("8", "8", "yes")


def test_files_have_what_their_figures_are_drawn_by(folder):
    """The level of q, and the values that a peak was found among: layers of R, layers of F, distances."""
    metadata = {stat: read_map(folder / name_of("L", stat))[1] for stat in STATS}
    assert {about["QLevel"] for about in metadata.values()} == {"0.01"}
    found = {stat: json.loads(about["ScoredValues"]) for stat, about in metadata.items() if "ScoredValues" in about}
    of = {"bestlayer": "layers", "forecastdepth": "depths", "forecastdistance": "distances"}
    assert found == {stat: SCORED[of[stat.removesuffix("masked")]] for stat in found}
    assert set(found) == {*of, "forecastdepthmasked", "forecastdistancemasked"}


def test_maps_of_components_have_their_own_window(tables, tmp_path):
    """F of the rows of that source alone; NaN where it was not scored."""
    scores = tables["forecast_scores"]
    syntactic = scores[scores["source"] == "true"].assign(source="syntactic", mean=lambda rows: rows["mean"] / 2)
    build({**tables, "forecast_scores": pd.concat([scores, syntactic])}, tmp_path)
    whole, syntax, semantics = (
        read_map(tmp_path / name_of("L", stat)) for stat in ("forecastscore", "syntacticscore", "semanticscore")
    )
    np.testing.assert_allclose(syntax[0], whole[0] / 2, rtol=1e-6)
    assert np.isfinite(syntax[0]).any() and np.isnan(semantics[0]).all()
    assert (syntax[1]["Source"], syntax[1]["Name"]) == ("syntactic", "Syntactic forecast score F(8)")
    assert "syntactic window" in syntax[1]["Cell"] and "syntactic" not in whole[1]["Cell"]


def test_the_test_of_the_ceiling_is_its_own(tables, tmp_path):
    """Minus the logarithm of q of the rows of the listeners."""
    scores = tables["brain_scores"]
    listeners = scores[scores["layer"] == 16].assign(model="listeners", q_value=0.001)
    build({**tables, "brain_scores": pd.concat([scores, listeners])}, tmp_path)
    values, metadata = read_map(tmp_path / name_of("L", "noiseceilingq"))
    np.testing.assert_allclose(values[np.isfinite(values)], 3.0, rtol=1e-6)
    assert np.isfinite(values).any() and "brain_scores" in metadata["Sources"]


def test_masked_distance_is_nan_where_the_test_fails(tables, folder):
    """The masked map keeps exactly the vertices with q below the level."""
    masked, _ = read_map(folder / name_of("L", "forecastdistancemasked"))
    every, _ = read_map(folder / name_of("L", "forecastdistance"))
    passing = tables["forecast_distance"].query("q_value < 0.01 and target < 40 and source == 'true'")["target"]
    assert set(np.flatnonzero(np.isfinite(masked))) == set(passing)
    np.testing.assert_array_equal(masked[passing], every[passing])


def test_q_map_is_minus_log10(tables, folder):
    """q = .01 is 2."""
    values, _ = read_map(folder / name_of("L", "brainscoreq"))
    q = tables["brain_scores"].query("layer == 16 and target < 40").set_index("target")["q_value"]
    np.testing.assert_allclose(values[q.index], -np.log10(q), rtol=1e-6)


def test_normalised_score_is_the_mean_over_the_ceiling(tables, folder):
    """Never clipped, and empty where the ceiling is not above 0."""
    score, ceiling, share = (
        read_map(folder / name_of("L", stat))[0] for stat in ("brainscore", "noiseceiling", "normalisedscore")
    )
    assert ceiling[0] < 0 and np.isnan(share[0])
    scored = np.isfinite(score) & (ceiling > 0)
    np.testing.assert_allclose(share[scored], score[scored] / CEILING, rtol=1e-5)
    assert (share[scored] < 0).any()


def test_best_layer_has_the_highest_mean(tables, folder):
    """The layer of each vertex is the argmax over the layers of its model."""
    best, metadata = read_map(folder / name_of("R", "bestlayer"))
    wide = tables["brain_scores"].query("target >= 40").pivot(index="target", columns="layer", values="mean")
    np.testing.assert_array_equal(best[wide.index - 40], wide.idxmax(axis=1))
    assert metadata["Cell"] == "tiny"


def test_masked_depth_is_nan_where_the_test_fails(tables, folder):
    """k* of the reported source, only where its own mask test passes."""
    masked, metadata = read_map(folder / name_of("L", "forecastdepthmasked"))
    passing = tables["forecast_depth"].query("q_value < 0.01 and target < 40 and source == 'true'")
    np.testing.assert_allclose(masked[passing["target"]], passing["mean"], rtol=1e-6)
    assert np.isfinite(masked).sum() == len(passing) and metadata["Units"] == "layer"


def test_maps_of_an_analysis_that_was_not_run_are_empty(tables, tmp_path):
    """No row of k*: nothing to draw, and no error."""
    build(without_rows(tables), tmp_path)
    assert np.isnan(read_map(tmp_path / name_of("L", "forecastdepth"))[0]).all()


def test_file_has_the_word_rate(folder):
    """Figures of d* need it for their axis in seconds."""
    assert float(read_map(folder / name_of("L", "forecastdistance"))[1]["WordsPerSecond"]) == pytest.approx(
        300 / (299 / 2.5 + 0.4), rel=1e-4
    )


def test_same_bytes_twice(tables, folder, tmp_path):
    """No date, no random name inside, and nothing of a base that is not reported."""
    build(with_another_base(tables), tmp_path)
    for path in folder.glob("*.gii"):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def test_cell_that_was_not_scored_is_reported(tables, tmp_path):
    """A map of a layer that is not in the tables stops the run with its name."""
    with pytest.raises(BadInput, match="layer 99"):
        build(tables, tmp_path, cell={**CELL, "layer": 99})


def test_map_that_is_no_gifti_is_reported(tmp_path):
    """A broken file stops the run with its name."""
    (tmp_path / name_of("L", "brainscore")).write_text("nothing")
    with pytest.raises(BadInput, match="stat-brainscore"):
        read_map(tmp_path / name_of("L", "brainscore"))
