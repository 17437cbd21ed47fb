"""Every source of windows through the workflow: its jobs, inputs and scores, compared with those of the true words."""

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file

from brainforecast.storage.activations import read_layer, read_metadata
from helpers.studies import REGION_SECTIONS, tiny_model, write_region_dataset

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

SOURCES = ["true", "shuffled", "random", "static", "generated"]
FEATURES = 5
TARGET = "results/tiny/subjects/forecast_scores.parquet/sub-03.parquet"  # a subject of one story


@pytest.fixture(scope="module")
def source_study(new_study, tiny_gpt2, tmp_path_factory):
    """One subject's scores with windows of every source, and a dictionary with half of the words."""
    folder = tmp_path_factory.mktemp("dictionary")
    known = [f"word{i}" for i in range(0, 118, 2)]
    vectors = np.random.default_rng(0).standard_normal((len(known), FEATURES)).astype(np.float32)
    np.save(folder / "vectors.npy", vectors)
    pd.DataFrame({"word": known}).to_parquet(folder / "words.parquet")
    cells = {"models": ["tiny"], "layers": [2], "sources": SOURCES, "widths": [2], "distances": [-1, 1, 2]}
    study = new_study(
        write_region_dataset,
        **REGION_SECTIONS
        | {
            "models": {"tiny": tiny_model(tiny_gpt2), "words": {"source": str(folder / "vectors.npy")}},
            "sources": {
                "shuffled": {"block": 20},
                "static": {"model": "words"},
                "generated": {"n_futures": 2, "horizon": 2},
            },
            "analyses": {"sources": cells},
            "maps": {"model": "tiny", "layer": 2, "width": 2, "distance": 1, "reference": -1},
        },
    )
    study.run(TARGET)
    return study


def test_every_source_is_scored(source_study):
    """Each source has its own scores at each distance, and all are numbers."""
    scores = pd.read_parquet(source_study.results / "subjects/forecast_scores.parquet").query("target != 4")
    assert set(scores["source"]) == set(SOURCES)
    table = scores.pivot(index=["distance", "target"], columns="source", values="forecast_score")
    assert np.isfinite(table).all().all()
    others = [table[a].to_numpy() for a in SOURCES]
    assert not [i for i in range(5) for j in range(i) if np.allclose(others[i], others[j])]


def test_static_vectors_are_those_of_the_dictionary(source_study):
    """One layer; every other word has a vector."""
    X = read_layer(source_study.results / "activations/words/fable.safetensors", 0)
    assert X.shape == (118, FEATURES)
    assert X[::2].any(axis=1).all() and not X[1::2].any()


def test_continuations_hold_the_layer_of_the_windows(source_study):
    """The layer of the windows alone, a vector per word and word ahead, the generated text, and the settings."""
    path = source_study.results / "continuations/tiny/fable.safetensors"
    assert list(load_file(path)) == ["layer-2"]
    assert read_layer(path, 2).shape == (118, 2, 16)
    metadata = read_metadata(path)
    assert {len(futures) for futures in metadata["text"]} == {2}
    assert (metadata["horizon"], metadata["top_p"], metadata["context"]) == (2, 0.9, 64)
    log = (source_study.folder / "logs/tiny/generate_continuations/tiny/fable.log").read_text()
    assert "tokens to run" in log and "(100 %)" in log


def test_nothing_is_generated_that_no_analysis_needs(source_study):
    """Without the sources that need them, no continuations are generated and no dictionary is read."""
    jobs = source_study.planned(
        "--forceall", "--configfile", source_study.with_config("less", analyses__sources__sources=["true", "random"])
    )
    assert not {"generate_continuations", "read_word_vectors"} & set(jobs)
    assert "extract_activations" in jobs
    everything = source_study.planned("--forceall")
    assert (everything["generate_continuations"], everything["read_word_vectors"]) == (2, 2)


def test_other_futures_rerun_their_own_designs(source_study):
    """Another number of futures reruns the continuations, and only the designs built from them."""
    other = source_study.with_config("other", sources__generated__n_futures=1)
    jobs = source_study.planned(TARGET, "--configfile", other)
    assert (jobs["generate_continuations"], jobs["build_design"]) == (1, 1)
    assert "extract_activations" not in jobs
