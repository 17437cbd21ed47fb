"""What each model is, and how its words became activations: from the config and the metadata of its activations."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from brainforecast.errors import BadInput
from brainforecast.results.frames import cast
from brainforecast.storage.activations import read_metadata, read_shape

COLUMNS = ["model", "story", "model_kind", "modality", "model_source", "revision", "dtype", "quantization", "context",
           "stride", "word_vector", "audio_context", "n_layers", "layers", "n_features", "rows", "n_rows", "n_tokens",
           "n_unknown", "unknown"]  # fmt: skip
WITHOUT_WEIGHTS = ("static", "features")  # kinds of models


def model_rows(
    paths_to_activations: Mapping[tuple[str, str], str | Path], about: Mapping[str, Mapping]
) -> pd.DataFrame:
    """A row per model and story, from the head of each file of activations; no tensor is read.

    Parameters
    ----------
    paths_to_activations : by model and story.
    about : of each model, what the config states: ``source``, ``kind``, ``modality``, ``dtype``, ``revision``,
        ``quantization``.
    """
    rows = [_row(model, story, path, about[model]) for (model, story), path in paths_to_activations.items()]
    return cast(pd.DataFrame(rows, columns=COLUMNS))


def depths_of_models(models: pd.DataFrame) -> dict[str, int | None]:
    """Number of layers of each model, None where it has one layer only, from `model_rows`."""
    numbers = models.groupby("model", sort=False)["n_layers"].max()
    return {model: None if pd.isna(number) else int(number) for model, number in numbers.items()}


def _row(model: str, story: str, path: str | Path, about: Mapping) -> dict:
    made, (layers, n_rows, n_features) = read_metadata(path), read_shape(path)
    tokens, loading = made.get("tokens") or {}, made.get("loading") or {}
    n_tokens, n_unknown = tokens.get("n_tokens"), tokens.get("n_unknown")
    quantization = loading.get("quantization") or about["quantization"]
    weighted = about["kind"] not in WITHOUT_WEIGHTS
    return {
        "model": model,
        "story": story,
        "model_kind": about["kind"],
        "modality": about["modality"],
        "model_source": about["source"],
        "revision": loading.get("revision") or about["revision"],
        "dtype": (loading.get("dtype") or about["dtype"]) if weighted else None,
        "quantization": json.dumps(quantization, sort_keys=True, default=str) if quantization and weighted else None,
        **{key: made.get(key) for key in ("context", "stride", "word_vector", "audio_context")},
        "n_layers": _n_layers(path, made, layers),
        "layers": ", ".join(map(str, made.get("side_by_side") or layers)),
        "n_features": n_features,
        "rows": made.get("rows") or "word",
        "n_rows": n_rows,
        "n_tokens": n_tokens,
        "n_unknown": n_unknown,
        "unknown": n_unknown / n_tokens if n_tokens and n_unknown is not None else None,
    }


def _n_layers(path: str | Path, made: Mapping, layers: list[int]) -> int | None:
    """Layers of the model without the embedding; None for layers side by side, static vectors and plain features."""
    n_layers = made.get("n_layers")
    if made.get("side_by_side") or not (n_layers or max(layers)):
        return None
    if n_layers is not None and max(layers) > n_layers:
        raise BadInput(path, f"layer {max(layers)} of a model of {n_layers} layers", "n_layers of its own model")
    return n_layers
