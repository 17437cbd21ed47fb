"""The file of code hashes: which modules a script depends on, when it is written, how old it is."""

import ast
import os
from pathlib import Path

import pytest

from brainforecast.jobs.code_files import PACKAGE, imported_names, write_code_hashes
from helpers.datasets import REPOSITORY, write_lines


@pytest.fixture
def library(tmp_path) -> Path:
    """A library of two packages, each with a module `common`, a chain of imports, and a module nobody imports."""
    root = tmp_path / "workflow/brainforecast"
    for name in ("", "arrays/", "tables/"):
        write_lines(root / f"{name}__init__.py", f'"""Package {name}"""')
    write_lines(root / "errors.py", "import os")
    write_lines(root / "arrays/common.py", "from brainforecast.errors import BadInput")
    write_lines(root / "arrays/ridge.py", "import numpy", "from brainforecast.arrays.common import fit")
    write_lines(root / "tables/common.py", "import pandas")
    write_lines(root / "tables/unused.py", "import brainforecast.arrays.ridge")
    return root.parent


def watched(library: Path, *lines: str) -> list[str]:
    """The modules that a script of these lines depends on, relative to the library, in the order of the file."""
    script = write_lines(library / "scripts/script.py", *lines)
    path = Path(write_code_hashes(script, library, library.parent / "script.sha256"))
    digests, names = zip(*(line.split("  ") for line in path.read_text().splitlines()), strict=True)
    assert {len(digest) for digest in digests} == {64}
    return list(names)


def test_a_module_its_imports_and_every_package_on_the_way_are_watched(library):
    """Also what the module imports in turn, with the packages of those; not what only others import."""
    assert watched(library, "import numpy", "from brainforecast.arrays.ridge import fit") == [
        "brainforecast/__init__.py",
        "brainforecast/arrays/__init__.py",
        "brainforecast/arrays/common.py",
        "brainforecast/arrays/ridge.py",
        "brainforecast/errors.py",
    ]


def test_modules_of_one_name_are_kept_apart(library):
    """A script that imports one of two modules with the same name watches that one."""
    names = watched(library, "from brainforecast.tables.common import read")
    assert names == ["brainforecast/__init__.py", "brainforecast/tables/__init__.py", "brainforecast/tables/common.py"]


def test_both_modules_of_one_name_are_watched(library):
    """A script that imports both has a line for each."""
    names = watched(library, "import brainforecast.arrays.common", "import brainforecast.tables.common as tables")
    assert {"brainforecast/arrays/common.py", "brainforecast/tables/common.py"} < set(names)


@pytest.mark.parametrize(
    "lines",
    [
        ["import brainforecast.tables.common"],
        ["from brainforecast.tables import common"],
        ["def read():", "    from brainforecast.tables.common import read", "    return read()"],
        ["from brainforecast.tables import (  # two of them", "    unused,", "    common as tables,", ")"],
        ["import os, brainforecast.tables.common"],
    ],
)
def test_every_form_of_import_is_seen(library, lines):
    """By its full name, from its package, inside a function."""
    assert "brainforecast/tables/common.py" in watched(library, *lines)


def test_the_file_is_as_old_as_the_newest_module(library):
    """Its time is that of the newest module, so that it triggers no rerun that the modules would not."""
    for age, file in enumerate(sorted(library.glob("brainforecast/**/*.py"))):
        os.utime(file, (1_700_000_000 - age,) * 2)
    watched(library, "import brainforecast.tables.common")
    newest = (library / "brainforecast/__init__.py").stat().st_mtime
    assert (library.parent / "script.sha256").stat().st_mtime == newest == 1_700_000_000


def test_an_unchanged_file_is_not_written_again(library):
    """Time and inode stay while the content would be the same, even if a module has been touched."""
    watched(library, "import brainforecast.tables.common")
    before = (library.parent / "script.sha256").stat()
    os.utime(library / "brainforecast/tables/common.py")
    watched(library, "import brainforecast.tables.common")
    after = (library.parent / "script.sha256").stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_no_import_no_line(library):
    """A script that imports nothing of the library depends on none of it."""
    script = write_lines(library / "scripts/script.py", "import numpy", "import brainforecasting")
    assert Path(write_code_hashes(script, library, library.parent / "none.sha256")).read_text() == ""


def test_imports_are_those_that_python_parses():
    """In every module and script of the project."""
    library = REPOSITORY / "workflow"
    for file in [*library.glob("brainforecast/**/*.py"), *library.glob("scripts/*/*.py")]:
        names = set()
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        assert imported_names(file.read_text()) == {name for name in names if name.partition(".")[0] == PACKAGE}, file
