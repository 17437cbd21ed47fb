"""The file of a subject's scores under common shifts, or in simulated brains: the mean series of each region."""

from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from brainforecast.files import atomic


def write_control_scores(scores: np.ndarray, path: str | Path) -> None:
    """Write brain scores as safetensors.

    Parameters
    ----------
    scores : (..., 3, n_draws or n_brains, n_regions) float32: of the present alone, with the mirror window, with the
        window. NaN where the subject lacks a region.
    """
    with atomic(path) as temporary:
        save_file({"brain_score": np.ascontiguousarray(scores, np.float32)}, temporary)


def read_control_scores(path: str | Path) -> np.ndarray:
    """Read what `write_control_scores` wrote."""
    with safe_open(path, framework="numpy") as file:
        return file.get_tensor("brain_score")
