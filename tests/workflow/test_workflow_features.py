"""The user's own features through the workflow: vectors and counts given as files, score as when made."""

import numpy as np
import pandas as pd
import pytest
from safetensors import safe_open

from brainforecast.storage.activations import read_layer, read_metadata
from brainforecast.storage.designs import read_design
from helpers.studies import ENCODING, REGION_SECTIONS, Study, write_region_dataset

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

FEATURES = 5
TR = 2.0
STORIES = ("fable", "myth")
WINDOWS = {"layers": [0], "sources": ["true", "shuffled", "random", "static"], "widths": [2], "distances": [-1, 1, 2]}
SECTIONS = REGION_SECTIONS | {
    "fanout": {"cells_per_job": 50},
    "analyses": {
        "windows": {"models": ["words", "same"]} | WINDOWS,
        "verdict": {"models": ["words", "same"], "layers": [0], "base": "verdict"},
        "counts": {"models": ["counts", "sums"], "layers": [0]},
        "lexical": {"models": ["counts", "sums"], "layers": [0], "base": "lexical"},
        "layers": {"models": ["layers"], "layers": [0, 2]},
    },
    "maps": {"model": "same", "layer": 0, "width": 2, "distance": 1, "reference": -1, "q_level": 0.05},
}


@pytest.fixture(scope="module")
def features_study(new_study, tmp_path_factory) -> Study:
    """A complete run of a dictionary, its vectors as files, counts as files per word and per TR, and layers.

    The dictionary lacks every third word.
    """
    folder = tmp_path_factory.mktemp("features")
    rng = np.random.default_rng(0)
    known = [f"word{i}" for i in range(118) if i % 3] + [f"say{i}" for i in range(98) if i % 3]
    vectors = rng.standard_normal((len(known), FEATURES)).astype(np.float32)
    (folder / "dictionary").mkdir()
    np.save(folder / "dictionary/vectors.npy", vectors)
    pd.DataFrame({"word": known}).to_parquet(folder / "dictionary/words.parquet")
    names = ("same", "counts", "sums", "layers")
    models = {name: {"source": f"features:{folder / name}"} for name in names}
    models["words"] = {"source": str(folder / "dictionary/vectors.npy")}
    study = new_study(write_region_dataset, **SECTIONS | {"models": models})
    study.run(*(f"results/tiny/words/{story}.parquet" for story in STORIES))  # before there are features
    table = dict(zip(known, vectors, strict=True))
    for name in names:
        (folder / name).mkdir()
    for story in STORIES:
        words = pd.read_parquet(study.results / f"words/{story}.parquet")
        of_words = [table.get(word.lower().strip(",."), np.zeros(FEATURES)) for word in words["word"]]
        np.save(folder / f"same/{story}.npy", np.array(of_words, np.float32))
        words["n"] = rng.integers(0, 9, len(words))
        words[["word", "onset", "n"]].to_csv(folder / f"counts/{story}.csv", index=False)
        trs = np.floor(words["onset"] / TR).astype(int)
        sums = [int(words["n"][trs == t].sum()) for t in range(70)]  # no run is as long
        pd.DataFrame({"n": sums}).to_csv(folder / f"sums/{story}.tsv", index=False, sep="\t")
        np.save(folder / f"layers/{story}.npy", rng.standard_normal((3, len(words), 4)))
    study.run()
    return study


def scores_of(study: Study, table: str, **cell: object) -> pd.DataFrame:
    """The rows of a subject table for some cells, without the name of their model."""
    scores = pd.read_parquet(study.results / f"subjects/{table}.parquet")
    for column, value in cell.items():
        scores = scores[scores[column] == value]
    return scores.drop(columns="model").reset_index(drop=True)


@pytest.mark.parametrize("story", STORIES)
def test_vectors_given_as_files_are_those_of_the_dictionary(features_study, story):
    """To the bit."""
    found, made = (
        read_layer(features_study.results / f"activations/{model}/{story}.safetensors", 0)
        for model in ("same", "words")
    )
    assert found.any() and found.dtype == made.dtype and found.tobytes() == made.tobytes()


