"""The design of the noise ceiling: the mean response of the other subjects to the same stories.

For subject s, story by story, with n(t, v) subjects who have target v at volume t,

    M_s(t, v) = (sum_j Y_j(t, v) - Y_s(t, v)) / (n(t, v) - 1)

replaces the activations of a language model: its principal components are fitted inside each fold, on training rows,
and are scored like any present X, without delays (paper, Methods). Responses are averaged in the unit of the dataset:
nothing is fitted to them before the folds.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from brainforecast.encoding.designs import Design, reduce_windows
from brainforecast.encoding.folds import Fold

logger = logging.getLogger("brainforecast")

TARGETS_AT_ONCE = 2048  # targets per Gram matrix: memory does not grow with the cortex


@dataclass(frozen=True)
class ResponseSums:
    """Summed responses of all subjects to one story.

    total : (n_trs, n_targets) float64; count : the same shape, the number of runs in each sum.
    """

    total: np.ndarray
    count: np.ndarray

    @classmethod
    def zeros(cls, n_trs: int, n_targets: int) -> "ResponseSums":
        """The sums before any run is added."""
        return cls(np.zeros((n_trs, n_targets)), np.zeros((n_trs, n_targets), np.int16))

    def add(self, run: np.ndarray, target: np.ndarray, sign: int = 1) -> None:
        """Add a run (n_trs, n_kept) of a subject who has these targets, or subtract it (sign -1), in place."""
        for row, volume in enumerate(run):
            self.total[row, target] += sign * volume.astype(np.float64)
            self.count[row, target] += np.int16(sign)

    def mean(self, n_trs: int) -> np.ndarray:
        """The mean over the first `n_trs` volumes, (n_trs, n_targets) float32.

        A volume beyond the end of every run repeats the one before; a target that no subject has is NaN.
        """
        means = np.empty((n_trs, self.total.shape[1]), np.float32)
        held = np.full(self.total.shape[1], np.nan)
        for row in range(n_trs):
            np.divide(self.total[row], self.count[row], out=held, where=self.count[row] > 0)
            means[row] = held
        return means


def design_of_others(means: Sequence[np.ndarray], folds: Sequence[Fold], n_components: int) -> Design:
    """The noise-ceiling design of one subject: principal components of the others' mean in each fold.

    Parameters
    ----------
    means : of the others, one (n_trs, n_targets) array per run of the subject, from `ResponseSums.mean`.

    Notes
    -----
    Targets that no other subject has in one of the stories are left out. A story that only this subject has leaves
    none: the design is zero, so its brain scores are NaN and the subject does not count in the mean.
    """
    n_trs = [len(mean) for mean in means]
    others = np.concatenate(means)
    shared = np.flatnonzero(np.isfinite(others).all(axis=0))
    logger.info("%d of %d targets are shared with other subjects in every story", len(shared), others.shape[1])
    if not len(shared):
        return Design(np.zeros((1, len(folds), len(others), n_components), np.float32), [0], n_trs, folds)
    blocks = [shared[start : start + TARGETS_AT_ONCE] for start in range(0, len(shared), TARGETS_AT_ONCE)]
    # the blocks of targets are the "words" of one window, so their Gram matrices add up in the same way
    components = reduce_windows(
        lambda block: others[:, blocks[block]],
        folds,
        width=len(blocks),
        distances=[len(blocks) - 1],
        n_components=n_components,
    )
    return Design(components, [0], n_trs, folds)
