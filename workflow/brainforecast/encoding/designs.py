"""Design matrices: word vectors per TR, reduced by PCA inside each fold.

A design belongs to the stories, not to the subject: subjects with the same stories of the same number of volumes (a
`story_set`) share it. It holds, for each fold, the principal components of the present words X or of the forecast
windows X~(d), before the delays:

    words -> sum per TR -> standardise -> PCA         the last two fitted on the training rows of the fold

Beside X, the bases `lexical` and `verdict` have columns per TR that know no language model, unreduced; `verdict` also
has the components of the present word's layer 0, reduced as X is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from brainforecast.encoding.delays import words_to_trs
from brainforecast.encoding.folds import Fold, FoldSettings, make_folds
from brainforecast.encoding.lexical import WordTimes, lexical_columns
from brainforecast.encoding.reduction import pca_transform, window_grams
from brainforecast.encoding.windows import offset_vectors, story_seed
from brainforecast.sources import PRESENT

OFFSETS_HELD = 8  # cached offsets: a window of seven words, and the next word, which the next distance adds


@dataclass(frozen=True)
class Design:
    """Reduced features before the delays.

    components : (n_distances, n_folds, n_trs_total, n_components) float32; distances : increasing; n_trs : volumes of
    each story; folds : which rows are fitted on and held out.
    """

    components: np.ndarray
    distances: Sequence[int]
    n_trs: Sequence[int]
    folds: Sequence[Fold]


@dataclass(frozen=True)
class Story:
    """The words of one story.

    name : also seeds what is drawn for the story; vectors : (n_words, n_features); onsets : (n_words,) seconds on the
    scan's clock; ahead : (n_words, horizon, n_features), for the sources that need it; times, layer_0 : for the bases
    that have lexical columns and (n_words, n_features) of layer 0 beside X.
    """

    name: str
    vectors: np.ndarray
    onsets: np.ndarray
    ahead: np.ndarray | None = None
    times: WordTimes | None = None
    layer_0: np.ndarray | None = None


@dataclass(frozen=True)
class FeatureSettings:
    """How word vectors become features per TR.

    tr : repetition time, s; row_offset : see `delays.words_to_trs`; seed, block : see `windows.offset_vectors`.
    """

    tr: float
    row_offset: int
    seed: int
    block: int


@dataclass(frozen=True)
class WindowSettings:
    """Which words make a window, and to how many components it is reduced.

    source : where the window's words come from, or PRESENT; width, distances : in words, width 1 at distance 0 is the
    present itself; lexical : names of the columns (`lexical.COLUMNS`) appended to the components, unreduced; layer_0 :
    whether the same number of components of the present word's layer 0 is appended.
    """

    source: str
    width: int
    distances: Sequence[int]
    n_components: int
    lexical: Sequence[str] = ()
    layer_0: bool = False


def build_designs(
    stories: Sequence[Story],
    lengths: Sequence[Sequence[int]],
    windows: WindowSettings,
    features: FeatureSettings,
    folds: FoldSettings,
) -> list[Design]:
    """Build the designs of one story set, one for each combination of volumes its subjects have.

    Parameters
    ----------
    lengths : volumes of each story, for each combination.
    """
    return [_build_design(stories, n_trs, windows, features, make_folds(n_trs, folds)) for n_trs in lengths]


def features_at_offset(
    stories: Sequence[Story], n_trs: Sequence[int], source: str, settings: FeatureSettings
) -> Callable[[int], np.ndarray]:
    """Return the function from an offset to the word vectors there, summed per TR, (n_trs_total, n_features).

    The present is offset 0 of the true words.
    """
    parts = [
        (
            sums,
            offset_vectors(
                "true" if source == PRESENT else source,
                story.vectors,
                seed=story_seed(settings.seed, story.name),
                block=settings.block,
                ahead=story.ahead,
            ),
        )
        for story, sums in zip(stories, _sums_per_tr(stories, n_trs, settings), strict=True)
    ]
    return lambda offset: np.concatenate([sums @ vectors(offset).astype(np.float64) for sums, vectors in parts])


def reduce_windows(
    features_at: Callable[[int], np.ndarray],
    folds: Sequence[Fold],
    *,
    width: int,
    distances: Sequence[int],
    n_components: int,
) -> np.ndarray:
    """Principal components of each window in each fold.

    Parameters
    ----------
    features_at : see `features_at_offset`.
    width, distances : of the windows; width 1 at distance 0 is the present itself.

    Returns
    -------
    (n_distances, n_folds, n_trs_total, n_components) float32.
    """
    n_rows = len(folds[0].train)
    components = np.empty((len(distances), len(folds), n_rows, n_components), np.float32)
    shared = lru_cache(OFFSETS_HELD)(features_at)  # all folds take a distance before any takes the next
    grams = [window_grams(shared, fold.train, width=width, distances=distances) for fold in folds]
    for i, of_folds in enumerate(zip(*grams, strict=True)):
        for k, gram in enumerate(of_folds):
            components[i, k] = pca_transform(gram, folds[k].train, n_components)
    return components


def _build_design(
    stories: Sequence[Story],
    n_trs: Sequence[int],
    windows: WindowSettings,
    features: FeatureSettings,
    folds: Sequence[Fold],
) -> Design:
    components = reduce_windows(
        features_at_offset(stories, n_trs, windows.source, features),
        folds,
        width=windows.width,
        distances=windows.distances,
        n_components=windows.n_components,
    )
    parts = [components]
    if windows.lexical:
        times = [story.times for story in stories]
        columns = lexical_columns(times, n_trs, windows.lexical, tr=features.tr, row_offset=features.row_offset)
        parts.append(np.broadcast_to(columns, (*components.shape[:-1], columns.shape[-1])))
    if windows.layer_0:
        static = [replace(story, vectors=story.layer_0) for story in stories]
        parts.append(
            reduce_windows(
                features_at_offset(static, n_trs, PRESENT, features),
                folds,
                width=1,
                distances=[0],
                n_components=windows.n_components,
            )
        )
    return Design(np.concatenate(parts, axis=-1), windows.distances, n_trs, folds)


def _sums_per_tr(stories: Sequence[Story], n_trs: Sequence[int], settings: FeatureSettings) -> list:
    """The matrix that sums a story's words per TR, for each story."""
    return [
        words_to_trs(story.onsets, tr=settings.tr, n_trs=n, row_offset=settings.row_offset)
        for story, n in zip(stories, n_trs, strict=True)
    ]
