"""Try every reader with many random files, for as long as you give it.

    envs/run python tests/fuzz/run.py --inputs 8000 --seed 1 [--reader NAME ...]

Prints a line for each reader, the smallest file that was read wrongly if there is one, and a JSON line of the counts.
"""

import argparse
import json
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "workflow")]

from fuzz.readers import READERS  # noqa: E402
from helpers.fuzzing import fuzz  # noqa: E402


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=5000, help="files for each reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reader", nargs="*", help="only these")
    options = parser.parse_args()
    counts, wrong = {}, []
    for reader in READERS:
        if options.reader and reader.name not in options.reader:
            continue
        started = time.monotonic()
        try:
            counts[reader.name] = dict(fuzz(reader, options.inputs, seed=options.seed))
        except AssertionError as error:
            wrong.append(reader.name)
            print(error)
        print(f"{reader.name}: {counts.get(reader.name, 'WRONG')}, {time.monotonic() - started:.0f} s", flush=True)
    print(
        json.dumps({"inputs": sum(sum(one.values()) for one in counts.values()), "wrong": wrong, "by reader": counts})
    )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
