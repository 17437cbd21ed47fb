"""The commit of the code, for a citation: kept in a small file, which the process that plans writes.

Not in the tables' provenance: a commit that changes nothing a table needs would make all of them anew.
"""

import json
import os
import subprocess
from pathlib import Path

from brainforecast.files import atomic

PATIENCE = 20  # s, on a slow shared disk


def write_commit(folder: str | Path, path: str | Path) -> None:
    """Write what `find_commit` finds as JSON; only if it changes.

    The file is as old as the commit, so that it makes no report anew that is younger: not where an older version of the
    code is checked out, nor in a copy of the results.
    """
    found, path = find_commit(folder), Path(path)
    text = json.dumps({name: value for name, value in found.items() if name != "time"}, sort_keys=True)
    if not path.is_file() or path.read_text() != text:
        with atomic(path) as temporary:
            temporary.write_text(text)
            time = found.get("time", os.path.getmtime(folder))
            os.utime(temporary, (time, time))


def find_commit(folder: str | Path) -> dict[str, object]:
    """The last commit that changed a file below a folder: ``commit``, ``date``, ``time`` (s) and ``is_changed``.

    ``is_changed``: whether files there differ from it. Empty where there is no git, or no commit of this folder.
    """
    lines = _git(folder, "log", "-1", "--format=%H%n%cs%n%ct", "--", ".").split()
    if len(lines) != 3:
        return {}
    commit, date, time = lines
    status = _git(folder, "status", "--porcelain", "--", ".")
    return {"commit": commit, "date": date, "time": int(time), "is_changed": bool(status)}


def _git(folder: str | Path, *arguments: str) -> str:
    """What git prints; nothing where it is not there or fails. It takes no lock, and no repository of a variable."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "--no-optional-locks", "-C", os.fspath(folder), *arguments]
    try:
        ended = subprocess.run(command, env=own, capture_output=True, text=True, timeout=PATIENCE, check=True)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return ended.stdout
