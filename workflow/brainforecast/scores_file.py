"""The file one scoring job writes: brain scores of a block of cells of one subject, fold by fold."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from brainforecast.cells import Grid
from brainforecast.files import atomic


@dataclass(frozen=True)
class Scores:
    """Scores of the cells of a grid: brain_score and alpha (n_distances, n_folds, n_targets); target (n_targets,)."""

    subject: str
    grid: Grid
    target: np.ndarray
    brain_score: np.ndarray
    alpha: np.ndarray

    def write(self, path: str | Path) -> None:
        """Write as safetensors."""
        cell = {**vars(self.grid), "subject": self.subject}
        tensors = {"brain_score": self.brain_score, "alpha": self.alpha, "target": self.target.astype(np.int32)}
        with atomic(path) as temporary:
            save_file(tensors, temporary, metadata={"cell": json.dumps(cell)})


def read_scores(path: str | Path) -> Scores:
    """Read what `Scores.write` wrote."""
    with safe_open(path, framework="numpy") as file:
        cell = json.loads(file.metadata()["cell"])
        subject, distances = cell.pop("subject"), tuple(cell.pop("distances"))
        tensors = {name: file.get_tensor(name) for name in ("target", "brain_score", "alpha")}
    return Scores(subject, Grid(**cell, distances=distances), **tensors)
