"""Read the words of an alignment and their times, in any of its formats; what is no word is left out and counted.

A module for each format: `gentle`, `word_tables`, `word_json`, `textgrids`. Planning needs when a story starts and
ends, so this is standard library only; the TextGrid reader is imported when needed.
"""

import html
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from statistics import median

from brainforecast.dataset import gentle, textgrids, word_json, word_tables
from brainforecast.dataset.alignment_rows import AlignmentOptions, Found, Row, decode, listed, rows_between
from brainforecast.dataset.bids import MISSING
from brainforecast.dataset.pointers import pointer_of
from brainforecast.dataset.tiers import are_phones
from brainforecast.errors import BadInput

FORMATS = "align.csv, words.tsv or a TextGrid, or words in .csv or .json"
# marks of no width, and the hyphen that shows only at the end of a line
NO_WIDTH = re.compile("[\u00ad\u180e\u200b\u200e\u200f\u2060-\u2064\ufeff]|(?<![\u0600-\u109f])[\u200c\u200d]")
# a space between two parts with letters, not a no-break space; or more letters than a word of Chinese or Japanese has
SPACES = re.compile(r"[^\W_](?:[^\w \t\n]|_)*[ \t\n]+(?:[^\w\s]*)[^\W_]|[\u3040-\u309f\u3400-\u4dbf\u4e00-\u9fff]{9,}")
SAME = {0x2010: "-", 0x2011: "-"}  # hyphens; and letters that are printed as one, as of a PDF
SAME |= {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
MOST_SEVERAL = 0.25  # of labels with several words, above which they are utterances
SLOWEST, FASTEST = 20.0, 0.02  # s, of a word and from one to the next, as medians of a story
FEWEST_WORDS = 10  # whose pace shows the unit of their onsets
READERS: dict[str, Callable[[Path, str, AlignmentOptions], Found]] = {
    ".tsv": word_tables.read_word_table,
    ".json": word_json.read_word_json,
    ".textgrid": textgrids.read_textgrid,
}


@dataclass(frozen=True)
class Alignment:
    """The words of a story as its file has them.

    Parameters
    ----------
    rows : words, and the punctuation marks that have rows of their own, in the order of the file.
    not_words : how often each label that is no word occurs.
    n_empty : rows without a word.
    n_several : words with a space inside.
    n_respelled : words in another normal form than NFC, or with marks of no width.
    taken : format, encoding, and the columns or the tier that were read.
    text : the transcript, where the file holds one.
    """

    rows: tuple[Row, ...]
    not_words: Mapping[str, int] = field(default_factory=dict)
    n_empty: int = 0
    n_several: int = 0
    n_respelled: int = 0
    taken: Mapping[str, object] = field(default_factory=dict)
    text: str | None = None

    @cached_property
    def words(self) -> list[Row]:
        """The rows of words."""
        return [row for row in self.rows if not row.is_mark]


def read_alignment(path: str | Path, options: AlignmentOptions | None = None) -> Alignment:
    """Read an alignment.

    Raises
    ------
    BadInput : a pointer in place of the file; a file in another format, or without words; a row that is not a word with
        two times; an onset before the one above it; times in another unit; labels of several words; phones.
    """
    pointer = pointer_of(path)
    if pointer:
        raise BadInput(path, pointer, "an alignment")
    try:
        state = os.stat(path)
    except OSError as error:
        raise BadInput(path, error.strerror, "a file that can be read") from error
    return _read(str(path), options or AlignmentOptions(), state.st_mtime_ns, state.st_size)


def read_rows(path: str | Path, options: AlignmentOptions | None = None) -> list[Row]:
    """Read the words of an alignment in the order of its file; missing times are None."""
    return read_alignment(path, options).words


def word_times(path: str | Path, options: AlignmentOptions | None = None) -> list[tuple[float, float]]:
    """Onset and offset, in s, of the words that have both."""
    rows = read_rows(path, options)
    return [(row.onset, row.offset) for row in rows if row.onset is not None and row.offset is not None]


def first_onset(path: str | Path, options: AlignmentOptions | None = None) -> float:
    """Read the onset of the first word that has one, in s from the start of the audio."""
    for row in read_rows(path, options):
        if row.onset is not None:
            return row.onset
    raise BadInput(path, "no word with a time", "times of at least one word")


def last_offset(path: str | Path, options: AlignmentOptions | None = None) -> float:
    """Read the end of the last word, in s from the start of the audio; words without times at the end do not count."""
    rows = read_rows(path, options)
    times = [time for row in rows for time in (row.onset, row.offset) if time is not None]
    if not times:
        raise BadInput(path, "no word with a time", "times of at least one word")
    return max(times)


def require_complete(path: str | Path) -> None:
    """Raise where a table or a TextGrid is truncated, or of another format than its name; its columns may be any."""
    text, _ = decode(path, is_old_allowed=True)
    suffix = Path(path).suffix.lower()
    if suffix == ".textgrid":
        textgrids.read_last_tier(path, text)
    elif _is_gentle(path, text, None):
        read_rows(path)
    elif not word_tables.split_table(path, text)[-1]:
        raise BadInput(path, "no words", "one row per word")


def section_names(path: str | Path, options: AlignmentOptions | None = None) -> list[str]:
    """The sections of a table of words, in its order; none for other formats, or without a column of sections."""
    if Path(path).suffix.lower() not in (".csv", ".tsv"):
        return []
    text, _ = decode(path)
    if _is_gentle(path, text, options):
        return []
    return word_tables.sections_of(path, text, replace(options or AlignmentOptions(), section=None))


def counted(labels: Mapping[str, int], most: int = 20) -> str:
    """Labels and how often each occurs, the most frequent first."""
    ordered = sorted(labels.items(), key=lambda item: (-item[1], item[0]))
    return listed((f"{label} {n}" for label, n in ordered), most)


def plain_text(text: str) -> str:
    """A text in one normal form (NFC), without marks of no width; hyphens are one, ligatures letters."""
    return unicodedata.normalize("NFC", NO_WIDTH.sub("", text)).translate(SAME)


@lru_cache(maxsize=512)
def _read(path: str, options: AlignmentOptions, changed: int, size: int) -> Alignment:
    suffix = Path(path).suffix.lower()
    if suffix != ".csv" and suffix not in READERS:
        raise BadInput(path, f"a file with extension {suffix or 'none'}", FORMATS)
    text, encoding = decode(path, is_old_allowed=suffix == ".textgrid")
    reader = _reader_of(suffix, path, text, options)
    found = reader(Path(path), text, options)
    found = replace(found, rows=rows_between(found.rows, options.span)) if options.span else found
    alignment = _without_labels(found, options)
    if not alignment.words:
        left_out = f" (left out: {counted(alignment.not_words)})" if alignment.not_words else ""
        part = "" if options.span is None else f" from {options.span[0]:g} to {options.span[1]:g} s, in its run"
        raise BadInput(path, f"no words{part}{left_out}", "one row per word")
    _check_labels(path, found, alignment)
    if reader is textgrids.read_textgrid:
        _check_unit(path, alignment.words, None, "seconds, the unit of a TextGrid")
    else:
        _check_unit(path, alignment.words, found.taken.get("unit") or options.unit, "seconds, or stimuli.unit: ms")
    _check_order(path, alignment.words, options)
    return replace(alignment, taken={**found.taken, "encoding": encoding})


def _reader_of(suffix: str, path: str, text: str, options: AlignmentOptions) -> Callable:
    if suffix == ".csv":
        return gentle.read_gentle_table if _is_gentle(path, text, options) else word_tables.read_word_table
    if suffix == ".textgrid" and text.lstrip().startswith("{"):
        return word_json.read_word_json
    return READERS[suffix]


def _is_gentle(path: str | Path, text: str, options: AlignmentOptions | None) -> bool:
    if Path(path).suffix.lower() != ".csv" or (options and options.columns.word):
        return False
    first = text.split("\n", 1)[0]
    return not first.strip() or gentle.is_gentle_table(first.split(","))


def _without_labels(found: Found, options: AlignmentOptions) -> Alignment:
    """Words and marks in one normal form; labels that are no words are counted."""
    rows, not_words, n_empty, n_respelled = [], Counter(), 0, 0
    for row in found.rows:
        label, is_word = _read_label(row.word, options.not_words)
        if label in MISSING:
            n_empty += 1
        elif not is_word:
            not_words[label] += 1
        else:
            rows.append(row if label == row.word else replace(row, word=label))
            n_respelled += label != row.word.strip()
    n_several = sum(bool(SPACES.search(row.word)) for row in rows)
    return Alignment(tuple(rows), dict(not_words), n_empty, n_several, n_respelled, text=found.text)


@lru_cache(maxsize=65536)  # most labels of a story are repetitions
def _read_label(text: str, not_words: tuple[str, ...]) -> tuple[str, bool]:
    """A label in one normal form, and whether it is a word."""
    label = plain_text(text).strip()
    return label, not _not_word(not_words).fullmatch(html.unescape(label).casefold())


@cache
def _not_word(patterns: tuple[str, ...]) -> re.Pattern:
    """Labels that are no words, as one expression in which only * is special."""
    any_text = (".*".join(map(re.escape, pattern.casefold().split("*"))) for pattern in patterns)
    return re.compile("|".join(any_text) or "(?!)", re.DOTALL)


def _check_labels(path: str, found: Found, alignment: Alignment) -> None:
    words = alignment.words
    if found.is_tier and are_phones([row.word for row in words], found.taken.get("tier")):
        labels = dict.fromkeys(row.word for row in words)
        raise BadInput(f"{path} tier {found.taken['tier']}", f"phones ({listed(labels, 5)})", f"words, {found.advice}")
    if found.advice and alignment.n_several > MOST_SEVERAL * len(words):
        row = next(row for row in words if SPACES.search(row.word))
        label = row.word if len(row.word) < 60 else f"{row.word[:57]}..."
        found_labels = f"several words ({label}) in {alignment.n_several} of {len(words)} labels"
        raise BadInput(row.where, found_labels, f"one word each, {found.advice}")


def _check_unit(path: str, rows: Sequence[Row], unit: object, expected: str) -> None:
    """Times that no speech has are in another unit than stated."""
    onsets = [row.onset for row in rows if row.onset is not None]
    lengths = [row.offset - row.onset for row in rows if row.onset is not None and row.offset is not None]
    step = median(after - before for before, after in pairwise(onsets)) if len(onsets) > 1 else None
    length = median(lengths) if lengths else None
    if length is not None and length > SLOWEST and step is not None and step < SLOWEST:
        raise BadInput(path, f"words that last {length:g} s", "all times in one unit, s or stimuli.unit: ms")
    if length is not None and length > SLOWEST:
        raise BadInput(path, f"words that last {length:g} s", expected)
    if step is not None and len(onsets) >= FEWEST_WORDS and step > SLOWEST:
        raise BadInput(path, f"{step:g} s from one word to the next", expected)
    if unit == "ms" and length is not None and 0 < length < FASTEST:
        expected = "all times in milliseconds, as stimuli.unit or the names of its columns have it, or unit: s"
        raise BadInput(path, f"words that last {length:g} s", expected)


def _check_order(path: str, rows: Sequence[Row], options: AlignmentOptions) -> None:
    aligned = [row for row in rows if row.onset is not None]
    for before, row in pairwise(aligned):
        if row.onset < before.onset:
            expected = f"no earlier than {before.onset:g} s, the onset of the word before"
            if options.section is None and row.onset < 0.1 * before.onset:
                expected += "; where each part starts anew, name the column of parts in stimuli.columns.section"
            raise BadInput(row.where, f"{row.word} at {row.onset:g} s", expected)
    for row in aligned:
        if row.offset is not None and row.offset < row.onset:
            expected = f"an end after its onset at {row.onset:g} s"
            raise BadInput(row.where, f"{row.word} ending at {row.offset:g} s", expected)
