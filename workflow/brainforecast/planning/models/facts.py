"""How large a language model is, by its files, before any job loads it: weights, layers, width, vocabulary, limits."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from brainforecast.planning.models.files import (
    INDEX_FILES,
    find_folder,
    read_head,
    read_index,
    read_settings,
    weight_files,
)
from brainforecast.planning.models.settings import (
    count_layers_of,
    dtype_of,
    estimate_parameters,
    family_of,
    heads_of,
    key_width_of,
    longest_input_of,
    modality_of_settings,
    quantization_of,
    sees_both_sides,
    vocabulary_of,
    width_of,
)

BYTES = {
    "float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1,
    "F8_E5M2": 1,
}  # fmt: skip
NAMES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}


@dataclass(frozen=True)
class ModelFacts:
    """The size and the kind of a model.

    Parameters
    ----------
    kind : transformers' `model_type`.
    modality : ``text`` or ``speech``.
    both_sides : whether a word's state depends on what follows it: masked models, encoders and speech models.
    parameters : weights; counted : where their number is from: ``index``, ``heads`` or ``sizes`` of the files, or
        ``settings``, from which it is estimated.
    stored : bytes of the weights on disk; None where they are not here and no index has their sum.
    dtype : of the weights on disk; quantized : how they are quantised there, else None.
    layers : without the embedding, of the encoder if there is one; width : features of a state; heads : of a layer;
        key_width : features of the keys of a layer.
    vocabulary : tokens; longest : tokens of an input at most, None without a limit.
    """

    kind: str
    modality: str
    both_sides: bool
    parameters: int
    counted: str
    stored: int | None
    dtype: str
    quantized: str | None
    layers: int
    width: int
    heads: int
    key_width: int
    vocabulary: int
    longest: int | None


# GPT-2's: what is assumed of a model that is not here yet
ASSUMED = ModelFacts(
    "gpt2", "text", False, 124_439_808, "settings", None, "float32", None, 12, 768, 12, 768, 50_257, 1024
)


def read_facts(source: str, *, on_hub: bool, revision: str | None = None) -> ModelFacts | None:
    """The facts of a model; None where its settings are not here, or do not have its layers and width.

    Parameters
    ----------
    source, on_hub, revision : as in `files.read_settings`.
    """
    settings = read_settings(source, on_hub=on_hub, revision=revision)
    layers, width = count_layers_of(settings), width_of(settings)
    if not layers or not width:
        return None
    folder = find_folder(source, on_hub=on_hub, revision=revision)
    stored, counts = _read_weights(folder) if folder else (None, {})  # a GGUF file is converted before it is loaded
    parameters, counted = _count(settings, folder, stored, counts)
    most = max(counts, key=counts.get, default=None)
    return ModelFacts(
        kind=family_of(settings),
        modality=modality_of_settings(settings) or "text",
        both_sides=sees_both_sides(settings),
        parameters=parameters,
        counted=counted,
        stored=stored,
        dtype=NAMES.get(most) or dtype_of(settings) or "float32",
        quantized=quantization_of(settings),
        layers=layers,
        width=width,
        heads=heads_of(settings) or 1,
        key_width=key_width_of(settings) or width,
        vocabulary=vocabulary_of(settings) or 0,
        longest=longest_input_of(settings),
    )


def _count(settings: Mapping, folder: Path | None, stored: int | None, counts: Mapping[str, int]) -> tuple[int, str]:
    """Number of weights, and where it is from: files that are not quantised, else the settings."""
    estimated = estimate_parameters(settings) or 0
    if folder is None or quantization_of(settings):
        return estimated, "settings"
    metadata = _metadata(folder)
    if isinstance(metadata.get("total_parameters"), int):
        return metadata["total_parameters"], "index"
    if counts:
        return sum(counts.values()), "heads"
    each = BYTES.get(dtype_of(settings) or "float32", 4)
    if isinstance(metadata.get("total_size"), int | float):
        return int(metadata["total_size"] // each), "index"
    return (stored // each, "sizes") if stored else (estimated, "settings")


def _read_weights(folder: Path) -> tuple[int | None, dict[str, int]]:
    """Bytes of all weights, and their number by type; no numbers where some are not here, or no safetensors."""
    files = weight_files(folder)
    sizes, counts = [_size(file) for file in files], {}
    if None in sizes or not files:
        total = _metadata(folder).get("total_size")
        return (int(total) if isinstance(total, int | float) else None), {}
    for file in files:
        head = read_head(file) if file.suffix == ".safetensors" else None
        if head is None:
            return sum(sizes), {}
        for tensor in head.values():
            counts[tensor.dtype] = counts.get(tensor.dtype, 0) + math.prod(tensor.shape)
    return sum(sizes), counts


def _metadata(folder: Path) -> Mapping:
    """What the index of the weights says of all of them together; empty without an index."""
    found = (read_index(folder / name).get("metadata") for name in INDEX_FILES if (folder / name).exists())
    return next((metadata for metadata in found if isinstance(metadata, Mapping)), {})


def _size(path: Path) -> int | None:
    """Bytes of a file; None where it is not here, or a pointer lies in its place."""
    try:
        size = path.stat().st_size
    except OSError:
        return None
    return size if size > 1024 else None
