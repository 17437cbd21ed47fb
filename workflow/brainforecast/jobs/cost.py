"""Predict the cost of a run from the cost of earlier jobs.

A law per rule names what the cost of its jobs grows with, products x_i of their sizes; a fit to earlier jobs gives the
rates:

    core-seconds = a + sum_i b_i x_i          memory = c + sum_j e_j x_j          disk = f x_k

a, b, c, e >= 0, fitted on relative differences; a job of size 0 costs what it costs to start one. Jobs that ran on
this machine correct core-seconds and memory of their rule by the median ratio of measured to predicted cost.

Of jobs on a GPU nobody's times are kept: they take the operations of their model over the rate of `model_needs`, also
where a rule has never run on a CPU. Jobs of language models grow with the weights, so that the laws hold for any model.
"""

import csv
import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

from brainforecast.dataset.bids import MISSING, read_tsv
from brainforecast.files import atomic
from brainforecast.planning.models.needs import CPU_RATE, DISK_RATE, GPU_RATE
from brainforecast.planning.sizes import QUANTITIES

START_SECONDS, START_MB = 1.0, 150.0  # of a job of size 0: Python and its imports
START_GPU_SECONDS = 20.0  # of the libraries too
OPERATIONS = {"passes": 3e6, "futures": 3e6, "drawn": 3e6, "training": 8e9}  # of a term of weights, per unit
COLUMNS = ("rule", "jobs", "threads", "seconds", "memory_mb", *QUANTITIES, "machine")


@dataclass(frozen=True)
class Job:
    """A job before it runs; or, after they ran, jobs of equal rule and sizes.

    sizes : by the names in QUANTITIES; gpus : that it requests; gpu_mb : memory on all of them (MB); benchmark : the
    file of its measurement, present once it ran; jobs : number; seconds : their median; memory_mb : their maximum (MB).
    """

    rule: str
    sizes: Mapping[str, float]
    threads: int = 1
    gpus: int = 0
    gpu_mb: float = 0.0
    benchmark: str = ""
    jobs: int = 1
    seconds: float = math.nan
    memory_mb: float = math.nan

    @property
    def core_seconds(self) -> float:
        """What a cluster bills: wall-clock seconds times cores."""
        return self.seconds * self.threads


@dataclass(frozen=True)
class Law:
    """What the cost of a rule's jobs grows with.

    time, memory, disk : terms, each the names of sizes to multiply; bytes : disk is this times the sum of its terms.
    """

    time: Sequence[Sequence[str]] = ()
    memory: Sequence[Sequence[str]] = ()
    disk: Sequence[Sequence[str]] = ()
    bytes: float = 0.0


@dataclass
class Cost:
    """The predicted cost of all jobs of one rule; `measured` if such a job has run anywhere, or its rate is known."""

    measured: bool = True
    jobs: int = 0
    core_hours: float = 0.0
    gpu_hours: float = 0.0
    peak_mb: float = 0.0
    gpu_mb: float = 0.0
    disk_gb: float = 0.0


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
    earlier_jobs, local_jobs = _by_rule(earlier), _by_rule(local)
    for rule, of_rule in _by_rule(jobs).items():
        law, measured = laws.get(rule, Law()), (earlier_jobs.get(rule, []), local_jobs.get(rule, []))
        seconds = _fit_law(*measured, law.time, "core_seconds", START_SECONDS)
        memory = _fit_law(*measured, law.memory, "memory_mb", START_MB)
        stated = has_operations(law)
        costs[rule].measured = any(measured) or stated
        for job in of_rule:
            if stated and job.gpus:
                taken = START_GPU_SECONDS + stated_seconds(law, job.sizes, GPU_RATE * job.gpus)
            elif stated and not any(measured):
                taken = START_SECONDS + stated_seconds(law, job.sizes, CPU_RATE)
            else:
                taken = seconds(job.sizes) / (job.threads if job.gpus else 1)
            cost = costs[rule]
            cost.jobs += job.jobs
            cost.core_hours += 0.0 if job.gpus else taken / 3600
            cost.gpu_hours += job.gpus * taken / 3600
            cost.peak_mb, cost.gpu_mb = max(cost.peak_mb, memory(job.sizes)), max(cost.gpu_mb, job.gpu_mb)
            cost.disk_gb += law.bytes * sum(products(job.sizes, law.disk)) / 1e9
    return dict(costs)


def products(sizes: Mapping[str, float], terms: Sequence[Sequence[str]]) -> list[float]:
    """For each term, the product of the sizes it names."""
    return [math.prod(sizes[name] for name in term) for term in terms]


def has_operations(law: Law) -> bool:
    """Whether the time of a law grows with the weights of a language model."""
    return any("parameters" in term for term in law.time)


def stated_seconds(law: Law, sizes: Mapping[str, float], rate: float) -> float:
    """Seconds of a language model's job: operations over the rate, which is per second, and reading its weights."""
    terms = [term for term in law.time if "parameters" in term]
    operations = [
        product * OPERATIONS[name]
        for term, product in zip(terms, products(sizes, terms), strict=True)
        for name in OPERATIONS.keys() & set(term)
    ]
    return sum(operations) / rate + sizes["weights"] / DISK_RATE


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
    """Read laws by rule from a table rule, time, memory, disk (terms such as words*layers, joined by +), bytes."""
    rows = read_tsv(path, ["rule", "time", "memory", "disk", "bytes"])
    return {
        row["rule"]: Law(*(_terms(row[key]) for key in ("time", "memory", "disk")), float(row["bytes"] or 0))
        for row in rows
    }


