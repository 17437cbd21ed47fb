"""Scores of one subject's regions under the common shifts of a study, in every base."""

from collections.abc import Mapping

import numpy as np

from brainforecast.controls.scoring import N_SCORES, ControlCell, Runs, side_by_side
from brainforecast.encoding.common_shift import shift_responses
from brainforecast.progress import Progress


def score_under_shifts(
    series: np.ndarray, runs: Runs, shifts: np.ndarray, cells: Mapping[str, ControlCell]
) -> np.ndarray:
    """Score the region series under each draw.

    Parameters
    ----------
    series : (n_trs_total, n_regions) float32; runs : of the subject.
    shifts : (n_draws, n_runs) volumes; row 0 is as recorded.
    cells : by base.

    Returns
    -------
    (n_bases, 3, n_draws, n_regions) float32.
    """
    common = [(n, n_common) for _, n, n_common in runs]
    found = np.empty((len(cells), N_SCORES, len(shifts), series.shape[1]), np.float32)
    progress = Progress(len(shifts) * sum(cell.n_fits(series) for cell in cells.values()), "fit")
    copies = (shift_responses(series, common, row) for row in shifts)
    for draws, shifted in side_by_side(copies, len(shifts), series.shape):
        for of_base, cell in zip(found, cells.values(), strict=True):
            of_base[:, draws] = cell.score(shifted, progress).reshape(of_base[:, draws].shape)
    return found
