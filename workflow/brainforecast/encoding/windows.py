"""Forecast windows: which upcoming words stand beside each word, and where those words come from.

A window of width w at distance d puts beside word n the vectors of words n+d-w+1 .. n+d:

    X~(d)_n = X_{n+d-w+1} (+) ... (+) X_{n+d}

It is a concatenation of `w` shifted copies of X, one per offset, so everything below is said of one offset at a time;
the designs add up what belongs to a window. Each function takes the words of ONE story: stories cannot touch.
"""

import zlib
from collections.abc import Callable, Sequence

import numpy as np

from brainforecast.errors import BadInput, nearest

OffsetVectors = Callable[[int], np.ndarray]
Seed = int | Sequence[int]


def window_offsets(width: int, distance: int) -> range:
    """Offsets of the words in a window, first to last: d-w+1 .. d."""
    return range(distance - width + 1, distance + 1)


def shift(vectors: np.ndarray, offset: int) -> np.ndarray:
    """Row n holds the vector of word n + offset; rows that reach past the story's ends are zero.

    Parameters
    ----------
    vectors : (n_words, n_features)
    offset : words ahead (positive) or back (negative).
    """
    return take(vectors, np.arange(len(vectors)) + offset)


def take(vectors: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Rows of `vectors` at `places`; zero where a place is outside the story."""
    inside = (places >= 0) & (places < len(vectors))
    rows = np.zeros((len(places), vectors.shape[1]), vectors.dtype)
    rows[inside] = vectors[places[inside]]
    return rows


def true_source(vectors: np.ndarray, **unused: object) -> OffsetVectors:
    """The words that really follow: offset o beside word n is X_{n+o}."""
    return lambda offset: shift(vectors, offset)


def shuffled_source(vectors: np.ndarray, *, seed: Seed, block: int, **unused: object) -> OffsetVectors:
    """The window of another place of the same story: offset o beside word n is X_{place(n)+o}.

    Width, word statistics and the flow from one word to the next match the true windows; the content does not.
    """
    places = shuffled_indices(len(vectors), seed=seed, block=block)
    return lambda offset: take(vectors, places + offset)


def random_source(vectors: np.ndarray, *, seed: Seed, **unused: object) -> OffsetVectors:
    """Every word of the story has a Gaussian vector of its own, of as many features as the model's."""
    drawn = np.random.default_rng(seed).standard_normal(vectors.shape, dtype=np.float32)
    return lambda offset: shift(drawn, offset)


def generated_source(vectors: np.ndarray, *, ahead: np.ndarray, **unused: object) -> OffsetVectors:
    """What the model expects to follow: the words heard up to the present one, and behind it those of `ahead`.

    Offset o > 0 beside word n is ``ahead[n, o - 1]``, a word that nobody has said yet: no word after n is in it.
    """
    horizon = ahead.shape[1]
    beyond = np.zeros_like(ahead[:, 0])

    def at(offset: int) -> np.ndarray:
        if offset <= 0:
            return shift(vectors, offset)
        return ahead[:, offset - 1] if offset <= horizon else beyond

    return at


def syntactic_source(vectors: np.ndarray, *, ahead: np.ndarray, **unused: object) -> OffsetVectors:
    """What the grammar of the words tells of them: at each place the mean over futures that share it.

    Offset o > 0 beside word n is ``ahead[n, o - 1]``: the word o ahead, as seen from n. A word already heard (o <= 0)
    has the component seen from just before it, ``ahead[n + o - 1, 0]``, so that true = syntactic + semantic everywhere.
    """
    beyond = np.zeros_like(ahead[:, 0])

    def at(offset: int) -> np.ndarray:
        if offset <= 0:
            return shift(ahead[:, 0], offset - 1)
        return ahead[:, offset - 1] if offset <= ahead.shape[1] else beyond

    return at


def semantic_source(vectors: np.ndarray, *, ahead: np.ndarray, **unused: object) -> OffsetVectors:
    """The rest: the true word less its syntactic component; zero where there is none (story ends, first word)."""
    syntactic = syntactic_source(vectors, ahead=ahead)

    def at(offset: int) -> np.ndarray:
        part = syntactic(offset)
        return np.where(part.any(axis=1, keepdims=True), shift(vectors, offset) - part, 0)

    return at


# `static` is a shift too: of vectors that know nothing of the words around (layer 0, GloVe)
SOURCES: dict[str, Callable[..., OffsetVectors]] = {
    "true": true_source,
    "shuffled": shuffled_source,
    "random": random_source,
    "static": true_source,
    "generated": generated_source,
    "syntactic": syntactic_source,
    "semantic": semantic_source,
}


def offset_vectors(
    source: str, vectors: np.ndarray, *, seed: Seed, block: int, ahead: np.ndarray | None = None
) -> OffsetVectors:
    """The function that gives, for an offset, the (n_words, n_features) vectors of `source` beside each word.

    Parameters
    ----------
    vectors : (n_words, n_features), the words of one story; layer 0 for `static`.
    seed : of what is drawn for this story; block : words that change places together, for `shuffled`.
    ahead : (n_words, horizon, n_features), what follows each word, for `generated`, `syntactic` and `semantic`.
    """
    if source not in SOURCES:
        raise BadInput("source", source, f"one of {sorted(SOURCES)}; nearest is {nearest(source, SOURCES)}")
    return SOURCES[source](vectors, seed=seed, block=block, ahead=ahead)


def story_seed(seed: int, story: str) -> tuple[int, int]:
    """The seed of what is drawn for one story: it depends on the story's name, not on which others are drawn for."""
    return seed, zlib.crc32(story.encode())


def shuffled_indices(n_words: int, *, seed: Seed, block: int) -> np.ndarray:
    """For each word, another place of its story: blocks of `block` words change places, none stays or moves by one.

    Blocks keep the flow of speech; a block that moved by one would still overlap the longest windows.

    Raises
    ------
    BadInput : fewer than four blocks fit the story (no such exchange exists).
    """
    n_blocks = n_words // block
    if n_blocks < 4:
        raise BadInput("source shuffled", f"a story of {n_words} words", f"at least 4 blocks of {block} words")
    edges = np.linspace(0, n_words, n_blocks + 1).astype(int)
    moved = _far_permutation(n_blocks, np.random.default_rng(seed))
    places = [edges[there] + np.arange(edges[here + 1] - edges[here]) for here, there in enumerate(moved)]
    return np.minimum(np.concatenate(places), n_words - 1)


def _far_permutation(n: int, rng: np.random.Generator) -> np.ndarray:
    """A permutation of n >= 4 places in which every element moves by two or more, drawn by repeated exchange."""
    # the second half before the first obeys the rule from n = 4 on; exchanges that keep the rule then mix it
    order = np.concatenate([np.arange(n - n // 2, n), np.arange(n - n // 2)])
    for first, second in rng.integers(0, n, size=(50 * n, 2)):
        if abs(order[second] - first) >= 2 and abs(order[first] - second) >= 2:
            order[[first, second]] = order[[second, first]]
    return order
