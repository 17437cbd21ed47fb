"""Which library modules a script depends on, kept in a small file, so that editing one reruns the rules that use it.

Standard library only: every rule has such a file as an input, and the Snakefile is read twice in every SLURM job.
One small input instead of twenty modules halves the time it takes to plan a study of forty thousand jobs.
"""

import ast
import hashlib
import os
from functools import cache
from pathlib import Path

from brainforecast.files import atomic

PACKAGE = "brainforecast"


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
    modules, todo = set(), [Path(script)]
    while todo:
        new = _imported(todo.pop(), Path(library)) - modules
        modules |= new
        todo += new
    text = "".join(f"{_digest(module)}  {module.relative_to(library)}\n" for module in sorted(modules))
    path = Path(path)
    if not path.is_file() or path.read_text() != text:
        with atomic(path) as temporary:
            temporary.write_text(text)
            newest = max((module.stat().st_mtime for module in modules), default=0.0)
            os.utime(temporary, (newest, newest))
    return str(path)


@cache
def _imported(file: Path, library: Path) -> frozenset[Path]:
    """The modules of the package that a file itself imports, anywhere in it, and the packages that contain them."""
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
