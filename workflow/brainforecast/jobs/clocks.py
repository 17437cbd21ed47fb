"""Files that are dated in the future, as a machine whose clock is ahead leaves them.

Snakemake fails each job whose outputs are older than its inputs, until the time has come. Standard library only: the
Snakefile imports this.
"""

import os
import time
from collections.abc import Iterable

from brainforecast.errors import BadInput

OWN = f".snakemake{os.sep}"  # folder of files that the workflow itself writes


def mend_clocks(to_do: Iterable, jobs: Iterable) -> None:
    """Date the inputs of jobs to now where they are dated in the future and a run has made them.

    Parameters
    ----------
    to_do : Snakemake's jobs that this run will do.
    jobs : all of them, done or not.

    Raises
    ------
    BadInput : the first such file that no run has made: it is the user's, and stays as it is.
    """
    now = time.time()
    made = {str(path) for job in jobs for path in job.output}
    for path in sorted({str(path) for job in to_do for path in job.input}):
        dated = _time_of(path)
        if dated <= now:
            continue
        if path not in made and not path.startswith(OWN):
            when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(dated))
            raise BadInput(
                path,
                f"a file dated {when}, in the future: Snakemake fails each job that reads it",
                f"a time that has passed, as after: touch {path}",
            )
        os.utime(_dated_file(path))


def _time_of(path: str) -> float:
    """When a file was last modified; 0 if there is none, as of one that a job of this run makes."""
    try:
        return os.path.getmtime(_dated_file(path))
    except OSError:
        return 0.0


def _dated_file(path: str) -> str:
    """The file whose time counts: in a folder that Snakemake has made, one of its own."""
    inner = os.path.join(path, ".snakemake_timestamp")
    return inner if os.path.exists(inner) else path
