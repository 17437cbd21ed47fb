"""Run one study several times, as on other machines, and compare every column of its tables.

Run by hand, from nothing to tables each time: one and two threads, instructions of other processors, another Python.

    envs/run python tests/benchmarks/same_results.py --folder /path/to/scratch
    envs/run python tests/benchmarks/same_results.py --folder /path/to/scratch --python /path/to/python3.13

The study is a smaller demo: four simulated listeners, SmolLM2, every table but those of the syntactic windows. Prints
the columns of each variant that differ from the first one, and as the last line one JSON object: of each variant how
many columns are the same to the bit, how many values differ, the largest difference by the name of the column, and how
many of the `CHOICES` are others. A run that is complete is not made again.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from helpers.compare_results import Column, by_column  # noqa: E402
from helpers.rules import RULES  # noqa: E402

# columns that a rounding error changes by a step or not at all
CHOICES = {"alpha", "forecast_distance", "forecast_depth", "best_layer", "peak_distance", "peak_depth", "n_subjects",
           "n_targets"}  # fmt: skip
WIDE, DISTANCES = 7, [-8, -2, 0, 4, 8, 12]
ONE_MODEL = {"models": ["smollm2"], "base": "lexical"}
CHANGES = {
    "analyses": {
        "brain_score": ONE_MODEL | {"layers": [0, 16, 30]},
        "forecast": ONE_MODEL | {"layers": [16], "sources": ["true"], "widths": [WIDE], "distances": DISTANCES},
        "depth": ONE_MODEL | {"layers": [0, 16, 30], "sources": ["true"], "widths": [WIDE], "distances": [6]},
        "width": ONE_MODEL | {"layers": [16], "sources": ["true"], "widths": [1, WIDE, 13], "distances": [6, 10]},
        "shuffled": ONE_MODEL | {"layers": [16], "sources": ["shuffled"], "widths": [WIDE], "distances": [8]},
        "random": ONE_MODEL | {"layers": [16], "sources": ["random"], "widths": [WIDE], "distances": [8]},
        "noise_ceiling": {"models": ["listeners"], "layers": [0]},
    },
}


@dataclass(frozen=True)
class Variant:
    """One way to run the study: threads of each job, environment variables, the Python whose environment is used."""

    threads: int = 2
    environment: Mapping[str, str] = field(default_factory=dict)
    python: str = sys.executable


VARIANTS = {
    "two threads": Variant(),
    "one thread": Variant(threads=1),
    # what OpenBLAS, MKL, oneDNN and torch's own kernels use on a processor without AVX-512
    "AVX2": Variant(
        environment={
            "OPENBLAS_CORETYPE": "Haswell",
            "MKL_ENABLE_INSTRUCTIONS": "AVX2",
            "DNNL_MAX_CPU_ISA": "AVX2",
            "ATEN_CPU_CAPABILITY": "avx2",
        }
    ),
}


def main() -> None:
    """Run all variants and print how they differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="where the runs go, 1 GB each")
    parser.add_argument("--python", nargs="*", default=[], help="of other environments with the same packages")
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    variants = VARIANTS | {f"Python of {path}": Variant(python=path) for path in arguments.python}
    results = [run(arguments.folder, name, variant, arguments.cores) for name, variant in variants.items()]
    found = {}
    for name, folder in list(zip(variants, results, strict=True))[1:]:
        columns = by_column(results[0], folder).values()
        print(f"\n{name} against {next(iter(variants))}", *filter(lambda c: c.n_different, columns), sep="\n")
        found[name] = summary(columns)
    print(json.dumps(found))


def run(folder: Path, name: str, variant: Variant, cores: int) -> Path:
    """Make one run, without figures and report; return its folder of results."""
    run_folder = folder.absolute() / name.replace(" ", "-").replace("/", "-")
    run_folder.mkdir(parents=True, exist_ok=True)
    config = run_folder / "config.yaml"
    config.write_text(yaml.safe_dump(smaller_demo(variant.threads)))
    figures = [rule for rule in RULES if rule.startswith("plot_")]
    command = [variant.python, "-m", "snakemake", "--quiet", "rules", "-s", ROOT / "Snakefile", "--cores", str(cores)]
    command += [
        "--directory",
        run_folder,
        "--workflow-profile",
        "none",
        "--configfile",
        config,
        "--omit-from",
        *figures,
    ]
    environment = {**os.environ, "PYTHONNOUSERSITE": "1", **variant.environment}
    environment["PATH"] = f"{Path(variant.python).parent}{os.pathsep}{environment['PATH']}"
    print(f"{name}: {run_folder}", flush=True)
    with open(run_folder / "run.log", "w") as log:
        subprocess.run(command, env=environment, stdout=log, stderr=log, check=True)
    return run_folder / "results/demo"


def smaller_demo(threads: int) -> dict:
    """The demo's config with fewer listeners, cells, shifts and brains."""
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text()) | CHANGES
    # regions that look ahead follow the words themselves, so that no future is parsed
    config["simulation"] |= {"n_listeners": 4, "regions": "workflow/demo/regions_whole.tsv"}
    config["verdict"] |= {"brains": 3, "shifts": 39}
    config["threads"] = {"activations": threads, "score": threads}
    return config


def summary(columns: Iterable[Column]) -> dict[str, object]:
    """Of one comparison, over all tables."""
    columns = list(columns)
    numbers = [column for column in columns if column.name not in CHOICES]
    return {
        "columns": len(columns),
        "same_to_the_bit": sum(not column.n_different for column in columns),
        "values": sum(column.size for column in columns),
        "values_that_differ": sum(column.n_different for column in columns),
        "of_another_kind": sum(column.n_unlike for column in columns),
        "largest_difference": largest(numbers),
        "choices_that_differ": {
            f"{column.table}, {column.name}": [column.n_different, column.size]
            for column in columns
            if column.name in CHOICES and column.n_different
        },
    }


def largest(columns: Iterable[Column]) -> dict[str, float]:
    """The largest difference of each column of numbers, by its name."""
    found: dict[str, float] = {}
    for column in columns:
        if column.largest:
            found[column.name] = max(found.get(column.name, 0.0), float(f"{column.largest:.2g}"))
    return found


if __name__ == "__main__":
    main()
