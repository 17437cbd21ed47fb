"""Bring a file from a server whole: curl moves the bytes, what is here is what curl cannot know.

curl resumes, follows redirects and gives up on a stalled line; it knows no checksum and no GIfTI. So each attempt goes
on where the last one ended, waits twice as long as the one before, and ends when the file is what it should be.
"""

import hashlib
import logging
import os
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from brainforecast.dataset.bids import MISSING, read_tsv
from brainforecast.dataset.formats import count_volumes
from brainforecast.errors import BadInput

logger = logging.getLogger("brainforecast")

ANNEX_KEY = re.compile(r"(?P<kind>MD5|SHA256)E?(?:-s(?P<size>\d+))?[^/]*?--(?P<digest>[0-9a-f]+)")
FINAL = re.compile(r"error: (4(?!08|16|29)\d\d)|whole, of \d+ volumes")  # what asking again will not mend
FindDefect = Callable[[Path], str | None]

NO_RANGES = 33  # curl's exit code where the server cannot go on in the middle of a file


@dataclass(frozen=True)
class ExpectedFile:
    """What is known of a file before it is here: size in bytes, and a digest with its kind, ``md5`` or ``sha256``.

    Of a run also `n_volumes`, and `least` volumes where only that is known; a digest says more than `least`.
    """

    size: int | None = None
    kind: str | None = None
    digest: str | None = None
    n_volumes: int | None = None
    least: int | None = None


def address(url: str | None, path: str) -> str:
    """Where a file of the dataset is fetched from."""
    if not url:
        raise BadInput(path, "no such file under dataset.root, and no dataset.url", "the file, or where to fetch it")
    return f"{url.rstrip('/')}/{path}"


def fetch(
    url: str,
    path: str | Path,
    known: ExpectedFile,
    *,
    find_defect: FindDefect,
    attempts: int = 6,
    wait: float = 2.0,
    stall: int = 60,
) -> None:
    """Bring `url` to `path`, which is there only once it is whole.

    Parameters
    ----------
    known : size and digest, where the dataset states them.
    find_defect : reads the file as the format its name says; why it is broken, or None (`readers.integrity`).
    attempts : how often to ask; `wait` seconds after the first, then twice as long each time.
    stall : seconds with less than 1 kB/s after which an attempt ends.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".part-{path.name}")
    for attempt in range(1, attempts + 1):
        problem = _go_on(url, part, stall) or find_mismatch(part, known, find_defect)
        if not problem:
            os.replace(part, path)
            return
        logger.info("attempt %d of %d: %s", attempt, attempts, problem)
        if FINAL.search(problem) or attempt == attempts:
            break
        time.sleep(wait * 2 ** (attempt - 1))
    raise BadInput(url, f"{problem} (attempt {attempt} of {attempts})", "a whole file; what came is kept, run again")


def expected_file(path: str, root: str | Path, checksums: str | None) -> ExpectedFile:
    """What the dataset tells of a file: a row of its table of checksums, else the key of an annexed file's link."""
    rows = read_tsv(Path(root) / checksums, ["path"]) if checksums else []
    row = next((row for row in rows if row["path"] == path), None)
    if row is not None:
        return _of_row(row)
    link = Path(root) / path
    key = ANNEX_KEY.search(os.readlink(link)) if link.is_symlink() else None
    return (
        ExpectedFile(int(key["size"]) if key["size"] else None, key["kind"].lower(), key["digest"])
        if key
        else ExpectedFile()
    )


def find_mismatch(path: Path, known: ExpectedFile, find_defect: FindDefect) -> str | None:
    """Why a file is not the one that was asked for, in a few words; None where it is. A wrong file is removed."""
    size = path.stat().st_size
    if known.size is not None and size < known.size:
        return f"{size:,} of {known.size:,} bytes"
    digest = _digest(path, known.kind) if known.digest else None
    problem = None
    if known.size is not None and size > known.size:
        problem = f"{size:,} bytes in place of {known.size:,}"
    elif digest != known.digest:
        problem = f"{known.kind} {digest} in place of {known.digest}"
    else:
        problem = find_defect(path) or _length_mismatch(path, known)
    if problem:
        path.unlink()  # its beginning is not to be trusted
    return problem


def _go_on(url: str, part: Path, stall: int) -> str | None:
    """One attempt of curl, from where the last one ended; what went wrong, in its words."""
    options = ["--fail", "--location", "--silent", "--show-error", "--connect-timeout", "30"]
    options += ["--speed-limit", "1000", "--speed-time", str(stall), "--continue-at", "-"]
    done = subprocess.run(["curl", *options, "--output", str(part), url], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None if part.is_file() else "an empty file"
    if "416" in done.stderr and part.is_file():
        return None  # there is nothing left to ask for: whether it is whole is seen next
    if done.returncode == NO_RANGES:
        part.unlink(missing_ok=True)
    return " ".join(done.stderr.split()) or f"curl ended with {done.returncode}"


def _digest(path: Path, kind: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, kind).hexdigest()


def _of_row(row: Mapping[str, str]) -> ExpectedFile:
    size = int(row["size"]) if row.get("size", "") not in MISSING else None
    kind = next((kind for kind in ("sha256", "md5") if row.get(kind, "") not in MISSING), None)
    return ExpectedFile(size, kind, row[kind].lower() if kind else None)


def _length_mismatch(path: Path, known: ExpectedFile) -> str | None:
    if known.n_volumes is None and known.least is None:
        return None
    n_volumes = count_volumes(path)
    if known.n_volumes not in (None, n_volumes):
        return f"a file that is whole, of {n_volumes} volumes in place of {known.n_volumes}"
    if known.digest is None and n_volumes < (known.least or 0):
        return f"a file that is whole, of {n_volumes} volumes, where its story ends after {known.least}"
    return None
