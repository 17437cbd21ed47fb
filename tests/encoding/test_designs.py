"""Designs: nothing fitted in a fold depends on its held-out words; each combination of lengths has its design."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from brainforecast.encoding.designs import (
    WindowSettings,
    build_designs,
    build_designs_together,
    features_at_offset,
    reduce_windows,
)
from brainforecast.encoding.folds import make_folds
from brainforecast.encoding.lexical import lexical_columns
from helpers.plain_pipeline import sum_per_tr
from helpers.simulated_encoding import FEATURES, PAPER, TR, make_stories, volumes, with_times


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


def test_designs_of_one_source_are_built_together():
    """The present with its columns, a curve and two widths: to the bit what each is alone, of both lengths."""
    stories = [with_times(story) for story in make_stories(np.random.default_rng(5), (160, 150))]
    lengths = [volumes(stories), [n - 2 for n in volumes(stories)]]
    several = [
        WindowSettings("present", 1, [0], 4, lexical=LEXICAL, layer_0=True),
        WindowSettings("true", 7, [-2, 0, 1, 8], 4),
        WindowSettings("true", 1, [0, 8], 4),
        WindowSettings("true", 12, [1], 4),
    ]
    together = build_designs_together(stories, lengths, several, FEATURES, PAPER)
    for windows, designs in zip(several, together, strict=True):
        for design, alone in zip(designs, build_designs(stories, lengths, windows, FEATURES, PAPER), strict=True):
            np.testing.assert_array_equal(design.components, alone.components)
            assert design.distances == windows.distances and design.n_trs == alone.n_trs
    assert [designs[0].components.shape[::3] for designs in together] == [(1, 13), (4, 4), (2, 4), (1, 4)]


LEXICAL = ("word_rate", "word_length", "word_frequency", "silence", "envelope")


def by_hand(stories, n_trs, fold, n_components):
    """Components of X, lexical columns, components of layer 0 of the present word: with scikit-learn, row by row."""
    summed = {
        key: np.vstack([sum_per_tr(getattr(s, key), s.onsets, TR, n) for s, n in zip(stories, n_trs, strict=True)])
        for key in ("vectors", "layer_0")
    }
    components = {}
    for key, features in summed.items():
        scaled = StandardScaler().fit(features[fold.train]).transform(features)
        components[key] = PCA(n_components, svd_solver="full").fit(scaled[fold.train]).transform(scaled)
    columns = np.zeros((sum(n_trs), len(LEXICAL)))
    start = 0
    for story, n in zip(stories, n_trs, strict=True):
        times = story.times
        for t in range(n - 1):  # the words of a TR are in the row after it
            low, high = t * TR, (t + 1) * TR
            words = (times.onsets >= low) & (times.onsets < high)
            instants = np.linspace(low, high, 3001)[:-1] + TR / 6000
            spoken = ((instants[:, None] >= times.onsets) & (instants[:, None] < times.offsets)).any(axis=1)
            envelope = times.envelope[t] if t < len(times.envelope) else 0.0
            silent = TR * (1 - spoken.mean())
            columns[start + t + 1] = (
                *(words.sum(), times.n_letters[words].sum(), times.frequency[words].sum()), silent, envelope,
            )  # fmt: skip
        start += n
    return components["vectors"], columns, components["layer_0"]


def assert_components(found, expected):
    """Equal up to the sign of each component."""
    signs = np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found * signs, expected, atol=2e-3)


def test_a_base_has_its_columns_beside_the_components():
    """Lexical columns are not reduced; a verdict adds as many components of layer 0 as X has."""
    stories = [with_times(story) for story in make_stories(np.random.default_rng(2), (160, 150))]
    n_trs = volumes(stories)
    settings = WindowSettings("present", 1, [0], n_components=4)
    paper, lexical, verdict = (
        build_designs(stories, [n_trs], replace(settings, **more), FEATURES, PAPER)[0]
        for more in ({}, {"lexical": LEXICAL}, {"lexical": LEXICAL, "layer_0": True})
    )
    assert [d.components.shape[-1] for d in (paper, lexical, verdict)] == [4, 9, 13]
    np.testing.assert_array_equal(lexical.components, verdict.components[..., :9])
    np.testing.assert_array_equal(paper.components, verdict.components[..., :4])
    for k, fold in enumerate(verdict.folds):
        X, columns, static = by_hand(stories, n_trs, fold, 4)
        found = verdict.components[0, k]
        assert_components(found[:, :4], X)
        np.testing.assert_allclose(found[:, 4:9], columns, atol=3e-3)  # silence by hand is counted in 3,000 instants
        assert_components(found[:, 9:], static)


def test_columns_are_those_that_are_named_in_their_order():
    """Whatever the config lists; a story without words in its run has silence alone."""
    stories = [with_times(story) for story in make_stories(np.random.default_rng(3), (90, 80))]
    times, n_trs = [story.times for story in stories], volumes(stories)
    place = {"tr": TR, "row_offset": 1}
    every = lexical_columns(times, n_trs, LEXICAL, **place)
    assert every.dtype == np.float32
    some = lexical_columns(times, n_trs, ("silence", "word_rate"), **place)
    np.testing.assert_array_equal(some, every[:, [3, 0]])
    late = [replace(story, onsets=story.onsets + 1e4, offsets=story.offsets + 1e4) for story in times]
    silent = lexical_columns(late, n_trs, LEXICAL[:4], **place)
    assert not silent[:, :3].any()
    np.testing.assert_allclose(np.unique(silent[:, 3]), [0, TR])  # the first row of a story has no TR before it


@pytest.mark.parametrize("k", [0, 3])
def test_held_out_words_do_not_change_the_layer_0_beside_the_present(k):
    """Layer 0 of words only in a fold's held-out rows made huge: the training rows of the design stay, to the bit."""
    stories = [with_times(story) for story in make_stories(np.random.default_rng(4), (160, 150))]
    n_trs = volumes(stories)
    fold = make_folds(n_trs, PAPER)[k]
    starts = np.cumsum([0, *n_trs])[:-1]
    poisoned = []
    for story, start, n in zip(stories, starts, n_trs, strict=True):
        rows = np.minimum(np.floor(story.onsets / TR).astype(int) + 1, n - 1)
        layer_0 = np.where(fold.test[start + rows][:, None], np.float32(1e6), story.layer_0)
        poisoned.append(replace(story, layer_0=layer_0))
    settings = WindowSettings("present", 1, [0], n_components=4, layer_0=True)
    clean, changed = (
        build_designs(s, [n_trs], settings, FEATURES, PAPER)[0].components[0, k] for s in (stories, poisoned)
    )
    np.testing.assert_array_equal(clean[fold.train], changed[fold.train])
    assert (clean[fold.test] != changed[fold.test]).any()
