"""How far a run has come: which subjects are complete, running, failed or missing, from what lies in its folder.

No plan of all jobs is made. A job that began has a log, one that ended well a benchmark no older than its log and its
outputs, and one at work either stands in SLURM's queue or has its log open on this machine. That is enough to tell all
four, and reads no more than the logs of the subjects that are not complete.
"""

import functools
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from brainforecast.jobs.slurm import QueuedJob, comment_of

FIELD = re.compile(r"\{(\w+)(?:,((?:[^{}]|\{[^{}]*\})*))?\}")  # {name} or {name,constraint}
STATES = ("complete", "running", "failed", "missing")
TOLD = re.compile(r"error|exceeded|killed", re.IGNORECASE)


@dataclass(frozen=True)
class Step:
    """A rule by its files: patterns of its log, benchmark and outputs, with wildcards in braces."""

    rule: str
    log: str
    benchmark: str
    outputs: tuple[str, ...]

    @property
    def wildcards(self) -> list[str]:
        """Names of the wildcards, in the order in which Snakemake tells them."""
        return list(dict.fromkeys(name for name, _ in FIELD.findall(self.outputs[0])))

    def comment(self, wildcards: Mapping[str, str]) -> str:
        """A job of this rule as SLURM's queue tells it."""
        return comment_of(self.rule, [wildcards[name] for name in self.wildcards])


@dataclass(frozen=True)
class Failure:
    """A job that began, is not at work, and has not ended well: what it was, its log, and what is said last."""

    rule: str
    wildcards: Mapping[str, str]
    log: str
    line: str

    def __str__(self) -> str:
        """The job and its last words."""
        values = [value for name, value in self.wildcards.items() if name != "dataset"]
        return f"{' '.join([self.rule, *values])}: {self.line.removeprefix(f'{self.rule}: ')}"


@dataclass(frozen=True)
class Status:
    """The state of each subject, in the order of the plan, and the jobs that failed."""

    states: Mapping[str, str]
    failures: Sequence[Failure]
    n_waiting: int
    n_at_work: int

    def __str__(self) -> str:
        """A table for people: how many, then which."""
        named = {state: [subject for subject, found in self.states.items() if found == state] for state in STATES}
        counts = ", ".join(f"{len(named[state])} {state}" for state in STATES)
        lines = [f"{len(self.states)} subjects: {counts}"]
        lines += [f"{state:>8}  {' '.join(named[state])}" for state in STATES if named[state]]
        lines += [f"jobs: {self.n_at_work} at work, {self.n_waiting} waiting in SLURM, {len(self.failures)} failed"]
        return "\n".join([*lines, *(f"  {failure}\n    {failure.log}" for failure in self.failures)])


def read_status(
    steps: Sequence[Step],
    finals: Mapping[str, Sequence[str]],
    *,
    dataset: str,
    queue: Sequence[QueuedJob],
    slurm_logs: str = "logs/slurm",
) -> Status:
    """The state of every subject and what failed.

    Parameters
    ----------
    steps : the rules of the run.
    finals : the files of each subject that nothing but its own jobs makes, and that are there when it is complete.
    dataset : name of the dataset, which stands in the paths.
    queue : what `slurm_queue.queued` tells of this folder.
    slurm_logs : where the profile has SLURM write.
    """
    open_logs = logs_at_work()
    at_work = {step.comment(found) for step in steps for _, found in _known(step.log, open_logs, dataset)}
    at_work |= {job.comment for job in queue if job.state != "PENDING"}
    waiting = {job.comment for job in queue} - at_work
    running = {_subject_of(comment, steps, dataset) for comment in at_work | waiting}
    complete = {subject for subject in finals if all(map(os.path.exists, finals[subject]))} - running
    failures = []
    for step in steps:
        for log, wildcards in logs_begun(step.log, dataset, without=complete):
            known = wildcards.get("subject") in {None, *finals}
            if known and step.comment(wildcards) not in at_work | waiting and _broke_off(step, log, wildcards):
                failures.append(Failure(step.rule, wildcards, log, last_line(step, log, wildcards, slurm_logs)))
    failed = {failure.wildcards.get("subject") for failure in failures}
    states = {}
    for subject in finals:
        ranks = (subject in complete, subject in failed, subject in running, True)
        states[subject] = ("complete", "failed", "running", "missing")[ranks.index(True)]
    return Status(states, failures, len(waiting), len(at_work))


