"""Which rows are held out, and which may be fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from brainforecast.errors import BadInput

MIN_TEST_TRS = 3  # a correlation over fewer rows means nothing


@dataclass(frozen=True)
class FoldSettings:
    """How rows are split: config section `encoding.folds`.

    scheme : ``paper``: `n_folds` contiguous chunks of the concatenated stories, as KFold without shuffling.
        ``strict``: whole stories where there are three or more (assigned so that folds have similar lengths), else
        contiguous chunks; in both, rows within `gap` of a test chunk of the same story are not fitted on.
    gap : rows left out on both sides of a test chunk (strict only): the longest delay plus the response's memory.
    kept : share of its training rows that a gap leaves every fold at least: a longer one is shortened (`fitting_gap`);
        0: no gap is.
    """

    scheme: str
    n_folds: int
    gap: int
    kept: float = 0.0


@dataclass(frozen=True)
class Fold:
    """One split of the rows: `train` and `test` are (n_trs_total,) masks; rows of a gap are in neither."""

    train: np.ndarray
    test: np.ndarray


def make_folds(n_trs: Sequence[int], settings: FoldSettings) -> list[Fold]:
    """Split the concatenated stories of one subject into folds.

    Parameters
    ----------
    n_trs : volumes of each story.

    Raises
    ------
    BadInput : a training or test part has fewer than MIN_TEST_TRS rows.
    """
    total, n_folds, gap = int(sum(n_trs)), settings.n_folds, fitting_gap(n_trs, settings)
    folds = _split(n_trs, settings, gap)
    shortest = min(min(fold.test.sum(), fold.train.sum()) for fold in folds)
    if shortest < MIN_TEST_TRS:
        raise BadInput("folds", f"{total} TRs in {n_folds} folds with a gap of {gap}", f"{MIN_TEST_TRS} TRs a part")
    return folds


def mask_folds(folds: Sequence[Fold], used: np.ndarray | None, where: str) -> Sequence[Fold]:
    """Leave censored rows out of the training and the held-out rows of each fold.

    Parameters
    ----------
    used : (n_trs_total,) bool; None where all rows are: the folds stay as they are.
    where : whose rows they are, for the error.

    Raises
    ------
    BadInput : a training or test part has fewer than MIN_TEST_TRS rows left.
    """
    if used is None:
        return folds
    masked = [Fold(fold.train & used, fold.test & used) for fold in folds]
    for number, (fold, whole) in enumerate(zip(masked, folds, strict=True), start=1):
        for rows, of_whole, part in ((fold.test, whole.test, "hold out"), (fold.train, whole.train, "fit on")):
            if rows.sum() < MIN_TEST_TRS:
                censored = f"{of_whole.sum() - rows.sum()} of its {of_whole.sum()} are censored"
                found = f"{rows.sum()} volumes to {part} in fold {number} of {len(folds)}, as {censored}"
                expected = f"{MIN_TEST_TRS} or more: fewer folds, milder scrubbing, or the subject excluded"
                raise BadInput(where, found, expected)
    return masked


def fitting_gap(n_trs: Sequence[int], settings: FoldSettings) -> int:
    """Rows left out on both sides of a test chunk: the settings' gap, or the longest that leaves the rows to be kept.

    Chunks that touch have none, and whole stories need none: it is 0. With rows to be kept, the gap also leaves every
    fold another one, inside its training rows, to choose alpha on.

    Parameters
    ----------
    n_trs : volumes of each story.
    """
    if settings.scheme != "strict" or _holds_out_stories(n_trs, settings):
        return 0
    without = [fold.train.sum() for fold in _split(n_trs, settings, 0)]

    def fits(gap: int) -> bool:
        folds = _split(n_trs, settings, gap)
        enough = all(fold.train.sum() >= settings.kept * whole for fold, whole in zip(folds, without, strict=True))
        return enough and (not settings.kept or all(_alpha_can_be_chosen(fold, folds) for fold in folds))

    return next(gap for gap in range(settings.gap, -1, -1) if fits(gap))


def _alpha_can_be_chosen(fold: Fold, folds: Sequence[Fold]) -> bool:
    """Whether the training rows of a fold hold some of the training and of the test rows of another fold."""
    others = (other for other in folds if other is not fold)
    return any((other.train & fold.train).any() and (other.test & fold.train).any() for other in others)


def _split(n_trs: Sequence[int], settings: FoldSettings, gap: int) -> list[Fold]:
    story = np.repeat(np.arange(len(n_trs)), n_trs)
    n_folds, by_story = settings.n_folds, _holds_out_stories(n_trs, settings)
    chunk = _assign_stories(n_trs, n_folds)[story] if by_story else _contiguous_chunks(len(story), n_folds)
    return [Fold(~_widen(chunk == k, story, gap), chunk == k) for k in range(chunk.max() + 1)]


def _holds_out_stories(n_trs: Sequence[int], settings: FoldSettings) -> bool:
    return settings.scheme == "strict" and len(n_trs) >= 3


def _assign_stories(n_trs: Sequence[int], n_folds: int) -> np.ndarray:
    """Fold of each story: longest first, each to the fold that has the fewest volumes."""
    held = np.zeros(min(n_folds, len(n_trs)), int)
    fold = np.zeros(len(n_trs), int)
    for index in sorted(range(len(n_trs)), key=lambda i: (-n_trs[i], i)):
        fold[index] = held.argmin()
        held[fold[index]] += n_trs[index]
    return fold


def _contiguous_chunks(n: int, n_folds: int) -> np.ndarray:
    """Chunk of each row; the first n % n_folds chunks are one row longer, as in scikit-learn's KFold."""
    sizes = np.full(n_folds, n // n_folds)
    sizes[: n % n_folds] += 1
    return np.repeat(np.arange(n_folds), sizes)


def _widen(test: np.ndarray, story: np.ndarray, gap: int) -> np.ndarray:
    """The test rows and the rows up to `gap` away from them inside the same story."""
    wide = test.copy()
    for step in range(1, gap + 1):
        same = story[step:] == story[:-step]
        wide[step:] |= test[:-step] & same
        wide[:-step] |= test[step:] & same
    return wide
