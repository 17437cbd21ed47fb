"""Episodes: a random part of a finished study is removed, a fault strikes its making, and nothing may be lost.

An episode ends well if, after the fault, no file is there in part, the same command ends without an error, and then
every file of the results has the bytes of the undisturbed run.
"""

import dataclasses
import random
import shutil
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from cluster.faults import Episode, Fault
from cluster.runs import Run, Unavailable, small_disk
from cluster.slurm import Slurm
from helpers.studies import Study, files_of

TRIES = 4  # episodes until a fault strikes: a command may end before it
DISK = "60m"  # of the study whose disk fills


@dataclasses.dataclass(frozen=True)
class Job:
    """A job of a finished study: its rule, and the files that it has made and read."""

    rule: str
    outputs: frozenset[str]
    inputs: frozenset[str]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a fault.

    kind : its name; seed : of the episode; rules : of the jobs that it met; struck : whether it did harm; lost : what
    was lost, in words, or nothing; differing : files with other bytes; seconds : that the episode took; hung : whether
    the command that met the fault did not end, and was killed and given again.
    """

    kind: str
    seed: str
    rules: Sequence[str]
    struck: bool
    by_itself: bool
    lost: str
    differing: Sequence[str]
    seconds: float
    hung: bool = False


class Finished:
    """A finished study, its jobs and its files.

    Parameters
    ----------
    study : that has run to its end.
    """

    def __init__(self, study: Study):
        self.study, self.wanted = study, files_of(study.results)
        self.jobs = read_jobs(study.run("--detailed-summary"))

    def dependents(self, job: Job) -> list[Job]:
        """The jobs that read what a job makes."""
        return [other for other in self.jobs if other.inputs & job.outputs]

    def draw(self, draws: random.Random, most: int) -> tuple[list[Job], bool]:
        """Draw up to `most` jobs, and whether nothing else depends on them.

        The first is one of a rule drawn first. The others depend on it, through nothing but jobs that are drawn too:
        what lies between would have to run again.
        """
        rule = draws.choice(sorted({job.rule for job in self.jobs}))
        chosen = [draws.choice([job for job in self.jobs if job.rule == rule])]
        below = list(chosen)
        for job in below:  # grows meanwhile
            below += [other for other in self.dependents(job) if other not in below]
        n = draws.randint(1, most)
        while len(chosen) < n:
            ready = [job for job in below if job not in chosen and self._parents(job, below) <= set(chosen)]
            if not ready:
                break
            chosen.append(draws.choice(ready))
        return chosen, len(chosen) == len(below)

    def _parents(self, job: Job, among: Sequence[Job]) -> set[Job]:
        return {other for other in among if other.outputs & job.inputs}


def read_jobs(summary: str) -> list[Job]:
    """The jobs in what ``snakemake --detailed-summary`` prints; a job has a log of its own."""
    lines = summary[summary.index("output_file\t") :].splitlines()
    rows = [dict(zip(lines[0].split("\t"), line.split("\t"), strict=False)) for line in lines[1:] if "\t" in line]
    found: dict[str, list[dict]] = {}
    for row in rows:
        if row["date"] != "-":  # a temporary file
            found.setdefault(row["log-file(s)"], []).append(row)
    return [
        Job(
            group[0]["rule"],
            frozenset(row["output_file"] for row in group),
            frozenset(path for row in group for path in row["input-file(s)"].split(",")),
        )
        for group in found.values()
    ]


def survive(
    finished: Finished, kind: str, fault: Fault, folder: Path, seed: str, *, most: int, slurm: Slurm | None = None
) -> Outcome:
    """Repeat an episode with new draws until its fault strikes; its folders are kept where something is lost.

    Raises
    ------
    Unavailable : this machine lacks what the fault needs.
    """
    for attempt in range(TRIES):
        outcome = one_episode(finished, kind, fault, folder / str(attempt), f"{seed}-{attempt}", most=most, slurm=slurm)
        if not outcome.lost:
            shutil.rmtree(folder, ignore_errors=True)
        if outcome.struck or outcome.lost:
            return outcome
    return outcome


def one_episode(
    finished: Finished, kind: str, fault: Fault, folder: Path, seed: str, *, most: int, slurm: Slurm | None
) -> Outcome:
    """One try: remove, strike, look for half files, run again, compare."""
    draws, start = random.Random(seed), time.monotonic()
    jobs, are_all = finished.draw(draws, most)
    missing = sorted(path for job in jobs for path in job.outputs)
    folder.mkdir(parents=True)
    disk = small_disk(folder, DISK) if kind == "disk_full" else None
    if disk:
        disk.__enter__()
    try:
        study = finished.study.copy(folder / "copy")
        run = Run(study, finished.wanted)
        run = run.on(slurm) if slurm else run
        for path in missing:
            (study.folder / path).unlink()
        episode = Episode(run, sorted({job.rule for job in jobs}), missing, [] if are_all else missing, draws)
        struck, lost, hung = False, "", False
        if slurm:
            slurm.resume_nodes()
        try:
            try:
                struck = fault(episode)
            except TimeoutError:
                struck = hung = True
            if slurm:
                slurm.resume_nodes()
            lost = again(episode)
        except Unavailable:
            raise
        except Exception as error:
            lost = "".join(traceback.format_exception(error))
        rules, differing, seconds = [job.rule for job in jobs], run.differing(), time.monotonic() - start
        return Outcome(kind, seed, rules, struck, episode.ended_well, lost, differing, seconds, hung)
    finally:
        if disk:
            disk.__exit__()


def again(episode: Episode) -> str:
    """After a fault, the same command unless it has ended well; what is lost, in words, or nothing."""
    run = episode.run
    if halves := run.differing():
        return f"files there in part: {', '.join(halves)}"
    if not episode.ended_well or episode.leaves_traces:
        controller = episode.start()
        if not controller.end():
            return f"the same command fails:\n{controller.output}"
    if differing := run.differing():
        return f"files with other bytes: {', '.join(differing)}"
    if absent := run.absent():
        return f"files that are absent: {', '.join(absent)}"
    return ""