def logs_begun(pattern: str, dataset: str, without: Collection[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The logs of a rule that are there, with their wildcards; those of some subjects are passed over."""
    skipped = {f"sub-{subject}" for subject in without}
    top = os.path.dirname(pattern.replace("{dataset}", dataset).partition("{")[0])
    for folder, inner, names in os.walk(top):
        inner[:] = sorted(set(inner) - skipped)
        paths = [os.path.join(folder, name) for name in sorted(names) if name.removesuffix(".log") not in skipped]
        yield from _known(pattern, paths, dataset)


def logs_at_work() -> set[str]:
    """Logs below this folder that a process of this machine has open, as seen from here."""
    here, found = os.getcwd(), set()
    for process in psutil.process_iter():
        try:
            found |= {file.path for file in process.open_files() if file.path.endswith(".log")}
        except psutil.Error:  # ended meanwhile, or not ours to look at
            continue
    inside = {os.path.relpath(path, here) for path in found if path.startswith(f"{here}{os.sep}logs{os.sep}")}
    return {path for path in inside if not path.startswith(os.path.join("logs", "slurm"))}


def last_line(step: Step, log: str, wildcards: Mapping[str, str], slurm_logs: str) -> str:
    """What is said last of a job: its own words of its end, or SLURM's, or how far it came."""
    own = _lines(log)
    if own and own[-1].startswith(f"{step.rule}: "):
        return own[-1]
    values = "_".join(wildcards[name] for name in step.wildcards)
    others = sorted(Path(slurm_logs, f"rule_{step.rule}", values).glob("*.log"), key=os.path.getmtime)
    said = [line for line in _lines(others[-1]) if "slurmstepd" in line and TOLD.search(line)] if others else []
    return (said or own or ["broke off without a word"])[-1]


def _broke_off(step: Step, log: str, wildcards: Mapping[str, str]) -> bool:
    """Whether a job that began has not ended well; one that did and whose products were taken away since has."""
    if all(os.path.exists(_fill(pattern, wildcards)) for pattern in step.outputs):
        return False
    benchmark = _fill(step.benchmark, wildcards)
    return not os.path.exists(benchmark) or os.path.getmtime(benchmark) < os.path.getmtime(log)


def _subject_of(comment: str, steps: Iterable[Step], dataset: str) -> str | None:
    """The subject of a job in the queue, whose wildcards stand side by side there."""
    patterns = {"subject": "([^_]+)", "dataset": re.escape(dataset)}
    for step in steps:
        if "subject" in step.wildcards:
            fields = [patterns.get(name, ".+") for name in step.wildcards]
            if found := re.fullmatch(re.escape(f"rule_{step.rule}_wildcards_") + "_".join(fields), comment):
                return found[1]
    return None


def _known(pattern: str, paths: Iterable[str], dataset: str) -> list[tuple[str, dict[str, str]]]:
    """The paths that have a pattern, with their wildcards, if they are of this dataset or of none."""
    found = [(path, match.groupdict()) for path in paths if (match := _regex(pattern).fullmatch(path))]
    return [(path, {"dataset": dataset, **own}) for path, own in found if own.get("dataset", dataset) == dataset]


@functools.cache
def _regex(pattern: str) -> re.Pattern:
    parts, end, seen = [], 0, set()
    for field in FIELD.finditer(pattern):
        name, constraint = field[1], field[2] or "[^/]+"
        parts += [
            re.escape(pattern[end : field.start()]),
            f"(?P={name})" if name in seen else f"(?P<{name}>{constraint})",
        ]
        seen.add(name)
        end = field.end()
    return re.compile("".join(parts) + re.escape(pattern[end:]))


def _fill(pattern: str, wildcards: Mapping[str, str]) -> str:
    return FIELD.sub(lambda field: wildcards[field[1]], pattern)


def _lines(path: str | Path) -> list[str]:
    text = Path(path).read_text(errors="replace") if os.path.exists(path) else ""
    return [line.strip() for line in text.splitlines() if line.strip()]
