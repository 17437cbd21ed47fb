"""The common shifts of a study: drawn once, from the volumes that all listeners of each story have."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from brainforecast.encoding.common_shift import admissible_shifts, draw_shifts
from brainforecast.simulation.cortex import generator

RunLengths = Sequence[tuple[str, int]]  # story and volumes of each run of one subject, in order


def common_volumes(subjects: Iterable[RunLengths]) -> dict[str, int]:
    """Volumes of each story that every run of it has, in the order in which stories first appear."""
    common: dict[str, int] = {}
    for runs in subjects:
        for story, n_trs in runs:
            common[story] = min(n_trs, common.get(story, n_trs))
    return common


def draw_table(subjects: Iterable[RunLengths], *, shortest: int, n_shifts: int, seed: int) -> pd.DataFrame:
    """Draw the common shifts of a study.

    Parameters
    ----------
    subjects : runs of each subject; shortest : shift, volumes; n_shifts : drawn where there are many.

    Returns
    -------
    draw (1..K), story, shift and n_trs (volumes); without rows where a story is too short for any shift.
    """
    common = common_volumes(subjects)
    n_trs = list(common.values())
    n_possible = math.prod(len(admissible_shifts(n, shortest)) for n in n_trs)
    shifts = draw_shifts(n_trs, shortest, min(n_shifts, n_possible), generator(seed, "shifts"))
    n_draws = len(shifts)
    columns = {
        "draw": np.repeat(np.arange(1, n_draws + 1), len(common)),
        "story": np.tile(np.array(list(common), object), n_draws),
        "shift": shifts.ravel(),
        "n_trs": np.tile(n_trs, n_draws),
    }
    return pd.DataFrame(columns).astype({"story": "str"} | dict.fromkeys(("draw", "shift", "n_trs"), "int32"))


def common_runs(runs: RunLengths, draws: pd.DataFrame) -> list[tuple[str, int, int]]:
    """Story, volumes, and volumes from the first that all listeners have, of each run; all of them without draws."""
    common = dict(zip(draws["story"], draws["n_trs"].tolist(), strict=True))
    return [(story, n_trs, common.get(story, n_trs)) for story, n_trs in runs]


def shifts_of_runs(runs: RunLengths, draws: pd.DataFrame) -> np.ndarray:
    """Shift of each run under each draw, (1 + K, n_runs): row 0 is as recorded, 0 everywhere."""
    by_story = draws.pivot(index="draw", columns="story", values="shift")
    stories = [story for story, _ in runs]
    drawn = by_story[stories].to_numpy(int) if len(draws) else np.empty((0, len(stories)), int)
    return np.vstack([np.zeros((1, len(stories)), int), drawn])
