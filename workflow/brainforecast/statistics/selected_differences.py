"""Differences between models whose layer is selected on the data: no selection is circular, and every test repeats it.

The score of a subject is the one at the layer that is best in the mean of the other subjects. So its mean over subjects
gains nothing from the selection; but subjects share what is selected on, so their scores are not independent of each
other, and a test that takes them to be passes too often: where 30 layers are equal and noisy, .2 to .4 of tests at .05.
Here the selection is repeated in draws in which all layers are equal, and the test is compared with these. Distances of
a window are selected, and tested against 0, in the same way (`results.widths`).
"""

from collections.abc import Mapping

import numpy as np

from brainforecast.statistics.distributions import t_quantile
from brainforecast.statistics.inference import mean_and_ci, wilcoxon_signed_rank

FAR_BELOW = 3.0  # paired standard errors: a layer this far below the best one competes in no draw
MOST_VALUES = 4_000_000  # of the draws made at once


def leave_one_out_best(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each subject's value at the choice with the largest mean over the other subjects: no selection is circular.

    Parameters
    ----------
    values : (n_choices, n_subjects, n_regions), NaN where a subject has none.

    Returns
    -------
    best : (n_subjects, n_regions), NaN where no other subject has a value.
    choice : (n_subjects, n_regions), index of the choice.
    """
    present, filled = np.isfinite(values), np.nan_to_num(values)
    n_others = present.sum(axis=1, keepdims=True) - present
    sums = filled.sum(axis=1, keepdims=True) - filled
    others = np.divide(sums, n_others, out=np.full(values.shape, -np.inf), where=n_others > 0)
    choice = others.argmax(axis=0)  # (n_subjects, n_regions)
    best = np.take_along_axis(values, choice[None], axis=0)[0]
    return np.where((n_others > 0).any(axis=0), best, np.nan), choice


class SelectedDifferences:
    """Scores of several models in one region, each at its selected layer, and the paired differences between them.

    In a draw, the score of subject s at layer l of a model is g_s e_sl, where e_sl is what it differs from the mean
    over subjects, times sqrt(n / (n - 1)), and g_s = +1 or -1: all layers are equal, their noise and its correlation
    across layers and models stay. The sign of a subject is the same for all models. Layers more than `FAR_BELOW` paired
    standard errors below the best are left out of draws, as they are not selected from either.

    Parameters
    ----------
    scores : of each model, (n_layers, n_subjects); a subject with a missing value is one without the model. A layer
        that no subject has is left out.
    n_draws, seed : of the signs.

    Attributes
    ----------
    selected : of each model, (n_subjects,): the score at the layer that is best for the others. Of one subject with the
        model, the score at its own best layer, as there are no others. NaN without the model.
    choice : of each model, (n_subjects,), index of that layer.
    """

    def __init__(self, scores: Mapping[str, np.ndarray], *, n_draws: int, seed: int):
        layers = {model: _known_layers(values) for model, values in scores.items()}
        self._scores = {model: _complete(values[layers[model]]) for model, values in scores.items()}
        found = {model: _select(values) for model, values in self._scores.items()}
        self.selected = {model: best for model, (best, _) in found.items()}
        self.choice = {model: layers[model][choice] for model, (_, choice) in found.items()}
        n_subjects = next(iter(scores.values())).shape[1]
        rng = np.random.default_rng(seed)
        self._signs = np.where(rng.random((n_draws, n_subjects)) < 0.5, np.float32(1), np.float32(-1))
        self._drawn: dict[str, np.ndarray] = {}

    def difference(self, first: str, second: str) -> dict[str, float]:
        """First model minus second, over the subjects that have both.

        Returns
        -------
        n_subjects, n_dropped (subjects with one of the two only), effect (mean), ci_low, ci_high, p_value (two-sided).
        Of one subject, effect alone. Of two models with one layer each: Student's t interval, Wilcoxon signed-rank
        test. Else, with t = mean / standard error over subjects, the 95 % interval is effect -+ c sem, where c is the
        .95 quantile of |t| over draws, Student's t at least; and p = (1 + number of draws with |t| at or above that
        observed) / (n_draws + 1), but no smaller than 2 / 2^n, which a signed-rank test of n subjects can reach.
        """
        has = [np.isfinite(self.selected[model]) for model in (first, second)]
        both = has[0] & has[1]
        d = (self.selected[first] - self.selected[second])[both]
        found = {name: float(value[0]) for name, value in mean_and_ci(d[:, None]).items()}
        n = len(d)
        tested = {"n_subjects": n, "n_dropped": int((has[0] ^ has[1]).sum()), "effect": found["mean"]}
        ends = {"ci_low": found["ci_low"], "ci_high": found["ci_high"]}
        p = float(wilcoxon_signed_rank(d[:, None])[0])
        if n > 1 and any(len(self._scores[model]) > 1 for model in (first, second)):
            t = np.abs(_t_statistic((self._draws(first) - self._draws(second))[:, both]))
            half = max(np.quantile(t, 0.95), t_quantile(0.975, n - 1)) * found["sem"]
            ends = {"ci_low": found["mean"] - half, "ci_high": found["mean"] + half}
            reached = (t >= abs(_t_statistic(d[None])[0])).sum()
            p = max(float(1 + reached) / (len(t) + 1), 2.0 / 2**n)
        return tested | ends | {"p_value": p}

    def _draws(self, model: str) -> np.ndarray:
        """Scores of a model at the selected layer in every draw, (n_draws, n_subjects); 0 for subjects without it."""
        if model not in self._drawn:
            values = self._scores[model]
            has = np.isfinite(values).all(axis=0)
            drawn = np.zeros(self._signs.shape, np.float32)
            if has.sum() > 1:
                drawn[:, has] = _draw(_competing(values[:, has]), self._signs[:, has])
            self._drawn[model] = drawn
        return self._drawn[model]


def _known_layers(values: np.ndarray) -> np.ndarray:
    """Indices of the layers that some subject has; the first one where there are none."""
    known = np.flatnonzero(np.isfinite(values).any(axis=1))
    return known if len(known) else np.zeros(1, int)


def _complete(values: np.ndarray) -> np.ndarray:
    """All NaN for a subject that lacks one of the layers."""
    return np.where(np.isfinite(values).all(axis=0), values, np.nan)


def _select(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scores and layers of the subjects, selected on the others."""
    has = np.isfinite(values).all(axis=0)
    if has.sum() == 1:  # no others: its own best layer
        choice = np.where(has, np.nan_to_num(values).argmax(axis=0), 0)
        return np.where(has, values.max(axis=0), np.nan), choice
    best, choice = leave_one_out_best(values[:, :, None])
    return best[:, 0], choice[:, 0]


