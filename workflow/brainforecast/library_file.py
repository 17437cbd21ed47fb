"""The file that tells which library modules a script imports, so that editing one of them reruns the rules that use it.

Standard library only: one is asked for by each rule each time the Snakefile is read. A rule watches one small file in
place of twenty modules, which halves the time that a study of forty thousand jobs takes to plan.
"""

import hashlib
import os
from modulefinder import ModuleFinder
from pathlib import Path

from brainforecast.files import atomic


def write_library(script: str | Path, library: str | Path, path: str | Path) -> str:
    """Write the hash and name of each module of `library`'s package that `script` imports, directly or not.

    The file is as old as the newest of these modules was when their content last changed, so that it asks for nothing
    they would not ask for themselves; it is written only where it does not say already what it should.

    Returns
    -------
    `path`, which a rule declares as an input.
    """
    finder = ModuleFinder(path=[str(library)])
    finder.run_script(str(script))
    modules = [module.__file__ for module in finder.modules.values() if module.__name__.startswith("brainforecast")]
    files = sorted(Path(file) for file in modules if file)
    hashes = [(hashlib.sha256(file.read_bytes()).hexdigest(), file.relative_to(library)) for file in files]
    told = "".join(f"{digest}  {name}\n" for digest, name in hashes)
    path = Path(path)
    if not path.is_file() or path.read_text() != told:
        with atomic(path) as temporary:
            temporary.write_text(told)
            newest = max((file.stat().st_mtime for file in files), default=0.0)
            os.utime(temporary, (newest, newest))
    return str(path)
