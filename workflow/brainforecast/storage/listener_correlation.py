"""The file of one subject's correlation with the mean of the other subjects, target by target."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from brainforecast.files import atomic


@dataclass(frozen=True)
class ListenerCorrelation:
    """target : (n_targets,) row of targets.parquet; r : (n_targets,) float32, Pearson r, mean over folds."""

    target: np.ndarray
    r: np.ndarray


def write_listener_correlation(correlation: ListenerCorrelation, path: str | Path) -> None:
    """Write it as safetensors."""
    with atomic(path) as temporary:
        save_file({"target": correlation.target.astype(np.int32), "r": correlation.r}, temporary)


def read_listener_correlation(path: str | Path) -> ListenerCorrelation:
    """Read what `write_listener_correlation` wrote."""
    return ListenerCorrelation(**load_file(path))
