"""Tables of words with a header: BIDS ``words.tsv``, and any CSV with a column of words and columns of times."""

import csv
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from brainforecast.dataset.alignment_rows import AlignmentOptions, Found, Row, listed, seconds, spelled
from brainforecast.dataset.bids import read_csv
from brainforecast.errors import BadInput, nearest

# names that are usual for a column, in lower case; the first is that of BIDS
USUAL = {
    "word": ("word", "words", "token", "text", "label"),
    "onset": ("onset", "start", "start_time", "begin", "starttime", "time_start", "tmin", "xmin"),
    "offset": ("offset", "end", "stop", "end_time", "stop_time", "endtime", "time_end", "tmax", "xmax"),
    "duration": ("duration", "dur"),
    "section": ("section",),
}
TIMES = ("onset", "offset", "duration")
TIERS = ("type", "tier")  # columns that say whether a row is a word or a phone, in tables of aligners
WORDS_TIER = ("words", "word")
UNIT = re.compile(r"(?:[ _.]\(?|[(\[])(ms|s|sec|seconds|msec|milliseconds)[)\]]?$")  # at the end of a column's name
QUOTED = re.compile(r'"(?:[^"]|"")*"')


def read_word_table(path: str | Path, text: str, options: AlignmentOptions) -> Found:
    """Read the rows of a table; a column that config ``stimuli.columns`` does not name has one of the usual names.

    Raises
    ------
    BadInput : no such column, or two that are as usual; a row with too many or too few columns; a time that is no
        number; no such section.
    """
    delimiter, header, rows = split_table(path, text)
    columns = _columns(path, header, options)
    unit = options.unit or _unit_in_name(path, [columns[key] for key in TIMES if columns[key]])
    rows, tier = _of_tier(path, header, rows, options)
    rows = _of_section(path, rows, columns["section"], options.section)
    is_decimal_comma = delimiter != "," and any("," in row[columns["onset"]] for _, row in rows)
    found = []
    for number, row in rows:
        where = f"{path} row {number}"
        times = {
            key: seconds(where, row[name].replace(",", ".") if is_decimal_comma else row[name], unit)
            for key, name in columns.items()
            if name and key in TIMES
        }
        found.append(Row(where, row[columns["word"]], times["onset"], _offset(times)))
    taken = {key: name for key, name in columns.items() if name and (key != "section" or options.section)}
    extra = {"tier": tier, "section": options.section, "decimal": "," if is_decimal_comma else None}
    return Found(
        found, {"format": "table", "unit": unit or "s", **taken, **{k: v for k, v in extra.items() if v is not None}}
    )


def split_table(path: str | Path, text: str) -> tuple[str, list[str], list[tuple[int, dict[str, str]]]]:
    """Split a table into its delimiter, its header, and its rows by name with their number; blank rows are passed over.

    Raises
    ------
    BadInput : a row with too many or too few columns; quotation marks that are not closed.
    """
    first = text.split("\n", 1)[0]
    delimiter = max("\t,;" if str(path).lower().endswith(".tsv") else ",;\t", key=first.count)
    quoting = csv.QUOTE_MINIMAL if _is_quoted(text, delimiter) else csv.QUOTE_NONE
    lines = read_csv(path, text, delimiter, quoting)
    header = [name.strip() for name in lines[0]] if lines else []
    rows = []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise BadInput(f"{path} row {number}", f"{len(cells)} columns", f"{len(header)} as in the header")
        rows.append((number, dict(zip(header, cells, strict=True))))
    return delimiter, header, rows


def sections_of(path: str | Path, text: str, options: AlignmentOptions) -> list[str]:
    """The sections of a table, in the order of their first row; none without a column of sections."""
    _, header, rows = split_table(path, text)
    column = _columns(path, header, options)["section"]
    return list(dict.fromkeys(spelled(row[column]) for _, row in rows)) if column else []


def _is_quoted(text: str, delimiter: str) -> bool:
    """Whether cells are quoted as in CSV: always with commas and semicolons; with tabs, where no cell says otherwise.

    BIDS tables have no quoting, so that ``"Once,`` is a word with a quotation mark; but many are written as CSV.
    """
    if delimiter != "\t":
        return True
    header, *lines = text.split("\n")
    cells = [cell.strip() for line in (header, *lines) for cell in line.split("\t") if cell.strip().startswith('"')]
    if not all(QUOTED.fullmatch(cell) for cell in cells):
        return False
    return header.startswith('"') or any('""' in cell[1:-1] for cell in cells)


