"""Find a story's word alignment and read its rows, in three formats: Gentle, BIDS table, Praat TextGrid.

Planning needs a story's first onset, so this is standard library only; the TextGrid reader is imported when needed.
"""

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from brainforecast.dataset.bids import MISSING, read_text, read_tsv
from brainforecast.errors import BadInput

TABLE = "stimuli/{story}/words.tsv"
LOCATIONS = ("stimuli/gentle/{story}/align.csv", TABLE, "stimuli/{story}/words.TextGrid")  # the first that exists
SILENCES = ("", "sp", "sil", "<eps>")


@dataclass(frozen=True)
class Row:
    """One word of an alignment: its file and row, its text, and its times in s from the start of the audio."""

    where: str
    word: str
    onset: float | None
    offset: float | None


def find_alignment(root: str | Path, story: str) -> Path | None:
    """Find the story's alignment; None where it has none."""
    paths = (Path(root) / location.format(story=story) for location in LOCATIONS)
    return next((path for path in paths if path.is_file()), None)


def find_transcript(path_to_alignment: Path) -> Path | None:
    """Find the transcript in the folder of a Gentle alignment; None where there is none."""
    path = path_to_alignment.with_name("transcript.txt")
    return path if path_to_alignment.suffix == ".csv" and path.is_file() else None


def aligned_stories(root: str | Path) -> list[str]:
    """List the stories of the dataset that have an alignment, in alphabetical order."""
    folders = [*Path(root).glob("stimuli/gentle/*"), *Path(root).glob("stimuli/*")]
    return sorted({folder.name for folder in folders if find_alignment(root, folder.name)})


def read_rows(path: str | Path) -> list[Row]:
    """Read the words of an alignment in the order of its file; missing times are None.

    Raises
    ------
    BadInput : a file in another format, without words, or with a row that is not a word with two times.
    """
    rows = list(_iterate_rows(path))
    if not rows:
        raise BadInput(path, "no words", "one row per word")
    return rows


def first_onset(path: str | Path) -> float:
    """Read the onset of the first word that has one, in s from the start of the audio."""
    for row in _iterate_rows(path):
        if row.onset is not None:
            return row.onset
    raise BadInput(path, "no word with a time", "times of at least one word")


def _iterate_rows(path: str | Path) -> Iterator[Row]:
    readers = {".csv": _gentle_rows, ".tsv": _table_rows, ".textgrid": _textgrid_rows}
    suffix = Path(path).suffix.lower()
    if suffix not in readers:
        raise BadInput(path, f"a file with extension {suffix or 'none'}", "align.csv, words.tsv or a TextGrid")
    for row in readers[suffix](path):
        if not row.word:
            raise BadInput(row.where, "no word", "a word")
        yield row


def _gentle_rows(path: str | Path) -> Iterator[Row]:
    # Gentle writes no header, and quotes words that hold a comma
    for number, cells in enumerate(csv.reader(io.StringIO(read_text(path), newline="")), start=1):
        where = f"{path} row {number}"
        if cells and len(cells) != 4:
            raise BadInput(where, f"{len(cells)} columns", "4: word, aligned, onset, offset")
        if cells:
            yield Row(where, cells[0].strip(), _seconds(where, cells[2]), _seconds(where, cells[3]))


def _table_rows(path: str | Path) -> Iterator[Row]:
    for number, cells in enumerate(read_tsv(path, ["onset", "duration", "word"]), start=2):
        where = f"{path} row {number}"
        onset, duration = _seconds(where, cells["onset"]), _seconds(where, cells["duration"])
        offset = None if onset is None or duration is None else onset + duration
        yield Row(where, cells["word"].strip(), onset, offset)


def _textgrid_rows(path: str | Path) -> Iterator[Row]:
    from praatio import textgrid
    from praatio.utilities.errors import PraatioException

    read_text(path)
    try:
        grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=False)
    except (PraatioException, ValueError, IndexError, KeyError) as error:
        raise BadInput(path, f"a TextGrid that cannot be read ({error})", "a Praat TextGrid") from error
    tiers = [tier for tier in grid.tiers if isinstance(tier, textgrid.IntervalTier)]
    named = [tier for tier in tiers if tier.name.lower() in ("words", "word")]
    if len(named or tiers) != 1:
        raise BadInput(path, f"tiers {', '.join(grid.tierNames) or 'none'}", "one interval tier named words")
    for number, (onset, offset, label) in enumerate((named or tiers)[0].entries, start=1):
        if label.strip().lower() not in SILENCES:
            yield Row(f"{path} interval {number}", label.strip(), onset, offset)


def _seconds(where: str, text: str) -> float | None:
    if text.strip() in MISSING:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise BadInput(where, f"time {text.strip()}", "seconds, or nothing for a word without times")
    return seconds
