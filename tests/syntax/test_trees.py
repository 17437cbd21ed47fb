"""Trees: distances against scipy's shortest paths, agreement against its Spearman."""

import numpy as np
import pytest
from scipy.sparse.csgraph import shortest_path
from scipy.stats import spearmanr

from brainforecast.syntax.trees import token_distances, tree_agreement


def random_tree(rng, n):
    """Heads of one or two trees."""
    heads = np.array([0, *(rng.integers(0, i) for i in range(1, n))])
    heads[n // 2] = n // 2 if rng.random() < 0.5 else heads[n // 2]
    return heads


def reference(heads):
    """Shortest paths; other trees n away."""
    n = len(heads)
    joined = np.zeros((n, n))
    joined[np.arange(n), heads] = 1
    np.fill_diagonal(joined, 0)
    paths = shortest_path(joined, directed=False, unweighted=True)
    return np.where(np.isinf(paths), n, paths)


def test_distances_are_shortest_paths():
    """Of many trees at once; a head outside the passage makes a root."""
    rng = np.random.default_rng(0)
    trees = np.stack([random_tree(rng, 14) for _ in range(20)])
    assert np.array_equal(token_distances(trees), [reference(heads) for heads in trees])
    outside = trees[0].copy()
    outside[0] = -3
    assert np.array_equal(token_distances(outside), reference(trees[0]))


def test_agreement_is_the_mean_of_spearman():
    """Token by token over the given rows, against scipy."""
    rng = np.random.default_rng(1)
    true, others, rows = random_tree(rng, 12), np.stack([random_tree(rng, 12) for _ in range(6)]), np.arange(4, 9)
    expected = [
        np.mean([spearmanr(reference(true)[row], reference(heads)[row]).statistic for row in rows]) for heads in others
    ]
    assert tree_agreement(true, others, rows) == pytest.approx(expected)


def test_the_same_tree_agrees_and_a_single_token_too():
    """1 for the same tree; a lone token has no other distances to disagree on."""
    heads = np.array([1, 1, 1, 2])
    assert tree_agreement(heads, np.stack([heads, heads[::-1]]), np.arange(4))[0] == pytest.approx(1)
    assert tree_agreement(np.array([0]), np.array([[0]]), np.array([0])) == pytest.approx([1])
    assert tree_agreement(heads, np.array([[0, 0, 0, 0]]), np.arange(4))[0] < 1
