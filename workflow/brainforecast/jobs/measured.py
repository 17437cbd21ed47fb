"""What jobs took: their benchmarks as rows of rule, sizes, time and memory, kept for the next estimate."""

import csv
import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from brainforecast.dataset.bids import MISSING, parse_number, read_numbered_rows, read_text, read_tsv
from brainforecast.errors import BadInput
from brainforecast.files import atomic
from brainforecast.jobs.cost import Job
from brainforecast.planning.sizes import QUANTITIES

COUNTS = ("jobs", "threads", "gpus")
COLUMNS = ("rule", "jobs", "threads", "gpus", "seconds", "memory_mb", *QUANTITIES, "study")


def read_measured(path: str | Path) -> list[Job]:
    """Read measured jobs, as `write_measured` writes them; none of a file that an earlier version wrote."""
    header = read_text(path).split("\n", 1)[0].rstrip("\r")
    if not {*COLUMNS} <= set(header.split("\t")):
        return []
    jobs = []
    for number, row in read_numbered_rows(path, COLUMNS):
        of = {name: _cell(f"{path} row {number}", row, name) for name in (*COUNTS, "seconds", "memory_mb", *QUANTITIES)}
        sizes = {name: of[name] for name in QUANTITIES}
        counts = {name: int(of[name]) for name in COUNTS}
        jobs.append(
            Job(row["rule"], sizes, **counts, seconds=of["seconds"], memory_mb=of["memory_mb"], study=row["study"])
        )
    return jobs


def _cell(where: str, row: Mapping[str, str], name: str) -> float:
    """A number of 0 or more, a whole one of `COUNTS`; NaN for a memory that is not known."""
    if name == "memory_mb" and row[name] in MISSING:
        return math.nan
    number = parse_number(row[name])
    if number is None or number < 0 or (name in COUNTS and not number.is_integer()):
        raise BadInput(where, f"{name} {row[name]}", f"a {'whole ' if name in COUNTS else ''}number of 0 or more")
    return number


def write_measured(jobs: Sequence[Job], path: str | Path, *, study: str) -> None:
    """Write measured jobs, a row for each rule and size; `study` names those that have none."""
    with atomic(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        for job in jobs:
            memory = "n/a" if math.isnan(job.memory_mb) else round(job.memory_mb)
            sizes = [f"{job.sizes[name]:g}" if job.sizes[name] < 1e5 else round(job.sizes[name]) for name in QUANTITIES]
            ran = [job.rule, job.jobs, job.threads, job.gpus, f"{job.seconds:.4g}", memory]
            writer.writerow([*ran, *sizes, job.study or study])


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


def _number(text: str) -> float:
    return float(text) if text not in ("NA", "-", "") else 0.0
