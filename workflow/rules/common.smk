"""The study that all rules use, and functions that mark their files; there are no rules here."""

import os
import re
import sys

WORKFLOW = os.path.dirname(workflow.current_basedir)  # this folder's parent, also in a module of another workflow
if WORKFLOW not in sys.path:
    sys.path.insert(0, WORKFLOW)  # the library; Snakemake hands this on to scripts

from snakemake.exceptions import WorkflowError

from brainforecast.errors import BadInput
from brainforecast.jobs.code_files import write_code_hashes
from brainforecast.planning.config import check_config, config_hash
from brainforecast.planning.controls import ControlJobs, VariantJobs
from brainforecast.planning.products import Products, figure_named
from brainforecast.planning.resources import JobResources, megabytes, minutes
from brainforecast.planning.study import Study, plan_of

if " " in sys.executable:  # Snakemake starts scripts by this path, unquoted
    raise WorkflowError(f"{sys.executable}: found a space in the path; expected the project in a folder without one")

try:
    config = check_config(config, f"{WORKFLOW}/schemas/config.schema.yaml")
    STUDY = Study(config, plan_of(config), project=os.path.relpath(os.path.dirname(WORKFLOW)))
    VARIANTS = VariantJobs(STUDY)
except BadInput as error:
    raise WorkflowError(str(error))

PRODUCTS = Products(STUDY)
CONTROLS = ControlJobs(STUDY)
RESOURCES = JobResources(STUDY.sizes)
SMALL = {"mem_mb": RESOURCES.memory("small"), "runtime": minutes(10)}  # what a job on tables requests
SHOWN = {"cell": config["maps"], "q_level": config["maps"]["q_level"], "simulated": STUDY.is_simulated}
FIGURE = {"n_subjects": len(STUDY.subjects), "figure": SHOWN}  # params of a plot rule; its caption shows n_subjects
# with a panel for each group of targets
CURVES = FIGURE | {"figure": SHOWN | {"curves": config["figures"]["curves"]}}


wildcard_constraints:
    dataset=STUDY.name,
    subject="[A-Za-z0-9]+",
    story="[A-Za-z0-9]+",
    story_set="[A-Za-z0-9+-]+",
    model="[A-Za-z0-9.-]+",
    cells="layer-[a-z0-9_-]+",
    designs="layer-[a-z0-9_-]+",
    variant="[A-Za-z0-9._-]+",
    hemi="[LR]",
    stat="[A-Za-z0-9]+",
    score="brain_scores|forecast_scores",
    finetuning="|".join(map(re.escape, config["finetuning"])) or "(?!)",
    hash="[0-9a-f]{12}",
    alpha=r"[0-9.]+",


def library(script):
    """A file that changes with the library modules a script imports, so that editing one reruns the rules that use it."""
    path = f".snakemake/library/{os.path.basename(script)}.sha256"
    return local(write_code_hashes(f"{WORKFLOW}/scripts/{script}.py", WORKFLOW, path))


def as_input(path):
    """One or several input files: a module's prefix is added to files that a run makes, and to no other path."""
    if not isinstance(path, str):
        return [as_input(one) for one in path]
    return path if STUDY.is_made(path) else local(path)


def if_exists(*paths):
    """The paths as inputs if they exist or are fetched; otherwise the job reports the missing file in one line."""
    fetched = f"{STUDY.fetched}/"
    return as_input([path for path in paths if path and (path.startswith(fetched) or os.path.exists(path))])


def figure(name):
    """The PNG and the SVG of a figure, with the caption and category that planning/products.py declares."""
    declared = figure_named(name)
    caption = f"{WORKFLOW}/report/{declared.caption or name}.rst"
    stem = f"results/{{dataset}}/figures/{name}"
    return [report(f"{stem}.png", caption=caption, category=declared.category), f"{stem}.svg"]


def any_of(names):
    """A pattern that matches exactly these names; nothing if there are none."""
    return "|".join(map(re.escape, names)) or "(?!)"
