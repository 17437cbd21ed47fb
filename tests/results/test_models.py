"""What each model is, from the head of its files of activations."""

import numpy as np
import pytest

from brainforecast.errors import BadInput
from brainforecast.results.models import COLUMNS, depths_of_models, model_rows
from brainforecast.storage.activations import read_shape, write_activations

ABOUT = {"source": "hub/name", "kind": "pretrained", "modality": "text", "dtype": "bfloat16", "revision": "main",
         "quantization": None}  # fmt: skip
MADE = {"n_layers": 12, "context": 512, "stride": 128, "word_vector": "last", "loading": {"revision": "0a1b"},
        "tokens": {"n_tokens": 80, "n_unknown": 2}}  # fmt: skip


def write(path, layers=(0, 4), n_words: int = 60, n_features: int = 8, **made):
    arrays = {layer: np.zeros((n_words, n_features), np.float32) for layer in layers}
    write_activations(arrays, path, metadata=made)
    return path


def one_row(path, **about):
    table = model_rows({("m", "story"): path}, {"m": ABOUT | about})
    assert list(table) == COLUMNS and len(table) == 1
    return table.iloc[0]


def test_a_language_model_as_it_was_used(tmp_path):
    """What the job resolved comes before what the config states; the share of unknown tokens."""
    path = write(tmp_path / "story.safetensors", **MADE)
    row = one_row(path)
    assert (row["n_layers"], row["layers"], row["n_features"], row["n_rows"]) == (12, "0, 4", 8, 60)
    assert (row["context"], row["revision"], row["dtype"]) == (512, "0a1b", "bfloat16")
    assert (row["n_tokens"], row["n_unknown"], row["unknown"]) == (80, 2, 2 / 80)
    assert (row["model_source"], row["model_kind"], row["rows"]) == ("hub/name", "pretrained", "word")
    assert read_shape(path) == ([0, 4], 60, 8)


@pytest.mark.parametrize(
    ("about", "layers", "made"),
    [({"kind": "static"}, (0,), {}), ({"kind": "features", "modality": None}, (0,), {"rows": "TR"}),
     ({}, (0,), MADE | {"side_by_side": [0, 4]}), ({"kind": "features"}, (0,), {"n_layers": 0})],
)  # fmt: skip
def test_models_with_one_layer_have_no_depth(tmp_path, about, layers, made):
    """Static vectors, plain features, layers side by side: no number of layers."""
    path = write(tmp_path / "story.safetensors", layers, **made)
    table = model_rows({("m", "story"): path}, {"m": ABOUT | about})
    assert depths_of_models(table) == {"m": None}
    assert table["rows"].iloc[0] == made.get("rows", "word")
    if about.get("kind"):
        assert table["dtype"].isna().all()


def test_one_scored_layer_of_many_has_a_depth(tmp_path):
    table = model_rows({("m", "story"): write(tmp_path / "story.safetensors", (8,), **MADE)}, {"m": ABOUT})
    assert depths_of_models(table) == {"m": 12}


def test_more_layers_than_the_model_has_is_one_line(tmp_path):
    path = write(tmp_path / "story.safetensors", (0, 13), **MADE)
    with pytest.raises(BadInput, match="layer 13 of a model of 12 layers"):
        one_row(path)
