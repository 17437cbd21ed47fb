"""The file of a subject's scores in every variant of the reported cell: the mean series of each region."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from brainforecast.files import atomic


@dataclass(frozen=True)
class VariantScores:
    """Scores of one subject in one variant.

    brain_score : (1 + n_distances, n_regions) float32, of the present alone, then with the window at each distance; NaN
    where the subject lacks a region. gap : volumes left out on both sides of a test chunk; None where folds have none.
    """

    brain_score: np.ndarray
    gap: int | None = None


def write_variant_scores(scores: Mapping[str, VariantScores], path: str | Path) -> None:
    """Write the scores of one subject as safetensors, by the name of the variant."""
    tensors = {f"{name}/brain_score": np.ascontiguousarray(of.brain_score, np.float32) for name, of in scores.items()}
    tensors |= {f"{name}/gap": np.array([of.gap], np.int32) for name, of in scores.items() if of.gap is not None}
    with atomic(path) as temporary:
        save_file(tensors, temporary)


def read_variant_scores(path: str | Path) -> dict[str, VariantScores]:
    """Read what `write_variant_scores` wrote."""
    with safe_open(path, framework="numpy") as file:
        keys = set(file.keys())
        names = sorted(key.rpartition("/")[0] for key in keys if key.endswith("/brain_score"))
        gaps = {name: int(file.get_tensor(f"{name}/gap")[0]) for name in names if f"{name}/gap" in keys}
        return {name: VariantScores(file.get_tensor(f"{name}/brain_score"), gaps.get(name)) for name in names}