@pytest.mark.parametrize("table", ["brain_scores", "forecast_scores"])
def test_their_scores_are_those_of_the_dictionary(features_study, table):
    """Of every source, window and base: to the bit."""
    found, made = (scores_of(features_study, table, model=model) for model in ("same", "words"))
    assert len(found) and found["brain_score"].notna().any()
    assert {"verdict", "paper"} == set(found["base"]) if table == "brain_scores" else len(set(found["source"])) == 4
    pd.testing.assert_frame_equal(found, made, check_exact=True)


@pytest.mark.parametrize("base", ["paper", "lexical"])
def test_sums_per_tr_score_as_the_words_they_sum(features_study, base):
    """A table of numbers of words, and one of their sums over the words of each TR: to the bit, beside both bases."""
    found, made = (scores_of(features_study, "brain_scores", model=model, base=base) for model in ("sums", "counts"))
    assert len(found) and found["brain_score"].notna().any()
    pd.testing.assert_frame_equal(found, made, check_exact=True)


def test_a_table_per_tr_is_the_design(features_study):
    """One feature: each fold has it, one row later as words are, standardised on its training rows, up to its sign."""
    path = next((features_study.results / "designs").glob("fable*+myth*/sums/*.safetensors"))
    with safe_open(path, framework="np") as file:
        keys = sorted(file.keys())
    key = next(key for key in keys if "base-paper" in key and key.endswith("/scores"))
    name, lengths = key.split("/")[0], [int(n_trs) for n_trs in key.split("/")[1].split("+")]
    design = read_design(path, name, lengths)
    rows = []
    for story, n_trs in zip(("fable", "myth"), lengths, strict=True):
        sums = read_layer(features_study.results / f"activations/sums/{story}.safetensors", 0)[:, 0]
        rows += [0.0, *sums[: n_trs - 1]]
    for fold, components in zip(design.folds, design.components[0], strict=True):
        Z = (rows - np.mean(np.array(rows)[fold.train])) / np.std(np.array(rows)[fold.train])
        np.testing.assert_allclose(np.abs(components[:, 0]), np.abs(Z), atol=1e-5)
        assert not components[:, 1:].any() and components.shape[1] == ENCODING["n_components"]
    assert read_metadata(features_study.results / "activations/sums/fable.safetensors")["rows"] == "TR"


def test_layers_are_those_of_the_file(features_study):
    """Those that an analysis names, in float32."""
    path = features_study.results / "activations/layers/fable.safetensors"
    source = read_metadata(path)["source"]
    for layer in (0, 2):
        np.testing.assert_array_equal(read_layer(path, layer), np.load(source)[layer].astype(np.float32))


def test_what_is_not_used_is_reported(features_study):
    """Rows after the end of the runs, and a column of times."""
    report = (features_study.results / "report.html").read_text()
    assert "rows of sums after the last volume of the longest run, not used: fable" in report
    assert "columns of counts that are not features: onset" in report


def test_another_file_reruns_its_story(features_study):
    """A file of one story that changes makes the activations of this story again, and no other's."""
    source = read_metadata(features_study.results / "activations/layers/fable.safetensors")["source"]
    np.save(source, np.load(source) + 1)
    assert features_study.planned().get("read_features") == 1


def test_files_that_do_not_fit_stop_a_run(features_study, tmp_path):
    """In one line: a story without its file before any job runs, a value that is no number in its job."""
    source = read_metadata(features_study.results / "activations/layers/fable.safetensors")["source"]
    broken = np.load(source)
    broken[1, 3, 2] = np.nan
    np.save(tmp_path / "fable.npy", broken)
    target = "results/tiny/activations/broken/fable.safetensors"
    entry = {"models__broken": {"source": f"features:{tmp_path}"}}
    config = features_study.with_config("broken", **entry, analyses__broken={"models": ["broken"], "layers": [1]})
    output = features_study.run(target, "--configfile", config, exit_code=1)
    assert f"config key models.broken.source: found no file of story myth in {tmp_path}; expected myth.npy" in output
    np.save(tmp_path / "myth.npy", np.load(source.replace("fable", "myth")))
    output = features_study.run(target, "--configfile", config, exit_code=1)
    line = f"{tmp_path}/fable.npy row 4, feature 2, layer 1: found nan; expected a finite number"
    assert line in output and "Traceback" not in output
    assert not (features_study.folder / target).exists()
