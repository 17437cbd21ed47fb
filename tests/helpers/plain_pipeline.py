"""The encoding pipeline written with scikit-learn: the independent reference of the scores."""

from collections.abc import Sequence

import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def window_vectors(X: np.ndarray, width: int, distance: int) -> np.ndarray:
    """Words n+d-w+1 .. n+d at word n, zero beyond the story."""
    rows = np.zeros((len(X), width, X.shape[1]))
    for n in range(len(X)):
        for slot in range(width):
            word = n + distance - width + 1 + slot
            if 0 <= word < len(X):
                rows[n, slot] = X[word]
    return rows.reshape(len(X), -1)


def sum_per_tr(vectors: np.ndarray, onsets: np.ndarray, tr: float, n_trs: int) -> np.ndarray:
    """Row t sums the words that start in [(t-1) tr, t tr)."""
    rows = np.zeros((n_trs, vectors.shape[1]))
    for vector, onset in zip(vectors, onsets, strict=True):
        row = int(np.floor(onset / tr)) + 1
        if 0 <= onset < n_trs * tr and row < n_trs:
            rows[row] += vector
    return rows


def finite_impulse_response(features: np.ndarray, delays: Sequence[int], n_trs: Sequence[int]) -> np.ndarray:
    """Delay each story separately."""
    stories = np.split(features, np.cumsum(n_trs)[:-1])
    delayed = [
        np.hstack([np.vstack([np.zeros((min(lag, len(s)), s.shape[1])), s[: len(s) - lag]]) for lag in delays])
        for s in stories
    ]
    return np.vstack(delayed)


def brain_scores(
    blocks: Sequence[np.ndarray], Y: np.ndarray, n_trs: Sequence[int], *, n_components: int, delays: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Pearson r and alpha of each fold and target, (5, n_targets); a block, X or X~(d), is (n_trs, n_features)."""
    scores, alphas = [], []
    for train, test in KFold(5).split(Y):
        reduced = []
        for block in blocks:
            reduce = make_pipeline(StandardScaler(), PCA(n_components, svd_solver="full")).fit(block[train])
            reduced.append(reduce.transform(block))
        features = finite_impulse_response(np.hstack(reduced), delays, n_trs)
        model = make_pipeline(StandardScaler(), RidgeCV(alphas=np.logspace(-1, 8, 10), alpha_per_target=True))
        predicted = model.fit(features[train], Y[train]).predict(features[test])
        scores.append([np.corrcoef(p, y)[0, 1] for p, y in zip(predicted.T, Y[test].T, strict=True)])
        alphas.append(model[-1].alpha_)
    return np.array(scores), np.array(alphas)
