"""Standardising and principal components: scikit-learn's, from training rows only."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from brainforecast.encoding.reduction import gram, pca_transform, standardise, window_grams
from brainforecast.encoding.windows import window_offsets


@pytest.fixture
def features():
    """Features at each offset, (n_rows, n_features), smooth in time as summed words are."""
    rng = np.random.default_rng(0)
    base = np.cumsum(rng.normal(size=(150, 30)), axis=0) * 0.1 + rng.normal(size=(150, 30))
    return lambda offset: base[20 + offset : 120 + offset]


@pytest.fixture
def train():
    mask = np.ones(100, bool)
    mask[40:60] = False
    return mask


def sklearn_components(windows, train, n_components):
    scaler = StandardScaler().fit(windows[train])
    pca = PCA(n_components, svd_solver="full").fit(scaler.transform(windows[train]))
    return pca.transform(scaler.transform(windows))


def same_up_to_sign(ours, theirs, tolerance=1e-8):
    signs = np.sign((ours * theirs).sum(axis=0))
    np.testing.assert_allclose(ours, theirs * signs, atol=tolerance * np.abs(theirs).max())


@pytest.mark.parametrize("distances", [range(-10, 21), [-10, 0, 8, 9, 20], [3]])
def test_window_components_equal_scikit_learn(features, train, distances):
    """Sums of sliding Gram matrices give the principal components of the windows themselves."""
    grams = window_grams(features, train, width=7, distances=distances)
    for distance, matrix in zip(distances, grams, strict=True):
        windows = np.hstack([features(offset) for offset in window_offsets(7, distance)])
        same_up_to_sign(pca_transform(matrix, train, 10), sklearn_components(windows, train, 10))


def test_lanczos_equals_scikit_learn():
    """The route for long runs gives the same components as the route for short ones."""
    rng = np.random.default_rng(1)
    windows = rng.normal(size=(600, 40)) @ rng.normal(size=(40, 40)) * np.linspace(3, 0.5, 40)
    mask = np.arange(600) >= 120
    same_up_to_sign(pca_transform(gram(windows, mask), mask, 20), sklearn_components(windows, mask, 20))


def test_reduction_never_sees_held_out_rows(features, train):
    """Huge values in held-out rows leave the components of training rows as they are, to the bit."""
    clean, poisoned = features(0), features(0).copy()
    poisoned[~train] = 1e12
    np.testing.assert_array_equal(standardise(clean, train)[train], standardise(poisoned, train)[train])
    ours = pca_transform(gram(clean, train), train, 10)
    theirs = pca_transform(gram(poisoned, train), train, 10)
    np.testing.assert_array_equal(ours[train], theirs[train])


def test_constant_columns_are_only_centred(train):
    columns = np.column_stack([np.full(100, 0.1), np.arange(100.0)])
    z = standardise(columns, train)
    np.testing.assert_allclose(z[:, 0], 0, atol=1e-12)
    np.testing.assert_allclose(z[train, 1].std(), 1)


def test_components_that_do_not_exist_are_zero(train):
    """Rank two gives two components; the other three are zero, not noise."""
    rng = np.random.default_rng(2)
    low_rank = rng.normal(size=(100, 2)) @ rng.normal(size=(2, 30))
    components = pca_transform(gram(low_rank, train), train, 5)
    assert (np.abs(components[:, :2]).max(axis=0) > 0).all()
    assert not components[:, 2:].any()


def test_more_components_than_rows():
    mask = np.array([True] * 6 + [False] * 2)
    components = pca_transform(gram(np.random.default_rng(3).normal(size=(8, 30)), mask), mask, 20)
    assert components.shape == (8, 20)
    assert np.isfinite(components).all()
