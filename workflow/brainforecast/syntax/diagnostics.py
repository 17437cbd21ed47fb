"""Check that the syntactic part of activations holds syntax and the semantic part does not.

Counts of the futures (labels, trees, origins of the words), the cosine between the true activation and
its syntactic part, and linear probes that decode a word's part of speech from each part.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from brainforecast.encoding.windows import semantic_source, shift, syntactic_source
from brainforecast.storage.columns import CONTENT, FUNCTION
from brainforecast.syntax.labels import OPEN_CLASSES, word_class

UNITS = {
    "model": "name in config models; null for counts of futures",
    "layer": "hidden state, 0 = embedding; null for counts of futures",
    "check": "name of the check",
    "part": "for probes: true, syntactic or semantic activations; for the origin of words: own, wider or kept",
    "ahead": "words from the present word to the decoded word; null where all are taken together",
    "n_futures": "futures in the mean; null unless convergence is checked",
    "value": "share, cosine, Spearman's rho, or correlation, depending on the check",
    "chance": "share of the most frequent part of speech in the held-out words; null unless a probe",
    "n": "number of words, futures, or words of futures in the value",
}
N_FOLDS = 5
N_COMPONENTS = 50
MIN_PER_CLASS = 20  # words of a part of speech; rarer ones are left out of the probes


class StoryComponents(NamedTuple):
    """One story, at one layer.

    vectors : (n_words, n_features) true activations; ahead : (n_words, horizon, n_features) syntactic component of
    upcoming words; labels : (n_words,) of the parser
    """

    vectors: np.ndarray
    ahead: np.ndarray
    labels: Sequence[str]


def check_futures(futures: pd.DataFrame, labels: pd.DataFrame) -> Iterator[dict]:
    """Counts over the futures of all stories: labels that match, agreement of trees, words with too few, origins.

    Parameters
    ----------
    futures, labels : from `futures.draw_futures`, concatenated over stories; futures have a column story
    """
    sums = futures[["n_words", "n_drawn", "n_matched", "n_drawn_matched"]].sum()
    yield _row("labels that match", sums["n_matched"] / sums["n_words"], sums["n_words"])
    drawn = sums["n_drawn_matched"] / sums["n_drawn"] if sums["n_drawn"] else np.nan
    yield _row("labels that match, words of their own class", drawn, sums["n_drawn"])
    yield _row("tree agreement", futures["tree_agreement"].mean(), len(futures))
    yield _row("futures that pass", futures["passed"].mean(), len(futures))
    passed = futures.groupby(["story", "word"])["passed"].sum()
    yield _row("words with too few", (passed < futures["future"].max() + 1).mean(), len(passed))
    for part in ("own", "wider", "kept"):
        yield _row("origin of words", (labels["origin"] == part).mean(), len(labels), part=part)


def check_convergence(tables: Sequence[pd.DataFrame]) -> Iterator[dict]:
    """Convergence of the syntactic part with the number of futures: means over stories."""
    for (layer, n_futures), rows in pd.concat(tables).groupby(["layer", "n_futures"]):
        for check in ("change", "reliability"):
            yield _row(check, rows[check].mean(), rows["n"].sum(), layer=layer, n_futures=n_futures)


def check_parts(stories: Sequence[StoryComponents], words_ahead: Sequence[int]) -> Iterator[dict]:
    """Cosine between true and syntactic activations, and probes of the part of speech, at some numbers of words ahead.

    Content and function words have separate probes: a class such as articles has few words, and because the true
    word is never drawn, the semantic part reveals which word it was, and with it its class.
    """
    for ahead in words_ahead:
        parts, pos = _parts(stories, ahead)
        scale = np.where(parts["true"].std(axis=0) > 0, parts["true"].std(axis=0), 1)
        centred = {name: (X - X.mean(axis=0)) / scale for name, X in parts.items()}
        yield _row("cosine", _cosine(centred["true"], centred["syntactic"]), len(pos), ahead=ahead)
        content = np.isin(pos, list(OPEN_CLASSES))
        for check, rows in ((CONTENT, content), (FUNCTION, ~content)):
            for name, X in parts.items():
                accuracy, chance, n = probe(X[rows], pos[rows])
                yield _row(check, accuracy, n, part=name, ahead=ahead, chance=chance)


def probe(X: np.ndarray, classes: np.ndarray) -> tuple[float, float, int]:
    """Cross-validated accuracy of a linear classifier, chance, and the number of rows.

    Standardisation, PCA and logistic regression are fitted on four of five contiguous folds and tested on the fifth.
    Classes of fewer than `MIN_PER_CLASS` rows are left out. Chance is the share of the most frequent class.
    """
    names, counts = np.unique(classes, return_counts=True)
    kept = np.isin(classes, names[counts >= MIN_PER_CLASS])
    X, classes = X[kept], classes[kept]
    if len(np.unique(classes)) < 2:
        return np.nan, np.nan, len(classes)
    correct = np.zeros(len(classes), bool)
    for train, test in KFold(N_FOLDS).split(X):
        n_components = min(N_COMPONENTS, X.shape[1], len(train))
        reduce = PCA(n_components, random_state=0)
        classifier = make_pipeline(StandardScaler(), reduce, LogisticRegression(max_iter=500))
        correct[test] = classifier.fit(X[train], classes[train]).predict(X[test]) == classes[test]
    chance = np.unique(classes, return_counts=True)[1].max() / len(classes)
    return float(correct.mean()), float(chance), len(classes)


def _parts(stories: Sequence[StoryComponents], ahead: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Activations of the word `ahead` of each word, by part, and its part of speech, where both components exist."""
    parts: dict[str, list[np.ndarray]] = {"true": [], "syntactic": [], "semantic": []}
    pos_ahead: list[str] = []
    for story in stories:
        rows = {
            "true": shift(story.vectors, ahead),
            "syntactic": syntactic_source(story.ahead)(ahead),
            "semantic": semantic_source(story.vectors, ahead=story.ahead)(ahead),
        }
        pos = [word_class(label) for label in story.labels]
        kept = np.arange(len(pos)) + ahead < len(pos)
        kept &= rows["syntactic"].any(axis=1)
        pos_ahead += [pos[n + ahead] for n in np.flatnonzero(kept)]
        for name, X in rows.items():
            parts[name].append(X[kept])
    classes = np.array(pos_ahead)
    labelled = classes != ""
    return {name: np.concatenate(X)[labelled] for name, X in parts.items()}, classes[labelled]


def _cosine(first: np.ndarray, second: np.ndarray) -> float:
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return float(np.divide((first * second).sum(axis=1), lengths, out=np.zeros(len(first)), where=lengths > 0).mean())


def _row(check: str, value: float, n: int, **keys: object) -> Mapping[str, object]:
    return {**dict.fromkeys(UNITS), "check": check, "value": value, "n": int(n), **keys}
