"""Designs: nothing fitted in a fold depends on its held-out words; each combination of lengths has its design."""

from dataclasses import replace

import numpy as np

from brainforecast.encoding.designs import WindowSettings, build_designs, features_at_offset, reduce_windows
from brainforecast.encoding.folds import make_folds
from helpers.simulated_encoding import FEATURES, PAPER, TR, make_stories, volumes


def test_held_out_words_do_not_change_the_reduction():
    """Words only in a fold's held-out rows made huge: the scores of training rows stay, to the bit."""
    stories = make_stories(np.random.default_rng(0))
    n_trs = volumes(stories)
    fold = make_folds(n_trs, PAPER)[1]
    starts = np.cumsum([0, *n_trs])[:-1]
    poisoned = []
    for story, start, n in zip(stories, starts, n_trs, strict=True):
        rows = np.minimum(np.floor(story.onsets / TR).astype(int) + 1, n - 1)
        only_here = fold.test[start + rows]
        vectors = np.where(only_here[:, None], np.float32(1e6), story.vectors)
        poisoned.append(replace(story, vectors=vectors))
    clean, changed = (
        reduce_windows(
            features_at_offset(s, n_trs, "present", FEATURES), [fold], width=1, distances=[0], n_components=8
        )[0, 0][fold.train]
        for s in (stories, poisoned)
    )
    np.testing.assert_array_equal(clean, changed)


def test_each_combination_of_lengths_has_its_design():
    """Together they are what each is alone, with folds of its own volumes."""
    stories = make_stories(np.random.default_rng(1), (200, 200))
    lengths = [volumes(stories), [n - 3 for n in volumes(stories)]]
    windows = WindowSettings("true", 3, [0, 2], n_components=4)
    together = build_designs(stories, lengths, windows, FEATURES, PAPER)
    for design, n_trs in zip(together, lengths, strict=True):
        (alone,) = build_designs(stories, [n_trs], windows, FEATURES, PAPER)
        np.testing.assert_array_equal(design.components, alone.components)
        assert design.components.shape == (2, 5, sum(n_trs), 4)
        assert design.n_trs == n_trs and len(design.folds[0].test) == sum(n_trs)
