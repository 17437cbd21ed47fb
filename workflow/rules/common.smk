"""The study that all rules use, and functions that mark their files; there are no rules here."""

import os
import re
import sys

WORKFLOW = os.path.dirname(workflow.current_basedir)  # this folder's parent, also in a module of another workflow
if WORKFLOW not in sys.path:
    sys.path.insert(0, WORKFLOW)  # the library; Snakemake hands this on to scripts

from snakemake.exceptions import WorkflowError

from brainforecast.cells import widths_are_of_series
from brainforecast.errors import BadInput
from brainforecast.jobs.code_files import write_code_hashes
from brainforecast.jobs.plan_checks import check_folder, check_plan
from brainforecast.planning.models.compared import described_models, shown_cell
from brainforecast.planning.config import check_config, config_hash
from brainforecast.planning.config_files import ConfigFiles
from brainforecast.planning.controls import ControlJobs, VariantJobs
from brainforecast.planning.map_names import dataset_descriptions, sidecars
from brainforecast.planning.maps import scored_values
from brainforecast.planning.notes import with_notes
from brainforecast.planning.products import Products, figure_named
from brainforecast.planning.resources import JobResources, megabytes, megabytes_of_inputs, minutes
from brainforecast.planning.study import Study, plan_of

CONFIG_FILES = workflow.configfiles if workflow.modifier.is_main_snakefile() else ()  # those of a module are another's


def stop(error):
    """An error of one line for Snakemake to print; `--quiet all` would hide it, so it is printed here then."""
    several = ConfigFiles(CONFIG_FILES).merged()
    line = f"{error} ({several})" if several else str(error)
    if "all" in map(str, workflow.output_settings.quiet or ()) and not workflow.output_settings.dryrun:
        print(line, file=sys.stderr)
    return WorkflowError(line)


try:
    check_folder(sys.executable)
    given, config = config, check_config(config, f"{WORKFLOW}/schemas/config.schema.yaml", CONFIG_FILES)
    STUDY = Study(
        config, with_notes(plan_of(config), given, config), project=os.path.relpath(os.path.dirname(WORKFLOW))
    )
    VARIANTS = VariantJobs(STUDY)
    if workflow.is_main_process:  # a job reads this file too
        check_plan(STUDY)
except BadInput as error:
    raise stop(error)

PRODUCTS = Products(STUDY)
MODELS = described_models(STUDY)  # what the tables and the report state of each
CONTROLS = ControlJobs(STUDY)
RESOURCES = JobResources(STUDY.sizes)
SMALL = {"mem_mb": RESOURCES.memory("small"), "runtime": minutes(10)}  # what a job on tables requests
SHOWN = {"cell": shown_cell(STUDY), "q_level": config["maps"]["q_level"], "simulated": STUDY.is_simulated}
FIGURE = {"figure": SHOWN}  # params of a plot rule
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
    if workflow.is_main_process or not os.path.exists(path):  # a job finds what the planning process has written
        write_code_hashes(f"{WORKFLOW}/scripts/{script}.py", WORKFLOW, path)
    return local(path)


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
    """The PNG and the SVG of a figure and its caption; planning/products.py declares its category."""
    stem, category = f"results/{{dataset}}/figures/{name}", figure_named(name).category
    shown = report(f"{stem}.png", caption=f"{WORKFLOW}/report/figure.rst", category=category)
    return [shown, f"{stem}.svg", f"{stem}.rst"]


def any_of(names):
    """A pattern that matches exactly these names; nothing if there are none."""
    return "|".join(map(re.escape, names)) or "(?!)"
