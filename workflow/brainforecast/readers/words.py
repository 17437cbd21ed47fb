"""The words of a story: an alignment with its missing times, punctuation and sentences filled in."""

import logging
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, pairwise, zip_longest
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.dataset.alignment_rows import AlignmentOptions, Row, decode
from brainforecast.dataset.alignments import counted, plain_text, read_alignment
from brainforecast.errors import BadInput
from brainforecast.writing.characters import HYPHEN, PUNCTUATION
from brainforecast.writing.languages import find_language, is_known
from brainforecast.writing.orthography import find_word, space_between
from brainforecast.writing.punctuation import ends_sentence, marks_between, side_of_mark

logger = logging.getLogger("brainforecast")

LEFT_OUT = {"not_words": "labels that are no words", "marks_left_out": "marks that belong to no word"}
UNITS = {
    "word": "text, with its punctuation where a transcript gives it",
    "onset": "s, 0 = first volume kept of the run",
    "offset": "s, 0 = first volume kept of the run",
    "sentence": "number of the sentence, from 0; null without punctuation",
}


def prepare_words(
    path_to_alignment: str | Path,
    path_to_transcript: str | Path | None = None,
    *,
    shift: float = 0.0,
    options: AlignmentOptions | None = None,
    language: str = "en",
) -> tuple[pd.DataFrame, dict]:
    """Make a story's table of words.

    Parameters
    ----------
    path_to_transcript : None where there is none; an alignment in JSON may hold one.
    shift : s, added to the alignment's times to make them relative to the first volume kept.
    options : how the alignment is read.
    language : BCP 47; decides where marks belong and where sentences end.

    Returns
    -------
    words : columns word, onset, offset (s), sentence; a row per word.
    provenance : alignment, transcript, language, shift, n_words, n_interpolated, what was read from where, and what
        was left out.

    Raises
    ------
    BadInput : a file in another format, no times at all, an onset before the one above it, a word that ends before it
        starts, a word that the transcript lacks.
    """
    alignment = read_alignment(path_to_alignment, options)
    rows, spelled, marks = attach_marks(alignment.rows, language)
    words, touches, n_unaligned = fill_times(rows), None, 0
    text = _read_transcript(path_to_transcript) if path_to_transcript else alignment.text
    if text:
        where = path_to_transcript or path_to_alignment
        words["word"], touches, n_unaligned = _punctuate([row.word for row in rows], text, where, language)
    else:
        words["word"] = spelled
    words[["onset", "offset"]] += shift
    words["sentence"] = sentence_numbers(words["word"], touches, language)
    source = path_to_transcript or (path_to_alignment if text else None)
    provenance = {
        "alignment": "/".join(Path(path_to_alignment).parts[-2:]),
        "transcript": Path(source).name if source else None,
        "language": language,
        "shift": shift,
        "n_words": len(words),
        "n_interpolated": sum(row.onset is None for row in rows),
        "read_from": dict(alignment.taken),
        "section": options.section if options else None,
        "not_words": dict(alignment.not_words),
        "marks_left_out": {} if text else dict(marks),
        "n_without_word": alignment.n_empty,
        "n_of_several_words": alignment.n_several,
        "n_respelled": alignment.n_respelled,
        "n_only_in_transcript": n_unaligned,
    }
    _log_language(provenance["alignment"], language, has_sentences=bool(words["sentence"].notna().any()))
    for kind in ("not_words", "marks_left_out"):
        if provenance[kind]:
            logger.info("%s: %s: %s", provenance["alignment"], LEFT_OUT[kind], counted(provenance[kind]))
    if n_unaligned:
        logger.info("%s: %d words without an aligned one are left out", provenance["transcript"], n_unaligned)
    return words, provenance


def attach_marks(rows: Sequence[Row], language: str = "en") -> tuple[list[Row], list[str], Counter[str]]:
    """Give punctuation that has rows of its own to the word above or, of what opens, to the one below.

    Returns
    -------
    rows : of words.
    words : with their marks.
    left_out : dashes and signs, and marks without a word, with their number.
    """
    kept, words, left_out = [], [], Counter()
    before, n_same = "", Counter()
    for row in rows:
        if not row.is_mark:
            kept.append(row)
            words.append(before + row.word)
            before = ""
            continue
        side = side_of_mark(row.word, n_same[row.word[:1]], language)
        n_same.update(row.word)
        if side == "before":
            before += row.word
        elif side == "after" and words:
            words[-1] += row.word
        else:
            left_out[row.word] += 1
    return kept, words, left_out + Counter([before] if before else [])


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
    duration = np.nanmean(offset - onset)
    onset, offset = _interpolate(onset, duration), _interpolate(offset, duration)
    offset = np.maximum(onset, offset)  # of a word that had only an onset
    return pd.DataFrame({"word": [row.word for row in rows], "onset": onset, "offset": offset})


