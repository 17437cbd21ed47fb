"""What the sizes in a model's config.json can be: bounded before a library makes arrays and layers of them.

Standard library only. The limits are far beyond every model there is: a file with larger sizes is damaged, or is meant
to fill the memory.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from brainforecast.errors import BadInput

LIMITS = {  # the largest value of a key that ends so
    "layers": 2_000,
    "n_layer": 2_000,
    "heads": 100_000,
    "n_head": 100_000,
    "experts": 100_000,
    "hidden_size": 1_000_000,
    "d_model": 1_000_000,
    "n_embd": 1_000_000,
    "model_dim": 1_000_000,
    "head_dim": 1_000_000,
    "intermediate_size": 10_000_000,
    "ffn_hidden_size": 10_000_000,
    "ffn_dim": 10_000_000,
    "n_inner": 10_000_000,
    "d_ff": 10_000_000,
    "vocab_size": 10_000_000,
    "n_vocab": 10_000_000,
    "positions": 100_000_000,
    "position_embeddings": 100_000_000,
    "sequence_length": 100_000_000,
}
USUAL_LAYERS = 200
UNLIMITED = -1  # some families write it for positions
SIZE = re.compile(rf"(?:.*_)?({'|'.join(LIMITS)})", re.DOTALL)


def check_sizes(path: Path, settings: Mapping) -> None:
    """Check the sizes in the settings of a model, and in their parts.

    Raises
    ------
    BadInput : a size that is no number, or that no model has.
    """
    for key, value in _sizes(settings):
        most = LIMITS[SIZE.fullmatch(key)[1]]
        least = UNLIMITED if "position" in key else 0
        if isinstance(value, str) or not least <= value <= most:
            raise BadInput(path, f"{key} {value!r}", f"a number from {least} to {most:,}")


def check_depth(path: Path, settings: Mapping, n_weights: int) -> None:
    """Check that a model does not have far more layers than arrays of weights: making them takes longer than reading.

    Some families have one array for all layers, so that up to `USUAL_LAYERS` any number of arrays will do.

    Raises
    ------
    BadInput : more layers than weights.
    """
    for key, value in _sizes(settings):
        if SIZE.fullmatch(key)[1] in ("layers", "n_layer") and value > max(n_weights, USUAL_LAYERS):
            raise BadInput(path, f"{key} {value:,}", f"at most {n_weights:,}, the arrays in its files of weights")


def check_entries(path: Path, entries: Mapping) -> None:
    """Check the ids of a vocabulary's entries: libraries make lists as long as the largest.

    Raises
    ------
    BadInput : an id that no vocabulary has.
    """
    most = LIMITS["vocab_size"]
    for entry, number in entries.items():
        if isinstance(number, int | float) and not 0 <= number < most:
            raise BadInput(path, f"the entry {entry} with the number {number}", f"a number from 0 to {most - 1:,}")


def _sizes(settings: Mapping) -> Iterator[tuple[str, object]]:
    """Keys and values of sizes, those of parts too; a value may be absent, a switch, or a list for the layers."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _sizes(value)
        elif SIZE.fullmatch(key) and not isinstance(value, bool | list | None):
            yield key, value
