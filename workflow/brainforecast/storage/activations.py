"""The file of one story's activations: one tensor per layer, read back one layer at a time.

No torch, so that jobs that only read activations start fast.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from brainforecast.errors import BadInput
from brainforecast.files import atomic

PREFIX = "layer-"


def write_activations(
    activations: Mapping[int, np.ndarray], path_to_activations: str | Path, *, metadata: Mapping[str, object]
) -> None:
    """Write each layer as the tensor ``layer-<k>``.

    Parameters
    ----------
    activations : layer -> (n_words, n_features) float32
    metadata : how they were made; written as one JSON string, so that the same activations are the same bytes.
    """
    tensors = {f"{PREFIX}{layer}": np.ascontiguousarray(X, dtype=np.float32) for layer, X in activations.items()}
    with atomic(path_to_activations) as temporary:
        save_file(tensors, temporary, metadata={"made": json.dumps(dict(metadata), sort_keys=True)})


def side_by_side(activations: Mapping[int, np.ndarray], layers: Sequence[int] | None) -> dict[int, np.ndarray]:
    """Concatenate the named layers into one, layer 0; without names, return the activations unchanged.

    Parameters
    ----------
    activations : layer -> (n_words, n_features)

    Returns
    -------
    layer -> (n_words, n_features); of named layers, 0 -> (n_words, len(layers) * n_features)
    """
    return {0: np.concatenate([activations[layer] for layer in layers], axis=1)} if layers else dict(activations)


def read_layer(path_to_activations: str | Path, layer: int) -> np.ndarray:
    """Read one layer of a file; the others stay on disk.

    Returns
    -------
    X : (n_words, n_features) float32

    Raises
    ------
    BadInput : the file is missing or truncated, or does not hold the layer.
    """
    with _open(path_to_activations) as file:
        if f"{PREFIX}{layer}" not in file.keys():  # noqa: SIM118 (the file is no mapping)
            raise BadInput(path_to_activations, f"no layer {layer}", f"one of the layers {_layers(file)}")
        return file.get_tensor(f"{PREFIX}{layer}")


def read_shape(path_to_activations: str | Path) -> tuple[list[int], int, int]:
    """The layers of a file, and the rows and columns of each, from its head: no tensor is read.

    Returns
    -------
    layers, n_words, n_features : of the first layer.
    """
    with _open(path_to_activations) as file:
        layers = _layers(file)
        return layers, *file.get_slice(f"{PREFIX}{layers[0]}").get_shape()


def read_metadata(path_to_activations: str | Path) -> dict:
    """Read how the activations were made: the metadata given to `write_activations`."""
    with _open(path_to_activations) as file:
        return json.loads((file.metadata() or {}).get("made", "{}"))


def has_rows_of_trs(path_to_activations: str | Path) -> bool:
    """Whether rows are the TRs of a run instead of the words of a story, as of the user's own features they may be."""
    return read_metadata(path_to_activations).get("rows") == "TR"


def _open(path: str | Path) -> safe_open:
    try:
        return safe_open(path, framework="np")
    except (OSError, SafetensorError) as error:
        raise BadInput(path, f"a file that does not open ({error})", "activations of a story in safetensors") from error


def _layers(file: safe_open) -> list[int]:
    return sorted(int(name.removeprefix(PREFIX)) for name in file.keys())  # noqa: SIM118
