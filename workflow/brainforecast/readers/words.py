"""When each word of a story is heard: alignments made whole, punctuation and sentences given back."""

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.dataset.alignments import Row, read_rows
from brainforecast.dataset.bids import read_text
from brainforecast.errors import BadInput

UNITS = {
    "word": "text, with its punctuation where a transcript gives it",
    "onset": "s, 0 = first volume kept of the run",
    "offset": "s, 0 = first volume kept of the run",
    "sentence": "number of the sentence, from 0; null without punctuation",
}
# what closes a word: marks that touch it (no dash, no opening bracket), or stops one space away
CLOSING = re.compile(r"\s[.,;:!?…]+[\"'”’)\]]*|[^\s\w([{“‘–—-]*")
# what opens the next: quotes, brackets and signs that touch it, after a space
OPENING = re.compile(r"(?:^|(?<=\s))[^\s\w.,;:!?…–—-]+$")
SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")


def prepare_words(
    path_to_alignment: str | Path, path_to_transcript: str | Path | None = None, *, shift: float = 0.0
) -> tuple[pd.DataFrame, dict]:
    """Make a story's table of words.

    Parameters
    ----------
    shift : seconds added to the alignment's times, which takes them to the clock of the scan.

    Returns
    -------
    words : columns word, onset, offset (s), sentence; a row per word.
    provenance : alignment, transcript, shift, n_words, n_interpolated.
    """
    rows = read_rows(path_to_alignment)
    words = fill_times(rows)
    if path_to_transcript:
        words["word"] = punctuate(words["word"], path_to_transcript)
    words[["onset", "offset"]] += shift
    words["sentence"] = sentences(words["word"])
    provenance = {
        "alignment": "/".join(Path(path_to_alignment).parts[-2:]),
        "transcript": Path(path_to_transcript).name if path_to_transcript else None,
        "shift": shift,
        "n_words": len(words),
        "n_interpolated": sum(row.onset is None for row in rows),
    }
    return words, provenance


def read_alignment(path: str | Path) -> pd.DataFrame:
    """Words of an alignment on the clock of its audio: columns word, onset, offset (s); no time is missing.

    Raises
    ------
    BadInput : a file of another kind, no times at all, an onset before the one above it, a word that ends before it
        starts.
    """
    return fill_times(read_rows(path))


def fill_times(rows: Sequence[Row]) -> pd.DataFrame:
    """Give each word its times: between aligned words by straight line over the words between them.

    Words before the first or after the last aligned word are laid out there, each as long as the mean word.
    """
    onset, offset = (np.array([getattr(row, name) for row in rows], dtype=float) for name in ("onset", "offset"))
    if not np.isfinite(onset).any() or not np.isfinite(offset).any():
        raise BadInput(f"{rows[0].where} and below", f"no times for any of {len(rows)} words", "onsets and ends")
    _check_order(rows, onset, offset)
    duration = np.nanmean(offset - onset)
    onset, offset = _interpolate(onset, duration), _interpolate(offset, duration)
    offset = np.maximum(onset, offset)  # of a word that had an onset only
    return pd.DataFrame({"word": [row.word for row in rows], "onset": onset, "offset": offset})


def punctuate(words: Sequence[str], path_to_transcript: str | Path) -> list[str]:
    """Words with the punctuation of the transcript they come from, found in it one after the other, in any case.

    A mark goes to the word it touches; dashes and text between words that no word of the alignment covers are left out.
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


def sentences(words: Sequence[str]) -> pd.Series:
    """Number of each word's sentence, from 0, nullable; all null where no word ends one."""
    ends = pd.Series([bool(SENTENCE_END.search(word)) for word in words], dtype=bool)
    if not ends.any():
        return pd.Series(pd.NA, index=ends.index, dtype="Int64")
    return ends.shift(fill_value=False).cumsum().astype("Int64")


def words_outside(words: pd.DataFrame, n_trs: int, tr: float) -> int:
    """How many words start before the first or after the last of `n_trs` volumes."""
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
    known, position = np.flatnonzero(np.isfinite(times)), np.arange(len(times))
    filled = np.interp(position, known, times[known])
    # beyond the ends np.interp repeats the last value: step on by the mean word
    return filled + duration * (np.minimum(position - known[0], 0) + np.maximum(position - known[-1], 0))


def _find_words(words: Sequence[str], text: str, path: str | Path) -> list[tuple[int, int]]:
    position, spans = 0, []
    for number, word in enumerate(words, start=1):
        match = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE).search(text, position)
        if not match:
            found = f"no {word} from here on: {text[position : position + 40]}"
            raise BadInput(f"{path} for row {number} of the alignment", found, "each aligned word, in order")
        position = match.end()
        spans.append(match.span())
    return spans