def _columns(path: str | Path, header: Sequence[str], options: AlignmentOptions) -> dict[str, str | None]:
    named = asdict(options.columns)
    columns = {key: _column(path, header, key, named[key]) for key in USUAL}
    missing = "word" if not columns["word"] else "onset" if not columns["onset"] else None
    if not missing and not (columns["offset"] or columns["duration"]):
        missing = "duration"
    if missing:
        others = f" or {', '.join(USUAL[missing][1:4])}" if missing != "duration" else " or offset"
        expected = f"a column {missing}{others}, or its name in stimuli.columns.{missing}"
        raise BadInput(f"{path} row 1", f"columns {listed(header)}", expected)
    if options.section is not None and not columns["section"]:
        found = f"columns {listed(header)}"
        raise BadInput(f"{path} row 1", found, "a column of sections, named in stimuli.columns.section")
    if named["duration"] and not named["offset"]:
        columns["offset"] = None
    elif columns["offset"]:
        columns["duration"] = None
    return columns


def _column(path: str | Path, header: Sequence[str], key: str, name: str | None) -> str | None:
    """The column that config names, else the one with BIDS's name, else the only one with a usual name."""
    if name:
        if name not in header:
            expected = f"a column {name}, as in stimuli.columns.{key}; nearest is {nearest(name, header)}"
            raise BadInput(f"{path} row 1", f"columns {listed(header)}", expected)
        if header.count(name) > 1:
            raise BadInput(f"{path} row 1", f"column {name} {header.count(name)} times", "names that differ")
        return name
    plain = {column: column.lower() for column in header}
    usual = [column for column in header if plain[column] in USUAL[key]]
    usual = usual or [column for column in header if UNIT.sub("", plain[column]) in USUAL[key]]
    exact = [column for column in usual if plain[column] == USUAL[key][0]]
    if len(exact or usual) > 1:
        raise BadInput(f"{path} row 1", f"columns {listed(exact or usual)}", f"one of them in stimuli.columns.{key}")
    return (exact or usual or [None])[0]


def _unit_in_name(path: str | Path, names: Sequence[str]) -> str | None:
    """The unit in the names of the columns of times; None where they name none."""
    units = {"ms" if match[1].startswith("m") else "s" for name in names if (match := UNIT.search(name.lower()))}
    if len(units) > 1:
        raise BadInput(f"{path} row 1", f"columns {listed(names)} in two units", "the unit of both in stimuli.unit")
    return next(iter(units), None)


def _of_tier(
    path: str | Path, header: Sequence[str], rows: list[tuple[int, dict]], options: AlignmentOptions
) -> tuple[list[tuple[int, dict]], str | None]:
    """The rows of words, where a column says which rows are words and which are phones."""
    for column in header:
        tiers = list(dict.fromkeys(row[column].strip() for _, row in rows)) if column.lower() in TIERS else []
        names = (options.tier.lower(),) if options.tier else WORDS_TIER
        chosen = [tier for tier in tiers if tier.lower() in names]
        if options.tier and tiers and not chosen:
            found = f"{column} {listed(tiers)}"
            raise BadInput(
                path, found, f"{options.tier}, as in stimuli.tier; nearest is {nearest(options.tier, tiers)}"
            )
        if chosen:
            return [(number, row) for number, row in rows if row[column].strip() == chosen[0]], chosen[0]
    return rows, None


def _of_section(
    path: str | Path, rows: list[tuple[int, dict]], column: str | None, section: str | None
) -> list[tuple[int, dict]]:
    if section is None:
        return rows
    known = list(dict.fromkeys(spelled(row[column]) for _, row in rows))
    if section not in known:
        expected = f"a {column} of the table, {listed(known)}; nearest is {nearest(section, known)}"
        raise BadInput(path, f"no {column} {section}", expected)
    return [(number, row) for number, row in rows if spelled(row[column]) == section]


def _offset(times: dict[str, float | None]) -> float | None:
    if "offset" in times:
        return times["offset"]
    onset, duration = times["onset"], times["duration"]
    return None if onset is None or duration is None else onset + duration
