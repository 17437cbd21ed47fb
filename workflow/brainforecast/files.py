"""Files that are either whole or absent, and data files that ship inside an installed package."""

import errno
import importlib.util
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from brainforecast.errors import BadInput

PACKAGE_PREFIX = "package:"


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; rename it to `path` when the block ends well.

    The temporary name keeps the suffix (libraries choose a format by it) and starts with a dot (folder readers
    pass it over). A block that fails leaves nothing behind. A folder may be written the same way.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # on a cluster two machines may write the same file, with the same process number
    temporary = path.with_name(f".{socket.gethostname()}-{os.getpid()}-{path.name}")
    try:
        yield temporary
        if temporary.is_file():
            temporary.chmod(0o666 & ~_umask())  # safetensors writes for the owner alone
        if path.is_dir():
            shutil.rmtree(path)
        os.replace(temporary, path)
    except Exception as error:
        if _disk_refuses(error):
            raise BadInput(
                path, f"a disk that refuses it ({error})", "a folder with room and the right to write"
            ) from error
        raise
    finally:
        _remove(temporary)


def resolve(location: str | Path) -> Path:
    """The path of `location`, which may be ``package:<import name>/<file>``: a data file of an installed package.

    The package is found, never imported.
    """
    text = str(location)
    if not text.startswith(PACKAGE_PREFIX):
        return Path(text)
    package, _, inner = text.removeprefix(PACKAGE_PREFIX).partition("/")
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise BadInput(text, f"no package {package} in this environment", "an installed package that ships the file")
    return Path(next(iter(spec.submodule_search_locations))) / inner


def _umask() -> int:
    mask = os.umask(0)  # there is no way to read it but to set it
    os.umask(mask)
    return mask


def _disk_refuses(error: Exception) -> bool:
    # safetensors and pyarrow hand the system's words on without always handing on its number
    number = getattr(error, "errno", None)
    return number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS) or "No space left" in str(error)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
