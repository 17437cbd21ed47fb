"""Time and memory of the whole Snakefile on a small simulated study, rule by rule, against a plain pipeline's scores.

Run by hand: ``envs/run env PYTHONPATH=workflow python tests/benchmarks/end_to_end.py``. The demo runs in a temporary
folder with fewer listeners and distances. The peer then scores the same listener with scikit-learn: the present and
one window, two small numbers of targets. Its whole is that, on the line through both sizes, for every cell and
listener; ours is the time of the jobs that build designs and score, each on one core. Last line: one JSON object.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from measuring import extrapolate, timed
from threadpoolctl import threadpool_limits

from brainforecast.storage.activations import read_layer
from brainforecast.storage.responses import load_responses
from brainforecast.storage.scores import read_scores

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import plain_pipeline  # noqa: E402

LAYER, WIDTH = 16, 7
OURS = ("build_design", "score_cells")


def main() -> None:
    """Measure and print."""
    sizes = read_sizes()
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder)
        config = write_config(study / "config.yaml", sizes)
        whole = timed(lambda: run_snakemake(study, sizes.cores))[0][0]
        rules = read_benchmarks(study / "benchmarks")
        print_rules(rules, whole)
        ours = sum(rules[rule]["seconds"] for rule in OURS)
        plain, agreement = (None, {}) if sizes.no_peer else peer(study, config, sizes)
    if plain:
        print(f"designs and scores: ours {ours:.0f} s of jobs, scikit-learn {plain:.0f} s (extrapolated)")
    result = {
        "ratio": {"scikit-learn, designs and scores": round(plain / ours, 1)} if plain else {},
        "agreement": agreement,
        "peak_rss_mb": round(max(rule["max_rss_mb"] for rule in rules.values())),
        "seconds": {"whole": round(whole), **{name: round(rule["seconds"], 1) for name, rule in rules.items()}},
        "sizes": vars(sizes),
    }
    print(json.dumps(result, default=float))


def read_sizes() -> argparse.Namespace:
    """Sizes from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listeners", type=int, default=2)
    parser.add_argument("--first", type=int, default=0, help="distance")
    parser.add_argument("--last", type=int, default=8, help="distance")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--peer-targets", type=int, default=400, help="targets the peer takes")
    parser.add_argument("--no-peer", action="store_true")
    return parser.parse_args()


def write_config(path: Path, sizes: argparse.Namespace) -> dict:
    """The demo's config with these sizes, one layer and the true words only."""
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    config["simulation"]["n_listeners"] = sizes.listeners
    del config["simulation"]["regions"]  # no syntax is planted: its futures would take longer than all else
    analyses = config["analyses"] = {name: config["analyses"][name] for name in ("brain_score", "forecast")}
    analyses["brain_score"]["layers"] = [LAYER]
    analyses["forecast"] |= {"sources": ["true"], "distances": {"first": sizes.first, "last": sizes.last}}
    config["maps"] |= {"distance": sizes.last, "depth_distance": sizes.last, "reference": sizes.first}
    for section in (*analyses.values(), config["maps"]):
        section["base"] = "paper"  # the plain pipeline has no lexical columns
    path.write_text(yaml.safe_dump(config))
    return config


def run_snakemake(study: Path, cores: int) -> None:
    """The whole workflow, in a folder of its own."""
    arguments = ["--directory", study, "--configfile", study / "config.yaml", "--cores", cores]
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--workflow-profile", "none"]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [*map(str, command), *map(str, arguments)], cwd=study, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"the workflow failed\n{done.stdout[-2000:]}{done.stderr[-4000:]}")


def read_benchmarks(folder: Path) -> dict[str, dict[str, float]]:
    """Of each rule: jobs, their seconds together, the most memory of one."""
    jobs = defaultdict(list)
    for path in sorted(folder.rglob("*.tsv")):
        with path.open() as file:
            jobs[path.relative_to(folder).parts[1]] += list(csv.DictReader(file, delimiter="\t"))
    return {
        rule: {
            "jobs": len(rows),
            "seconds": sum(number(row["s"]) for row in rows),
            "max_rss_mb": max(number(row["max_rss"]) for row in rows),
        }
        for rule, rows in jobs.items()
    }


def number(text: str) -> float:
    """A benchmark's number; Snakemake writes NA for jobs too short to be seen."""
    return float(text) if text not in ("NA", "-", "") else 0.0


def print_rules(rules: dict[str, dict[str, float]], whole: float) -> None:
    print(f"{'rule':28}{'jobs':>6}{'seconds':>10}{'peak MB':>10}")
    for name, rule in sorted(rules.items(), key=lambda item: -item[1]["seconds"]):
        print(f"{name:28}{rule['jobs']:6}{rule['seconds']:10.1f}{rule['max_rss_mb']:10.0f}")
    print(f"whole run {whole:.0f} s")


def peer(study: Path, config: dict, sizes: argparse.Namespace) -> tuple[float, dict[str, float]]:
    """Seconds of a plain pipeline for all cells and listeners, and how far its scores are from ours."""
    results, threads = study / "results/demo", threadpool_limits(1)
    subject = load_responses(results / "responses/sub-01.safetensors")
    sums = {d: summed(results, subject.n_trs, config, d) for d in (None, sizes.last)}
    cells = {"present": [sums[None]], "window": [sums[None], sums[sizes.last]]}
    encoding = {"n_components": 20, "delays": range(6)} | config.get("encoding", {})
    how = {key: encoding[key] for key in ("n_components", "delays")}
    n_targets, parts = subject.responses.shape[1], [sizes.peer_targets // 4, sizes.peer_targets]

    def score(cell: str, n: int) -> np.ndarray:
        return plain_pipeline.brain_scores(cells[cell], subject.responses[:, :n].astype(float), subject.n_trs, **how)[0]

    seconds, apart = {}, {}
    for cell in cells:
        taken = [timed(lambda cell=cell, n=n: score(cell, n)) for n in parts]
        seconds[cell] = extrapolate(parts, [s for s, _ in taken], n_targets)
        difference = our_scores(results, cell)[-1, : parts[1]] - taken[1][1].mean(axis=0)
        apart[f"max difference of scores, {cell}"] = float(np.nanmax(np.abs(difference)))
    threads.restore_original_limits()
    n_windows = sizes.last - sizes.first + 1
    return sizes.listeners * (seconds["present"] + n_windows * seconds["window"])[0], apart


def summed(results: Path, n_trs: np.ndarray, config: dict, distance: int | None) -> np.ndarray:
    """Word vectors, or their windows at a distance, summed per volume, story after story."""
    rows = []
    for story, length in zip(config["simulation"]["stories"], n_trs, strict=True):
        X = read_layer(results / f"activations/smollm2/{story}.safetensors", LAYER)
        onsets = pd.read_parquet(results / f"words/{story}.parquet")["onset"].to_numpy()
        vectors = X if distance is None else plain_pipeline.window_vectors(X, WIDTH, distance)
        rows.append(plain_pipeline.sum_per_tr(vectors, onsets, config["simulation"]["tr"], int(length)))
    return np.vstack(rows)


def our_scores(results: Path, cell: str) -> np.ndarray:
    """Scores of the first listener, (n_distances, n_targets)."""
    source = "present" if cell == "present" else "true"
    path = next((results / "scores/sub-01/smollm2").glob(f"layer-{LAYER}_base-paper_source-{source}_*"))
    return read_scores(path).brain_score


if __name__ == "__main__":
    main()
