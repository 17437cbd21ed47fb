"""Whether the syntactic and the semantic part of the words to come are what they are called.

Counts of the futures (labels, trees, words without a class of their own), the angle between the true activation and its
syntactic part, and linear probes: what can be read of a word's part of speech from each part.
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
from brainforecast.syntax.parser import OPEN_CLASSES

UNITS = {
    "model": "name in config models; null for counts of futures",
    "layer": "hidden state, 0 = embedding; null for counts of futures",
    "check": "what is checked",
    "part": "true, syntactic or semantic activations, for probes; own, wider or kept, for the origin of words",
    "ahead": "words from the present word to the word read; null where all are taken together",
    "n_futures": "futures in the mean; null unless convergence is checked",
    "value": "share, cosine, Spearman's rho, or correlation, as the check says",
    "chance": "share of the most frequent part of speech in the held-out words; null unless a probe",
    "n": "what the value is taken over: words, futures, or words of futures",
}
N_FOLDS = 5
N_COMPONENTS = 50
FEWEST = 20  # words of a part of speech, for it to be one of the probe's classes


class StoryComponents(NamedTuple):
    """One story: true activations (n_words, n_features), `ahead` (n_words, horizon, n_features), labels (n_words,)."""

    vectors: np.ndarray
    ahead: np.ndarray
    labels: Sequence[str]


def check_futures(futures: pd.DataFrame, labels: pd.DataFrame) -> Iterator[dict]:
    """Counts of the futures of all stories: labels that match, trees that agree, words short of candidates, origins.

    Parameters
    ----------
    futures, labels : as `futures.draw_futures` makes them, all stories one below the other, with a column story
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
    """How the syntactic part changes with the number of futures: means over stories."""
    together = pd.concat(tables)
    for (layer, n_futures), found in together.groupby(["layer", "n_futures"]):
        for check in ("change", "reliability"):
            yield _row(check, found[check].mean(), found["n"].sum(), layer=layer, n_futures=n_futures)


def check_parts(stories: Sequence[StoryComponents], places: Sequence[int]) -> Iterator[dict]:
    """Cosine between true and syntactic activations, and probes of the part of speech, at some words ahead.

    Content and function words are read apart: a class such as that of articles has few words, and where the word itself
    is never drawn, what is left of it tells which word it was, and so its class.
    """
    for ahead in places:
        parts, speech = _parts(stories, ahead)
        scale = np.where(parts["true"].std(axis=0) > 0, parts["true"].std(axis=0), 1)
        centred = {name: (X - X.mean(axis=0)) / scale for name, X in parts.items()}
        yield _row("cosine", _cosine(centred["true"], centred["syntactic"]), len(speech), ahead=ahead)
        content = np.isin(speech, list(OPEN_CLASSES))
        for check, rows in ((CONTENT, content), (FUNCTION, ~content)):
            for name, X in parts.items():
                accuracy, chance, n = probe(X[rows], speech[rows])
                yield _row(check, accuracy, n, part=name, ahead=ahead, chance=chance)


def probe(X: np.ndarray, classes: np.ndarray) -> tuple[float, float, int]:
    """Accuracy of a linear reading of classes from rows that were held out, chance, and how many rows there are.

    Features are standardised and reduced, and a logistic regression fitted, on four of five contiguous parts at a time.
    Classes of fewer than `FEWEST` rows are left out. Chance is the share of the most frequent class.
    """
    names, counts = np.unique(classes, return_counts=True)
    kept = np.isin(classes, names[counts >= FEWEST])
    X, classes = X[kept], classes[kept]
    if len(np.unique(classes)) < 2:
        return np.nan, np.nan, len(classes)
    right = np.zeros(len(classes), bool)
    for train, test in KFold(N_FOLDS).split(X):
        n_components = min(N_COMPONENTS, X.shape[1], len(train))
        reader = make_pipeline(StandardScaler(), PCA(n_components, random_state=0), LogisticRegression(max_iter=500))
        right[test] = reader.fit(X[train], classes[train]).predict(X[test]) == classes[test]
    return float(right.mean()), float(np.unique(classes, return_counts=True)[1].max() / len(classes)), len(classes)


def _parts(stories: Sequence[StoryComponents], ahead: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Activations of the words `ahead` of each word and their parts of speech, where both components are known."""
    found: dict[str, list[np.ndarray]] = {"true": [], "syntactic": [], "semantic": []}
    speech = []
    for story in stories:
        rows = {
            "true": shift(story.vectors, ahead),
            "syntactic": syntactic_source(story.vectors, ahead=story.ahead)(ahead),
            "semantic": semantic_source(story.vectors, ahead=story.ahead)(ahead),
        }
        read = [label.split("|")[1] if label else "" for label in story.labels]
        there = np.arange(len(read)) + ahead < len(read)
        there &= rows["syntactic"].any(axis=1)
        speech += [read[n + ahead] for n in np.flatnonzero(there)]
        for name, X in rows.items():
            found[name].append(X[there])
    parts, classes = {name: np.concatenate(X) for name, X in found.items()}, np.array(speech)
    return {name: X[classes != ""] for name, X in parts.items()}, classes[classes != ""]


def _cosine(first: np.ndarray, second: np.ndarray) -> float:
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return float(np.divide((first * second).sum(axis=1), lengths, out=np.zeros(len(first)), where=lengths > 0).mean())


def _row(check: str, value: float, n: int, **keys: object) -> Mapping[str, object]:
    return {**dict.fromkeys(UNITS), "check": check, "value": value, "n": int(n), **keys}
