"""How far the estimate of `cost` is off on a study that its laws were not fitted to.

Each study of workflow/cost/measured.tsv in turn is left out, the laws are fitted to all others, and the core-seconds of
its jobs are predicted: summed over scoring, and over the other rules that have run elsewhere. With `--ran` it is the
rows of another file that are predicted, as `cost` leaves them in benchmarks/measured/ after a run, from all that ship.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from brainforecast.jobs.cost import Job, Law, predict, read_laws
from brainforecast.jobs.measured import read_measured

COST = Path(__file__).parents[2] / "workflow/cost"
SCORING = "score_cells"


def main() -> None:
    chosen = read_arguments()
    laws, rows = read_laws(COST / "laws.tsv"), read_measured(COST / "measured.tsv")
    if chosen.ran:
        pairs = [("ran", read_measured(chosen.ran), rows)]
    else:
        studies = dict.fromkeys(row.study for row in rows)
        pairs = [
            (study, [row for row in rows if row.study == study], [row for row in rows if row.study != study])
            for study in studies
        ]
    factors = {study: compare(study, left_out, fitted, laws, chosen.rules) for study, left_out, fitted in pairs}
    print(json.dumps({study: found for study, found in factors.items() if found}))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ran", type=Path, help="rows of a run, benchmarks/measured/<dataset>.tsv")
    parser.add_argument("--rules", action="store_true", help="a line for each rule too")
    return parser.parse_args()


def compare(
    study: str, left_out: Sequence[Job], fitted: Sequence[Job], laws: dict[str, Law], by_rule: bool
) -> dict[str, float]:
    """Predicted over measured core-seconds of one study: of scoring, and of the rest that ran elsewhere too."""
    elsewhere = {row.rule for row in fitted}
    sums: dict[str, list[float]] = {}
    for row in left_out:
        if row.rule in elsewhere and row.seconds > 0 and not row.gpus:
            cost = predict([Job(row.rule, row.sizes, threads=row.threads)], laws, fitted)[row.rule]
            for name in ("scoring" if row.rule == SCORING else "rest", row.rule):
                found = sums.setdefault(name, [0.0, 0.0])
                found[0] += row.jobs * cost.core_hours * 3600
                found[1] += row.jobs * row.core_seconds
    for name, (predicted, measured) in sorted(sums.items(), key=lambda item: -item[1][1]):
        if by_rule or name in ("scoring", "rest"):
            print(f"{study:14}{name:26}{predicted:10.1f} s{measured:10.1f} s{predicted / measured:8.2f}", flush=True)
    return {name: round(sums[name][0] / sums[name][1], 2) for name in ("scoring", "rest") if name in sums}


if __name__ == "__main__":
    main()
