"""Which library modules a script depends on, kept in a small file, so that editing one reruns the rules that use it.

Standard library only: every rule has such a file as an input, and the Snakefile is read twice in every SLURM job.
One small input instead of twenty modules halves the time it takes to plan a study of forty thousand jobs.
"""

import hashlib
import os
import re
from functools import cache
from pathlib import Path

from brainforecast.files import atomic

PACKAGE = "brainforecast"
# an import statement of the package, and what stands after `import`: parsing all modules would double the time to plan
STATEMENT = re.compile(
    rf"^[ \t]*(?:from ({PACKAGE}(?:\.\w+)*) import (\([^)]*\)|.*)|import (.*\b{PACKAGE}\b.*))$", re.MULTILINE
)
NAME = re.compile(r"(?:^|,)[\s(]*([\w.]+)")
COMMENT = re.compile(r"#.*")


def write_code_hashes(script: str | Path, library: str | Path, path: str | Path) -> str:
    """Write the hash and path of each module of the library that a script imports, directly or not.

    The file gets the modification time of the newest of these modules, so that it triggers no rerun that the modules
    themselves would not; it is written only if its content changes.

    Parameters
    ----------
    script : the script.
    library : folder that contains the package; paths in the file are relative to it.
    path : the file to write.

    Returns
    -------
    `path`, which a rule declares as an input.
    """
    library = os.path.realpath(library)
    modules, todo = set(), [os.fspath(script)]
    while todo:
        new = _imported(todo.pop(), library) - modules
        modules |= new
        todo += new
    text = "".join(f"{_digest(module)}  {os.path.relpath(module, library)}\n" for module in sorted(modules))
    path = Path(path)
    if not path.is_file() or path.read_text() != text:
        with atomic(path) as temporary:
            temporary.write_text(text)
            newest = max(map(os.path.getmtime, modules), default=0.0)
            os.utime(temporary, (newest, newest))
    return str(path)


@cache
def _imported(file: str, library: str) -> frozenset[str]:
    """The modules of the package that a file itself imports, anywhere in it, and the packages that contain them."""
    names = imported_names(Path(file).read_text(encoding="utf-8"))
    paths = set()
    for parts in (name.split(".") for name in names if name.partition(".")[0] == PACKAGE):
        paths |= {os.path.join(library, *parts[:n], "__init__.py") for n in range(1, len(parts) + 1)}
        paths.add(os.path.join(library, *parts) + ".py")
    return frozenset(filter(os.path.isfile, paths))


def imported_names(text: str) -> set[str]:
    """Full names of what the import statements of a text name, where they name the package."""
    names = set()
    for module, members, plain in STATEMENT.findall(text):
        listed = NAME.findall(COMMENT.sub("", members or plain))
        names |= {module, *(f"{module}.{name}" for name in listed)} if module else set(listed)
    return names


@cache
def _digest(file: str) -> str:
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()
