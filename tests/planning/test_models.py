"""Where models are loaded from, and which of their layers are needed."""

import json

import pytest

from brainforecast.files import from_input
from helpers.datasets import write_lines

FINETUNING = {
    "base": "smollm2",
    "corpus": {"source": "corpus.txt"},
    "objective": {"alphas": [0, 0.5], "distance": 8},
    "training": {"n_steps": 10, "batch_size": 2, "accumulation": 3, "processes": 1, "snapshots": {"first": 5, "n": 2}},
}


@pytest.fixture
def study(new_study, tmp_path):
    """The demo with a model of every origin, and a fine-tuning."""
    (tmp_path / "local").mkdir()
    return new_study(
        models__hub={"source": "openai/gpt2"},
        models__local={"source": str(tmp_path / "local")},
        models__glove={"source": "package:kumo/glove.npy"},
        finetuning={"forecast": FINETUNING},
        analyses__tuned={"models": ["forecast"], "base": "lexical", "layers": [0]},
    )


def test_every_origin_has_its_inputs_and_source(study, tmp_path):
    """A converted model and a snapshot are inputs of the job; a hub name and a local folder are loaded as they are."""
    models, local = study.models, str(tmp_path / "local")
    assert (models.inputs("smollm2"), from_input(models.source("smollm2"), ["x/resources/models/smollm2"])) == (
        ["resources/models/smollm2"],
        "x/resources/models/smollm2",
    )
    assert (models.inputs("hub"), models.source("hub")) == (["resources/hub/hub.json"], "openai/gpt2")
    assert (models.inputs("local"), models.source("local")) == ([local], local)
    (folder,) = models.inputs("forecast-alpha0.5-step10")
    assert folder.startswith("resources/finetuned/forecast-") and folder.endswith("/alpha-0.5")
    assert from_input(models.source("forecast-alpha0.5-step10"), [folder]) == f"{folder}/step-10"
    assert models.entries["forecast-alpha0.5-step10"]["source"] == f"{folder}/step-10"


def test_models_are_language_models_or_dictionaries(study):
    models = study.models
    assert (models.hub, models.dictionaries) == (["hub"], ["glove"])
    assert {"smollm2", "hub", "local", "forecast-alpha0-step5"} <= set(models.language_models)


def test_what_a_hub_model_reads_is_that_of_its_revision(new_study, tmp_path, monkeypatch):
    """Whichever revision the cache has."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    commit = "c0ffee" + "0" * 34
    settings = json.dumps({"model_type": "wav2vec2", "num_hidden_layers": 2, "hidden_size": 16})
    write_lines(tmp_path / f"models--lab--sound/snapshots/{commit}/config.json", settings)
    study = new_study(models__a={"source": "lab/sound", "revision": commit}, models__b={"source": "lab/sound"})
    assert study.models.speech == ["a"]


def test_a_file_is_no_name_of_the_hub(new_study):
    """Also where it is not there."""
    files = {"models__x": {"source": "glove.npy"}, "models__y": {"source": "model.gguf"}}
    study = new_study(**files, models__z={"source": "gpt2"})
    assert study.models.hub == ["z"]


def test_only_random_weights_follow_the_seed(new_study):
    """Another seed of the config extracts no pretrained model anew."""
    study = new_study(seed=7, models__drawn={"source": "gpt2", "weights": "random"})
    assert study.models.loading("drawn")["seed"] == 7
    assert "seed" not in study.models.loading("smollm2")


def test_branches_of_a_story_multiply_the_batch(study):
    plain, branched = study.models.extraction("smollm2"), study.models.extraction("smollm2", branches=4)
    assert list(plain) == ["context", "stride", "word_vector", "batch_size", "most_unknown", "language"]
    assert branched == plain | {"batch_size": 4 * plain["batch_size"]}


def test_layers_of_static_vectors_are_those_of_their_model(new_study):
    analysis = {"models": ["smollm2"], "layers": [8], "sources": ["static"], "widths": [1], "distances": [1]}
    study = new_study(models__other={"source": "gpt2"}, sources__static={"model": "other"}, analyses__static=analysis)
    assert study.models.layers("other") == [0]
    assert 8 in study.models.layers("smollm2")
    assert study.models.static_model("smollm2") == "other"


def test_a_training_reads_its_base_and_corpus(study):
    tunings = study.finetunings
    assert tunings.base_inputs("forecast") == ["resources/models/smollm2"]
    assert tunings.n_blocks("forecast") == 10 * 2 * 3
    assert "alphas" not in tunings.objective("forecast")
    assert tunings.corpus_folder("forecast").startswith("resources/corpora/forecast-")
    assert [folder.rpartition("/")[2] for folder in tunings.snapshot_folders] == ["alpha-0", "alpha-0.5"]
    assert study.corpus("forecast")["source"] == "corpus.txt"
    assert study.has_gains
