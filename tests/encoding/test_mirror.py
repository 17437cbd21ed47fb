"""The mirror of F(d) is F(w - 1 - d): what the forecast score becomes when time runs backwards."""

from dataclasses import replace

import numpy as np
import pytest

from brainforecast.cells import mirror
from brainforecast.encoding.designs import Design, Story, features_at_offset, reduce_windows
from brainforecast.encoding.folds import Fold, make_folds
from brainforecast.encoding.scoring import Encoding, score_windows
from brainforecast.encoding.windows import window_offsets
from helpers.simulated_encoding import ALPHAS, FEATURES, PAPER, TR, make_stories, volumes

OWN_TR = replace(FEATURES, row_offset=0)  # a word adds to the row of its own TR, backwards as well as forwards
ENCODING = Encoding((0,), tuple(ALPHAS))  # no delay: a delay is what tells the past from the future
WIDTH, DISTANCES = 7, (-14, -2, 0, 3, 6, 8, 20)


@pytest.mark.parametrize("width", [1, 2, 7])
@pytest.mark.parametrize("distance", [-6, -1, 0, 3, 8])
def test_offsets_of_the_mirror_are_the_negatives(width, distance):
    """The words of the mirrored window are as far in the past as those of the window are ahead."""
    reflected = window_offsets(width, mirror(width, distance))
    assert list(reflected) == [-offset for offset in reversed(window_offsets(width, distance))]
    assert mirror(width, mirror(width, distance)) == distance


def test_forecast_score_backwards_is_its_mirror():
    """Words, onsets, volumes and folds reversed: R with the mirror of each window, and its penalty, in each fold."""
    rng = np.random.default_rng(0)
    stories = make_stories(rng)
    n_trs = volumes(stories)
    folds = make_folds(n_trs, PAPER)
    at = features_at_offset(stories, n_trs, "true", OWN_TR)
    signal = np.hstack([at(offset) for offset in (0, 2, 5, 8)])  # present words and words ahead: F is not symmetric
    Y = signal @ rng.normal(size=(signal.shape[1], 40)) * rng.uniform(0.1, 1, 40)
    Y = (Y + rng.normal(size=Y.shape) * 8).astype(np.float32)

    back = [backwards(story, n) for story, n in zip(stories, n_trs, strict=True)][::-1]
    folds_back = [Fold(fold.train[::-1], fold.test[::-1]) for fold in folds]
    forward = scores(stories, n_trs, folds, Y, DISTANCES)
    reflected = {None: None} | {distance: mirror(WIDTH, distance) for distance in DISTANCES}
    reversed_in_time = scores(back, n_trs[::-1], folds_back, Y[::-1], sorted([-8, *map(reflected.get, DISTANCES)]))

    for distance, back_distance in reflected.items():
        (R, alphas), (R_back, alphas_back) = forward[distance], reversed_in_time[back_distance]
        np.testing.assert_allclose(R, R_back, rtol=0, atol=1e-5)
        np.testing.assert_array_equal(alphas, alphas_back)
    assert (forward[8][0] - forward[-2][0]).mean() > 0.05  # the responses do differ from their mirror
    assert np.abs(forward[8][0] - reversed_in_time[-8][0]).max() > 0.05  # and F(-8) is another number


def backwards(story: Story, n_trs: int) -> Story:
    """The story from its last word to its first; a word of row t is one of row n_trs - 1 - t."""
    return replace(story, vectors=story.vectors[::-1].copy(), onsets=n_trs * TR - story.onsets[::-1])


def scores(
    stories: list[Story], n_trs: list[int], folds: list[Fold], Y: np.ndarray, distances: list[int]
) -> dict[int | None, tuple[np.ndarray, np.ndarray]]:
    """R and penalties, (n_folds, n_targets), with the window at each distance; of the present alone at None."""
    at = features_at_offset(stories, n_trs, "true", OWN_TR)
    X, windows = (
        reduce_windows(at, folds, width=width, distances=chosen, n_components=8)
        for width, chosen in ((1, [0]), (WIDTH, list(distances)))
    )
    present = Design(X, [0], n_trs, folds)
    pairs = [score_windows(np.ascontiguousarray(Y), present, part, ENCODING) for part in (None, windows)]
    R, alphas = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    return dict(zip((None, *distances), zip(R, alphas, strict=True), strict=True))
