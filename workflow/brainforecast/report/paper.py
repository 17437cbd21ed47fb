"""The paper's numbers next to those of this run, and why the two may differ."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from brainforecast.dataset.formats import FORMATS
from brainforecast.report.counterparts import COUNTERPARTS, OF_WINDOWS
from brainforecast.report.finetuning import COUNTERPARTS as OF_FINETUNING
from brainforecast.report.formatting import Missing, Table, number
from brainforecast.report.run import Run

ABSENT = "not computed here"
NOTES = {"regions": "the paper gives no rule for the cuts"}  # on settings that were not simply configured
PAPER_MINUTES = 26  # listening time of a subject of the paper, mean
FULL_SIZE = 0.98  # of both counts: the stories and exclusions of the authors' sibling code leave 305 and 617


def read_paper(path: str | Path) -> list[dict[str, str]]:
    """The paper's statements: key, kind, what, paper, where."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def paper_table(statements: Sequence[Mapping[str, str]], run: Run) -> Table:
    """Each statement of the paper, this run's counterpart, and why they may differ."""
    size = _paper_size(statements)
    reasons = {"data": _why_data(run), "result": _why_result(run, size)}
    text = []
    for statement in statements:
        if not run.has_forecast and not _is_of_brain_scores(statement["key"], run):
            continue
        found = COUNTERPARTS[statement["key"]](run)
        if isinstance(found, Missing):
            found, why = ABSENT, found.why
        elif statement["kind"] == "settings":
            why = NOTES.get(statement["key"], "as configured")
        else:
            why = reasons[statement["kind"]]
        text.append([statement["what"], statement["paper"], statement["where"], found, why])
    columns = ["what", "paper", "where in it", "this run", "why they may differ, or why it is not computed"]
    note, source = _size_of_data(run, size), "workflow/report/paper.tsv"
    return Table("paper", "The paper's numbers and this run's", columns, text, source, note)


def _is_of_brain_scores(key: str, run: Run) -> bool:
    """Whether a statement is about what a run without windows has: brain scores, and perhaps a fine-tuning."""
    return key not in OF_WINDOWS and (key not in OF_FINETUNING or bool(run.config["finetuning"]))


def _paper_size(statements: Sequence[Mapping[str, str]]) -> tuple[int, int]:
    """The paper's number of subjects, and of pairs of a subject and a story."""
    paper = {statement["key"]: statement["paper"] for statement in statements}
    return int(paper["listeners"]), int(paper["pairs"])


def _size_of_data(run: Run, paper_size: tuple[int, int]) -> str:
    """The first sentence: simulated data, part of the paper's size, or all of it."""
    n, pairs = len(run.subjects), run.n_pairs
    paper_n, paper_pairs = paper_size
    s = "" if n == 1 else "s"
    size = f"{n} subject{s} and {pairs} pair{'' if pairs == 1 else 's'} of a subject and a story"
    paper = f"the paper has {paper_n} and {paper_pairs}"
    if run.simulated:
        return f"The data are simulated: {size} ({paper}, measured). No number here is about a brain."
    if min(n / paper_n, pairs / paper_pairs) < FULL_SIZE:
        return f"The data are partial: {size}, where {paper}. A difference may be one of size alone."
    difference = f"{n - paper_n:+d} and {pairs - paper_pairs:+d}"
    return f"The data are of the paper's size: {size}; {paper} (difference {difference})."


def _why_data(run: Run) -> str:
    return "simulated" if run.simulated else f"dataset {run.config['dataset']['name']}"


def _why_result(run: Run, paper_size: tuple[int, int]) -> str:
    """Facts of the run that differ from the paper's."""
    cell, dataset, n = run.cell, run.config["dataset"], len(run.subjects)
    source, model = run.config["models"][cell["model"]]["source"], f"{cell['model']} layer {cell['layer']}"
    minutes = sum(run.minutes) / max(len(run.minutes), 1)
    facts = [
        "simulated, effects planted" if run.simulated else f"dataset {dataset['name']}",
        f"n = {n}" if n != paper_size[0] else "",
        f"{number(minutes, 2)} min each" if abs(minutes - PAPER_MINUTES) > 1 else "",
        model if (source, cell["layer"]) != ("gpt2", 8) else "",
        "" if FORMATS[dataset["response"]].on_surface else "regions, not vertices",
        "" if dataset["space"] in (None, "fsaverage6") else dataset["space"],
    ]
    return "; ".join(fact for fact in facts if fact)
