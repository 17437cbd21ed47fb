"""What a job takes before it begins: processor time of Python, of Snakemake's first line and of the script's imports.

Run by hand: ``envs/run python tests/benchmarks/start.py``; ``--peer path/to/another/checkout`` measures its scripts in
turn with ours. Last line: one JSON object.
"""

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
START = (
    "import sys, runpy; sys.path.insert(0, sys.argv[2]); import pickle; from snakemake.logging import logger; "
    "from snakemake.iocontainers import Snakemake; runpy.run_path(sys.argv[1], run_name='imported')"
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", type=Path, help="another checkout of the project")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", default="*", help="folder of scripts")
    sizes = parser.parse_args()
    folders = [ROOT / "workflow", *([sizes.peer / "workflow"] if sizes.peer else [])]
    print("ms", "nothing", round(min(milliseconds("pass") for _ in range(sizes.repeats))))
    found = {}
    for script in sorted((ROOT / "workflow/scripts").glob(f"{sizes.only}/*.py")):
        name = script.relative_to(ROOT / "workflow")
        there = [folder for folder in folders if (folder / name).exists()]
        turns = [
            [milliseconds(START, str(folder / name), str(folder)) for folder in there] for _ in range(sizes.repeats)
        ]
        found[f"{script.parent.name}/{script.stem}"] = [round(min(turn)) for turn in zip(*turns, strict=True)]
        print("ms", script.stem, *found[f"{script.parent.name}/{script.stem}"], flush=True)
    print(json.dumps({"ms": found, "sizes": {"repeats": sizes.repeats}}))


def milliseconds(code: str, *arguments: str) -> float:
    """Processor time of a new Python."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code, *arguments], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


if __name__ == "__main__":
    main()
