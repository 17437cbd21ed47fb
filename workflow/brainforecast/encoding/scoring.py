"""Brain scores of one subject: the one path every analysis goes through.

For each fold: the design (present, or present and window side by side) is delayed inside each story and standardised
on training rows; ridge with one alpha per target is fitted on training rows; the score is the Pearson correlation on
held-out rows. The scores of folds are averaged, never one correlation over concatenated folds: folds differ in level.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from brainforecast.encoding.correlation import correlate
from brainforecast.encoding.delays import delay
from brainforecast.encoding.designs import Design
from brainforecast.encoding.folds import Fold
from brainforecast.encoding.reduction import BLAS, standardise
from brainforecast.encoding.ridge import CentredTargets, LeaveBlocksOut, LeaveOneOut, Present, decompose
from brainforecast.errors import BadInput
from brainforecast.progress import Progress

# Some megabytes: the allocator reuses the memory of temporary arrays; larger ones would come from the system, page by
# page, each time. With fewer targets, calls of a few numbers each would take most of the time.
AT_ONCE, FEWEST_TARGETS = 2_000_000, 1536


@dataclass(frozen=True)
class Encoding:
    """How a design becomes a prediction: config section `encoding`.

    delays : whole TRs; alphas : grid of ridge penalties; blocked : whether alpha is chosen on blocks of training rows
    with a gap (folds `strict`) instead of on single rows; block : targets fitted at once, None for the number that
    makes arrays of about AT_ONCE numbers.
    """

    delays: tuple[int, ...]
    alphas: tuple[float, ...]
    blocked: bool = False
    block: int | None = None


def score_windows(
    responses: np.ndarray,
    present: Design,
    windows: Sequence[np.ndarray] | None,
    encoding: Encoding,
    progress: Progress | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Compute brain scores with each window, or of the present alone.

    Parameters
    ----------
    responses : (n_trs_total, n_targets) float32.
    present : the design of X, of one distance.
    windows : of each, of any width and distance, (n_folds, n_trs_total, n_components), components of X~(d); None for
        the baseline R(X).
    progress : of the job, which counts fits: a target in one fold of one cell.

    Returns
    -------
    brain_scores : (n_cells, n_folds, n_targets) float32; a cell is a window, or the baseline. NaN where a target is
        constant in a part of a fold.
    alphas : the same shape, the ridge penalty chosen.
    """
    folds, n_trs = present.folds, present.n_trs
    shape = (1 if windows is None else len(windows), len(folds), responses.shape[1])
    scores, alphas = np.empty(shape, np.float32), np.empty(shape, np.float32)
    for k, fold in enumerate(folds):
        alone = present.components[0, k]
        blocks = [alone] if windows is None else [np.hstack([alone, window[k]]) for window in windows]
        shared = None if windows is None or encoding.blocked else _share(alone, fold, n_trs, encoding)
        ridges = _on_threads(
            lambda block, fold=fold, shared=shared: _prepare(block, fold, folds, n_trs, encoding, shared), blocks
        )
        _score_fold(responses, ridges, shared, fold, encoding, scores[:, k], alphas[:, k], progress)
    return scores, alphas


def _columns(features: np.ndarray, fold: Fold, n_trs: Sequence[int], encoding: Encoding) -> np.ndarray:
    """Features delayed, and standardised on training rows."""
    return standardise(delay(features.astype(np.float64), encoding.delays, n_trs), fold.train)


def _share(features: np.ndarray, fold: Fold, n_trs: Sequence[int], encoding: Encoding) -> Present:
    """What the cells of one present and fold share."""
    return Present.fit(decompose(_columns(features, fold, n_trs, encoding)[fold.train]), encoding.alphas)


def _prepare(
    features: np.ndarray,
    fold: Fold,
    folds: Sequence[Fold],
    n_trs: Sequence[int],
    encoding: Encoding,
    shared: Present | None,
) -> LeaveOneOut | LeaveBlocksOut:
    """Ridge of one cell in one fold."""
    X = _columns(features, fold, n_trs, encoding)
    train, held_out = X[fold.train], X[fold.test]
    if not encoding.blocked:
        return LeaveOneOut.fit(decompose(train), held_out, encoding.alphas, shared)
    inner = ((f.train[fold.train], f.test[fold.train]) for f in folds if f is not fold)
    splits = [split for split in inner if split[0].any() and split[1].any()]
    if not splits:
        found = f"{len(folds)} folds, none of which is left to choose alpha on"
        raise BadInput("config encoding.folds", found, "three folds or more for scheme strict")
    return LeaveBlocksOut.fit(train, held_out, encoding.alphas, splits)


def _score_fold(
    responses: np.ndarray,
    ridges: Sequence[LeaveOneOut | LeaveBlocksOut],
    shared: Present | None,
    fold: Fold,
    encoding: Encoding,
    scores: np.ndarray,
    alphas: np.ndarray,
    progress: Progress | None,
) -> None:
    """Fill scores and alphas, (n_cells, n_targets), one block of targets at a time."""
    grid = np.asarray(encoding.alphas)
    moments = [ridge.search.weighing.moments for ridge in ridges] if shared else []
    edges = np.cumsum([0, *(of.shape[1] for of in moments)])
    of_all = np.hstack(moments) if shared else None  # one product with many columns is faster than many with few
    size = encoding.block or max(FEWEST_TARGETS, AT_ONCE // len(fold.train))

    def score_block(start: int) -> None:
        block = slice(start, start + size)
        fitted, measured = (_as_targets(responses[:, block], rows) for rows in (fold.train, fold.test))
        centred, measured = CentredTargets.from_responses(fitted), CentredTargets.from_responses(measured)
        alone = shared and shared.residuals(centred, of_all)
        for cell, ridge in enumerate(ridges):
            more = (alone, slice(edges[cell], edges[cell + 1])) if shared else ()
            predicted, chosen = ridge.fit_predict(centred, *more)
            scores[cell, block] = np.where(
                centred.energy > 0, correlate(predicted, measured.Y, measured.energy), np.nan
            )
            alphas[cell, block] = grid[chosen]
        if progress:
            progress.add(scores[:, block].size)

    _on_threads(score_block, range(0, responses.shape[1], size))


def _on_threads(call: Callable, items: Iterable) -> list:
    """Map the call over items, on as many threads as BLAS may use, each with single-threaded BLAS.

    Half of the work is sums and comparisons, which would run on one thread if only BLAS were multi-threaded.
    """
    n_threads = max((library["num_threads"] for library in BLAS.info()), default=1)
    with BLAS.limit(limits=1), ThreadPoolExecutor(n_threads) as threads:
        return list(threads.map(call, items))


def _as_targets(responses: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Responses on some rows, (n_targets, n_rows): a target is a contiguous row."""
    return np.ascontiguousarray(responses[rows].T)
