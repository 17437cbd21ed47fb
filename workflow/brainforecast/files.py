"""Write files that are either complete or absent; find data files that ship in an installed package, and check them."""

import errno
import hashlib
import importlib.util
import os
import posixpath
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path, PurePosixPath

from brainforecast.errors import BadInput

PACKAGE_PREFIX = "package:"
INPUT_PREFIX = "input:"
PACKAGE_FILES = Path(__file__).with_name("package_files.tsv")


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name in the folder of `path`; rename it to `path` when the block succeeds.

    The temporary name keeps the suffix (libraries choose a format by it) and starts with a dot (readers of a folder
    skip it). A block that fails leaves nothing behind. A folder may be written the same way. A link at `path` is
    replaced: what it leads to stays as it is.

    Raises
    ------
    BadInput : the disk is full, over quota or read-only.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # on a cluster two machines may write the same file, with the same process number
    temporary = path.with_name(f".{socket.gethostname()}-{os.getpid()}-{path.name}")
    _remove(temporary)  # of a process of the same number that was killed
    try:
        yield temporary
        if temporary.is_file():
            temporary.chmod(0o666 & ~_umask())  # safetensors lets only the owner read
        if path.is_dir() or temporary.is_dir():
            _remove(path)
        os.replace(temporary, path)
    except Exception as error:
        if _disk_refuses(error):
            found, expected = f"a disk that refuses to write it ({error})", "free space and permission to write"
            raise BadInput(path, found, expected) from error
        raise
    finally:
        _remove(temporary)


def resolve(location: str | Path) -> Path:
    """Return `location` as a path; ``package:<import name>/<file>`` is a data file of an installed package.

    The package is located, never imported. What a job reads goes through `checked`.
    """
    text = str(location)
    if not text.startswith(PACKAGE_PREFIX):
        return Path(text)
    package, _, inner = text.removeprefix(PACKAGE_PREFIX).partition("/")
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise BadInput(text, f"no package {package} in this environment", "an installed package that ships the file")
    return Path(next(iter(spec.submodule_search_locations))) / inner


def checked(location: str | Path) -> Path:
    """`resolve` a location that is about to be read; a package's file must be the one that `package_files.tsv` knows.

    A file of another package, or one that is missing, is returned as it is: `is_checked` states the former in the plan.
    Each file is hashed once in a process.

    Raises
    ------
    BadInput : other bytes than those of the package's version in envs/requirements-no-deps.lock.
    """
    path, name = resolve(location), _known_name(location)
    if name is None or not path.exists():
        return path
    expected, whole = known_packages()[name], resolve(f"{PACKAGE_PREFIX}{name}")
    found = _sha256_of(whole, _state(whole))
    if found != expected:
        what = "folder" if whole.is_dir() else "file"
        wanted = f"{expected}, as in the version that envs/ pins (install the package again)"
        raise BadInput(f"{PACKAGE_PREFIX}{name}", f"a changed or incomplete {what}, sha256 {found}", wanted)
    return path


def is_checked(location: str | Path) -> bool:
    """Whether `checked` knows the bytes of a package's file."""
    return _known_name(location) is not None


@cache
def known_packages() -> dict[str, str]:
    """The sha256 of each file, or folder with everything in it (its name ends in /), that is read from a package."""
    rows = [line.split("\t") for line in PACKAGE_FILES.read_text(encoding="utf-8").splitlines()[1:]]
    return {name: digest for name, digest in rows}


def sha256(path: str | Path) -> str:
    """The sha256 of a file, or of a folder: that of the lines of `sha256sum` on its files, sorted by their names.

    Compiled Python is no part of a folder: it is made here.
    """
    path = Path(path)
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    lines = "".join(f"{sha256(path / name)}  {name}\n" for name in _names(path))
    return hashlib.sha256(lines.encode()).hexdigest()


def inside_input(path: str = "") -> str:
    """Encode a path inside a job's input as a parameter; `from_input` decodes it.

    Snakemake rewrites inputs and outputs where a workflow is a module with a prefix, but not parameters: so a parameter
    never holds the path of a file that a run makes.
    """
    return f"{INPUT_PREFIX}{path}"


def from_input(location: str, inputs: Sequence[str]) -> str:
    """Decode a location given as a parameter: a path inside the first input, or the location itself."""
    if not location.startswith(INPUT_PREFIX):
        return location
    inner = location.removeprefix(INPUT_PREFIX)
    return os.path.join(inputs[0], inner) if inner else str(inputs[0])


def folder_of(inputs: Sequence[str]) -> str | None:
    """The folder that holds a job's inputs; None if it has none."""
    return os.path.dirname(inputs[0]) if inputs else None


def _known_name(location: str | Path) -> str | None:
    """The row of `package_files.tsv` that a location is, or lies in."""
    text = str(location)
    if not text.startswith(PACKAGE_PREFIX):
        return None
    path = PurePosixPath(posixpath.normpath(text.removeprefix(PACKAGE_PREFIX)))
    names = [str(path), *(f"{folder}/" for folder in (path, *path.parents))]
    return next((name for name in names if name in known_packages()), None)


def _names(folder: Path) -> list[str]:
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in names if "__pycache__" not in name.split("/"))


def _state(path: Path) -> tuple:
    """What changes when a file, or one in a folder, is written anew."""
    files = [path] if path.is_file() else [path / name for name in _names(path)]
    return tuple((str(file), file.stat().st_ino, file.stat().st_size, file.stat().st_mtime_ns) for file in files)


@cache
def _sha256_of(path: Path, state: tuple) -> str:
    return sha256(path)


def _umask() -> int:
    mask = os.umask(0)  # it can only be read by setting it
    os.umask(mask)
    return mask


def _disk_refuses(error: Exception) -> bool:
    # safetensors and pyarrow pass on the system's message, but not always its error number
    number = getattr(error, "errno", None)
    return number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS) or "No space left" in str(error)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
