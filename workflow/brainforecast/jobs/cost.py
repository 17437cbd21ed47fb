"""Predict the cost of a run from the cost of earlier jobs.

A law per rule names what the cost of its jobs grows with, products x_i of their sizes; a fit to earlier jobs gives the
rates:

    core-seconds = a + sum_i b_i x_i          memory = c + sum_j e_j x_j          disk = sum_k f_k x_k

a, b, c, e >= 0, fitted on relative differences; a and c are what it takes to start a job. The bytes f are those
of a file's format, and are given. Jobs that ran on this machine correct core-seconds and memory of their rule by the
median ratio of measured to predicted cost.

Two kinds of jobs have a rate that is given too. A language model on a GPU, or one that has run on no CPU yet, takes the
operations and steps of its jobs at the rates of `planning.models.needs`; a download its bytes at `FETCH_RATE`.
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

from brainforecast.dataset.bids import MISSING, read_tsv
from brainforecast.planning.models.needs import CPU_RATE, DISK_RATE, GPU_RATE

START_SECONDS, START_MB = 1.0, 150.0  # of a job of size 0: Python and its imports
START_GPU_SECONDS = 20.0  # of the libraries too
FETCH_RATE = 20.0  # MB per second, of a connection of 160 Mbit per second that nobody else uses
FETCHING = "fetch_"  # what the names of rules that download start with

Terms = Sequence[tuple[float, Sequence[str]]]  # a factor and the sizes that it is multiplied with


@dataclass(frozen=True)
class Job:
    """A job before it runs; or, after they ran, jobs of equal rule and sizes.

    sizes : by the names in QUANTITIES; gpus : that it requests; gpu_mb : memory on all of them (MB); benchmark : the
    file of its measurement, present once it ran; output : a file that it makes; temporary : whether all that it makes
    is deleted once it was read; jobs : number; seconds : their median; memory_mb : their maximum (MB); study : where
    they ran.
    """

    rule: str
    sizes: Mapping[str, float]
    threads: int = 1
    gpus: int = 0
    gpu_mb: float = 0.0
    benchmark: str = ""
    output: str = ""
    temporary: bool = False
    jobs: int = 1
    seconds: float = math.nan
    memory_mb: float = math.nan
    study: str = ""

    @property
    def core_seconds(self) -> float:
        """What a cluster bills: wall-clock seconds times cores; of a job on GPUs, wall-clock seconds."""
        return self.seconds * (1 if self.gpus else self.threads)


@dataclass(frozen=True)
class Law:
    """What the cost of a rule's jobs grows with.

    time, memory : terms, whose rates are fitted; disk : terms, in bytes.
    """

    time: Terms = ()
    memory: Terms = ()
    disk: Terms = ()

    def disk_bytes(self, job: Job) -> float:
        """What a job leaves on disk (B)."""
        return sum(products(job.sizes, self.disk))


@dataclass
class Cost:
    """The predicted cost of all jobs of one rule; `known` if such a job has run anywhere, or its rate is given.

    disk_gb : of all that they write, temporary_gb : of what is deleted before the run ends.
    """

    known: bool = True
    jobs: int = 0
    core_hours: float = 0.0
    gpu_hours: float = 0.0
    peak_mb: float = 0.0
    gpu_mb: float = 0.0
    disk_gb: float = 0.0
    temporary_gb: float = 0.0


def predict(
    jobs: Iterable[Job], laws: Mapping[str, Law], earlier: Sequence[Job], local: Sequence[Job] = ()
) -> dict[str, Cost]:
    """Predict the cost of each rule.

    Parameters
    ----------
    jobs : the planned jobs.
    laws : by rule; a rule whose cost does not grow has none.
    earlier : measured jobs, to which the laws are fitted.
    local : measured jobs of this machine, which correct the fit.
    """
    costs: dict[str, Cost] = defaultdict(Cost)
    earlier_jobs, local_jobs = by_rule(earlier), by_rule(local)
    for rule, of_rule in by_rule(jobs).items():
        law, measured = laws.get(rule, Law()), (earlier_jobs.get(rule, []), local_jobs.get(rule, []))
        cost, on_cpu, given = costs[rule], _on_cpu(*measured), _given_rate(rule, law)
        on_cpus = _fit_law(*on_cpu, law.time, "core_seconds", START_SECONDS)
        if given and not any(on_cpu):
            on_cpus = partial(given, rate=CPU_RATE)
        on_gpus = given and _corrected(partial(given, rate=GPU_RATE), measured[1], "core_seconds", gpus=True)
        memory = _fit_law(*on_cpu, law.memory, "memory_mb", START_MB)
        cost.known = bool(given) or any(on_cpu)
        for job in of_rule:
            taken = on_gpus(job) if job.gpus and on_gpus else on_cpus(job) / (job.threads if job.gpus else 1)
            cost.jobs += job.jobs
            cost.core_hours += 0.0 if job.gpus else taken / 3600
            cost.gpu_hours += job.gpus * taken / 3600
            cost.peak_mb, cost.gpu_mb = max(cost.peak_mb, memory(job)), max(cost.gpu_mb, job.gpu_mb)
            written = law.disk_bytes(job) / 1e9
            cost.disk_gb += written
            cost.temporary_gb += written if job.temporary else 0.0
    return dict(costs)


def products(sizes: Mapping[str, float], terms: Terms) -> list[float]:
    """For each term, the product of its factor and the sizes it names."""
    return [factor * math.prod(sizes[name] for name in names) for factor, names in terms]


def by_rule(jobs: Iterable[Job]) -> dict[str, list[Job]]:
    """Jobs by their rule."""
    found = defaultdict(list)
    for job in jobs:
        found[job.rule].append(job)
    return dict(found)


def fit(X: Sequence[Sequence[float]], y: Sequence[float]) -> np.ndarray:
    """Minimise the sum over rows of (X w / y - 1)^2 over w >= 0.

    Parameters
    ----------
    X : (n_jobs, n_terms); y : (n_jobs,), > 0.

    Returns
    -------
    w : (n_terms,)
    """
    X, y = np.array(X, float), np.array(y, float)
    scale = np.maximum(X.max(axis=0), np.finfo(float).tiny)
    return nnls(X / scale / y[:, None], np.ones(len(y)))[0] / scale


def read_laws(path: str | Path) -> dict[str, Law]:
    """Read laws by rule from a table rule, time, memory, disk: terms such as 4*words*layers, joined by +."""
    rows = read_tsv(path, ["rule", "time", "memory", "disk"])
    return {row["rule"]: Law(*(_terms(row[key]) for key in ("time", "memory", "disk"))) for row in rows}


def _given_rate(rule: str, law: Law) -> Callable[..., float] | None:
    """Seconds of a job from operations per second, or from the bytes of its download; None where jobs are measured."""
    if rule.startswith(FETCHING):
        return lambda job, rate: START_SECONDS + law.disk_bytes(job) / 1e6 / FETCH_RATE
    if not any("operations" in names for _, names in law.time):
        return None

    def seconds(job: Job, rate: float) -> float:
        computing = job.sizes["operations"] * 1e12 / rate + job.sizes["weights"] / DISK_RATE
        return computing + (START_GPU_SECONDS + job.sizes["steps"] if job.gpus else START_SECONDS)

    return seconds


def _on_cpu(*measured: Sequence[Job]) -> list[list[Job]]:
    return [[job for job in jobs if not job.gpus] for jobs in measured]


def _fit_law(
    earlier: Sequence[Job], local: Sequence[Job], terms: Terms, quantity: str, start: float
) -> Callable[[Job], float]:
    """Fit a law; return the function from a job to the quantity.

    It is fitted to earlier jobs, or to local ones if there are none, and corrected by the local ones; `start` is the
    quantity of a job of size 0, where there are too few jobs to fit that too.
    """
    local = [job for job in local if getattr(job, quantity) > 0]
    fitted = [job for job in earlier if getattr(job, quantity) > 0] or local
    rows = [[1.0, *products(job.sizes, terms)] for job in fitted]
    values = [getattr(job, quantity) for job in fitted]
    if len(rows) <= len(terms) or not rows:
        rows, values = [*rows, [1.0, *(0.0 for _ in terms)]], [*values, start]
    weights = fit(rows, values)
    return _corrected(lambda job: float(weights @ [1.0, *products(job.sizes, terms)]), local, quantity)


def _corrected(
    law: Callable[[Job], float], local: Sequence[Job], quantity: str, *, gpus: bool = False
) -> Callable[[Job], float]:
    """A law times the median ratio of what local jobs took to what it predicts for them."""
    ran = [job for job in local if bool(job.gpus) == gpus and getattr(job, quantity) > 0]
    factor = statistics.median([getattr(job, quantity) / law(job) for job in ran] or [1.0])
    return lambda job: factor * law(job)


def _terms(text: str) -> Terms:
    return [_term(term) for term in text.split("+") if term not in MISSING]


def _term(text: str) -> tuple[float, list[str]]:
    factors = text.split("*")
    numbers = [float(factor) for factor in factors if not factor.isidentifier()]
    return math.prod(numbers), [factor for factor in factors if factor.isidentifier()]
