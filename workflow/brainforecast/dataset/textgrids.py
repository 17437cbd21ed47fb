"""Praat TextGrids, long and short, in any encoding.

praatio reads them, a tier at a time: a broken tier of notes does not hinder the words. It expects the layout that Praat
writes today, so what other programs and older versions write is brought into that layout first.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from brainforecast.dataset.alignment_rows import BINARY, AlignmentOptions, Found, Row, listed, seconds
from brainforecast.dataset.bids import parse_number
from brainforecast.dataset.praat_letters import praat_to_unicode
from brainforecast.dataset.tiers import Tier, choose_tier
from brainforecast.errors import BadInput

HEAD = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n{}0\n{}1\n{}<exists>\n{}1\n'
LONG_HEAD = HEAD.format("xmin = ", "xmax = ", "tiers? ", "size = ") + "item []:\n    item [1]:\n"
SHORT_HEAD = HEAD.format("", "", "", "").replace("ooTextFile", "ooTextFile short")
LONG_TIER = re.compile(r"^[ \t]*item ?\[\d+\]:?[ \t]*\n", re.MULTILINE)
SHORT_TIER = re.compile(r'^(?="(?:IntervalTier|TextTier)"[ \t]*$)', re.MULTILINE)
TIME = re.compile(r"^([ \t]*)(xmin|xmax|number|time)[ \t]*=[ \t]*(\S+)[ \t]*$", re.MULTILINE)
INTERVAL = re.compile(r"intervals ?\[")
CLASS = re.compile(r'class[ \t]*=[ \t]*"')
LONG_NAME = re.compile(r'^[ \t]*name ?= ?"(.*)"[ \t]*$', re.MULTILINE)
LONG_SIZE = re.compile(r"^[ \t]*(?:intervals|points) ?: ?size ?= ?(\d+)", re.MULTILINE)
SMALLEST = 1e-6  # s; an earlier time than this before 0 is no rounding


def read_textgrid(path: str | Path, text: str, options: AlignmentOptions) -> Found:
    """Read the intervals of the tier of words; intervals without a label are left out.

    Raises
    ------
    BadInput : no TextGrid, or a binary one; no tier of words, or several; an interval that is broken, that ends
        before it starts, or that is missing.
    """
    tiers = _tiers(path, text)
    chosen = choose_tier(path, [Tier(_name(tier), _has_intervals(tier)) for tier in tiers], options.tier)
    block = next(tier for tier in tiers if _name(tier) == chosen.name and _has_intervals(tier))
    entries = _read_tier(path, block, chosen.name)
    rows = []
    for number, (start, end, label) in enumerate(entries, start=1):
        where = f"{path} tier {chosen.name} interval {number}"
        onset, offset = seconds(where, start), seconds(where, end)
        if onset is None or offset is None or onset < -SMALLEST or offset < onset:
            raise BadInput(
                where, f"{label or 'no label'} from {start} to {end} s", "an end after its start, from 0 s on"
            )
        if label.strip():
            rows.append(Row(where, praat_to_unicode(label), max(onset, 0.0), offset))
    advice = f"of a tier named in stimuli.tier (tiers: {listed(_name(tier) for tier in tiers)})"
    return Found(rows, {"format": "TextGrid", "tier": chosen.name}, advice=advice, is_tier=True)


def read_last_tier(path: str | Path, text: str) -> int:
    """Read the tier that a truncated file breaks; its number of intervals or points."""
    tier = _tiers(path, text)[-1]
    return len(_read_tier(path, tier, _name(tier)))


def _tiers(path: str | Path, text: str) -> list[str]:
    """The text of each tier."""
    if text.startswith(BINARY):
        raise BadInput(path, "a binary TextGrid", "one saved as text (in Praat: Save as text file)")
    if '"TextGrid"' not in text[:200] and "TextGrid" in text[:60]:
        raise BadInput(path, "a chronological TextGrid", "one saved as text (in Praat: Save as text file)")
    blocks = LONG_TIER.split(text)[1:] or SHORT_TIER.split(text)[1:]
    if not blocks or '"TextGrid"' not in text[:200]:
        raise BadInput(path, "a TextGrid that cannot be read (no tiers)", "a Praat TextGrid")
    return blocks


def _is_long(tier: str) -> bool:
    return not SHORT_TIER.match(tier)


def _has_intervals(tier: str) -> bool:
    return '"IntervalTier"' in tier


def _name(tier: str) -> str:
    if not _is_long(tier):
        return _lines(tier)[1].strip().strip('"').replace('""', '"')
    match = LONG_NAME.search(tier)
    return match[1].replace('""', '"') if match else ""


def _lines(tier: str) -> Sequence[str]:
    return [*tier.split("\n"), *[""] * 5]


def _size(tier: str) -> int | None:
    """The number of intervals that a tier declares."""
    match = LONG_SIZE.search(tier) if _is_long(tier) else re.fullmatch(r"\s*(\d+)\s*", _lines(tier)[4])
    return int(match[1]) if match else None


def _read_tier(path: str | Path, tier: str, name: str) -> list[tuple[str, str, str]]:
    """Start, end and label of each interval, as praatio reads them."""
    from praatio.utilities import textgrid_io
    from praatio.utilities.errors import PraatioException

    where = f"{path} tier {name}"
    text = LONG_HEAD + _tidy(where, tier) if _is_long(tier) else SHORT_HEAD + tier
    try:
        read: Mapping = textgrid_io.parseTextgridStr(f"{text}\n", includeEmptyIntervals=True)
    except (PraatioException, ValueError, IndexError, KeyError) as error:
        raise BadInput(
            where, f"a tier that cannot be read{_broken(tier)}", "xmin, xmax and text of each interval"
        ) from error
    entries, declared = read["tiers"][0]["entries"], _size(tier)
    if declared != len(entries):
        found = f"{len(entries)} intervals that can be read{_broken(tier)}"
        raise BadInput(where, found, f"the {declared} that the tier declares: the file is truncated or edited")
    return [tuple(entry) for entry in entries]


def _tidy(where: str, tier: str) -> str:
    return TIME.sub(lambda match: _plain_time(where, match), CLASS.sub('class = "', tier))


def _plain_time(where: str, match: re.Match) -> str:
    """A time as praatio reads it: without an exponent and without a sign, which Praat writes for what rounds to 0."""
    key = "number" if match[2] == "time" else match[2]
    time = parse_number(match[3])
    if time is None:
        raise BadInput(where, f"{match[2]} {match[3]}", "a time in s")
    if time < -SMALLEST:
        number = len(INTERVAL.findall(match.string, 0, match.start()))
        raise BadInput(f"{where} interval {number}", f"{match[2]} {match[3]}", "times from 0 s on")
    digits = match[3] if re.fullmatch(r"[\d.]+", match[3]) else f"{max(time, 0.0):.12f}"
    return f"{match[1]}{key} = {digits}"


def _broken(tier: str) -> str:
    """The first interval of a long tier that lacks a line."""
    for block in INTERVAL.split(tier)[1:]:
        number = block.partition("]")[0]
        missing = [key for key in ("xmin", "xmax", "text") if not re.search(rf"^[ \t]*{key} ?=", block, re.MULTILINE)]
        if missing:
            return f" (interval {number} has no {missing[0]})"
    return ""