def punctuate(words: Sequence[str], path_to_transcript: str | Path, language: str = "en") -> list[str]:
    """Give words the spelling and punctuation of their transcript, matched in order, ignoring case.

    A mark goes to the word it touches, of two words to the first; dashes, hyphens but for that of a clitic (``-ce``),
    and text that the alignment does not cover are left out. Both are compared in one normal form, without marks of no
    width.
    """
    return _punctuate(words, _read_transcript(path_to_transcript), path_to_transcript, language)[0]


def sentence_numbers(words: Sequence[str], touches: Sequence[bool] | None = None, language: str = "en") -> pd.Series:
    """Number each word's sentence, from 0; all null where no word ends a sentence, as in Thai.

    touches : (n_words,) whether the next word touches each in the text; None where that is not known.
    """
    words, known = list(words), list(touches) if touches is not None else []
    neighbours = zip_longest(words, words[1:], ["", *words[:-1]], known)
    ends = pd.Series(
        [
            ends_sentence(word, after or "", before or "", touches=touch, language=language)
            for word, after, before, touch in neighbours
        ],
        dtype=bool,
    )
    if not ends.any():
        return pd.Series(pd.NA, index=ends.index, dtype="Int64")
    return ends.shift(fill_value=False).cumsum().astype("Int64")


def count_words_outside(words: pd.DataFrame, n_trs: int, tr: float) -> int:
    """Count the words that start before the first or after the last of `n_trs` volumes."""
    onset = words["onset"].to_numpy()
    return int(((onset < 0) | (onset >= n_trs * tr)).sum())


def _read_transcript(path: str | Path) -> str:
    text, _ = decode(path)
    if not text.strip():
        raise BadInput(path, "an empty file", "the text of the story")
    return text


def _log_language(name: str, language: str, *, has_sentences: bool) -> None:
    """State by which rules the words were read, unless they are those of English."""
    known = find_language(language)
    if not is_known(language):
        logger.info("%s: no rules for language %s: spaces between words, sentence ends of any script", name, language)
    elif known.tag != "en":
        logger.info("%s: marks and sentences as in %s", name, known.name)
    if not known.sentence_ends:
        logger.info("%s: %s has no marks between sentences: their numbers are not known", name, known.name)
    elif not has_sentences:
        logger.info("%s: no mark ends a sentence: their numbers are not known", name)


def _interpolate(times: np.ndarray, duration: float) -> np.ndarray:
    known, index = np.flatnonzero(np.isfinite(times)), np.arange(len(times))
    filled = np.interp(index, known, times[known])
    # beyond the ends np.interp repeats the last value: add a mean duration per word
    return filled + duration * (np.minimum(index - known[0], 0) + np.maximum(index - known[-1], 0))


def _punctuate(words: Sequence[str], text: str, where: str | Path, language: str) -> tuple[list[str], list[bool], int]:
    """The words as the text has them, whether each touches the next one there, and how many words lie between them."""
    text = f"{plain_text(text)}\n"  # what follows the last word stands before a space
    spans = _find_words([plain_text(word) for word in words], text, where, language)
    starts, ends = [start for start, _ in spans], [end for _, end in spans]
    gaps = [text[end:start] for end, start in zip([0, *ends], [*starts, len(text)], strict=True)]
    n_quotes = accumulate((gap.count('"') for gap in gaps[:-1]), initial=0)
    marks = [
        marks_between(gap, is_first=i == 0, n_quotes=n, language=language)
        for i, (gap, n) in enumerate(zip(gaps, n_quotes, strict=True))
    ]
    punctuated = [
        f"{opening}{text[start:end]}{closing}"
        for (start, end), ((_, opening), (closing, _)) in zip(spans, pairwise(marks), strict=True)
    ]
    for i, (gap, before, word) in enumerate(zip(gaps[1:], punctuated, punctuated[1:], strict=False), start=1):
        if gap == HYPHEN and not space_between(before, f"{HYPHEN}{word}", language):  # est-ce, of the rows est and ce
            punctuated[i] = f"{HYPHEN}{word}"
    n_between = sum(any(map(str.isalnum, part)) for gap in gaps for part in gap.split())
    return punctuated, [not any(map(str.isspace, gap)) for gap in gaps[1:]], n_between


def _find_words(words: Sequence[str], text: str, path: str | Path, language: str) -> list[tuple[int, int]]:
    position, spans = 0, []
    for number, (before, word, after) in enumerate(zip(["", *words], words, [*words[1:], ""], strict=False), start=1):
        spellings = dict.fromkeys((word, word.strip(PUNCTUATION) or word))
        found_at = (find_word(one, text, position, language, before=before, after=after) for one in spellings)
        match = next(filter(None, found_at), None)
        if not match:
            found = f"no {word} from here on: {text[position : position + 40]}"
            raise BadInput(f"{path} for row {number} of the alignment", found, "each aligned word, in order")
        position = match.end()
        spans.append(match.span())
    return spans
