"""Designs: what the language model knew at each volume, reduced inside each fold.

A design belongs to the stories, not to the subject: subjects who heard the same stories for the same number of
volumes (a `story_set`) share it. It holds, for each fold, the principal component scores of the present words X or of
the forecast windows X~(d), before the delays:

    words -> sum per TR -> standardise -> PCA         the last two fitted on the training rows of the fold
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from brainforecast.encoding.delays import words_to_trs
from brainforecast.encoding.folds import Fold, make_folds
from brainforecast.encoding.reduction import pca_transform, window_grams
from brainforecast.encoding.windows import offset_vectors, story_seed
from brainforecast.sources import PRESENT

OFFSETS_HELD = 8  # of a window of seven words and the word after it: the features the next distance takes off or adds


@dataclass(frozen=True)
class Design:
    """Reduced features before the delays.

    scores : (n_distances, n_folds, n_trs_total, n_components) float32; distances : increasing; n_trs : volumes of each
    story; folds : which rows are fitted on and held out.
    """

    scores: np.ndarray
    distances: Sequence[int]
    n_trs: Sequence[int]
    folds: Sequence[Fold]


@dataclass(frozen=True)
class Story:
    """One story as one scanner heard it.

    name : its name, which also seeds what is drawn for it; vectors : (n_words, n_features); onsets : (n_words,)
    seconds on the scan's clock; n_trs : volumes kept; ahead : (n_words, horizon, n_features), for sources that have it.
    """

    name: str
    vectors: np.ndarray
    onsets: np.ndarray
    n_trs: int
    ahead: np.ndarray | None = None


def build_designs(
    heard: Sequence[tuple[str, np.ndarray, np.ndarray, np.ndarray | None]],
    lengths: Sequence[Sequence[int]],
    *,
    features: Mapping,
    windows: Mapping,
    folds: Mapping,
    word_rate: bool = False,
) -> list[Design]:
    """The designs of one story set, one for each combination of volumes its subjects have.

    Parameters
    ----------
    heard : name, vectors, onsets and (for sources that have it) `ahead` of each story, as in `Story`; lengths : volumes
        of each story.
    features, windows, folds : keyword arguments of `features_at_offset`, `reduce_windows` and `make_folds`.
    word_rate : whether the number of words per TR stands beside the components, unreduced.
    """
    designs = []
    for n_trs in lengths:
        stories = [Story(*words[:3], n, *words[3:]) for words, n in zip(heard, n_trs, strict=True)]
        splits = make_folds(n_trs, **folds)
        scores = reduce_windows(features_at_offset(stories, **features), splits, **windows)
        if word_rate:
            rate = count_words(stories, tr=features["tr"], row_offset=features["row_offset"])
            scores = np.concatenate([scores, np.broadcast_to(rate, (*scores.shape[:-1], 1))], axis=-1)
        designs.append(Design(scores, windows["distances"], n_trs, splits))
    return designs


def features_at_offset(
    stories: Sequence[Story], *, source: str, tr: float, row_offset: int, seed: int, block: int
) -> Callable[[int], np.ndarray]:
    """The function that gives, for an offset, the word vectors at that offset summed per TR, (n_trs_total, n_features).

    For the present it is asked for offset 0 of the true words.
    """
    parts = [
        (
            words_to_trs(story.onsets, tr=tr, n_trs=story.n_trs, row_offset=row_offset),
            offset_vectors(
                "true" if source == PRESENT else source,
                story.vectors,
                seed=story_seed(seed, story.name),
                block=block,
                ahead=story.ahead,
            ),
        )
        for story in stories
    ]
    return lambda offset: np.concatenate([sums @ vectors(offset).astype(np.float64) for sums, vectors in parts])


def count_words(stories: Sequence[Story], *, tr: float, row_offset: int) -> np.ndarray:
    """Number of words per TR, (n_trs_total, 1) float32, in the rows their vectors are summed in."""
    rows = [words_to_trs(story.onsets, tr=tr, n_trs=story.n_trs, row_offset=row_offset) for story in stories]
    return np.concatenate([sums @ np.ones((sums.shape[1], 1)) for sums in rows]).astype(np.float32)


def reduce_windows(
    features_at: Callable[[int], np.ndarray],
    folds: Sequence[Fold],
    *,
    width: int,
    distances: Sequence[int],
    n_components: int,
) -> np.ndarray:
    """Principal component scores of each window in each fold.

    Parameters
    ----------
    features_at : see `features_at_offset`.
    width, distances : of the windows; width 1 at distance 0 is the present itself.

    Returns
    -------
    (n_distances, n_folds, n_trs_total, n_components) float32.
    """
    n_rows = len(folds[0].train)
    scores = np.empty((len(distances), len(folds), n_rows, n_components), np.float32)
    shared = lru_cache(OFFSETS_HELD)(features_at)  # the folds go through the distances side by side
    grams = [window_grams(shared, fold.train, width=width, distances=distances) for fold in folds]
    for i, of_folds in enumerate(zip(*grams, strict=True)):
        for k, gram in enumerate(of_folds):
            scores[i, k] = pca_transform(gram, folds[k].train, n_components)
    return scores
