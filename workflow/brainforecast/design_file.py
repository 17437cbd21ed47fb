"""The file one design job writes: reduced features of a story set in every fold, and the folds themselves.

Runs of one story may differ by some volumes between subjects, and folds follow the volumes. So the file holds one
design for each combination of lengths that the subjects of the set have: mostly one.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from brainforecast.designs import Design
from brainforecast.errors import BadInput
from brainforecast.files import atomic
from brainforecast.folds import Fold


def write_designs(designs: Sequence[Design], path: str | Path) -> None:
    """Write the designs of one story set, each under its lengths, as safetensors."""
    tensors = {}
    for design in designs:
        prefix = _prefix(design.n_trs)
        tensors[f"{prefix}/scores"] = design.scores
        tensors[f"{prefix}/train"] = np.stack([fold.train for fold in design.folds])
        tensors[f"{prefix}/test"] = np.stack([fold.test for fold in design.folds])
        tensors["distances"] = np.asarray(design.distances, np.int32)
    with atomic(path) as temporary:
        save_file(tensors, temporary)


def read_design(path: str | Path, n_trs: Sequence[int], distances: Sequence[int] | None = None) -> Design:
    """Read the design of these lengths, or only what belongs to some of its distances."""
    prefix = _prefix(n_trs)
    with safe_open(path, framework="numpy") as file:
        if f"{prefix}/scores" not in file.keys():  # noqa: SIM118 (the file is no mapping)
            known = sorted({name.partition("/")[0] for name in file.keys()} - {"distances"})  # noqa: SIM118
            raise BadInput(path, f"no design for runs of {prefix} volumes", f"one of {known}; plan again")
        held = file.get_tensor("distances")
        wanted = held if distances is None else np.asarray(distances)
        rows = np.searchsorted(held, wanted)
        scores = file.get_slice(f"{prefix}/scores")
        chosen = np.concatenate([scores[row : row + 1] for row in rows.tolist()])
        masks = zip(file.get_tensor(f"{prefix}/train"), file.get_tensor(f"{prefix}/test"), strict=True)
        return Design(chosen, wanted.tolist(), list(n_trs), [Fold(*pair) for pair in masks])


def _prefix(n_trs: Sequence[int]) -> str:
    return "+".join(map(str, n_trs))
