"""The file of one scoring job: brain scores of the cells of some grids of one subject, fold by fold."""

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
        write_scores([self], path)


def write_scores(parts: Sequence[Scores], path: str | Path) -> None:
    """Write the scores of some grids of one subject as safetensors."""
    tensors: dict[str, np.ndarray] = {"target": parts[0].target.astype(np.int32)}
    for index, part in enumerate(parts):
        tensors |= {f"{index}/brain_score": part.brain_score, f"{index}/alpha": part.alpha}
    cells = {"subject": parts[0].subject, "grids": [vars(part.grid) for part in parts]}
    with atomic(path) as temporary:
        save_file(tensors, temporary, metadata={"cells": json.dumps(cells)})


def read_grids(path: str | Path) -> tuple[str, list[Grid]]:
    """Read the subject and the grids of a file, without its scores."""
    with safe_open(path, framework="numpy") as file:
        return _cells(file)


def read_scores(path: str | Path, distances: Sequence[int] | None = None, *, index: int = 0) -> Scores:
    """Read one grid of a file.

    Parameters
    ----------
    distances : of the grid, in any order; None for all.
    index : of the grid in `read_grids`.
    """
    with safe_open(path, framework="numpy") as file:
        subject, grids = _cells(file)
        grid = grids[index]
        wanted = grid.distances if distances is None else tuple(distances)
        rows = [grid.distances.index(distance) for distance in wanted]
        first, last = min(rows), max(rows) + 1
        brain_score, alpha = (
            file.get_slice(f"{index}/{name}")[first:last][[row - first for row in rows]]
            for name in ("brain_score", "alpha")
        )
        target = file.get_tensor("target")
    return Scores(subject, replace(grid, distances=wanted), target, brain_score, alpha)


def _cells(file: safe_open) -> tuple[str, list[Grid]]:
    cells = json.loads(file.metadata()["cells"])
    return cells["subject"], [Grid(**{**grid, "distances": tuple(grid["distances"])}) for grid in cells["grids"]]
