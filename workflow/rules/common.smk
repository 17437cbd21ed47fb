"""Functions the rules use; no rule stands here."""

import gc
import math
import os
import re
import sys

sys.path.insert(0, f"{workflow.basedir}/workflow")  # the library; Snakemake hands this on to scripts

from snakemake.exceptions import WorkflowError
from snakemake.iocontainers import Wildcards

from brainforecast.cells import (
    LISTENERS,
    design_names,
    grids,
    is_word_vectors,
    layers_of,
)
from brainforecast.sources import COMPONENTS, PRESENT
from brainforecast.planning.fanout import group_into_jobs as deal, group_designs_into_jobs as deal_designs
from brainforecast.checkpoints import (
    alpha_folder,
    checkpoint_models,
    checkpoints_of,
    corpus_hash,
    read_name,
    training_hash,
    with_checkpoints,
)
from brainforecast.planning.config import check_config, config_hash
from brainforecast.errors import BadInput
from brainforecast.dataset.freesurfer import locate_labels as place_labels, locate_surfaces as place_surfaces, surface_files
from brainforecast.planning.sizes import StudySizes
from brainforecast.jobs.code_files import write_code_hashes as write_library
from brainforecast.dataset.plan import make_plan, plan_rows, plan_simulation, planted_layers as planted
from brainforecast.jobs.slurm import cancel, comment_of, queued

if " " in sys.executable:  # Snakemake starts scripts by this path, unquoted
    raise WorkflowError(f"{sys.executable}: found a space in the path; expected the project in a folder without one")

try:
    config = check_config(config, f"{workflow.basedir}/workflow/schemas/config.schema.yaml")
    if config["simulation"] and config["simulation"]["stories"]:
        PLAN = plan_simulation(config["dataset"], config["simulation"])
    elif config["simulation"]:
        PLAN = make_plan(config["dataset"], resources="resources/simulated")
    else:
        PLAN = make_plan(config["dataset"])
except BadInput as error:
    raise WorkflowError(str(error))


def in_project(path):
    """A file of the project, as seen from the working folder."""
    return os.path.normpath(os.path.join(os.path.relpath(workflow.basedir), path))


def locate(path):
    """A path of the config: as seen from the working folder, or from the project where only that exists."""
    return in_project(path) if path and not os.path.exists(path) and os.path.exists(in_project(path)) else path


DATASET = config["dataset"]["name"]
SURFACE = config["dataset"]["response"] == "surface"
SIMULATION = config["simulation"] or {}
MODELS = config["models"] | checkpoint_models(config)
ANALYSES = with_checkpoints(config["analyses"], config["finetuning"])
BASE = config["sources"]["syntactic"]["base"]
GRIDS = {(grid.model, grid.layer, grid.source, grid.width): grid for grid in grids(ANALYSES, BASE)}
PLANTED = planted(locate(SIMULATION["regions"])) if SIMULATION else {}  # source: layers
PLANTED_LAYERS = sorted({layer for layers in PLANTED.values() for layer in layers})
PLANTED_PARTS = sorted({layer for source in COMPONENTS for layer in PLANTED.get(source, ())})
CELLS = deal(list(GRIDS.values()), **config["fanout"])  # of each scoring job of a subject: (model, name) to grids
DESIGNS = deal_designs(  # of each design job of a story set: (model, name) to grids
    [grid for grid in GRIDS.values() if grid.model != LISTENERS], config["fanout"]["cells_per_job"]
)
DESIGN_JOBS = {(model, grid.design): job for (model, job), dealt in DESIGNS.items() for grid in dealt}
TOLD = config["maps"]
CEILING = any(grid.model == LISTENERS for grid in GRIDS.values())  # the analyses this run has
LAYERS = {grid.layer for grid in GRIDS.values() if grid.model == TOLD["model"]}
SWEEPS = {  # windows of the told model and source: (layer, width) to distances
    (grid.layer, grid.width): grid.distances
    for grid in GRIDS.values()
    if (grid.model, grid.source) == (TOLD["model"], TOLD["source"])
}
DEPTH = sum(width == TOLD["width"] and TOLD["depth_distance"] in SWEEPS[layer, width] for layer, width in SWEEPS) > 1
WIDTHS = sum(layer == TOLD["layer"] for layer, _ in SWEEPS) > 1 or (TOLD["layer"], 1) in SWEEPS
SOURCES = {
    grid.source
    for grid in GRIDS.values()
    if (grid.model, grid.layer, grid.width) == (TOLD["model"], TOLD["layer"], TOLD["width"])
}
GAINS = sum(grid.model not in {*config["models"], LISTENERS} for grid in GRIDS.values()) > 0  # snapshots are scored
FINETUNING_TABLES = [
    *(["finetuning_gains"] if GAINS else []),
    *(["finetuning_losses", "finetuning_probe"] if config["finetuning"] else []),
]
PARTS = set(COMPONENTS) <= SOURCES  # syntax and semantics of the told cell
PARTS_HORIZON = config["sources"]["syntactic"]["horizon"]
N_SUBJECTS = len(PLAN.subjects)  # in every caption
MAPS = [  # brainforecast.maps.STATS, spelt out: importing it here would import readers of images
    "brainscore",
    "brainscoreq",
    *(["noiseceiling", "normalisedscore"] if CEILING else []),
    *(["bestlayer"] if len(LAYERS) > 1 else []),
    "forecastscore",
    "forecastscoreq",
    "forecastdistance",
    "forecastdistancemasked",
    *(["forecastdepth", "forecastdepthmasked"] if DEPTH else []),
]
GROUP_TABLES = ["best_layer", "forecast_depth", "reliability", "widths", "symmetry"]
ATLAS_FILES = ("L", "R", "lobes")
CELL_COLUMNS = {
    "brain_scores": ["model", "layer"],
    "forecast_scores": ["model", "layer", "source", "width", "distance"],
}


