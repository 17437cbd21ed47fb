"""The user's own features: which file of a folder belongs to a story. Standard library only."""

import os

from brainforecast.cells import FEATURES
from brainforecast.errors import BadInput

SUFFIXES = (".npy", ".safetensors", ".tsv", ".csv", ".parquet")


def find_features(source: str, story: str) -> str:
    """The file of one story in a folder of features.

    Parameters
    ----------
    source : ``features:<folder>``.

    Raises
    ------
    BadInput : no file of the story, or several.
    """
    folder = source.removeprefix(FEATURES)
    found = [path for suffix in SUFFIXES if os.path.exists(path := os.path.join(folder, f"{story}{suffix}"))]
    if len(found) != 1:
        raise BadInput(folder, f"{len(found)} files of features of story {story}", f"one, {story}{SUFFIXES[0]}")
    return found[0]
