"""The state of a run: which subjects are complete, running, failed or missing, read from the files in its folder.

No plan of all jobs is made. A job that started has a log; one that succeeded has its outputs and a benchmark no older
than its log; one in progress is in SLURM's queue or has its log open on this machine. That separates the
four states, and reads only the logs of the subjects that are not complete.
"""

import functools
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import psutil

from brainforecast.jobs.slurm import QueuedJob, comment_of

FIELD = re.compile(r"\{(\w+)(?:,((?:[^{}]|\{[^{}]*\})*))?\}")  # {name} or {name,constraint}
STATES = ("complete", "running", "failed", "missing")
COLOURS = {"complete": 32, "running": 36, "failed": 31, "missing": 33}  # green, cyan, red, yellow of ANSI
SLURM_LOGS = "logs/slurm"  # where the profile has SLURM write
CAUSE = re.compile(r"error|exceeded|killed", re.IGNORECASE)  # in a line in which SLURM gives the cause of an end


@dataclass(frozen=True)
class RuleFiles:
    """The files of a rule: patterns of its log, benchmark and outputs, with wildcards in braces."""

    rule: str
    log: str
    benchmark: str
    outputs: tuple[str, ...]

    @property
    def wildcards(self) -> list[str]:
        """Names of the wildcards, in Snakemake's order."""
        return list(dict.fromkeys(name for name, _ in FIELD.findall(self.outputs[0])))

    def comment(self, wildcards: Mapping[str, str]) -> str:
        """The comment of a job of this rule in SLURM's queue."""
        return comment_of(self.rule, [wildcards[name] for name in self.wildcards])


@dataclass(frozen=True)
class Failure:
    """A job that started, is not in progress and has not succeeded; `line` is the last message about it."""

    rule: str
    wildcards: Mapping[str, str]
    log: str
    line: str

    @property
    def job(self) -> str:
        """The rule and its wildcards."""
        return " ".join([self.rule, *(value for name, value in self.wildcards.items() if name != "dataset")])

    def __str__(self) -> str:
        """The job and the last message about it."""
        return f"{self.job}: {self.line.removeprefix(f'{self.rule}: ')}"


@dataclass(frozen=True)
class Status:
    """The state of each subject, in the order of the plan, the jobs that failed, and those that SLURM never starts."""

    states: Mapping[str, str]
    failures: Sequence[Failure]
    n_waiting: int
    n_running: int
    stuck: Sequence[QueuedJob] = ()

    def __str__(self) -> str:
        """A table for people: counts first, then names."""
        return self.table(coloured=False)

    def table(self, *, coloured: bool) -> str:
        """The same; on a terminal states are in colour, those that no subject has excepted."""

        def paint(text: str, state: str) -> str:
            return f"\033[{COLOURS[state]}m{text}\033[0m" if coloured else text

        names = {state: [subject for subject, found in self.states.items() if found == state] for state in STATES}
        counts = {state: f"{len(names[state])} {state}" for state in STATES}
        shown = (paint(text, state) if names[state] else text for state, text in counts.items())
        lines = [f"{len(self.states)} subject{'s' * (len(self.states) != 1)}: {', '.join(shown)}"]
        lines += [f"{paint(f'{state:>8}', state)}  {' '.join(names[state])}" for state in STATES if names[state]]
        failed = f"{len(self.failures)} failed"
        failed = paint(failed, "failed") if self.failures else failed
        lines += [f"jobs: {self.n_running} at work, {self.n_waiting} waiting in SLURM, {failed}"]
        lines += [f"  {paint(str(failure), 'failed')}\n    {failure.log}" for failure in self.failures]
        stuck = (f"{job.comment}: SLURM never starts it: {job.reason}; scancel {job.number}" for job in self.stuck)
        return "\n".join([*lines, *(f"  {paint(text, 'failed')}" for text in stuck)])


