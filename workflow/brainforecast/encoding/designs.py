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

import numpy as np

from brainforecast.encoding.delays import words_to_trs
from brainforecast.encoding.folds import Fold, FoldSettings, make_folds
from brainforecast.encoding.lexical import WordTimes, lexical_columns
from brainforecast.encoding.reduction import pca_transform, window_grams
from brainforecast.encoding.windows import Window, offset_vectors, story_seed
from brainforecast.progress import Progress
from brainforecast.sources import PRESENT

OFFSETS_HELD = 4  # offsets whose features are kept for the next fold


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
    return build_designs_together(stories, lengths, [windows], features, folds)[0]


def build_designs_together(
    stories: Sequence[Story],
    lengths: Sequence[Sequence[int]],
    windows: Sequence[WindowSettings],
    features: FeatureSettings,
    folds: FoldSettings,
) -> list[list[Design]]:
    """Build the designs of several windows of one source, which share the products of their words.

    Parameters
    ----------
    lengths : volumes of each story, for each combination.
    windows : of one source (`sources.PRESENT` is one with "true") and one number of components.

    Returns
    -------
    of each of `windows` the designs that `build_designs` makes of it alone, to the bit.
    """
    designs = [_build_together(stories, n_trs, windows, features, make_folds(n_trs, folds)) for n_trs in lengths]
    return [list(of_windows) for of_windows in zip(*designs, strict=True)]


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
    """Principal components of each window of one width in each fold.

    Parameters
    ----------
    features_at : see `features_at_offset`.
    width, distances : of the windows; width 1 at distance 0 is the present itself.

    Returns
    -------
    (n_distances, n_folds, n_trs_total, n_components) float32.
    """
    return reduce_grids(features_at, folds, [(width, distances)], n_components)[0]


def reduce_grids(
    features_at: Callable[[int], np.ndarray],
    folds: Sequence[Fold],
    grids: Sequence[tuple[int, Sequence[int]]],
    n_components: int,
) -> list[np.ndarray]:
    """Principal components of the windows of several widths in each fold, which share the products of their words.

    Parameters
    ----------
    features_at : see `features_at_offset`.
    grids : width and distances of each.

    Returns
    -------
    (n_distances, n_folds, n_trs_total, n_components) float32 of each grid.
    """
    n_rows = len(folds[0].train)
    components = [np.empty((len(distances), len(folds), n_rows, n_components), np.float32) for _, distances in grids]
    parts: dict[Window, list[np.ndarray]] = {}  # where the components of a window belong, fold by fold
    for (width, distances), of_grid in zip(grids, components, strict=True):
        for distance, part in zip(distances, of_grid, strict=True):
            parts.setdefault((width, distance), []).append(part)
    at, progress = _hold(features_at), Progress(len(folds) * len(parts), "window")
    for k, fold in enumerate(folds):  # one after the other: the sums of one fold are in memory
        for window, gram in window_grams(at, fold.train, list(parts)):
            reduced = pca_transform(gram, fold.train, n_components)
            for part in parts[window]:
                part[k] = reduced
            progress.add()
    return components


def _hold(features_at: Callable[[int], np.ndarray]) -> Callable[[int], np.ndarray]:
    """The same function, with the features of the first offsets kept: every fold starts with the same ones."""
    held: dict[int, np.ndarray] = {}

    def at(offset: int) -> np.ndarray:
        features = held[offset] if offset in held else features_at(offset)
        if len(held) < OFFSETS_HELD:
            held[offset] = features
        return features

    return at


def _build_together(
    stories: Sequence[Story],
    n_trs: Sequence[int],
    windows: Sequence[WindowSettings],
    features: FeatureSettings,
    folds: Sequence[Fold],
) -> list[Design]:
    components = reduce_grids(
        features_at_offset(stories, n_trs, windows[0].source, features),
        folds,
        [(settings.width, settings.distances) for settings in windows],
        windows[0].n_components,
    )
    return [
        Design(_with_base(of_windows, stories, n_trs, settings, features, folds), settings.distances, n_trs, folds)
        for of_windows, settings in zip(components, windows, strict=True)
    ]


def _with_base(
    components: np.ndarray,
    stories: Sequence[Story],
    n_trs: Sequence[int],
    windows: WindowSettings,
    features: FeatureSettings,
    folds: Sequence[Fold],
) -> np.ndarray:
    """The components, with the lexical columns and the components of layer 0 of their settings."""
    parts = [components]
    if windows.lexical:
        times = [story.times for story in stories]
        columns = lexical_columns(times, n_trs, windows.lexical, tr=features.tr, row_offset=features.row_offset)
        parts.append(np.broadcast_to(columns, (*components.shape[:-1], columns.shape[-1])))
    if windows.layer_0:
        static = [replace(story, vectors=story.layer_0) for story in stories]
        at = features_at_offset(static, n_trs, PRESENT, features)
        parts.append(reduce_windows(at, folds, width=1, distances=[0], n_components=windows.n_components))
    return np.concatenate(parts, axis=-1) if len(parts) > 1 else components


def _sums_per_tr(stories: Sequence[Story], n_trs: Sequence[int], settings: FeatureSettings) -> list:
    """The matrix that sums a story's words per TR, for each story."""
    return [
        words_to_trs(story.onsets, tr=settings.tr, n_trs=n, row_offset=settings.row_offset)
        for story, n in zip(stories, n_trs, strict=True)
    ]