def _competing(values: np.ndarray) -> np.ndarray:
    """The layers that are not far below the best one, (n_layers, n_subjects)."""
    below = values[values.mean(axis=1).argmax()] - values
    sem = below.std(axis=1, ddof=1) / np.sqrt(values.shape[1])
    return values[below.mean(axis=1) <= FAR_BELOW * sem]


def _draw(values: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """The selection repeated on (n_layers, n_subjects) deviations under each row of signs, (n_draws, n_subjects)."""
    n_layers, n = values.shape
    noise = ((values - values.mean(axis=1, keepdims=True)) * np.sqrt(n / (n - 1))).astype(np.float32)
    if n_layers == 1:
        return signs * noise
    drawn, step = np.empty_like(signs), max(1, MOST_VALUES // noise.size)
    for start in range(0, len(signs), step):
        block = signs[start : start + step, None, :] * noise  # (n_block, n_layers, n_subjects)
        choice = (block.sum(axis=2, keepdims=True) - block).argmax(axis=1)
        drawn[start : start + step] = np.take_along_axis(block, choice[:, None], axis=1)[:, 0]
    return drawn


def _t_statistic(d: np.ndarray) -> np.ndarray:
    """Mean over standard error of each row, (n_rows, n_subjects); 0 where no subject differs."""
    sem = d.std(axis=1, ddof=1) / np.sqrt(d.shape[1])
    mean = d.mean(axis=1)
    return np.divide(mean, sem, out=np.where(mean == 0, 0.0, np.copysign(np.inf, mean)), where=sem > 0)