wildcard_constraints:
    dataset=DATASET,
    subject="[A-Za-z0-9]+",
    story="[A-Za-z0-9]+",
    story_set="[A-Za-z0-9+-]+",
    model="[A-Za-z0-9.-]+",
    cells="layer-[a-z0-9_-]+",
    designs="layer-[a-z0-9_-]+",
    hemi="[LR]",
    stat="[A-Za-z0-9]+",
    score="brain_scores|forecast_scores",
    finetuning="|".join(map(re.escape, config["finetuning"])) or "(?!)",
    hash="[0-9a-f]{12}",
    alpha=r"[0-9.]+",


def library(script):
    """A file that changes with the library modules a script imports, so that editing one reruns the rules that use it."""
    folder = f"{workflow.basedir}/workflow"
    return write_library(f"{folder}/scripts/{script}.py", folder, f".snakemake/library/{script}.sha256")


def in_results(*paths, **wildcards):
    """Paths under the results of this dataset, one for each combination of the wildcards."""
    return [path for pattern in paths for path in expand(f"results/{DATASET}/{pattern}", **wildcards)]


def of_subjects(table):
    """The files of one table of all subjects."""
    return in_results(f"subjects/{table}.parquet/sub-{{subject}}.parquet", subject=PLAN.subjects)


def of_subject(subject):
    """The tables that a subject has when all its jobs are done."""
    return [path for table in rules.merge_subject.output for path in expand(table, dataset=DATASET, subject=subject)]


def existing(path):
    """A file to watch if it is there; a missing one is for the job to tell of."""
    return [path] if path and os.path.exists(path) else []


def watched(path):
    """A file to watch: one that is fetched, or one that is there."""
    return [path] if path and path.startswith(f"{FETCHED}/") else existing(path)


def surfaces_of(*kinds):
    """Surfaces of some kinds to watch, both hemispheres; none where they are nilearn's own."""
    files = surface_files(SURFACES, *kinds) if SURFACES else []
    return [path for file in files for path in watched(file)]


def url_of(wildcards):
    """Where an alignment, a transcript, a surface or an atlas is fetched from."""
    of_surfaces = wildcards.path.startswith("freesurfer/")
    base = config["freesurfer"]["url"] if of_surfaces else config["dataset"]["url"]
    return os.path.join(base, wildcards.path.removeprefix("freesurfer/"))


def fetched_files():
    """Everything of the dataset, its surfaces and its atlas that this config fetches."""
    runs = [path for subject in PLAN.subjects for path in paths_of(subject)]
    stimuli = [path for story in PLAN.stories.values() for path in (story.alignment, story.transcript)]
    atlas = [ATLAS.get(key) for key in ATLAS_FILES]
    return [path for path in [*runs, *stimuli, *atlas, *surfaces_of()] if path and path.startswith(f"{FETCHED}/")]


def stories_of(story_set):
    """Stories of a story set, in the order heard."""
    return [run.story for run in PLAN.runs[PLAN.story_sets[story_set][0]]]


def lengths_of(story_set):
    """Volumes of each story, once; nothing where the files are not here yet to tell."""
    lengths = [run.n_trs for run in PLAN.runs[PLAN.story_sets[story_set][0]]]
    return [lengths] if all(lengths) else []


def paths_of(subject):
    """The run files of a subject, story after story."""
    return [path for run in PLAN.runs[subject] for path in run.paths]


def heard_by(subject):
    """The stories of a subject, each once, in the order heard."""
    return list(dict.fromkeys(run.story for run in PLAN.runs[subject]))


def listeners_of(story):
    """Everyone who heard a story."""
    return [subject for subject in PLAN.subjects if story in heard_by(subject)]


FETCHED = f"resources/{DATASET}"
FREESURFER = {
    "url": config["freesurfer"]["url"],
    "space": config["dataset"]["space"],
    "folder": f"{FETCHED}/freesurfer",
}
ATLAS = {key: locate(value) if key in ATLAS_FILES else value for key, value in (config["atlas"] or {}).items()}
ATLAS |= {key: place_labels(ATLAS[key], **FREESURFER) for key in ("L", "R") if ATLAS}
SURFACES = place_surfaces(config["surfaces"], **FREESURFER)


def any_of(names):
    """A pattern for exactly these names; nothing matches where there is none."""
    return "|".join(map(re.escape, names)) or "(?!)"
