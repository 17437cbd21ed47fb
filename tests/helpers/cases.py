"""Inputs that labs have: a small study for each case folder, planned and read as a run would do it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from brainforecast.dataset.alignment_rows import AlignmentOptions
from brainforecast.dataset.plan import Plan
from brainforecast.planning.config import check_config
from brainforecast.planning.study import plan_of
from brainforecast.readers.words import prepare_words
from helpers.datasets import REPOSITORY, write_gentle, write_lines, write_region_run, write_surface_run

SCHEMA = REPOSITORY / "workflow/schemas/config.schema.yaml"
CONFIG = {
    "dataset": {"name": "case", "response": "region", "desc": "hubs"},
    "models": {"tiny": {"source": "models/tiny"}},
    "analyses": {"brain_score": {"models": ["tiny"], "layers": [1]}},
}
STORY, N_VOLUMES = "pieman", 90
WORDS = [f"word{i}" for i in range(40)]


def lay_over(case: Path, pieman: Path, folder: Path) -> dict:
    """Lay a case over one listener of Pie Man, or over the files that its ``tree.txt`` lists; its config.

    A case with stimuli of its own has no others; a table beside ``tree.txt`` is one that the tree lists.
    """
    tree = case / "tree.txt"
    if tree.is_file():
        names = tree.read_text().split()
        write_tree(folder, names)
        for name in names:
            if (case / Path(name).name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(case / Path(name).name, folder / name)
    else:
        one_listener(pieman, folder)
    if (case / "stimuli").is_dir():
        shutil.rmtree(folder / "stimuli")
    beside = [path.name for path in case.iterdir() if path.is_file()] if tree.is_file() else []
    shutil.copytree(case, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("config.yaml", "tree.txt", *beside))
    given = case / "config.yaml"
    config = CONFIG | (yaml.safe_load(given.read_text()) if given.is_file() else {})
    return config | {"dataset": config["dataset"] | {"root": str(folder)}}


def one_listener(pieman: Path, folder: Path) -> None:
    """Copy the first listener of Pie Man, and a second subject's row where a case has one."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in pieman.iterdir():
        if path.is_file():
            shutil.copyfile(path, folder / path.name)
    shutil.copytree(pieman / "stimuli", folder / "stimuli", copy_function=shutil.copyfile)
    shutil.copytree(pieman / "sub-01", folder / "sub-01", copy_function=shutil.copyfile)
    write_lines(folder / "participants.tsv", "participant_id", "sub-01")


def write_tree(folder: Path, names: list[str]) -> None:
    """Write the files of a list: `N_VOLUMES` of noise for each run, two words a volume, a sidecar, participants."""
    rng = np.random.default_rng(0)
    write_lines(folder / "participants.tsv", "participant_id", "sub-01")
    for name in names:
        path = folder / name
        if name.endswith("hemi-L_desc-clean.func.gii") or name.endswith("hemi-L_space-fsaverage5_bold.func.gii"):
            both = path.name.replace("hemi-L", "hemi-{hemi}")
            write_surface_run(path.parent, both, rng.standard_normal((N_VOLUMES, 20484)))
        elif name.endswith("_timeseries.tsv"):
            write_region_run(path, rng.standard_normal((N_VOLUMES, 6)), [f"hub{k:03d}" for k in range(1, 7)])
        elif name.endswith("align.csv"):
            rows = [f"{word},{word},{0.5 + 0.7 * k:.2f},{0.9 + 0.7 * k:.2f}" for k, word in enumerate(WORDS)]
            write_gentle(path.parent, *rows)
            write_lines(path.with_name("transcript.txt"), " ".join(WORDS))
        elif name.endswith(".json"):
            write_lines(path, json.dumps({"RepetitionTime": 1.5}))


def plan_case(config: dict) -> Plan:
    """The plan of a case."""
    return plan_of(check_config(config, SCHEMA))


def read_words(config: dict, story: str = STORY) -> tuple[pd.DataFrame, dict]:
    """The words of a case and where they are from, as the plan gives them to the job that reads them."""
    found = plan_case(config).stories[story]
    options = AlignmentOptions.from_config(config.get("stimuli"), getattr(found, "section", None))
    return prepare_words(found.alignment, found.transcript, shift=found.shift, options=options)


def notes_with(plan: Plan, *parts: str) -> list[str]:
    """The notes of a plan that have all of these parts."""
    return [note for note in plan.notes if all(part in note for part in parts)]
