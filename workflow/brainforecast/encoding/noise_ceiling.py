"""The noise ceiling's design, and the plain correlation beside it: the other subjects' mean response to the stories.

For subject s, story by story, with n(t, v) subjects who have target v at volume t,

    M_s(t, v) = (sum_j Y_j(t, v) - Y_s(t, v)) / (n(t, v) - 1)      (censored volumes are in neither sum nor n)

replaces the activations of a language model: its principal components are fitted inside each fold, on training rows,
and are scored like any present X, without delays (paper, Methods). Responses are averaged in the unit of the dataset:
nothing is fitted to them before the folds.

What such a regression reaches is a ceiling for regressions of as many components. The plain correlation of Y_s(., v)
with M_s(., v), one target with itself in the others, is fitted to nothing and is higher in most targets (leave-one-out
inter-subject correlation, Nastase et al. 2019, doi:10.1093/scan/nsz037).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from brainforecast.encoding.correlation import pearson
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

    def add(self, run: np.ndarray, target: np.ndarray, sign: int = 1, used: np.ndarray | None = None) -> None:
        """Add a run (n_trs, n_kept) of a subject who has these targets, or subtract it (sign -1), in place.

        Volumes that are not `used`, (n_trs,) bool, do not count; None: all do.
        """
        for row in range(len(run)) if used is None else np.flatnonzero(used):
            self.total[row, target] += sign * run[row].astype(np.float64)
            self.count[row, target] += np.int16(sign)

    def mean(self, n_trs: int) -> np.ndarray:
        """The mean over the first `n_trs` volumes, (n_trs, n_targets) float32.

        A volume beyond the end of every run, or censored in all, repeats the one before; volumes censored in all at the
        start are as the first that is not; a target that no subject has is NaN.
        """
        means = np.empty((n_trs, self.total.shape[1]), np.float32)
        held = np.full(self.total.shape[1], np.nan)
        for row in range(n_trs):
            np.divide(self.total[row], self.count[row], out=held, where=self.count[row] > 0)
            means[row] = held
        first = np.argmax(self.count[:n_trs] > 0, axis=0)  # above 0 only where first volumes are censored in all
        for row in np.unique(first[first > 0]):
            means[:row, first == row] = means[row, first == row]
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


def correlate_with_others(responses: np.ndarray, means: Sequence[np.ndarray], folds: Sequence[Fold]) -> np.ndarray:
    """Correlation of each target with the others' mean of the same target, on the held-out rows of each fold.

    Parameters
    ----------
    responses : (n_trs_total, n_targets), runs of the subject one after the other.
    means : of the others, one (n_trs, n_targets) array per run, of the same targets.

    Returns
    -------
    (n_folds, n_targets) float32, Pearson r; NaN where a target is constant in a part of a fold, as in brain scores, and
    where no other subject has the target in one of the stories.
    """
    found = np.empty((len(folds), responses.shape[1]), np.float32)
    for start in range(0, responses.shape[1], TARGETS_AT_ONCE):
        block = slice(start, start + TARGETS_AT_ONCE)
        own = responses[:, block].T  # (n_targets, n_trs_total)
        others = np.concatenate([mean[:, block] for mean in means]).T
        shared = np.isfinite(others).all(axis=1)
        for k, fold in enumerate(folds):
            usable = shared & (np.ptp(own[:, fold.train], axis=1) > 0)
            r = pearson(others[:, fold.test], own[:, fold.test])
            found[k, block] = np.where(usable, r, np.nan)
    return found
