"""Write files that are either complete or absent; find data files that ship in an installed package."""

import errno
import importlib.util
import os
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from brainforecast.errors import BadInput

PACKAGE_PREFIX = "package:"
INPUT_PREFIX = "input:"


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name in the folder of `path`; rename it to `path` when the block succeeds.

    The temporary name keeps the suffix (libraries choose a format by it) and starts with a dot (readers of a folder
    skip it). A block that fails leaves nothing behind. A folder may be written the same way.

    Raises
    ------
    BadInput : the disk is full, over quota or read-only.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # on a cluster two machines may write the same file, with the same process number
    temporary = path.with_name(f".{socket.gethostname()}-{os.getpid()}-{path.name}")
    try:
        yield temporary
        if temporary.is_file():
            temporary.chmod(0o666 & ~_umask())  # safetensors lets only the owner read
        if path.is_dir():
            shutil.rmtree(path)
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

    The package is located, never imported.
    """
    text = str(location)
    if not text.startswith(PACKAGE_PREFIX):
        return Path(text)
    package, _, inner = text.removeprefix(PACKAGE_PREFIX).partition("/")
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise BadInput(text, f"no package {package} in this environment", "an installed package that ships the file")
    return Path(next(iter(spec.submodule_search_locations))) / inner


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


def _umask() -> int:
    mask = os.umask(0)  # it can only be read by setting it
    os.umask(mask)
    return mask


def _disk_refuses(error: Exception) -> bool:
    # safetensors and pyarrow pass on the system's message, but not always its error number
    number = getattr(error, "errno", None)
    return number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS) or "No space left" in str(error)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
