"""How long the paper's study takes to plan, and how much memory: a dry-run of its config at three grains.

It needs the lists of the Narratives dataset (participants, scans, events, alignments), no image. Each dry-run is a
process of its own, as a user starts it; the least of the repeats is reported, and the most memory.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).parents[2]
FORTY_THOUSAND = ("brain_score", "forecast", "depth", "single_words", "noise_ceiling")  # 139 cells a listener
GRAINS = {  # name: analyses (None: all), fanout
    "as configured": (None, {}),
    "cluster": (FORTY_THOUSAND, {}),
    "one distance a job": (FORTY_THOUSAND, {"distances_per_job": 1}),
}


def main() -> None:
    sizes = read_arguments()
    results = {}
    for name in sizes.grains:
        runs = [plan(sizes.root, *GRAINS[name]) for _ in range(sizes.repeats)]
        best = min(runs, key=lambda run: run["wall_s"])
        results[name] = {**best, "peak_rss_mb": max(run["peak_rss_mb"] for run in runs)}
        print(name, json.dumps(results[name]), flush=True)
    print(json.dumps({"peak_rss_mb": max(run["peak_rss_mb"] for run in results.values()), "grains": results}))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="the Narratives dataset, or its lists alone")
    parser.add_argument("--repeats", type=int, default=1, help="dry-runs of each grain (1)")
    parser.add_argument("--grains", nargs="+", choices=GRAINS, default=list(GRAINS), help="which (all)")
    return parser.parse_args()


def plan(root: Path, analyses: tuple[str, ...] | None, fanout: dict) -> dict:
    """Jobs, cells of scoring jobs, seconds and megabytes of one dry-run in an empty folder."""
    config = yaml.safe_load((REPOSITORY / "config/narratives.yaml").read_text())
    config["dataset"]["root"] = str(root.resolve())
    config["fanout"] |= fanout
    if analyses:
        config["analyses"] = {name: config["analyses"][name] for name in analyses}
        config["figures"] = {"curves": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_text(yaml.safe_dump(config))
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile"), "--cores", "1"]
        started = time.perf_counter()
        printed, usage = run([*command, "-n", "--quiet", "rules", "--configfile", str(path)], folder)
        wall = time.perf_counter() - started
    jobs = {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", printed, re.MULTILINE)}
    return {
        "jobs": jobs["total"],
        "scoring_jobs": jobs["score_cells"],
        "wall_s": round(wall, 1),
        "processor_s": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_rss_mb": round(usage.ru_maxrss / 1024),
    }


def run(command: list[str], folder: str) -> tuple[str, object]:
    """What a process printed, and its own use of processor and memory."""
    with open(Path(folder) / "printed", "w+") as printed:
        process = subprocess.Popen(command, cwd=folder, stdout=printed, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        printed.seek(0)
        text = printed.read()
    if status:
        raise RuntimeError(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}:\n{text[-2000:]}")
    return text, usage


if __name__ == "__main__":
    main()