def read_measured(path: str | Path) -> list[Job]:
    """Read measured jobs, as `write_measured` writes them; none of a file that an earlier version wrote."""
    with open(path, encoding="utf-8") as file:
        if not {*COLUMNS} <= set(file.readline().rstrip("\n").split("\t")):
            return []
    return [
        Job(
            row["rule"],
            {name: float(row[name]) for name in QUANTITIES},
            threads=int(row["threads"]),
            jobs=int(row["jobs"]),
            seconds=float(row["seconds"]),
            memory_mb=float(row["memory_mb"]) if row["memory_mb"] not in MISSING else math.nan,
        )
        for row in read_tsv(path, COLUMNS)
    ]


def write_measured(jobs: Sequence[Job], path: str | Path, *, machine: str) -> None:
    """Write measured jobs, a row for each rule and size."""
    with atomic(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        for job in jobs:
            memory = "n/a" if math.isnan(job.memory_mb) else round(job.memory_mb)
            sizes = [f"{job.sizes[name]:g}" if job.sizes[name] < 1e5 else round(job.sizes[name]) for name in QUANTITIES]
            writer.writerow([job.rule, job.jobs, job.threads, f"{job.seconds:.4g}", memory, *sizes, machine])


def measured_path(path_to_log: str | Path) -> Path:
    """Where the measurements of a dataset's jobs are kept, from the path of the log of `cost`.

    ``logs/<dataset>/cost/all.log`` gives ``benchmarks/measured/<dataset>.tsv``, both below the prefix of a module.
    """
    _, dataset, _, run = Path(path_to_log).parents[:4]
    return run / "benchmarks/measured" / f"{dataset.name}.tsv"


def measure(jobs: Iterable[Job]) -> list[Job]:
    """Collect the jobs that have a benchmark file: per rule and sizes, the median time and the maximum memory."""
    ran = defaultdict(list)
    for job in jobs:
        if job.benchmark and Path(job.benchmark).is_file():
            sizes = tuple((name, job.sizes[name]) for name in QUANTITIES)
            kind = (job.rule, job.threads, job.gpus, sizes)
            ran[kind] += read_tsv(job.benchmark, ["s", "max_rss"])
    return [
        Job(
            rule,
            dict(sizes),
            threads=threads,
            gpus=gpus,
            jobs=len(rows),
            seconds=statistics.median(_number(row["s"]) for row in rows),
            memory_mb=max(_number(row["max_rss"]) for row in rows) or math.nan,
        )
        for (rule, threads, gpus, sizes), rows in ran.items()
    ]


def cost_table(costs: Mapping[str, Cost], ran: Sequence[Job]) -> str:
    """The costs as a table for a terminal, most expensive rule first, with the jobs of this dataset that have run."""
    done = _by_rule(ran)
    names = f"{'core-h':>10}{'GPU-h':>9}{'peak GB':>9}{'GPU GB':>8}{'disk GB':>9}"
    lines = [f"{'rule':28}{'jobs':>8}{names}   run so far: jobs, core-h"]
    for rule, cost in sorted(costs.items(), key=lambda item: -(item[1].core_hours + item[1].gpu_hours)):
        n = sum(job.jobs for job in done.get(rule, []))
        taken = sum(job.jobs * job.core_seconds for job in done.get(rule, [])) / 3600
        lines.append(_line(rule if cost.measured else f"{rule} ?", cost) + (f"{n:18}{taken:10.3f}" if n else ""))
    lines.append(_line("all", _total(costs.values())))
    if not all(cost.measured for cost in costs.values()):
        lines.append("? has not run anywhere yet: only the cost of starting its jobs is counted")
    return "\n".join(lines)


def _by_rule(jobs: Iterable[Job]) -> dict[str, list[Job]]:
    found = defaultdict(list)
    for job in jobs:
        found[job.rule].append(job)
    return dict(found)


def _fit_law(
    earlier: Sequence[Job], local: Sequence[Job], terms: Sequence[Sequence[str]], quantity: str, start: float
) -> Callable[[Mapping[str, float]], float]:
    """Fit a law; return the function from sizes to the quantity.

    It is fitted to earlier jobs, or to local ones if there are none, and corrected by the local ones; `start` is the
    quantity of a job of size 0.
    """
    local = [job for job in local if getattr(job, quantity) > 0]
    fitted = [job for job in earlier if getattr(job, quantity) > 0] or local
    rows = [[1.0, *products(job.sizes, terms)] for job in fitted]
    values = [getattr(job, quantity) for job in fitted]
    if terms or not rows:
        rows, values = [*rows, [1.0, *(0.0 for _ in terms)]], [*values, start]
    weights = fit(rows, values)

    def law(sizes: Mapping[str, float]) -> float:
        return float(weights @ [1.0, *products(sizes, terms)])

    factor = statistics.median([getattr(job, quantity) / law(job.sizes) for job in local] or [1.0])
    return lambda sizes: factor * law(sizes)


def _terms(text: str) -> list[list[str]]:
    return [term.split("*") for term in text.split("+") if term not in MISSING]


def _number(text: str) -> float:
    return float(text) if text not in ("NA", "-", "") else 0.0


def _total(costs: Iterable[Cost]) -> Cost:
    total = Cost()
    for cost in costs:
        total.jobs += cost.jobs
        total.core_hours += cost.core_hours
        total.gpu_hours += cost.gpu_hours
        total.peak_mb, total.gpu_mb = max(total.peak_mb, cost.peak_mb), max(total.gpu_mb, cost.gpu_mb)
        total.disk_gb += cost.disk_gb
    return total


def _line(name: str, cost: Cost) -> str:
    hours = f"{cost.core_hours:10.3f}{cost.gpu_hours:9.3f}"
    memory = f"{cost.peak_mb / 1e3:9.1f}{cost.gpu_mb / 1e3:8.1f}"
    return f"{name:28}{cost.jobs:8,}{hours}{memory}{cost.disk_gb:9.1f}"
