"""Agreement of two dependency trees: rank correlation of the distances between their tokens."""

import numpy as np

from brainforecast.statistics.ranks import average_ranks


def token_distances(heads: np.ndarray) -> np.ndarray:
    """Number of steps between any two tokens along the edges of the tree, in either direction.

    Parameters
    ----------
    heads : (..., n_tokens) head of each token; itself, or one outside (negative), for a root

    Returns
    -------
    (..., n_tokens, n_tokens) float32; tokens of different trees are n_tokens apart, farther than any two of one tree
    """
    n = heads.shape[-1]
    distances = np.full((*heads.shape, n), n, np.float32)
    joined = (heads[..., :, None] == np.arange(n)) | np.eye(n, dtype=bool)
    distances[joined | joined.swapaxes(-1, -2)] = 1
    distances[..., np.arange(n), np.arange(n)] = 0
    for through in range(n):  # the Floyd-Warshall algorithm
        detour = distances[..., :, through, None] + distances[..., None, through, :]
        np.minimum(distances, detour, out=distances)
    return distances


def tree_agreement(true: np.ndarray, others: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Mean over tokens of Spearman's rho between the token's distances to all tokens in two trees.

    Parameters
    ----------
    true : (n_tokens,) heads; others : (n_trees, n_tokens) heads; rows : the tokens to compare

    Returns
    -------
    (n_trees,) from -1 to 1; 1 for the same tree. A token with the same distance to all tokens counts 1 if this holds
    in both trees, else 0.
    """
    ranks = average_ranks(token_distances(np.vstack([true[None], others]))[:, rows])  # (1 + n_trees, n_rows, n)
    ranks -= ranks.mean(axis=-1, keepdims=True)
    norms = np.linalg.norm(ranks, axis=-1)
    products, scale = (ranks[1:] * ranks[0]).sum(axis=-1), norms[1:] * norms[0]
    same = (norms[1:] == norms[0]).astype(float)  # both 0
    rho = np.divide(products, scale, out=same * (scale == 0), where=scale > 0)
    return rho.mean(axis=-1)
