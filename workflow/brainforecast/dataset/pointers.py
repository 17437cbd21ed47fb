"""Pointers in the place of files: what git-annex and git-lfs leave where a file's content was not fetched."""

import re
from pathlib import Path

LFS = b"version https://git-lfs.github.com/spec/"
ANNEX = re.compile(rb"(?:\.\./)*(?:\.git)?/annex/objects/")  # of an unlocked file, and of a link as a text
LONGEST = 1024  # bytes; no pointer is longer


def pointer_of(path: str | Path) -> str | None:
    """Describe the pointer that lies in the place of a file, and how to get its content; None for a file or nothing.

    A link into git-annex whose content is not here, an unlocked file of git-annex, a file of git-lfs, and a link that
    leads nowhere count as pointers.
    """
    path = Path(path)
    if path.is_symlink() and not path.exists():
        target = str(path.readlink())
        if "annex/objects" in target:
            return f"a link of git-annex whose content is not here (datalad get {path})"
        return f"a link to {target}, which does not exist"
    if not path.is_file() or path.stat().st_size > LONGEST:
        return None
    with path.open("rb") as file:
        start = file.read(LONGEST)
    if start.startswith(LFS):
        return f"a pointer of git-lfs, not its content (git lfs pull --include {path.name}, in its repository)"
    if ANNEX.match(start):
        return f"a pointer of git-annex, not its content (datalad get {path})"
    return None
