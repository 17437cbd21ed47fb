"""Scores of region series with the present alone, with the mirror window, and with the window.

The one path of scoring, `encoding.scoring.score_windows`: shifted or simulated responses are further targets of one
fit. Rows beyond the volumes that all listeners of a story have are neither fitted on nor held out, nor are rows that
are censored in the recording: under a shift the same rows are scored, and interpolated values may roll into them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from brainforecast.encoding.common_shift import common_rows
from brainforecast.encoding.designs import Design
from brainforecast.encoding.folds import MIN_TEST_TRS, Fold
from brainforecast.encoding.scoring import Encoding, score_windows
from brainforecast.jobs.scoring import locate_designs
from brainforecast.progress import Progress
from brainforecast.storage.designs import read_design

N_SCORES = 3  # present alone, present and mirror window, present and window
BLOCK_BYTES = 200e6  # of responses that are scored at once
Runs = Sequence[tuple[str, int, int]]  # story, volumes, volumes that all its listeners have


@dataclass(frozen=True)
class ControlCell:
    """What region series are scored with in one base.

    present : design of the base; windows : (n_windows, n_folds, n_trs_total, n_components), of a verdict the mirror
    window and the window.
    """

    present: Design
    windows: np.ndarray
    encoding: Encoding

    @classmethod
    def masked(cls, present: Design, windows: np.ndarray, encoding: Encoding, rows: np.ndarray) -> "ControlCell":
        """A cell of these rows only, (n_trs_total,) bool; folds that keep too few to score are left out."""
        folds = [Fold(fold.train & rows, fold.test & rows) for fold in present.folds]
        kept = [k for k, fold in enumerate(folds) if min(fold.train.sum(), fold.test.sum()) >= MIN_TEST_TRS]
        masked = Design(present.components[:, kept], present.distances, present.n_trs, [folds[k] for k in kept])
        return cls(masked, windows[:, kept], encoding)

    def score(self, responses: np.ndarray, progress: Progress | None = None) -> np.ndarray:
        """Brain scores of the present alone and with each window, (1 + n_windows, n_columns) float32, mean over folds.

        NaN for a column that is constant or not finite. progress : of the job (`n_fits`).
        """
        return np.vstack([self._score(responses, windows, progress) for windows in (None, self.windows)])

    def score_present(self, responses: np.ndarray) -> np.ndarray:
        """Brain scores of the present alone, (n_columns,), as `score` has them."""
        return self._score(responses, None)[0]

    def _score(self, responses: np.ndarray, windows: np.ndarray | None, progress: Progress | None = None) -> np.ndarray:
        found = np.full((1 if windows is None else len(windows), responses.shape[1]), np.nan, np.float32)
        columns = np.isfinite(responses).all(axis=0)
        if self.present.folds and columns.any():
            targets = responses if columns.all() else responses[:, columns]
            found[:, columns] = score_windows(targets, self.present, windows, self.encoding, progress)[0].mean(axis=1)
        return found

    def n_fits(self, responses: np.ndarray) -> int:
        """Fits that scoring takes: cells, times folds, times columns that are finite."""
        return (1 + len(self.windows)) * len(self.present.folds) * int(np.isfinite(responses).all(axis=0).sum())


def read_cells(
    cells: Iterable[Mapping],
    paths_to_designs: Sequence[str | Path],
    encodings: Mapping[str, Encoding],
    runs: Runs,
    used: np.ndarray | None = None,
) -> dict[str, ControlCell]:
    """Read the cell of each base.

    Parameters
    ----------
    cells : base, designs and distances (`planning.verdict.VerdictPlan.cells`); paths_to_designs : of the design jobs.
    used : (n_trs_total,) bool, false for censored rows; None where all are used.
    """
    cells = list(cells)
    n_trs = [n for _, n, _ in runs]
    rows = common_rows([(n, n_common) for _, n, n_common in runs])
    rows = rows if used is None else rows & used
    found = {}
    for cell, (first, second) in zip(cells, locate_designs(cells, paths_to_designs), strict=True):
        windows = read_design(*second, n_trs, cell["distances"]).components
        found[cell["base"]] = ControlCell.masked(read_design(*first, n_trs), windows, encodings[cell["base"]], rows)
    return found


def side_by_side(
    copies: Iterable[np.ndarray], n_copies: int, shape: tuple[int, int]
) -> Iterator[tuple[slice, np.ndarray]]:
    """Put shifted or simulated copies of the region series side by side, as many as fit into BLOCK_BYTES.

    What depends on the design alone is computed once for all of them.

    Parameters
    ----------
    copies : (n_trs, n_regions) each, made when they are needed; shape : theirs.

    Yields
    ------
    which : of the copies.
    responses : (n_trs, n_some * n_regions) float32.
    """
    n_trs, n_regions = shape
    at_once, copies = max(1, int(BLOCK_BYTES // (4 * n_trs * max(n_regions, 1)))), iter(copies)
    for start in range(0, n_copies, at_once):
        block = np.empty((n_trs, min(at_once, n_copies - start), n_regions), np.float32)
        for index in range(block.shape[1]):
            block[:, index] = next(copies)
        yield slice(start, start + block.shape[1]), block.reshape(n_trs, -1)
