"""Check config files before Snakemake starts, which reads them itself before it reads this project.

Its reader makes all that a few anchors stand for, runs code in a config that says ``__use_yte__``, and stops with a
traceback at bytes that are not UTF-8. `envs/run` calls this; without it, files are checked once they are read.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from brainforecast.errors import BadInput
from brainforecast.planning.config_files import LOADER, ConfigFiles

OPTIONS = ("--configfile", "--configfiles")
CODE = "__use_yte__"  # Snakemake's switch for Python in YAML


def check_arguments(arguments: Sequence[str]) -> str | None:
    """What is wrong with the config files in the arguments of ``snakemake``, in one line; None if nothing is.

    What is no YAML, or not there, is Snakemake's to report.
    """
    try:
        for path in config_files_in(arguments):
            check_file(path)
    except BadInput as error:
        return str(error)
    return None


def config_files_in(arguments: Sequence[str]) -> Iterator[Path]:
    """The files after ``--configfile``, up to the next option."""
    is_after = False
    for argument in arguments:
        option, _, value = argument.partition("=")
        if argument.startswith("-"):
            is_after = option in OPTIONS
        if is_after and (value if argument.startswith("-") else argument):
            yield Path(value if argument.startswith("-") else argument)


def check_file(path: Path) -> None:
    """Check that a config is text, values alone, and no larger than a config is.

    Raises
    ------
    BadInput : the file, its line where it has one.
    """
    if not path.is_file():
        return
    ConfigFiles([path]).check_keys()
    try:
        config = yaml.load(path.read_text(encoding="utf-8"), LOADER)
    except UnicodeDecodeError as error:
        raise BadInput(path, f"bytes that are not UTF-8 (at {error.start})", "a text file in UTF-8") from error
    except yaml.YAMLError:
        return
    except (ValueError, OverflowError) as error:  # a date or a number by its signs, which is none
        raise BadInput(path, error, "values that YAML can read; quote those that are text") from error
    if isinstance(config, dict) and CODE in config:
        raise BadInput(path, f"{CODE}, by which Snakemake runs Python in a config", "a config of values alone")
