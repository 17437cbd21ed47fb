"""The one error that users see when an input is wrong."""

import difflib
from collections.abc import Iterable


class BadInput(ValueError):
    """An input that the user can fix, reported in one line: where, what was found, what was expected.

    Parameters
    ----------
    where : file, and row or key if there is one, e.g. ``words.tsv row 12``.
    found : what the input holds.
    expected : what it should hold.
    """

    def __init__(self, where: object, found: object, expected: object):
        self.where, self.found, self.expected = where, found, expected
        super().__init__(one_line(f"{where}: found {shortened(found)}; expected {expected}"))


def shortened(value: object, most: int = 600) -> str:
    """A value as text; without its middle where it is longer than `most` characters."""
    text = str(value)
    return text if len(text) <= most else f"{text[: most * 2 // 3]} [...] {text[-most // 3 :]}"


def one_line(text: str) -> str:
    """Text in one line, as any terminal and any file can take it.

    What moves a terminal's cursor, turns the direction of writing, or has no encoding is written as its code.
    """
    return printable(" ".join(text.split()))


def printable(text: str, kept: str = "") -> str:
    """Text whose characters all can be printed: of others, but for those in `kept`, the code, such as ``\\x1b``."""
    if text.isprintable():
        return text
    codes = (c if c.isprintable() or c in kept else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
    return "".join(codes)


def first_line(error: Exception) -> str:
    """The first line of what another library raised, two where it ends with a colon; its type where it has no text."""
    first, *others = (str(error).strip() or type(error).__name__).splitlines()
    return f"{first} {others[0].strip()}" if first.endswith(":") and others else first


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name closest in spelling, of another case rather than of other letters; ``nothing`` without any."""
    known = sorted(map(str, known))
    if alike := [other for other in known if other.casefold() == str(name).casefold()]:
        return alike[0]
    return (difflib.get_close_matches(str(name), known, n=1, cutoff=0.0) or ["nothing"])[0]
