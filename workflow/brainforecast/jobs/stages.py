"""A line on the terminal for each stage of a run that has finished, with how much is left.

A stage is a file of rules: words and responses, activations, scores, tables. Lines go through Snakemake's own logger,
so they are in its log too, and `--quiet all` hides them.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from brainforecast.errors import BadInput
from brainforecast.jobs.cost import Job, predict, read_laws
from brainforecast.jobs.measured import read_measured
from brainforecast.progress import duration

STAGES = {  # file of rules: what its jobs make
    "simulation": "simulated data",
    "dataset": "words and responses",
    "language": "activations",
    "syntax": "syntax and semantics",
    "finetuning": "fine-tuned models",
    "encoding": "scores",
    "controls": "verdict and variants",
    "results": "tables and maps",
    "figures": "figures",
    "report": "report",
}
MOST = 10_000  # jobs of which the work is predicted: of more, most are alike, and it would take half a minute
ENOUGH = 0.05  # of the expected work: before that, its pace is no measure of the rest


@dataclass(frozen=True)
class StageJob:
    """A job of a run: its stage, in the words of STAGES, and the work that is expected of it (core-seconds)."""

    stage: str
    work: float


def stage_of(path_to_rules: str | Path) -> str | None:
    """The stage of a file below the folder of rules, in words; None for a file of other rules."""
    parts = Path(path_to_rules).parts
    below = parts[len(parts) - parts[::-1].index("rules") :] if "rules" in parts else ("",)
    return STAGES.get(below[0].removesuffix(".smk"))


def stage_jobs(needed: Iterable, predicted: Callable[[], Mapping[str, float]]) -> dict[int, StageJob]:
    """The jobs that Snakemake runs, by their number; those that make no file of the study are left out.

    Parameters
    ----------
    needed : Snakemake's jobs.
    predicted : gives the work of a job of each rule (`expected_work`), or raises BadInput while a file that it reads is
        still to be fetched: all jobs count alike then. Not called where there are more than `MOST`.
    """
    named = {job.jobid: (stage_of(job.rule.snakefile), job.rule.name) for job in needed}
    staged = {number: names for number, names in named.items() if names[0]}
    work: Mapping[str, float] = {}
    with suppress(BadInput):
        work = predicted() if 0 < len(staged) <= MOST else {}
    usual = sum(work.values()) / len(work) if work else 1.0  # of a rule without a prediction
    return {number: StageJob(stage, work.get(rule, usual)) for number, (stage, rule) in staged.items()}


def expected_work(jobs: Iterable[Mapping], path_to_laws: str | Path, path_to_measured: str | Path) -> dict[str, float]:
    """Core-seconds expected of a job of each rule, their mean over the jobs of a study.

    Parameters
    ----------
    jobs : fields of `cost.Job` of every job of the study (`workflow_rules.jobs_before`).
    path_to_laws, path_to_measured : what the predicted cost comes from (`cost.predict`).
    """
    costs = predict([Job(**fields) for fields in jobs], read_laws(path_to_laws), read_measured(path_to_measured))
    return {rule: 3600 * (cost.core_hours + cost.gpu_hours) / cost.jobs for rule, cost in costs.items()}


class StageLines(logging.Handler):
    """Counts the jobs that finish, and logs a line when the last one of a stage has.

    Parameters
    ----------
    jobs : the planned jobs by their number.
    log : the logger whose records of finished jobs, with a `job_id`, come here; lines go to it.
    finished : the `event` of such a record.
    """

    def __init__(self, jobs: Mapping[int, StageJob], log: logging.Logger, finished: object):
        super().__init__()
        self.jobs, self._log, self._finished = dict(jobs), log, finished
        self._left = dict(self.jobs)
        self._started = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        """Count a finished job; other records are nothing to this handler."""
        number = getattr(record, "job_id", None)
        if getattr(record, "event", None) != self._finished or number not in self._left:
            return
        stage = self._left.pop(number).stage
        if stage not in {job.stage for job in self._left.values()}:
            self._log.info(self._line(stage))

    def _line(self, stage: str) -> str:
        n = sum(job.stage == stage for job in self.jobs.values())
        now = time.monotonic()
        taken = duration(now - self._started)
        done = f"Finished: {stage}, {n} job{'s' if n != 1 else ''}, {taken} after the start."
        if not self._left:
            return f"{done} Nothing is left."
        counts = Counter(job.stage for job in self._left.values())
        stages = ", ".join(f"{name} {counts[name]}" for name in STAGES.values() if name in counts)
        return f"{done} Left: {len(self._left)} of {len(self.jobs)} jobs ({stages}){self._time_left(now)}."

    def _time_left(self, now: float) -> str:
        """About how long the rest takes, at the pace so far; nothing while little of the work is done."""
        total = sum(job.work for job in self.jobs.values())
        left = sum(job.work for job in self._left.values())
        if not total > 0 or total - left < ENOUGH * total:
            return ""
        return f", about {duration((now - self._started) * left / (total - left))}"
