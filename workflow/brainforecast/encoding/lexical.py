"""Columns per TR that know no language model: what can be followed from sounds and words alone.

For row t, with S the matrix that sums the words of a TR (`delays.words_to_trs`),

    word_rate = S 1        word_length = S letters        word_frequency = S zipf
    silence   = seconds of the TR that no word covers
    envelope  = root mean square of the audio in the TR

They stand beside the components of X in the bases `lexical` and `verdict`, unreduced, with the same delays. Zipf
frequency is log10 of a word's count in a billion words.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from brainforecast.encoding.delays import words_to_trs


@dataclass(frozen=True)
class WordTimes:
    """When the words of one story are spoken, and what is known of them without a language model.

    onsets, offsets : (n_words,) s on the scan's clock; n_letters, frequency (Zipf) : (n_words,); envelope : root mean
    square of the audio in each TR from time 0 on, None without audio.
    """

    onsets: np.ndarray
    offsets: np.ndarray
    n_letters: np.ndarray
    frequency: np.ndarray
    envelope: np.ndarray | None = None


def lexical_columns(
    stories: Sequence[WordTimes], n_trs: Sequence[int], columns: Sequence[str], *, tr: float, row_offset: int
) -> np.ndarray:
    """Compute the named columns in the rows that the words' vectors are summed in.

    Parameters
    ----------
    n_trs : volumes of each story.
    columns : names of `COLUMNS`.
    tr, row_offset : see `delays.words_to_trs`.

    Returns
    -------
    (n_trs_total, n_columns) float32.
    """
    parts = []
    for story, n in zip(stories, n_trs, strict=True):
        rows = [COLUMNS[name](story, n, tr, row_offset) for name in columns]
        parts.append(np.column_stack(rows) if rows else np.empty((n, 0)))
    return np.concatenate(parts).astype(np.float32)


def silence(onsets: np.ndarray, offsets: np.ndarray, tr: float, n_trs: int) -> np.ndarray:
    """Seconds of each TR, (n_trs,), in which no word is spoken; words may overlap."""
    edges = tr * np.arange(n_trs + 1)
    spoken = np.zeros(n_trs)
    end = -np.inf  # of all words so far: overlapping words count once
    for onset, offset in sorted(zip(onsets.tolist(), offsets.tolist(), strict=True)):
        onset, end = max(onset, end), max(offset, end)
        if end > onset:
            spoken += np.clip(np.minimum(end, edges[1:]) - np.maximum(onset, edges[:-1]), 0, None)
    return tr - spoken


def _summed(values: np.ndarray, story: WordTimes, n: int, tr: float, row_offset: int) -> np.ndarray:
    return words_to_trs(story.onsets, tr=tr, n_trs=n, row_offset=row_offset) @ np.asarray(values, float)


def _moved(per_tr: np.ndarray, n: int, row_offset: int) -> np.ndarray:
    """A value of each TR in the rows of that TR's words; rows without a TR are 0."""
    moved = np.zeros(n)
    rows = np.arange(len(per_tr)) + row_offset
    inside = (rows >= 0) & (rows < n)
    moved[rows[inside]] = per_tr[inside]
    return moved


Column = Callable[[WordTimes, int, float, int], np.ndarray]
COLUMNS: dict[str, Column] = {
    "word_rate": lambda story, n, tr, offset: _summed(np.ones(len(story.onsets)), story, n, tr, offset),
    "word_length": lambda story, n, tr, offset: _summed(story.n_letters, story, n, tr, offset),
    "word_frequency": lambda story, n, tr, offset: _summed(story.frequency, story, n, tr, offset),
    "silence": lambda story, n, tr, offset: _moved(silence(story.onsets, story.offsets, tr, n), n, offset),
    "envelope": lambda story, n, tr, offset: _moved(story.envelope[:n], n, offset),
}
