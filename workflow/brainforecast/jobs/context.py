"""What every script needs around its one call: a log, a limit on threads, and a one-line error message."""

import ctypes
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from threadpoolctl import threadpool_limits

from brainforecast.errors import BadInput
from brainforecast.jobs.damage import find_damaged

logger = logging.getLogger("brainforecast")

TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8  # names of glibc's mallopt


@contextmanager
def job(snakemake) -> Iterator[None]:
    """Run the block as the body of a Snakemake script.

    Log lines go to the rule's log file and to the terminal; BLAS uses no more than the rule's threads; freed memory
    is kept for the next array. A `BadInput` ends the job with its one line, any other exception with one line and
    the traceback in the log: that of the first damaged input if one is damaged. Both exit with 1.
    """
    path_to_log = Path(snakemake.log[0])
    path_to_log.parent.mkdir(parents=True, exist_ok=True)
    handlers = [logging.FileHandler(path_to_log, mode="w"), logging.StreamHandler(sys.stderr)]
    logging.basicConfig(level=logging.INFO, handlers=handlers, format="%(message)s", force=True)
    keep_freed_memory()
    try:
        with threadpool_limits(limits=snakemake.threads):
            yield
    except BadInput as error:
        logger.error("%s: %s", snakemake.rule, error)
        sys.exit(1)
    except Exception as error:
        handlers[0].stream.write(traceback.format_exc())
        if damaged := find_damaged(snakemake.input):
            logger.error("%s: %s", snakemake.rule, damaged)
            sys.exit(1)
        logger.error("%s: %s: %s (traceback in %s)", snakemake.rule, type(error).__name__, error, path_to_log)
        sys.exit(1)


def keep_freed_memory() -> None:
    """Make the C library keep the memory of freed arrays of up to 32 MB, up to 256 MB in all, for the next ones.

    By default it returns memory to the system and requests it again, page by page, for each temporary array: a
    quarter of the processor time of a scoring job. Threads share one pool: in pools of their own it would return any
    array of some megabytes. Does nothing if the C library has no such setting (macOS).
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option:
        set_option(ARENA_MAX, 1)
        set_option(MMAP_THRESHOLD, 32 * 2**20)
        set_option(TRIM_THRESHOLD, 256 * 2**20)
