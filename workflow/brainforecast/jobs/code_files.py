"""The file that tells which library modules a script imports, so that editing one of them reruns the rules that use it.

Standard library only: one is asked for by each rule each time the Snakefile is read, twice in every SLURM job. A rule
watches one small file in place of twenty modules, which halves the time that a study of forty thousand jobs takes to
plan.
"""

import ast
import hashlib
import os
from functools import cache
from pathlib import Path

from brainforecast.files import atomic

PACKAGE = "brainforecast"


def write_code_hashes(script: str | Path, library: str | Path, path: str | Path) -> str:
    """Write the hash and name of each module of `library`'s package that `script` imports, directly or not.

    The file is as old as the newest of these modules was when their content last changed, so that it asks for nothing
    they would not ask for themselves; it is written only where it does not say already what it should.

    Returns
    -------
    `path`, which a rule declares as an input.
    """
    files, todo = set(), [Path(script)]
    while todo:
        new = _imported(todo.pop(), Path(library)) - files
        files |= new
        todo += new
    told = "".join(f"{_digest(file)}  {file.relative_to(library)}\n" for file in sorted(files))
    path = Path(path)
    if not path.is_file() or path.read_text() != told:
        with atomic(path) as temporary:
            temporary.write_text(told)
            newest = max((file.stat().st_mtime for file in files), default=0.0)
            os.utime(temporary, (newest, newest))
    return str(path)


@cache
def _imported(file: Path, library: Path) -> frozenset[Path]:
    """The modules of the package that a file itself imports, wherever in it, and the packages they stand in."""
    names = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    ours = [name.split(".") for name in names if name.partition(".")[0] == PACKAGE]
    modules = [library.joinpath(*parts).with_suffix(".py") for parts in ours if len(parts) > 1]
    packages = [library.joinpath(*parts[:n], "__init__.py") for parts in ours for n in range(1, len(parts) + 1)]
    return frozenset(path for path in [*packages, *modules] if path.is_file())


@cache
def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
