"""Forecast windows: which upcoming words join each word, and where those words come from.

A window of width w at distance d joins to word n the vectors of words n+d-w+1 .. n+d:

    X~(d)_n = X_{n+d-w+1} (+) ... (+) X_{n+d}

It concatenates `w` shifted copies of X, one per offset. So the functions below give the vectors at one offset; designs
combine the offsets of a window. Each function takes the words of ONE story: windows cannot cross stories.
"""

import zlib
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from brainforecast.errors import BadInput, nearest

OffsetVectors = Callable[[int], np.ndarray]
Seed = int | Sequence[int]
Window = tuple[int, int]  # width and distance, in words


def window_offsets(width: int, distance: int) -> range:
    """Offsets of the words in a window, first to last: d-w+1 .. d."""
    return range(distance - width + 1, distance + 1)


def sweeps(windows: Iterable[Window], n_held: int) -> list[dict[int, list[int]]]:
    """Divide windows into sweeps, each from the farthest word backwards.

    A window's sum over its words starts with its last word; windows of one distance are the same sum, stopped at each
    width. So one sweep meets every offset once, however many sums are under way.

    Parameters
    ----------
    windows : (width, distance) each.
    n_held : sums under way at most, the summand included: that of the newest sum is the sum itself. At least one sum
        and its summand are held.

    Returns
    -------
    of each sweep the widths, increasing, of each distance, decreasing.
    """
    remaining: dict[int, list[int]] = {}
    for width, distance in sorted(set(windows), key=lambda window: (-window[1], window[0])):
        remaining.setdefault(distance, []).append(width)
    found = []
    while remaining:
        taken: dict[int, list[int]] = {}
        for distance, widths in remaining.items():
            before, after = (
                sum(offset in window_offsets(of[-1], last) for last, of in parts.items())
                for parts, offset in ((taken, distance), ({**taken, distance: widths}, distance - 1))
            )
            if not taken or max(before, after) < n_held:
                taken[distance] = widths
        found.append(taken)
        remaining = {distance: widths for distance, widths in remaining.items() if distance not in taken}
    return found


def shift(vectors: np.ndarray, offset: int) -> np.ndarray:
    """Row n holds the vector of word n + offset; rows that reach past the story's ends are zero.

    Parameters
    ----------
    vectors : (n_words, n_features)
    offset : words ahead (positive) or back (negative).
    """
    n, rows = len(vectors), np.zeros_like(vectors)
    rows[max(-offset, 0) : max(n - offset, 0)] = vectors[max(offset, 0) : max(n + offset, 0)]
    return rows


