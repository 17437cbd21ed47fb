"""Alignments of Gentle: ``align.csv``, a table without a header, and ``align.json``, with the transcript."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from brainforecast.dataset.alignment_rows import (
    AlignmentOptions,
    Found,
    Row,
    json_kind,
    read_label,
    require_word,
    seconds,
)
from brainforecast.dataset.bids import read_csv
from brainforecast.errors import BadInput

ALIGNED = "success"  # the case of a word of align.json that has times


def is_gentle_table(cells: Sequence[str]) -> bool:
    """Whether the first row of a table is one of Gentle's: a word, not a name, stands above times or nothing."""
    return any(_is_number(cell) for cell in cells) or (len(cells) == 4 and not any(cells[2:]))


def read_gentle_table(path: str | Path, text: str, options: AlignmentOptions) -> Found:
    """Read the rows of ``align.csv``: word, aligned, onset, offset; words that hold a comma are quoted.

    Raises
    ------
    BadInput : a row that has no word, or not four columns, or a time that is no number.
    """
    rows, name = [], str(path)
    for number, cells in enumerate(read_csv(path, text), start=1):
        where = f"{name} row {number}"
        if cells and len(cells) != 4:
            raise BadInput(where, f"{len(cells)} columns", "4: word, aligned, onset, offset")
        if cells and not cells[0].strip():
            raise BadInput(where, "no word", "a word")
        if cells:
            onset, offset = (seconds(where, cell, options.unit) for cell in cells[2:])
            rows.append(Row(where, cells[0], onset, offset))
    return Found(rows, {"format": "Gentle table"}, advice=None)


def read_gentle_json(path: str | Path, content: Mapping) -> Found:
    """Read the words of ``align.json``; those whose case is not `success` have no times."""
    rows = []
    for number, word in enumerate(content["words"], start=1):
        where = f"{path} word {number}"
        require_word(where, word)
        aligned = word.get("case", ALIGNED) == ALIGNED
        onset, offset = (seconds(where, word.get(key)) if aligned else None for key in ("start", "end"))
        rows.append(Row(where, read_label(where, word.get("word", "")), onset, offset))
    text = content.get("transcript")
    if not isinstance(text, str | None):
        raise BadInput(f"{path} transcript", json_kind(text), "the text of the story")
    return Found(rows, {"format": "Gentle JSON"}, text=text or None, advice=None)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
