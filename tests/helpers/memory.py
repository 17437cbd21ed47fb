"""The memory of jobs: what they requested against what they took, and a limit for one call."""

import faulthandler
import multiprocessing
import re
import resource
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow
from scipy.linalg import eigh
from threadpoolctl import threadpool_limits

from brainforecast.jobs.context import keep_freed_memory

JOB = re.compile(r"^(?:local)?rule (?P<rule>\w+):\n(?P<about>(?: {4}\S.*\n)+)", re.MULTILINE)
BENCHMARK, REQUEST = re.compile(r"^ {4}benchmark: (\S+)$", re.M), re.compile(r"^ {4}resources: .*\bmem_mb=(\d+)", re.M)


class Taken(NamedTuple):
    """MB that a job requested, and that it and its children held at once (RSS, as Snakemake samples it)."""

    rule: str
    benchmark: str
    requested: int
    held: float


def jobs_of(folder: Path, *, run: int = -1) -> Iterator[Taken]:
    """The jobs of one run of Snakemake in a folder, the last one; those too short to be sampled are left out."""
    logs = sorted((folder / ".snakemake/log").glob("*.log"))  # their names are times
    for job in JOB.finditer(logs[run].read_text(encoding="utf-8") if logs else ""):
        benchmark, request = BENCHMARK.search(job["about"]), REQUEST.search(job["about"])
        if benchmark and request and (path := folder / benchmark[1]).is_file():
            lines = [line.split("\t") for line in path.read_text().splitlines()]
            for row in lines[1:]:
                held = dict(zip(lines[0], row, strict=True))["max_rss"]
                if held not in ("NA", "-"):
                    yield Taken(job["rule"], benchmark[1], int(request[1]), float(held))


def run_within(call: Callable[[], object], megabytes: float) -> float:
    """Run a call in a new process of so many MB; return by how many MB the process grew at most.

    The limit is on private memory that is reserved, touched or not (RLIMIT_DATA), but for what libraries reserve while
    they are imported and do not touch: a call that needs more ends in a MemoryError, or with the process. What is
    returned is memory in use (peak RSS), from when everything is imported. The C library keeps freed memory, and BLAS
    has one thread, as in the workflow's jobs.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(_limited, call, megabytes).result()


def _limited(call: Callable[[], object], megabytes: float) -> float:
    faulthandler.dump_traceback_later(300, exit=True)  # where a library waits for memory instead of failing
    keep_freed_memory()
    with threadpool_limits(limits=1):
        eigh(np.eye(64) @ np.eye(64))  # numpy's BLAS and scipy's take what they need for themselves
        pyarrow.array([0])  # its allocator reserves 1 GB
        before = _megabytes("VmRSS")
        limit = megabytes + max(0.0, _megabytes("VmData") - before)
        resource.setrlimit(resource.RLIMIT_DATA, (int(limit * 1e6),) * 2)
        call()
    return max(_megabytes("VmHWM") - before, 0.0)


def _megabytes(field: str) -> float:
    """VmRSS, what this process holds; VmHWM, the most that it has held; VmData, its private memory, touched or not."""
    status = Path("/proc/self/status").read_text()
    return 1.024e-3 * int(re.search(rf"^{field}:\s+(\d+) kB$", status, re.MULTILINE)[1])