def takes_colour(stream: TextIO) -> bool:
    """Whether colours are shown there: a terminal that is not a dumb one, and no NO_COLOR in the environment."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def read_status(
    rules: Sequence[RuleFiles],
    final_files: Mapping[str, Sequence[str]],
    *,
    dataset: str,
    queue: Sequence[QueuedJob],
    slurm_logs: str = SLURM_LOGS,
) -> Status:
    """The state of every subject and the jobs that failed.

    Parameters
    ----------
    rules : the rules of the run.
    final_files : files of each subject that only its own jobs write; a subject that has all of them is complete.
    dataset : name of the dataset, as in the paths.
    queue : jobs of this folder (`slurm.queued`).
    slurm_logs : the folder to which the profile has SLURM write.
    """
    open_logs = logs_in_use()
    running_jobs = {rule.comment(found) for rule in rules for _, found in _matches(rule.log, open_logs, dataset)}
    running_jobs |= {job.comment for job in queue if job.state != "PENDING"}
    waiting_jobs = {job.comment for job in queue} - running_jobs
    active_jobs = running_jobs | waiting_jobs
    running = {_subject_of(comment, rules, dataset) for comment in active_jobs}
    complete = {subject for subject in final_files if all(map(os.path.exists, final_files[subject]))} - running
    failures = []
    for rule in rules:
        for log, wildcards in started_logs(rule.log, dataset, without=complete):
            in_plan = wildcards.get("subject") in {None, *final_files}
            if in_plan and rule.comment(wildcards) not in active_jobs and _failed(rule, log, wildcards):
                failures.append(Failure(rule.rule, wildcards, log, last_line(rule, log, wildcards, slurm_logs)))
    failed = {failure.wildcards.get("subject") for failure in failures}
    states = {}
    for subject in final_files:
        ranks = (subject in complete, subject in failed, subject in running, True)
        states[subject] = ("complete", "failed", "running", "missing")[ranks.index(True)]
    stuck = [job for job in queue if job.never_starts]
    return Status(states, failures, len(waiting_jobs), len(running_jobs), stuck)


def jobs_failed_since(start: float, rules: Iterable[Mapping], *, dataset: str) -> list[Failure]:
    """The jobs that started after a time and have not succeeded, the one that wrote last at the end.

    Parameters
    ----------
    start : seconds since the epoch.
    rules : fields of `RuleFiles` for every rule (`workflow_rules.files_of_rules`).
    """
    found = []
    for rule in (RuleFiles(**files) for files in rules):
        for log, wildcards in started_logs(rule.log, dataset, without=()):
            written = os.path.getmtime(log)
            if written >= start and _failed(rule, log, wildcards):
                line = last_line(rule, log, wildcards, SLURM_LOGS)
                found.append((written, Failure(rule.rule, wildcards, log, line)))
    return [failure for _, failure in sorted(found, key=lambda pair: pair[0])]


def describe_failures(failures: Sequence[Failure], most: int = 5) -> str:
    """The last `most` failures for the end of a run's output: each job and its log, then its own line."""
    if not failures:
        return "No job left a message of its own: the lines above have the reason.\n"
    more = [f"{len(failures)} jobs failed; `snakemake status` lists them all"] if len(failures) > most else []
    lines = [line for failure in failures[-most:] for line in (f"{failure.job} failed, {failure.log}", failure.line)]
    return "\n".join([*more, *lines, ""])


def started_logs(pattern: str, dataset: str, without: Collection[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The logs of a rule that exist, with their wildcards, except those of the subjects in `without`."""
    skipped = {f"sub-{subject}" for subject in without}
    top = os.path.dirname(pattern.replace("{dataset}", dataset).partition("{")[0])
    for folder, inner, names in os.walk(top):
        inner[:] = sorted(set(inner) - skipped)
        paths = [os.path.join(folder, name) for name in sorted(names) if name.removesuffix(".log") not in skipped]
        yield from _matches(pattern, paths, dataset)


def logs_in_use() -> set[str]:
    """Logs below this folder that a process of this machine has open, relative to the folder."""
    here, found = os.getcwd(), set()
    for process in psutil.process_iter():
        try:
            found |= {file.path for file in process.open_files() if file.path.endswith(".log")}
        except psutil.Error:  # ended in the meantime, or not readable for us
            continue
    inside = {os.path.relpath(path, here) for path in found if path.startswith(f"{here}{os.sep}")}
    return {path for path in inside if not path.startswith((os.path.join("logs", "slurm"), ".snakemake"))}


def last_line(rule: RuleFiles, log: str, wildcards: Mapping[str, str], slurm_logs: str) -> str:
    """The last message about a job: its own error line; else SLURM's; else the last line of its log."""
    own = _lines(log)
    if own and own[-1].startswith(f"{rule.rule}: "):
        return own[-1]
    values = "_".join(wildcards[name] for name in rule.wildcards)
    others = sorted(Path(slurm_logs, f"rule_{rule.rule}", values).glob("*.log"), key=os.path.getmtime)
    slurm = [line for line in _lines(others[-1]) if "slurmstepd" in line and CAUSE.search(line)] if others else []
    return (slurm or own or ["ended without a message"])[-1]


def _failed(rule: RuleFiles, log: str, wildcards: Mapping[str, str]) -> bool:
    """Whether a job that started has not succeeded; a job whose products were removed later did succeed."""
    if all(os.path.exists(_fill(pattern, wildcards)) for pattern in rule.outputs):
        return False
    benchmark = _fill(rule.benchmark, wildcards)
    return not os.path.exists(benchmark) or os.path.getmtime(benchmark) < os.path.getmtime(log)


def _subject_of(comment: str, rules: Iterable[RuleFiles], dataset: str) -> str | None:
    """The subject of a queued job, from its comment, in which the wildcards follow each other."""
    patterns = {"subject": "([^_]+)", "dataset": re.escape(dataset)}
    for rule in rules:
        if "subject" in rule.wildcards:
            fields = [patterns.get(name, ".+") for name in rule.wildcards]
            if found := re.fullmatch(re.escape(f"rule_{rule.rule}_wildcards_") + "_".join(fields), comment):
                return found[1]
    return None


def _matches(pattern: str, paths: Iterable[str], dataset: str) -> list[tuple[str, dict[str, str]]]:
    """The paths that match a pattern, with their wildcards, if they belong to this dataset or to none."""
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
