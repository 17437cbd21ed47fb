"""From words to volumes: sums per repetition time, and finite impulse response delays inside each story."""

from collections.abc import Sequence

import numpy as np
from scipy import sparse


def words_to_trs(onsets: np.ndarray, *, tr: float, n_trs: int, row_offset: int) -> sparse.csr_array:
    """The matrix S that sums word vectors into rows of a run: T = S X.

    S[t, n] = 1 where word n starts within [(t - row_offset) tr, (t - row_offset + 1) tr) of the scan's clock.

    Parameters
    ----------
    onsets : (n_words,) seconds; 0 = first volume kept.
    tr : repetition time, seconds.
    n_trs : volumes of the run.
    row_offset : 1 = row t sums the words of the TR before it (the paper's "0 to 9 s before the scan" with delays
        0..5, and its authors' sibling code); 0 = the words of its own TR.

    Returns
    -------
    (n_trs, n_words). A word spoken outside the run [0, n_trs tr) has an empty column.
    """
    bins = np.floor(np.asarray(onsets, float) / tr).astype(int)
    rows = bins + row_offset
    words = np.flatnonzero((bins >= 0) & (bins < n_trs) & (rows >= 0) & (rows < n_trs))
    ones = np.ones(len(words))
    return sparse.csr_array((ones, (rows[words], words)), shape=(n_trs, len(onsets)))


def delay(features: np.ndarray, delays: Sequence[int], n_trs: Sequence[int]) -> np.ndarray:
    """Finite impulse response: one shifted copy of the features per delay, inside each story.

    Delay 0 is the identity: the stimulus of a TR explains the response of the same row. Delay 1 lets the stimulus of
    a TR explain the response one row later: a positive delay means that an earlier stimulus explains a later response.

    Parameters
    ----------
    features : (n_trs_total, n_features), the stories one after the other.
    delays : whole TRs.
    n_trs : rows of each story; they sum to n_trs_total.

    Returns
    -------
    (n_trs_total, n_delays * n_features), delay-major. Rows that reach past an edge of their story are zero.
    """
    delayed = np.zeros((len(features), len(delays), features.shape[1]), features.dtype)
    start = 0
    for length in n_trs:
        story = features[start : start + length]  # (length, n_features)
        for column, lag in enumerate(delays):
            into = slice(start + max(lag, 0), start + max(min(length, length + lag), 0))
            of = slice(max(-lag, 0), max(min(length, length - lag), 0))
            if of.stop > of.start:
                delayed[into, column] = story[of]
        start += length
    return delayed.reshape(len(features), -1)
