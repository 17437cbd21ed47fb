"""The paper's numbers beside those of this run, and what stands between the two."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from brainforecast.report.counterparts import COUNTERPARTS, Run
from brainforecast.report.formatting import Table, number

ABSENT = "not computed here"
SETTINGS = {"regions": "the paper gives no rule for the cuts"}
LISTENERS_OF_THE_PAPER, PAIRS_OF_THE_PAPER = 304, 622
WHOLE = 0.98  # of both: the stories and exclusions of the authors' sibling code leave 305 and 617, not 304 and 622


def read_paper(path: str | Path) -> list[dict[str, str]]:
    """The paper's statements: key, kind, what, paper, where."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def paper_table(statements: Sequence[Mapping[str, str]], run: Run) -> Table:
    """Each statement of the paper, this run's counterpart, and why they may differ."""
    reasons = {"data": _why_data(run), "result": _why_result(run)}
    text = []
    for said in statements:
        found = COUNTERPARTS[said["key"]](run)
        if said["kind"] == "settings" and (found or said["key"] in SETTINGS):
            why = SETTINGS.get(said["key"], "as configured")
        else:
            why = reasons.get(said["kind"]) if found else "no analysis of this run asks it"
        text.append([said["what"], said["paper"], said["where"], found or ABSENT, why])
    columns = ["what", "paper", "where in it", "this run", "why they may differ"]
    return Table("paper", "The paper's numbers beside this run", columns, text, "workflow/report/paper.tsv", lead(run))


def lead(run: Run) -> str:
    """What the data are, first of all."""
    n, pairs = len(run.listeners), sum(len(about["stories"]) for about in run.listeners)
    size = f"{n} listeners and {pairs} pairs of a listener and a story"
    paper = f"the paper has {LISTENERS_OF_THE_PAPER} and {PAIRS_OF_THE_PAPER}"
    if run.simulated:
        return (
            f"The data are simulated: {size}, made by a program ({paper}, measured). No number here is about a brain."
        )
    if min(n / LISTENERS_OF_THE_PAPER, pairs / PAIRS_OF_THE_PAPER) < WHOLE:
        return f"The data are partial: {size}, where {paper}. A difference may be one of size alone."
    difference = f"{n - LISTENERS_OF_THE_PAPER:+d} and {pairs - PAIRS_OF_THE_PAPER:+d}"
    return f"The data are of the paper's size: {size}; {paper} (difference {difference})."


def _why_data(run: Run) -> str:
    return "simulated" if run.simulated else f"dataset {run.config['dataset']['name']}"


def _why_result(run: Run) -> str:
    """Facts of the run that are not the paper's."""
    cell, dataset, n = run.cell, run.config["dataset"], len(run.listeners)
    source, model = run.config["models"][cell["model"]]["source"], f"{cell['model']} layer {cell['layer']}"
    minutes = sum(run.minutes) / max(len(run.minutes), 1)
    facts = [
        "simulated, effects planted" if run.simulated else f"dataset {dataset['name']}",
        f"n = {n}" if n != LISTENERS_OF_THE_PAPER else "",
        f"{number(minutes, 2)} min each" if abs(minutes - 26) > 1 else "",
        model if (source, cell["layer"]) != ("gpt2", 8) else "",
        "regions, not vertices" if dataset["response"] == "region" else "",
        "" if dataset["space"] in (None, "fsaverage6") else dataset["space"],
    ]
    return "; ".join(fact for fact in facts if fact)
