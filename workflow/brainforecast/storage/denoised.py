"""The file of one subject's denoised runs, each whole: before its first volumes and its tail are dropped."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from brainforecast.files import atomic

USED, STEADY, SCRUB, MISSING = range(4)  # of a volume: used, or why it is censored
REASONS = {STEADY: "non_steady_state", SCRUB: "scrub", MISSING: "missing"}


@dataclass(frozen=True)
class DenoisedRun:
    """One run.

    values : (n_volumes, n_targets) float32; reasons : (n_volumes,) uint8, USED or a key of REASONS; about : names of
    the confounds removed, n_interpolated (volumes) and notes.
    """

    values: np.ndarray
    reasons: np.ndarray
    about: Mapping


def write_denoised(runs: Sequence[DenoisedRun], path: str | Path) -> None:
    """Write the runs as safetensors, one pair of arrays for each."""
    arrays = {f"run-{index}": run.values for index, run in enumerate(runs)}
    arrays |= {f"reasons-{index}": run.reasons for index, run in enumerate(runs)}
    about = json.dumps([dict(run.about) for run in runs], sort_keys=True)
    with atomic(path) as temporary:
        save_file(arrays, temporary, metadata={"about": about})


def read_denoised(path: str | Path) -> Iterator[DenoisedRun]:
    """Read what `write_denoised` wrote, one run at a time."""
    with safe_open(path, framework="numpy") as file:
        for index, about in enumerate(json.loads(file.metadata()["about"])):
            yield DenoisedRun(file.get_tensor(f"run-{index}"), file.get_tensor(f"reasons-{index}"), about)
