"""The words of a story: an alignment with its missing times, punctuation and sentences filled in."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.dataset.alignments import Row, read_rows
from brainforecast.dataset.bids import read_text
from brainforecast.errors import BadInput
from brainforecast.language.orthography import CLOSING, OPENING, SENTENCE_END, find_word

UNITS = {
    "word": "text, with its punctuation where a transcript gives it",
    "onset": "s, 0 = first volume kept of the run",
    "offset": "s, 0 = first volume kept of the run",
    "sentence": "number of the sentence, from 0; null without punctuation",
}


def prepare_words(
    path_to_alignment: str | Path, path_to_transcript: str | Path | None = None, *, shift: float = 0.0
) -> tuple[pd.DataFrame, dict]:
    """Make a story's table of words.

    Parameters
    ----------
    shift : s, added to the alignment's times to make them relative to the first volume kept.

    Returns
    -------
    words : columns word, onset, offset (s), sentence; a row per word.
    provenance : alignment, transcript, shift, n_words, n_interpolated.

    Raises
    ------
    BadInput : a file in another format, no times at all, an onset before the one above it, a word that ends before it
        starts, a word that the transcript lacks.
    """
    rows = read_rows(path_to_alignment)
    words = fill_times(rows)
    if path_to_transcript:
        words["word"] = punctuate(words["word"], path_to_transcript)
    words[["onset", "offset"]] += shift
    words["sentence"] = sentence_numbers(words["word"])
    provenance = {
        "alignment": "/".join(Path(path_to_alignment).parts[-2:]),
        "transcript": Path(path_to_transcript).name if path_to_transcript else None,
        "shift": shift,
        "n_words": len(words),
        "n_interpolated": sum(row.onset is None for row in rows),
    }
    return words, provenance


def fill_times(rows: Sequence[Row]) -> pd.DataFrame:
    """Fill in missing times by linear interpolation over the words between two aligned ones.

    Words before the first or after the last aligned word follow each other at the mean duration of a word.

    Returns
    -------
    Columns word, onset, offset (s); no time is missing.
    """
    onset, offset = (np.array([getattr(row, name) for row in rows], dtype=float) for name in ("onset", "offset"))
    if not np.isfinite(onset).any() or not np.isfinite(offset).any():
        raise BadInput(f"{rows[0].where} and below", f"no times for any of {len(rows)} words", "onsets and offsets")
    _check_order(rows, onset, offset)
    duration = np.nanmean(offset - onset)
    onset, offset = _interpolate(onset, duration), _interpolate(offset, duration)
    offset = np.maximum(onset, offset)  # of a word that had only an onset
    return pd.DataFrame({"word": [row.word for row in rows], "onset": onset, "offset": offset})


def punctuate(words: Sequence[str], path_to_transcript: str | Path) -> list[str]:
    """Give words the spelling and punctuation of their transcript, matched in order, ignoring case.

    A mark goes to the word it touches; dashes, and text that the alignment does not cover, are left out.
    """
    text = read_text(path_to_transcript)
    spans = _find_words(words, text, path_to_transcript)
    starts, ends = [start for start, _ in spans], [end for _, end in spans]
    gaps = [text[end:start] for end, start in zip([0, *ends], [*starts, len(text)], strict=True)]
    punctuated = []
    for (start, end), (before, after) in zip(spans, pairwise(gaps), strict=True):
        opening = OPENING.search(before)
        punctuated.append(f"{opening[0] if opening else ''}{text[start:end]}{CLOSING.match(after)[0].strip()}")
    return punctuated


def sentence_numbers(words: Sequence[str]) -> pd.Series:
    """Number each word's sentence, from 0; all null where no word ends a sentence."""
    ends = pd.Series([bool(SENTENCE_END.search(word)) for word in words], dtype=bool)
    if not ends.any():
        return pd.Series(pd.NA, index=ends.index, dtype="Int64")
    return ends.shift(fill_value=False).cumsum().astype("Int64")


def count_words_outside(words: pd.DataFrame, n_trs: int, tr: float) -> int:
    """Count the words that start before the first or after the last of `n_trs` volumes."""
    onset = words["onset"].to_numpy()
    return int(((onset < 0) | (onset >= n_trs * tr)).sum())


def _check_order(rows: Sequence[Row], onset: np.ndarray, offset: np.ndarray) -> None:
    aligned = np.flatnonzero(np.isfinite(onset))
    for before, here in pairwise(aligned):
        if onset[here] < onset[before]:
            expected = f"no earlier than {onset[before]:g} s, the onset of the word before"
            raise BadInput(rows[here].where, f"{rows[here].word} at {onset[here]:g} s", expected)
    for here in np.flatnonzero(offset < onset):
        expected = f"an end after its onset at {onset[here]:g} s"
        raise BadInput(rows[here].where, f"{rows[here].word} ending at {offset[here]:g} s", expected)


def _interpolate(times: np.ndarray, duration: float) -> np.ndarray:
    known, index = np.flatnonzero(np.isfinite(times)), np.arange(len(times))
    filled = np.interp(index, known, times[known])
    # beyond the ends np.interp repeats the last value: add a mean duration per word
    return filled + duration * (np.minimum(index - known[0], 0) + np.maximum(index - known[-1], 0))


def _find_words(words: Sequence[str], text: str, path: str | Path) -> list[tuple[int, int]]:
    position, spans = 0, []
    for number, word in enumerate(words, start=1):
        match = find_word(word, text, position)
        if not match:
            found = f"no {word} from here on: {text[position : position + 40]}"
            raise BadInput(f"{path} for row {number} of the alignment", found, "each aligned word, in order")
        position = match.end()
        spans.append(match.span())
    return spans
