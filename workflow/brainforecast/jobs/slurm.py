"""What stands in SLURM's queue for this folder: jobs of runs that are at work, and of runs that were killed.

Standard library only: the Snakefile reads this. A job carries its rule and wildcards as SLURM's comment, as Snakemake's
plugin writes it, and the folder it was submitted from.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from brainforecast.errors import BadInput

FIELDS = "%i|%T|%Z|%k"  # number, state, folder, comment
ANSWER = 60  # s that SLURM may take to answer


@dataclass(frozen=True)
class QueuedJob:
    """A job that waits or runs: its number in SLURM, its state, and its rule and wildcards as `comment_of` has them."""

    number: str
    state: str
    comment: str


def comment_of(rule: str, wildcards: Iterable[str]) -> str:
    """A job as Snakemake's SLURM plugin tells it to SLURM: ``rule_score_cells_wildcards_demo_01_...``."""
    values = "_".join(wildcards).replace("/", "_")
    return f"rule_{rule}_wildcards_{values}" if values else f"rule_{rule}"


def queued(folder: str) -> list[QueuedJob]:
    """Jobs submitted from `folder`, by anyone, that wait or run; none where there is no SLURM or it does not answer."""
    if not shutil.which("squeue"):
        return []
    try:
        asked = subprocess.run(
            ["squeue", "--noheader", f"--format={FIELDS}"], capture_output=True, text=True, timeout=ANSWER
        )
    except subprocess.TimeoutExpired:
        return []
    rows = [line.split("|", maxsplit=3) for line in asked.stdout.splitlines()]
    here = os.path.realpath(folder)
    return [QueuedJob(row[0], row[1], row[3]) for row in rows if len(row) == 4 and os.path.realpath(row[2]) == here]


def cancel(jobs: Sequence[QueuedJob], folder: str, *, seconds: float = 120) -> None:
    """Cancel jobs and wait until they are gone: one that is being ended may still take its files away.

    Raises
    ------
    BadInput : some are still there after `seconds`.
    """
    numbers = {job.number for job in jobs}
    subprocess.run(["scancel", *sorted(numbers)], capture_output=True, timeout=ANSWER)
    until = time.monotonic() + seconds
    while left := numbers & {job.number for job in queued(folder)}:
        if time.monotonic() > until:
            raise BadInput(
                f"SLURM jobs {', '.join(sorted(left))}",
                "them in the queue though cancelled, left by a run that was killed, writing what this run is to write",
                "them to be gone: scancel them, or ask whose they are",
            )
        time.sleep(0.5)
