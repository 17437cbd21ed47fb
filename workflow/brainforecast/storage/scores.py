"""The file of one scoring job: brain scores of the cells of some grids of one subject, mean over folds.

It holds what tables read and no more: of every target, or only the means over regions where a grid keeps no targets;
penalties only of baselines, as indices into those that occur.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from brainforecast.cells import REGIONS, Grid
from brainforecast.files import atomic


@dataclass(frozen=True)
class Scores:
    """Scores of the cells of a grid in every target.

    target : (n_targets,), rows of targets.parquet.
    brain_score : (n_distances, n_targets) float32, mean over folds; NaN where a fold has none.
    alpha : (2, n_targets) float32, the two middle ones of the penalties of all folds, whose mean is their median; None
    for windows.
    """

    subject: str
    grid: Grid
    target: np.ndarray
    brain_score: np.ndarray
    alpha: np.ndarray | None = None

    @classmethod
    def from_folds(
        cls, subject: str, grid: Grid, target: np.ndarray, brain_score: np.ndarray, alpha: np.ndarray
    ) -> "Scores":
        """Of the scores and penalties of each fold, (n_distances, n_folds, n_targets)."""
        middle = None if grid.width > 0 else middle_pair(alpha[0])
        return cls(subject, grid, target, brain_score.mean(axis=1), middle)


@dataclass(frozen=True)
class RegionScores:
    """Scores of the cells of a grid by region, in the order of `results.regions.Regions` of the study's targets.

    mean : (n_distances, n_regions) float64, brain score, mean over folds and targets, or of the region's mean series;
    NaN where a region has none.
    n_targets : the same shape, targets averaged.
    """

    subject: str
    grid: Grid
    mean: np.ndarray
    n_targets: np.ndarray


def middle_pair(values: np.ndarray) -> np.ndarray:
    """The two middle ones of the sorted values of each column, twice the same of an odd number; (2, n_columns)."""
    n = len(values)
    return np.sort(values, axis=0)[[(n - 1) // 2, n // 2]]


def join(parts: Sequence[Scores | RegionScores]) -> Scores | RegionScores:
    """One grid from parts of it that have some of its distances each, in their order."""
    if len(parts) == 1:
        return parts[0]
    distances = tuple(distance for part in parts for distance in part.grid.distances)
    names = ("mean", "n_targets") if isinstance(parts[0], RegionScores) else ("brain_score",)
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return replace(parts[0], grid=replace(parts[0].grid, distances=distances), **arrays)


def write_scores(parts: Sequence[Scores | RegionScores], path: str | Path) -> None:
    """Write the scores of some grids of one subject as safetensors."""
    by_target = [part for part in parts if isinstance(part, Scores)]
    alphas = [part.alpha.ravel() for part in by_target if part.alpha is not None]
    penalties = np.unique(np.concatenate(alphas)) if alphas else np.zeros(0, np.float32)
    tensors: dict[str, np.ndarray] = {"target": by_target[0].target.astype(np.int32)} if by_target else {}
    for index, part in enumerate(parts):
        if isinstance(part, RegionScores):
            counts = part.n_targets.astype(np.int32)
            same = len(counts) > 1 and (counts == counts[0]).all()
            tensors |= {f"{index}/mean": part.mean, f"{index}/n_targets": counts[:1] if same else counts}
            continue
        tensors[f"{index}/brain_score"] = part.brain_score
        if part.alpha is not None:
            small = np.min_scalar_type(len(penalties))
            tensors[f"{index}/alpha"] = np.searchsorted(penalties, part.alpha).astype(small)
    if alphas:
        tensors["penalties"] = penalties
    tensors = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    cells = {"subject": parts[0].subject, "grids": [vars(part.grid) for part in parts]}
    with atomic(path) as temporary:
        save_file(tensors, temporary, metadata={"cells": json.dumps(cells)})


def read_grids(path: str | Path) -> tuple[str, list[Grid]]:
    """Read the subject and the grids of a file, without its scores."""
    with safe_open(path, framework="numpy") as file:
        return _cells(file)


def read_scores(path: str | Path, distances: Sequence[int] | None = None, *, index: int = 0) -> Scores | RegionScores:
    """Read one grid of a file: `RegionScores` if it keeps only regions.

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
        chosen = replace(grid, distances=wanted)
        if grid.keep == REGIONS:
            mean, n_targets = (file.get_tensor(f"{index}/{name}") for name in ("mean", "n_targets"))
            return RegionScores(subject, chosen, mean[rows], np.broadcast_to(n_targets, mean.shape)[rows].astype(int))
        first, last = min(rows), max(rows) + 1
        brain_score = file.get_slice(f"{index}/brain_score")[first:last][[row - first for row in rows]]
        has_alpha = f"{index}/alpha" in file.keys()  # noqa: SIM118, it has no `in` of its own
        alpha = file.get_tensor("penalties")[file.get_tensor(f"{index}/alpha")] if has_alpha else None
        return Scores(subject, chosen, file.get_tensor("target"), brain_score, alpha)


def _cells(file: safe_open) -> tuple[str, list[Grid]]:
    cells = json.loads(file.metadata()["cells"])
    return cells["subject"], [Grid(**{**grid, "distances": tuple(grid["distances"])}) for grid in cells["grids"]]
