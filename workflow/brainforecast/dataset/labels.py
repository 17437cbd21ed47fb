"""Names that become parts of paths: what may stand in them, and how long they may be.

A name of a dataset's table or of a config could otherwise lead out of the folder it is meant for, or be read as a
wildcard by Snakemake.
"""

import re
from pathlib import Path

from brainforecast.errors import BadInput, printable

LABEL = re.compile("[A-Za-z0-9]+")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # line feeds, escapes, halves of a character
LONGEST = 100  # characters: a file has 255, with a name of its own and that of a machine


def require_label(where: object, what: str, label: str) -> None:
    """Raise where a label that stands in the paths of results has other signs than letters and digits.

    Parameters
    ----------
    where : file, row or key.
    what : the label is of, such as ``subject``.
    """
    if not LABEL.fullmatch(label):
        raise BadInput(where, f"the {what} {label or 'without a name'}", "letters and digits")
    require_part(where, what, label)


def require_part(where: object, what: str, text: str) -> None:
    """Raise where a text cannot be a part of a file's name: one that leads elsewhere, is a wildcard, or is too long."""
    if len(text) > LONGEST:
        raise BadInput(where, f"a {what} of {len(text)} characters: {text[:20]}...", f"at most {LONGEST}")
    if not text.strip() or text[0] == "." or set(text) & set("/\\{}") or CONTROL.search(text):
        raise BadInput(where, f"the {what} {text or 'without a name'}", f"a name without / or braces: {cleaned(text)}")


def require_readable(path: Path) -> None:
    """Raise where a path cannot be a job's input: braces are Snakemake's wildcards, and logs and tables are UTF-8."""
    name = str(path)
    if set(name) & set("{}"):
        raise BadInput(name, "braces in the path", "a path without braces, which would be a wildcard")
    if CONTROL.search(name):
        found = "bytes that are not UTF-8" if any("\udc80" <= c <= "\udcff" for c in name) else "control characters"
        raise BadInput(name, f"{found} in the path", f"a name such as {cleaned(path.name)}")


def cleaned(text: str) -> str:
    """The text without signs that no part of a path has; ``name`` where nothing is left."""
    plain = re.sub(r"[/\\{}]|^\.+", "", CONTROL.sub("", text))
    return printable(plain.strip(" .")[:LONGEST]) or "name"
