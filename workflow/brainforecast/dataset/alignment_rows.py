"""What every reader of alignments shares: how to read one, its rows, text in any encoding, cells with times."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from brainforecast.dataset.bids import MISSING, parse_number, read_bytes, require_no_nul
from brainforecast.errors import BadInput

# config `stimuli.not_words`, where there is no config
NOT_WORDS = (
    *("sp", "spn", "sil", "sl", "<*>", "{*}", "[*]", "(*)", "#", "h#", "br", "ns", "lg", "ls", "cg"),
    *("!sil", "nsn", "++*++", "##", "#h", "pau"),
    *("&=*", "xxx", "yyy", "www", "%hesitation", "sentence_start", "sentence_end", "n/a"),
)
SPOKEN = "&%$€£¥+=@°§"  # signs that stand for words
NOT_A_TIME = (*MISSING, "nan", "na", "none", "null")
EARLIEST, LATEST = -3600.0, 1e6  # s, on the clock of a story: an hour before its audio to eleven days after
BINARY = "ooBinaryFile"  # the start of a binary TextGrid
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
WINDOWS = {*range(0x80, 0xA0)}  # bytes of quotes and dashes in Windows' code page, of nothing in latin-1


@dataclass(frozen=True)
class Columns:
    """Names of the columns of a table of words, as in config ``stimuli.columns``; None where nothing is named."""

    word: str | None = None
    onset: str | None = None
    offset: str | None = None
    duration: str | None = None
    section: str | None = None


ANY_COLUMNS = Columns()


@dataclass(frozen=True)
class AlignmentOptions:
    """How an alignment is read.

    Parameters
    ----------
    unit : of the times in tables and JSON, ``s`` or ``ms``; None for seconds, unless the name of a column has another.
    tier : of a TextGrid.
    not_words : labels that are no words; ``*`` stands for any text, capitals do not matter.
    section : the value of the column `columns.section` whose rows are read; None for all rows.
    span : start and end, in s on the clock of the file, between which the rows are that are read; None for all rows.
    """

    columns: Columns = ANY_COLUMNS
    unit: str | None = None
    tier: str | None = None
    not_words: tuple[str, ...] = NOT_WORDS
    section: str | None = None
    span: tuple[float, float] | None = None

    @classmethod
    def from_config(
        cls, stimuli: Mapping | None, section: object = None, span: Sequence[float] | None = None
    ) -> "AlignmentOptions":
        """The options in config ``stimuli``; keys that are not there have their defaults."""
        stimuli = stimuli or {}
        columns = {name: value for name, value in (stimuli.get("columns") or {}).items() if value}
        labels = stimuli.get("not_words", NOT_WORDS)
        section = None if section is None else spelled(section)
        return cls(
            Columns(**columns),
            stimuli.get("unit"),
            stimuli.get("tier"),
            tuple(labels),
            section,
            tuple(span) if span else None,
        )


@dataclass(frozen=True)
class Row:
    """One label of an alignment: its file and row, its text, and its times in s from the start of the audio."""

    where: str
    word: str
    onset: float | None
    offset: float | None

    @property
    def is_mark(self) -> bool:
        """Whether the label is only punctuation, which belongs to a word beside it."""
        if self.word[:1].isalnum():
            return False
        return not any(character.isalnum() or character in SPOKEN for character in self.word)


@dataclass(frozen=True)
class Found:
    """What a reader found: rows in the order of the file, and what it took them from.

    Parameters
    ----------
    taken : for the provenance, such as the names of columns or of a tier.
    text : the transcript, where the file holds it.
    advice : how config chooses other labels; None where a label of several words is one word.
    is_tier : whether rows are intervals of a tier, which may be one of phones.
    """

    rows: list[Row]
    taken: dict[str, object] = field(default_factory=dict)
    text: str | None = None
    advice: str | None = "in a column named in stimuli.columns.word"
    is_tier: bool = False


def decode(path: str | Path, *, is_old_allowed: bool = False) -> tuple[str, str]:
    """Read a text file in UTF-8 or UTF-16; its text, with ``\\n`` between lines, and its encoding.

    is_old_allowed : whether a file that is neither is read as latin-1, or as Windows' code page where its bytes are.
    """
    content = read_bytes(path)
    encoding = _encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if not is_old_allowed or encoding != "utf-8":
            found = f"bytes that are not {encoding.upper()} (at {error.start})"
            raise BadInput(path, found, "a text file in UTF-8") from error
        encoding = "cp1252" if WINDOWS & set(content) else "latin-1"
        text = content.decode(encoding, errors="replace")
    if not text.startswith(BINARY):  # which has a reader's message of its own
        require_no_nul(path, text)
    return text.replace("\r\n", "\n").replace("\r", "\n"), encoding.removesuffix("-sig")


def seconds(where: str, value: object, unit: str | None = None) -> float | None:
    """A time in s from a cell or a number; None where it is missing."""
    text = "" if value is None else str(value).strip()
    if text.lower() in NOT_A_TIME:
        return None
    time = parse_number(text)
    if time is None:
        raise BadInput(where, f"time {text}", "seconds, or nothing for a word without times")
    time = time / 1000 if unit == "ms" else time
    if not EARLIEST <= time <= LATEST:
        raise BadInput(where, f"time {text}", f"a time in a story, from {EARLIEST:g} to {LATEST:g} s")
    return time


def json_kind(value: object) -> str:
    """What a value of JSON is, for errors."""
    return f"a JSON {type(value).__name__}"


def require_word(where: str, word: object) -> None:
    """Raise where an entry of a JSON list of words is no object."""
    if not isinstance(word, Mapping):
        raise BadInput(where, json_kind(word), "an object with a word, its start and its end")


def read_label(where: str, value: object) -> str:
    """A word of a JSON file: a text, or a number, which is one without quotation marks."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadInput(where, json_kind(value), "a word")
    return str(value)


def spelled(value: object) -> str:
    """A section as written in a table: 1, 1.0 and "1" are one."""
    text = str(value).strip()
    return text.removesuffix(".0") if text.removesuffix(".0").isdigit() else text


def listed(names: Iterable[object], most: int = 8) -> str:
    """Names in one line: the first ones, and how many more there are."""
    names = list(map(str, names))
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more if names else "none"


def _encoding(content: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return encoding
    if len(content) > 1 and 0 in content[:2] and content[:2] != b"\0\0":  # UTF-16 without a byte order mark
        return "utf-16-be" if content[0] == 0 else "utf-16-le"
    return "utf-8"


def rows_between(rows: Iterable[Row], span: tuple[float, float]) -> list[Row]:
    """Rows that start from `span`'s start on and before its end, s; one without times goes with the row before it."""
    start, end = span
    kept, is_inside = [], start <= 0
    for row in rows:
        is_inside = is_inside if row.onset is None else start <= row.onset < end
        kept += [row] if is_inside else []
    return kept
