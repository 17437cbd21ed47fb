"""SLURM's queue for this folder: jobs of runs in progress, and jobs left by runs that were killed.

Standard library only: the Snakefile imports this. SLURM keeps with each job the folder it was submitted from, and as
comment its rule and wildcards, as Snakemake's plugin writes them.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from brainforecast.errors import BadInput

FIELDS = "%i|%T|%Z|%r|%k"  # number, state, folder, reason, comment
# reasons of a job that requests what nobody gets: it waits until somebody cancels it
NEVER_STARTS = ("PartitionTimeLimit", "PartitionNodeLimit", "PerJobLimit", "BadConstraints", "AccountNotAllowed")
TIMEOUT = 60  # s in which SLURM has to answer


@dataclass(frozen=True)
class QueuedJob:
    """A job that waits or runs: its number in SLURM, its state, its rule and wildcards (`comment_of`), why it waits."""

    number: str
    state: str
    comment: str
    reason: str = "None"

    @property
    def never_starts(self) -> bool:
        """Whether it waits for what SLURM will not give it."""
        return any(reason in self.reason for reason in NEVER_STARTS)


def comment_of(rule: str, wildcards: Iterable[str]) -> str:
    """The comment that Snakemake's SLURM plugin gives a job: ``rule_score_cells_wildcards_demo_01_...``."""
    values = "_".join(wildcards).replace("/", "_")
    return f"rule_{rule}_wildcards_{values}" if values else f"rule_{rule}"


def queued(folder: str) -> list[QueuedJob]:
    """Jobs submitted from `folder`, by anyone, that wait or run; none if there is no SLURM or it does not answer."""
    if not shutil.which("squeue"):
        return []
    try:
        answer = subprocess.run(
            ["squeue", "--noheader", f"--format={FIELDS}"], capture_output=True, text=True, timeout=TIMEOUT
        )
    except subprocess.TimeoutExpired:
        return []
    rows = [line.split("|", maxsplit=4) for line in answer.stdout.splitlines()]
    here = os.path.realpath(folder)
    return [
        QueuedJob(number, state, comment, reason)
        for number, state, folder, reason, comment in (row for row in rows if len(row) == 5)
        if os.path.realpath(folder) == here
    ]


def cancel_orphans(jobs: Iterable, folder: str) -> None:
    """Cancel SLURM jobs that a killed run left behind and that would write what this run is about to write.

    This run holds the folder's lock, so no other waits for them. They have the rule and wildcards of a job of this run.

    Parameters
    ----------
    jobs : Snakemake's jobs that this run will do.
    """
    ours = {comment_of(job.name, job.wildcards) for job in jobs if not job.is_group()}
    orphans = [job for job in queued(folder) if job.comment in ours]
    if orphans:
        print(f"brainforecast: {len(orphans)} SLURM jobs of a run that was killed are cancelled", file=sys.stderr)
        cancel(orphans, folder)


def cancel(jobs: Sequence[QueuedJob], folder: str, *, seconds: float = 120) -> None:
    """Cancel jobs and wait until they are gone: one that is being cancelled may still remove its files.

    Raises
    ------
    BadInput : some are still queued after `seconds`.
    """
    numbers = {job.number for job in jobs}
    subprocess.run(["scancel", *sorted(numbers)], capture_output=True, timeout=TIMEOUT)
    until = time.monotonic() + seconds
    while left := numbers & {job.number for job in queued(folder)}:
        if time.monotonic() > until:
            raise BadInput(
                f"SLURM jobs {', '.join(sorted(left))}",
                "jobs of a run that was killed, cancelled but still queued, that write what this run will write",
                "an empty queue: scancel them, or find out whose they are",
            )
        time.sleep(0.5)
