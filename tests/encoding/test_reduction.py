"""Standardising and principal components: scikit-learn's, from training rows only."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from brainforecast.encoding import reduction
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


GRIDS = {
    "a curve": [(7, distance) for distance in range(-10, 21)],
    "some distances of a curve, in no order": [(7, distance) for distance in (8, -10, 20, 0, 9)],
    "one window": [(7, 3)],
    "all widths": [(width, distance) for width in range(1, 10) for distance in range(1, 8)],
    "a curve beside some widths": [*((7, d) for d in range(-6, 12)), *((w, d) for w in (1, 4, 12) for d in (2, 5, 6))],
}


@pytest.mark.parametrize("long_run", [False, True])
@pytest.mark.parametrize("windows", GRIDS.values(), ids=GRIDS)
def test_window_components_equal_scikit_learn(features, train, windows, long_run, monkeypatch):
    """Sums of Gram matrices give the principal components of the windows themselves, in one sweep or many."""
    if long_run:
        monkeypatch.setattr(reduction, "HELD_BYTES", 0)
        monkeypatch.setattr(reduction, "LEAST_HELD", 3)
    found = []
    for window, sums in window_grams(features, train, windows):
        found.append(window)
        if len(windows) < 10 or len(found) % 5 == 1:
            formed = np.hstack([features(offset) for offset in window_offsets(*window)])
            same_up_to_sign(pca_transform(sums, train, 10), sklearn_components(formed, train, 10))
    assert sorted(found) == sorted(set(windows))


def test_a_window_has_the_same_bits_whatever_is_summed_beside_it(features, train):
    """Alone, in a curve, and among all widths; and in one sum of 180 windows nothing has drifted."""
    windows = [(width, distance) for width in range(1, 11) for distance in range(-6, 12)]
    together = {window: np.tril(sums.among) for window, sums in window_grams(features, train, windows)}
    for window in windows[:: len(windows) // 11]:
        ((_, alone),) = window_grams(features, train, [window])
        np.testing.assert_array_equal(together[window], np.tril(alone.among))
        products = (np.longdouble(standardise(features(offset), train)[train]) for offset in window_offsets(*window))
        exact = np.tril(sum(z @ z.T for z in products))
        assert np.abs(together[window] - exact).max() < 1e-13 * np.abs(exact).max()


def test_words_that_windows_share_are_multiplied_once(features, train, monkeypatch):
    """49 offsets serve 600 windows; where few sums fit into memory, 18 of 30 words and their neighbours do."""
    windows = [(width, distance) for width in range(1, 31) for distance in range(1, 21)]
    met = []

    def at(offset):
        met.append(offset)
        return np.random.default_rng(offset + 99).normal(size=(100, 5))

    assert len(list(window_grams(at, train, windows))) == 600
    assert sorted(met) == list(range(-28, 21))
    met.clear()
    monkeypatch.setattr(reduction, "HELD_BYTES", 0)
    assert len(list(window_grams(at, train, windows))) == 600
    assert len(met) < 150


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


def test_gram_has_the_rows_of_both_parts(features, train):
    """Training rows among themselves, and all others with them: what z z^T has there."""
    z = standardise(features(0), train)
    found = gram(features(0), train)
    np.testing.assert_allclose(found.among, np.tril(z[train] @ z[train].T), atol=1e-12)
    np.testing.assert_allclose(found.across, z[~train] @ z[train].T, atol=1e-12)


def test_lanczos_and_dense_eigenvectors_agree(features, train, monkeypatch):
    """Components of the windows of a run by either route."""
    windows = [(3, distance) for distance in range(4)]
    dense = {window: pca_transform(sums, train, 10) for window, sums in window_grams(features, train, windows)}
    monkeypatch.setattr(reduction, "DENSE_ROWS", 0)
    for window, sums in window_grams(features, train, windows):
        np.testing.assert_allclose(pca_transform(sums, train, 10), dense[window], atol=1e-9)


def test_components_that_do_not_exist_are_zero(train):
    """Rank two gives two components; the other three are zero, not noise."""
    rng = np.random.default_rng(2)
    low_rank = rng.normal(size=(100, 2)) @ rng.normal(size=(2, 30))
    components = pca_transform(gram(low_rank, train), train, 5)
    assert (np.abs(components[:, :2]).max(axis=0) > 0).all()
    assert not components[:, 2:].any()


@pytest.mark.parametrize("n_rows", [100, 600], ids=["all eigenvectors", "leading ones only"])
def test_features_that_are_constant_in_the_training_rows_have_no_components(n_rows):
    train = np.arange(n_rows) >= n_rows // 6
    features = np.where(train, 0.5, np.arange(n_rows))[:, None] * np.ones(4)
    np.testing.assert_array_equal(pca_transform(gram(features, train), train, 5), np.zeros((n_rows, 5)))


def test_more_components_than_rows():
    mask = np.array([True] * 6 + [False] * 2)
    components = pca_transform(gram(np.random.default_rng(3).normal(size=(8, 30)), mask), mask, 20)
    assert components.shape == (8, 20)
    assert np.isfinite(components).all()


@pytest.mark.parametrize("value", [0.1, 0.3, 1000.1])
def test_a_constant_column_stays_near_zero_in_long_runs(value):
    """The mean of many equal numbers is rounded: what that leaves is not a column to scale."""
    features = np.full((1500, 3), value)
    assert np.abs(standardise(features, np.arange(1500) >= 200)).max() < 1e-9
