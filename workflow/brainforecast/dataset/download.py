"""Download a file completely: curl moves the bytes, this module checks them and decides whether to try again.

curl resumes, follows redirects and gives up on a stalled line; it knows no checksum and no GIfTI. So each attempt
resumes where the last one ended and waits twice as long as the one before, until the file is the expected one.
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

from brainforecast.dataset.bids import MISSING, parse_whole_number, read_numbered_rows
from brainforecast.dataset.formats import count_volumes
from brainforecast.errors import BadInput
from brainforecast.progress import watch_bytes

logger = logging.getLogger("brainforecast")

ANNEX_KEY = re.compile(r"(?P<algorithm>MD5|SHA256)E?(?:-s(?P<size>\d+))?[^/]*?--(?P<digest>[0-9a-f]+)")
FINAL = re.compile(r"error: (4(?!08|16|29)\d\d)|complete, of \d+ volumes")  # problems that a retry does not solve
N_DIGITS = {"sha256": 64, "md5": 32}  # of a checksum, the first of which a table has is used
CANNOT_RESUME = 33  # curl's exit code where the server does not send ranges of a file

FindDefect = Callable[[Path], str | None]  # why a file is broken, in a few words, or None (`readers.integrity`)


@dataclass(frozen=True)
class ExpectedFile:
    """What is known of a file before it is downloaded; None is unknown.

    Parameters
    ----------
    size : bytes.
    algorithm, digest : checksum, ``md5`` or ``sha256``.
    n_volumes : of a run.
    min_volumes : of a run, where only a lower limit is known. A file with the right digest may have fewer.
    """

    size: int | None = None
    algorithm: str | None = None
    digest: str | None = None
    n_volumes: int | None = None
    min_volumes: int | None = None


def file_url(url: str | None, path: str) -> str:
    """URL of a file of the dataset; raise where the config gives no ``dataset.url``."""
    if not url:
        raise BadInput(path, "no such file under dataset.root, and no dataset.url", "the file, or where to fetch it")
    return f"{url.rstrip('/')}/{path}"


def remote_path(path: str, root: str | Path, derivatives: str | Path | None) -> str:
    """Path of a run below the base URL: as under the root, where the folder of the runs is inside it."""
    inside = derivatives and Path(os.path.abspath(derivatives)).is_relative_to(os.path.abspath(root))
    return os.path.join(os.path.relpath(derivatives, root), path) if inside else path


def expected_file(path: str, root: str | Path, checksums: str | None) -> ExpectedFile:
    """Look up size and checksum of a file: in the dataset's table of checksums, else in its git-annex link."""
    table = Path(root) / (checksums or "")
    rows = read_numbered_rows(table, ["path"]) if checksums else []
    number, row = next((found for found in rows if found[1]["path"] == path), (None, None))
    if row is not None:
        return _from_row(f"{table} row {number}", row)
    link = Path(root) / path
    key = ANNEX_KEY.search(os.readlink(link)) if link.is_symlink() else None
    if not key:
        return ExpectedFile()
    return ExpectedFile(int(key["size"]) if key["size"] else None, key["algorithm"].lower(), key["digest"])


def fetch(
    url: str,
    path: str | Path,
    expected: ExpectedFile,
    *,
    find_defect: FindDefect,
    attempts: int = 6,
    wait: float = 2.0,
    stall: int = 60,
) -> None:
    """Download `url` to `path`, which exists only once the file is complete.

    Parameters
    ----------
    find_defect : reads the file in the format of its name; why it is broken, or None (`readers.integrity.find_defect`).
    attempts : at most, with `wait` seconds after the first and twice as long after each further one.
    stall : s below 1 kB/s after which an attempt ends.

    Raises
    ------
    BadInput : the last attempt failed; what was downloaded is kept, and the next call resumes from it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".part-{path.name}")
    for attempt in range(1, attempts + 1):
        problem = _resume(url, part, stall, expected.size) or find_mismatch(part, expected, find_defect)
        if not problem:
            os.replace(part, path)
            return
        logger.info("attempt %d of %d: %s", attempt, attempts, problem)
        if FINAL.search(problem) or attempt == attempts:
            break
        time.sleep(wait * 2 ** (attempt - 1))
    raise BadInput(
        url, f"{problem} (attempt {attempt} of {attempts})", "a complete file; what was downloaded is kept, run again"
    )


def find_mismatch(path: Path, expected: ExpectedFile, find_defect: FindDefect) -> str | None:
    """Find out why a file is not the expected one, in a few words; None where it is. Remove a wrong file.

    An incomplete file, which can be resumed, is kept.
    """
    size = path.stat().st_size
    if expected.size is not None and size < expected.size:
        return f"{size:,} of {expected.size:,} bytes"
    digest = _digest(path, expected.algorithm) if expected.digest else None
    if expected.size is not None and size > expected.size:
        problem = f"{size:,} bytes instead of {expected.size:,}"
    elif digest != expected.digest:
        problem = f"{expected.algorithm} {digest} instead of {expected.digest}"
    else:
        problem = find_defect(path) or _length_mismatch(path, expected)
    if problem:
        path.unlink()  # its beginning cannot be trusted
    return problem


def _from_row(where: str, row: Mapping[str, str]) -> ExpectedFile:
    size = None
    if row.get("size", "") not in MISSING:
        size = parse_whole_number(row["size"])
        if size is None or size < 0:
            raise BadInput(where, f"size {row['size']}", "a number of bytes")
    algorithm = next((name for name in N_DIGITS if row.get(name, "") not in MISSING), None)
    digest = row[algorithm].lower() if algorithm else None
    if digest and not re.fullmatch(f"[0-9a-f]{{{N_DIGITS[algorithm]}}}", digest):
        raise BadInput(where, f"{algorithm} {digest}", f"{N_DIGITS[algorithm]} digits from 0 to f")
    return ExpectedFile(size, algorithm, digest)


def _resume(url: str, part: Path, stall: int, size: int | None) -> str | None:
    """Make one attempt with curl, from where the last one ended; return what went wrong, in curl's words."""
    options = ["--fail", "--location", "--silent", "--show-error", "--connect-timeout", "30"]
    options += ["--speed-limit", "1000", "--speed-time", str(stall), "--continue-at", "-"]
    command = ["curl", *options, "--output", str(part), url]
    with watch_bytes(lambda: _size(part), size):
        curl = subprocess.run(command, capture_output=True, text=True, check=False)
    if curl.returncode == 0:
        return None if part.is_file() else "an empty file"
    if "416" in curl.stderr and part.is_file():
        return None  # nothing is left to download; whether the file is complete is checked next
    if curl.returncode == CANNOT_RESUME:
        part.unlink(missing_ok=True)
    return " ".join(curl.stderr.split()) or f"curl ended with {curl.returncode}"


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _length_mismatch(path: Path, expected: ExpectedFile) -> str | None:
    if expected.n_volumes is None and expected.min_volumes is None:
        return None
    n_volumes = count_volumes(path)
    if expected.n_volumes not in (None, n_volumes):
        return f"a file that is complete, of {n_volumes} volumes instead of {expected.n_volumes}"
    if expected.digest is None and n_volumes < (expected.min_volumes or 0):
        return f"a file that is complete, of {n_volumes} volumes, but its story ends after {expected.min_volumes}"
    return None
