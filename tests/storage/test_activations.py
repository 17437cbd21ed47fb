"""The file of activations: layers and metadata come back as written; a broken file is one line."""

import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file

from brainforecast.errors import BadInput
from brainforecast.storage.activations import read_layer, read_metadata, side_by_side, write_activations


def test_activations_are_read_back(tmp_path):
    """Layer by layer, float32, with their metadata; no other file is left."""
    rng = np.random.default_rng(0)
    activations = {layer: rng.standard_normal((7, 3)).astype(np.float32) for layer in (0, 2, 10)}
    path = tmp_path / "model" / "story.safetensors"
    write_activations(activations, path, metadata={"source": "tiny", "context": 20})
    for layer, X in activations.items():
        np.testing.assert_array_equal(read_layer(path, layer), X)
        assert read_layer(path, layer).dtype == np.float32
    assert set(load_file(path)) == {"layer-0", "layer-2", "layer-10"}
    assert read_metadata(path) == {"source": "tiny", "context": 20}
    assert list(path.parent.iterdir()) == [path]
    with pytest.raises(BadInput, match=r"no layer 1; expected one of the layers \[0, 2, 10\]"):
        read_layer(path, 1)


def test_layers_are_joined_where_they_are_named():
    """Named layers become one, 0, in the order of their names; without names nothing changes."""
    activations = {layer: np.full((4, 2), layer, np.float32) for layer in (1, 5)}
    joined = side_by_side(activations, [5, 1])
    assert list(joined) == [0]
    np.testing.assert_array_equal(joined[0], np.repeat([[5, 5, 1, 1]], 4, axis=0))
    assert side_by_side(activations, None) == activations


def test_activations_that_do_not_open(tmp_path):
    """A missing file and a truncated one."""
    path = tmp_path / "story.safetensors"
    with pytest.raises(BadInput, match=str(path)):
        read_layer(path, 0)
    write_activations({0: np.zeros((7, 3), np.float32)}, path, metadata={})
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(BadInput, match=str(path)):
        read_layer(path, 0)


def test_reading_activations_does_not_import_torch():
    """Jobs that only read activations must start fast."""
    code = (
        "import sys, brainforecast.storage.activations; "
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, check=True)
