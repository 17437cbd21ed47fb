"""The file of one design job: the reduced features of a story set in every fold, and the folds.

A file holds designs by name (`cells.Grid.design`). Runs of one story may differ by some volumes between subjects, and
folds depend on the volumes: so each design is stored once for each combination of lengths among the subjects of the
set; usually there is one. Folds depend on the lengths alone and are stored once.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from brainforecast.encoding.designs import Design
from brainforecast.encoding.folds import Fold
from brainforecast.errors import BadInput
from brainforecast.files import atomic


def write_designs(named: Mapping[str, Sequence[Design]], path: str | Path) -> None:
    """Write the designs of one story set, by name, one for each combination of lengths, as safetensors."""
    tensors = {}
    for name, designs in named.items():
        tensors[f"{name}/distances"] = np.asarray(designs[0].distances, np.int32)
        for design in designs:
            lengths = _lengths(design.n_trs)
            tensors[f"{name}/{lengths}/scores"] = design.components
            tensors[f"{lengths}/train"] = np.stack([fold.train for fold in design.folds])
            tensors[f"{lengths}/test"] = np.stack([fold.test for fold in design.folds])
    with atomic(path) as temporary:
        save_file(tensors, temporary)


def read_design(path: str | Path, name: str, n_trs: Sequence[int], distances: Sequence[int] | None = None) -> Design:
    """Read the design of these lengths, with all its distances or only those given.

    Raises
    ------
    BadInput : the file has no such design for runs of these lengths.
    """
    lengths = _lengths(n_trs)
    with safe_open(path, framework="numpy") as file:
        keys = list(file.keys())
        if f"{name}/{lengths}/scores" not in keys:
            known = sorted({key.split("/")[1] for key in keys if key.startswith(f"{name}/")} - {"distances"})
            raise BadInput(path, f"no design {name} for runs of {lengths} volumes", f"one of {known}; plan again")
        held = file.get_tensor(f"{name}/distances")
        wanted = held if distances is None else np.asarray(distances)
        rows = np.searchsorted(held, wanted)
        stored = file.get_slice(f"{name}/{lengths}/scores")
        components = np.concatenate([stored[row : row + 1] for row in rows.tolist()])
        masks = zip(file.get_tensor(f"{lengths}/train"), file.get_tensor(f"{lengths}/test"), strict=True)
        return Design(components, wanted.tolist(), list(n_trs), [Fold(*pair) for pair in masks])


def _lengths(n_trs: Sequence[int]) -> str:
    return "+".join(map(str, n_trs))
