"""The printed estimate: a table of rules, and lines on the disk that a run needs and whether it is there."""

import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from brainforecast.jobs.cost import FETCH_RATE, FETCHING, Cost, Job, Law, by_rule


def cost_table(costs: Mapping[str, Cost], ran: Sequence[Job]) -> str:
    """The costs as a table for a terminal, most expensive rule first, with the jobs of this dataset that have run."""
    done = by_rule(ran)
    names = f"{'core-h':>10}{'GPU-h':>9}{'peak GB':>9}{'GPU GB':>8}{'disk GB':>9}"
    lines = [f"{'rule':28}{'jobs':>8}{names}   run so far: jobs, core-h"]
    for rule, cost in sorted(costs.items(), key=lambda item: -(item[1].core_hours + item[1].gpu_hours)):
        n = sum(job.jobs for job in done.get(rule, []))
        taken = sum(job.jobs * job.core_seconds for job in done.get(rule, [])) / 3600
        lines.append(_line(rule if cost.known else f"{rule} ?", cost) + (f"{n:18}{taken:10.3f}" if n else ""))
    total = _total(costs.values())
    lines.append(_line("all", total))
    if not all(cost.known for cost in costs.values()):
        lines.append("? has not run anywhere yet: only the cost of starting its jobs is counted")
    if any(rule.startswith(FETCHING) for rule in costs):
        lines.append(f"downloads: {FETCH_RATE:g} MB per second is assumed")
    left = total.disk_gb - total.temporary_gb
    at_end = f", {left:,.1f} GB at the end" if total.temporary_gb else ""
    lines.append(f"disk: {total.disk_gb:,.1f} GB at the peak, where no temporary file has left yet{at_end}")
    return "\n".join(lines)


def disk_warnings(jobs: Iterable[Job], laws: Mapping[str, Law], root: str | None) -> list[str]:
    """A line for each disk that has less room than what is still to be written there.

    Parameters
    ----------
    jobs : all of a study; those that have run have written their files already.
    root : folder of the images where they are not fetched by the workflow but are still missing; None where they are.
    """
    needed: dict[int, float] = defaultdict(float)
    folders: dict[int, set[str]] = defaultdict(set)
    places: dict[int, Path] = {}  # a folder on each disk: below the named ones, which may be on another one
    for job in jobs:
        written = laws.get(job.rule, Law()).disk_bytes(job)
        if not written or (job.benchmark and os.path.exists(job.benchmark)):
            continue
        folder = root if root and job.rule == f"{FETCHING}run" else os.path.dirname(job.output)
        place = _existing(folder)
        disk = os.stat(place).st_dev
        needed[disk] += written
        places[disk] = place
        folders[disk].add(root if folder == root else job.output.split("/")[0])
    lines = []
    for disk, size in needed.items():
        names, free = sorted(folders[disk]), shutil.disk_usage(places[disk]).free
        if free < size:
            lines.append(
                f"warning: {size / 1e9:,.1f} GB are still to be written to the disk of {' and '.join(names)}, "
                f"which has {free / 1e9:,.1f} GB free"
            )
    return lines


def _existing(folder: str) -> Path:
    """The folder, or its nearest parent that exists."""
    path = Path(folder).absolute()
    return next(place for place in (path, *path.parents) if place.exists())


def _total(costs: Iterable[Cost]) -> Cost:
    total = Cost()
    for cost in costs:
        total.jobs += cost.jobs
        total.core_hours += cost.core_hours
        total.gpu_hours += cost.gpu_hours
        total.peak_mb, total.gpu_mb = max(total.peak_mb, cost.peak_mb), max(total.gpu_mb, cost.gpu_mb)
        total.disk_gb += cost.disk_gb
        total.temporary_gb += cost.temporary_gb
    return total


def _line(name: str, cost: Cost) -> str:
    hours = f"{cost.core_hours:10.3f}{cost.gpu_hours:9.3f}"
    memory = f"{cost.peak_mb / 1e3:9.1f}{cost.gpu_mb / 1e3:8.1f}"
    return f"{name:28}{cost.jobs:8,}{hours}{memory}{cost.disk_gb:9.1f}"
