"""The file one scoring job writes: brain scores of a block of cells of one subject, fold by fold."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
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


def read_grid(path: str | Path) -> tuple[str, Grid]:
    """Subject and cells of a file, without its scores."""
    with safe_open(path, framework="numpy") as file:
        return _cell(file)


def read_scores(path: str | Path, distances: Sequence[int] | None = None) -> Scores:
    """Read what `Scores.write` wrote, or these of its distances only."""
    with safe_open(path, framework="numpy") as file:
        subject, grid = _cell(file)
        wanted = grid.distances if distances is None else tuple(distances)
        rows = [grid.distances.index(distance) for distance in wanted]
        first, last = min(rows), max(rows) + 1
        brain_score, alpha = (
            file.get_slice(name)[first:last][[row - first for row in rows]] for name in ("brain_score", "alpha")
        )
        target = file.get_tensor("target")
    return Scores(subject, replace(grid, distances=wanted), target, brain_score, alpha)


def _cell(file: safe_open) -> tuple[str, Grid]:
    cell = json.loads(file.metadata()["cell"])
    subject, distances = cell.pop("subject"), tuple(cell.pop("distances"))
    return subject, Grid(**cell, distances=distances)