def take(vectors: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """Rows of `vectors` at `indices`; zero where an index is outside the story."""
    inside = (indices >= 0) & (indices < len(vectors))
    rows = np.zeros((len(indices), vectors.shape[1]), vectors.dtype)
    rows[inside] = vectors[indices[inside]]
    return rows


def offset_vectors(
    source: str, vectors: np.ndarray, *, seed: Seed, block: int, ahead: np.ndarray | None = None
) -> OffsetVectors:
    """Return the function from an offset to the (n_words, n_features) vectors of `source` at that offset of each word.

    Parameters
    ----------
    vectors : (n_words, n_features), the words of one story; layer 0 for `static`.
    seed : of what is drawn for this story; block : words that move together, for `shuffled`.
    ahead : (n_words, horizon, n_features), what follows each word, for `generated`, `syntactic` and `semantic`.
    """
    if source not in SOURCE_FUNCTIONS:
        raise BadInput(
            "source", source, f"one of {sorted(SOURCE_FUNCTIONS)}; nearest is {nearest(source, SOURCE_FUNCTIONS)}"
        )
    return SOURCE_FUNCTIONS[source](vectors, seed, block, ahead)


def true_source(vectors: np.ndarray) -> OffsetVectors:
    """The words that really follow: X_{n+o} at offset o of word n."""
    return lambda offset: shift(vectors, offset)


def shuffled_source(vectors: np.ndarray, *, seed: Seed, block: int) -> OffsetVectors:
    """The window of another word of the same story: X_{index(n)+o} at offset o of word n.

    Width, word statistics and the flow from one word to the next match the true windows; the content does not.
    """
    indices = shuffled_indices(len(vectors), seed=seed, block=block)
    return lambda offset: take(vectors, indices + offset)


def random_source(vectors: np.ndarray, *, seed: Seed) -> OffsetVectors:
    """One Gaussian vector for each word of the story, with as many features as the model's."""
    drawn = np.random.default_rng(seed).standard_normal(vectors.shape, dtype=np.float32)
    return lambda offset: shift(drawn, offset)


def generated_source(vectors: np.ndarray, *, ahead: np.ndarray) -> OffsetVectors:
    """What the model expects to follow: the true words up to the present one, then the words of `ahead`.

    Offset o > 0 of word n is ``ahead[n, o - 1]``, a word the model predicts: it depends on no word after n.
    """
    return _past_and_ahead(ahead, past=lambda offset: shift(vectors, offset))


def syntactic_source(ahead: np.ndarray) -> OffsetVectors:
    """The syntactic component of each word: the mean over futures that share its grammar.

    Offset o > 0 of word n is ``ahead[n, o - 1]``: the word o ahead, as seen from n. A word up to n (o <= 0) has the
    component seen from just before it, ``ahead[n + o - 1, 0]``, so that true = syntactic + semantic everywhere.
    """
    return _past_and_ahead(ahead, past=lambda offset: shift(ahead[:, 0], offset - 1))


def semantic_source(vectors: np.ndarray, *, ahead: np.ndarray) -> OffsetVectors:
    """The true word less its syntactic component; zero where there is no component (story ends, first word)."""
    syntactic = syntactic_source(ahead)

    def at(offset: int) -> np.ndarray:
        part = syntactic(offset)
        return np.where(part.any(axis=1, keepdims=True), shift(vectors, offset) - part, 0)

    return at


def _past_and_ahead(ahead: np.ndarray, *, past: OffsetVectors) -> OffsetVectors:
    """`past` at offsets up to 0, then ``ahead[:, offset - 1]``, and zeros beyond the horizon."""
    horizon = ahead.shape[1]
    beyond = np.zeros_like(ahead[:, 0])

    def at(offset: int) -> np.ndarray:
        if offset <= 0:
            return past(offset)
        return ahead[:, offset - 1] if offset <= horizon else beyond

    return at


SOURCE_FUNCTIONS: dict[str, Callable[[np.ndarray, Seed, int, np.ndarray | None], OffsetVectors]] = {
    "true": lambda vectors, seed, block, ahead: true_source(vectors),
    "shuffled": lambda vectors, seed, block, ahead: shuffled_source(vectors, seed=seed, block=block),
    "random": lambda vectors, seed, block, ahead: random_source(vectors, seed=seed),
    # a shift too: of vectors that do not depend on the words around (layer 0, GloVe)
    "static": lambda vectors, seed, block, ahead: true_source(vectors),
    "generated": lambda vectors, seed, block, ahead: generated_source(vectors, ahead=ahead),
    "syntactic": lambda vectors, seed, block, ahead: syntactic_source(ahead),
    "semantic": lambda vectors, seed, block, ahead: semantic_source(vectors, ahead=ahead),
}


def story_seed(seed: int, story: str) -> tuple[int, int]:
    """The seed of what is drawn for one story: it depends on the story's name, not on the other stories."""
    return seed, zlib.crc32(story.encode())


def shuffled_indices(n_words: int, *, seed: Seed, block: int) -> np.ndarray:
    """For each word, the index of another word: blocks of `block` words are permuted, none stays or moves by one.

    Blocks keep the flow of speech; a block that moved by one would still overlap the longest windows.

    Raises
    ------
    BadInput : fewer than four blocks fit the story (no such permutation exists).
    """
    n_blocks = n_words // block
    if n_blocks < 4:
        raise BadInput("source shuffled", f"a story of {n_words} words", f"at least 4 blocks of {block} words")
    edges = np.linspace(0, n_words, n_blocks + 1).astype(int)
    moved = _far_permutation(n_blocks, np.random.default_rng(seed))
    indices = [edges[there] + np.arange(edges[here + 1] - edges[here]) for here, there in enumerate(moved)]
    return np.minimum(np.concatenate(indices), n_words - 1)


def _far_permutation(n: int, rng: np.random.Generator) -> np.ndarray:
    """A permutation of n >= 4 indices in which every element moves by two or more, drawn by repeated exchange."""
    # the second half before the first obeys the rule from n = 4 on; exchanges that keep the rule then mix it
    order = np.concatenate([np.arange(n - n // 2, n), np.arange(n - n // 2)])
    for first, second in rng.integers(0, n, size=(50 * n, 2)):
        if abs(order[second] - first) >= 2 and abs(order[first] - second) >= 2:
            order[[first, second]] = order[[second, first]]
    return order
