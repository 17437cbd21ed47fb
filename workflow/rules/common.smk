"""Functions the rules use; no rule stands here."""

import math
import os
import re
import sys

sys.path.insert(0, f"{workflow.basedir}/workflow")  # the library; Snakemake hands this on to scripts

from snakemake.exceptions import WorkflowError
from snakemake.iocontainers import Wildcards

from brainforecast.cells import COMPONENTS, LISTENERS, PRESENT, deal, design_names, grids, is_word_vectors, layers_of
from brainforecast.checkpoints import (
    alpha_folder,
    checkpoint_models,
    checkpoints_of,
    corpus_hash,
    read_name,
    training_hash,
    with_checkpoints,
)
from brainforecast.config import check_config, config_hash
from brainforecast.errors import BadInput
from brainforecast.freesurfer import place_labels, place_surfaces, surface_files
from brainforecast.job_sizes import StudySizes
from brainforecast.library_file import write_library
from brainforecast.plan import make_plan, plan_rows, plan_simulation, planted
from brainforecast.slurm_queue import cancel, comment_of, queued

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

DATASET = config["dataset"]["name"]
SURFACE = config["dataset"]["response"] == "surface"
SIMULATION = config["simulation"] or {}
REGIONS = f"workflow/demo/regions{'' if SIMULATION.get('stories') else '_rehearsal'}.tsv"  # who follows what
PLANTED = planted(f"{workflow.basedir}/{REGIONS}") if SIMULATION else {}  # source: layers
PLANTED_LAYERS = sorted({layer for layers in PLANTED.values() for layer in layers})
PLANTED_PARTS = sorted({layer for source in COMPONENTS for layer in PLANTED.get(source, ())})
MODELS = config["models"] | checkpoint_models(config)
ANALYSES = with_checkpoints(config["analyses"], config["finetuning"])
BASE = config["sources"]["syntactic"]["base"]
GRIDS = {(grid.model, grid.layer, grid.source, grid.width): grid for grid in grids(ANALYSES, BASE)}
CELLS = deal(list(GRIDS.values()), **config["fanout"])  # of each scoring job of a subject: (model, name) to grids
DESIGNS = {
    key: list(dict.fromkeys(name for grid in job for name in design_names(grid, BASE))) for key, job in CELLS.items()
}
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
    layer=r"\d+",
    source="[a-z]+",
    width=r"\d+",
    cells="layer-[a-z0-9_-]+",
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


def in_project(path):
    """A file of the project, as seen from the working folder."""
    return os.path.normpath(os.path.join(os.path.relpath(workflow.basedir), path))


def in_results(*paths, **wildcards):
    """Paths under the results of this dataset, one for each combination of the wildcards."""
    return [path for pattern in paths for path in expand(f"results/{DATASET}/{pattern}", **wildcards)]


def of_subjects(table):
    """The files of one table of all subjects."""
    return in_results(f"subjects/{table}.parquet/sub-{{subject}}.parquet", subject=PLAN.subjects)


def of_subject(subject):
    """The tables that a subject has when all its jobs are done."""
    return [path for table in rules.merge_subject.output for path in expand(table, dataset=DATASET, subject=subject)]


def locate(path):
    """A path of the config: as seen from the working folder, or from the project where only that exists."""
    return in_project(path) if path and not os.path.exists(path) and os.path.exists(in_project(path)) else path


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


def grid_of(wildcards):
    return GRIDS[wildcards.model, int(wildcards.layer), wildcards.source, int(wildcards.width)]


def designs_of(wildcards):
    """The designs a scoring job reads: its subject shares them with its story set, or the other listeners make one."""
    if wildcards.model == LISTENERS:
        return [f"results/{DATASET}/listeners/sub-{wildcards.subject}_design.safetensors"]
    folder = f"results/{DATASET}/designs/{PLAN.story_set(wildcards.subject)}/{wildcards.model}"
    return [f"{folder}/{name}.safetensors" for name in DESIGNS[wildcards.model, wildcards.cells]]


def cells_of(wildcards):
    """The cells of a scoring job as they stand in its parameters, with the places of their designs in its input."""
    designs = DESIGNS[wildcards.model, wildcards.cells]
    return [
        {**vars(grid), "designs": [designs.index(name) for name in design_names(grid, BASE)]}
        for grid in CELLS[wildcards.model, wildcards.cells]
    ]


def encoding_of(wildcards):
    """How a design predicts responses; the responses of other listeners come as late as one's own: they need no delays."""
    return {
        "delays": [0] if wildcards.model == LISTENERS else config["encoding"]["delays"],
        "alphas": alphas(**config["encoding"]["alphas"]),
        "blocked": config["encoding"]["folds"]["scheme"] == "strict",
    }


def heard_by(subject):
    """The stories of a subject, each once, in the order heard."""
    return list(dict.fromkeys(run.story for run in PLAN.runs[subject]))


def listeners_of(story):
    """Everyone who heard a story."""
    return [subject for subject in PLAN.subjects if story in heard_by(subject)]


def alphas(first, last, n):
    """The grid of ridge penalties, n powers of ten from first to last."""
    return [10 ** (first + (last - first) * step / max(n - 1, 1)) for step in range(n)]


FETCHED = f"resources/{DATASET}"
FREESURFER = {
    "url": config["freesurfer"]["url"],
    "space": config["dataset"]["space"],
    "folder": f"{FETCHED}/freesurfer",
}
ATLAS = {key: locate(value) if key in ATLAS_FILES else value for key, value in (config["atlas"] or {}).items()}
ATLAS |= {key: place_labels(ATLAS[key], **FREESURFER) for key in ("L", "R") if ATLAS}
SURFACES = place_surfaces(config["surfaces"], **FREESURFER)


def scores_of(subject):
    """The files of every scoring job of a subject."""
    return [f"results/{DATASET}/scores/sub-{subject}/{model}/{cells}.safetensors" for model, cells in CELLS]


def model_folder(model):
    """What transformers loads: a hub name or folder as it stands, or the folder a GGUF file is converted to."""
    source = MODELS[model]["source"]
    return f"resources/models/{model}" if source.startswith("package:") else source


def is_dictionary(model):
    """Whether a model is a dictionary of static word vectors."""
    return is_word_vectors(MODELS[model])


def any_of(names):
    """A pattern for exactly these names; nothing matches where there is none."""
    return "|".join(map(re.escape, names)) or "(?!)"


def converted(wildcards):
    """What is made of a model before it is used: the converted one, or the training whose snapshot it is."""
    return model_files(wildcards.model)


def model_files(model):
    """As `converted`, for a model by name."""
    source, snapshot = MODELS[model]["source"], read_name(model) if model not in config["models"] else None
    if snapshot:
        return [alpha_folder(config, snapshot)]
    if is_of_hub(model):
        return [f"resources/hub/{model}.json"]
    package = source.startswith("package:") and not is_dictionary(model)
    return [f"resources/models/{model}"] if package else existing(source)


def base_files(wildcards):
    """The files of the model that a fine-tuning starts from."""
    return model_files(config["finetuning"][wildcards.finetuning]["base"])


def base_folder(wildcards):
    """What transformers loads of it."""
    return model_folder(config["finetuning"][wildcards.finetuning]["base"])


def objective_of(wildcards):
    """Settings of a fine-tuning's loss that all its trainings share."""
    objective = config["finetuning"][wildcards.finetuning]["objective"]
    return {key: value for key, value in objective.items() if key != "alphas"}


def training_of(wildcards):
    """How a fine-tuning is trained."""
    return config["finetuning"][wildcards.finetuning]["training"]


def blocks_needed(n_steps, batch_size, accumulation, processes, **rest):
    """Blocks of text that a training reads."""
    return n_steps * batch_size * accumulation * processes


def corpus_of(wildcards):
    """The text of a fine-tuning; a path of the project is seen from the working folder."""
    corpus = config["finetuning"][wildcards.finetuning]["corpus"]
    return corpus | {"source": locate(corpus["source"])}


def corpus_folder(finetuning):
    """Where its tokens are."""
    return f"resources/corpora/{finetuning}-{corpus_hash(config, finetuning)}"


def finetuning_table(name):
    """A group table of fine-tuning, where this run has it."""
    return in_results(f"group/{name}.parquet") if name in FINETUNING_TABLES else []


def snapshot_folders(finetuning):
    """The folders of its trainings, one for each alpha."""
    return sorted(
        {
            alpha_folder(config, checkpoint)
            for checkpoint in checkpoints_of(finetuning, config["finetuning"][finetuning])
        }
    )


def is_of_hub(model):
    """Whether a model is named as in the hub: `name` or `owner/name`, and no such file or folder is here."""
    source = config["models"][model]["source"]
    return bool(re.fullmatch(r"[\w-][\w.-]*(/[\w.-]+)?", source)) and not os.path.exists(source)


def layers_needed(model):
    """Layers that some analysis or the simulation needs."""
    planted = PLANTED_LAYERS if SIMULATION.get("model") == model else []
    static = [0 for grid in GRIDS.values() if grid.source == "static" and static_model(grid.model) == model]
    return sorted({*layers_of(GRIDS.values(), model), *planted, *static})


def static_model(model):
    """The model whose layer 0 is the source `static` of a model's windows."""
    return config["sources"]["static"]["model"] or model


def branch_hearing(model, branches):
    """How a model hears continuations: so many branches of a story take the place of one input."""
    told = {key: MODELS[model][key] for key in ("context", "stride", "word_vector")}
    return {**told, "batch_size": branches * MODELS[model]["batch_size"]}


def words_of_windows(wildcards):
    """The activations that a design is made of: those of the model itself, or of the source `static`."""
    model = static_model(wildcards.model) if wildcards.source == "static" else wildcards.model
    stories = stories_of(wildcards.story_set)
    return in_results("activations/{model}/{story}.safetensors", model=model, story=stories)


def words_ahead(wildcards):
    """What the model expects to follow each word, or what its grammar tells of it, for designs made of that."""
    made = {"generated": "continuations", **dict.fromkeys(COMPONENTS, "components")}.get(wildcards.source)
    stories = stories_of(wildcards.story_set) if made else []
    return in_results(f"{made}/{{model}}/{{story}}.safetensors", model=wildcards.model, story=stories)


def layers_in_parts(model):
    """Layers of which some analysis, or the simulation, needs the syntactic and semantic parts."""
    planted_parts = PLANTED_PARTS if SIMULATION.get("model") == model else []
    return sorted({*layers_of([g for g in GRIDS.values() if g.source in COMPONENTS], model), *planted_parts})


def volumes(wildcards):
    """Volumes of the longest listener this job may meet; 4,000 (98 minutes) where no file tells."""
    subject = getattr(wildcards, "subject", None)
    runs = [PLAN.runs[subject]] if subject in PLAN.runs else PLAN.runs.values()
    return max(sum(run.n_trs or 4000 / len(story) for run in story) for story in runs)


def n_targets():
    return {None: 1000, "fsaverage5": 20484, "fsaverage6": 81924}[config["dataset"]["space"]]


def megabytes(*arrays):
    """Memory for float32 arrays of these sizes, with room for Python and for one retry after another."""
    needed = 1500 + sum(math.prod(shape) for shape in arrays) * 4 / 1e6
    return lambda wildcards, attempt: int(needed * attempt)


def subject_megabytes(wildcards, attempt):
    """Memory of a job that holds the responses of one subject twice, and its designs."""
    return int((1500 + 2.5 * volumes(wildcards) * n_targets() * 4 / 1e6) * attempt)


def score_megabytes(wildcards, attempt):
    """Memory of a scoring job: that of its subject, and the scores and penalties of its cells, fold by fold."""
    held = n_cells(wildcards) * config["encoding"]["folds"]["n_folds"] * n_targets() * 8 / 1e6
    return int(subject_megabytes(wildcards, attempt) + held * attempt)


def score_minutes(wildcards, attempt):
    """Run time of a scoring job: three times what a slow processor takes per cell, volume and target."""
    return int((20 + n_cells(wildcards) * volumes(wildcards) * n_targets() * 6e-9) * attempt)


def n_cells(wildcards):
    """Cells of one scoring job."""
    return sum(len(grid.distances) for grid in CELLS[wildcards.model, wildcards.cells])


def listeners_megabytes(wildcards, attempt):
    """Memory of a job that adds up a story, or that takes a subject off it and reduces what is left in each fold."""
    values = volumes(wildcards) * n_targets()
    return int((1500 + 20 * values / 1e6 + 8 * volumes(wildcards) ** 2 * 8 / 1e6) * attempt)


def design_megabytes(wildcards, attempt):
    """Memory of a job that holds a few Gram matrices of rows."""
    return int((1500 + 6 * volumes(wildcards) ** 2 * 8 / 1e6) * attempt)


def merge_megabytes(wildcards, attempt):
    """Memory of a job that holds the largest grid of a subject, fold by fold, a few times."""
    largest = max(len(grid.distances) for grid in GRIDS.values())
    values = largest * config["encoding"]["folds"]["n_folds"] * n_targets()
    return int((1500 + 6 * values * 4 / 1e6) * attempt)


def group_megabytes(wildcards, attempt):
    """Memory of a job that holds one or two cells of every subject, and where each cell stands in its file (8 kB)."""
    of_subject = 4 * n_targets() * 8 + 8000 * sum(len(grid.distances) for grid in GRIDS.values())
    return int((1500 + len(PLAN.subjects) * of_subject / 1e6) * attempt)


def simulated_megabytes(wildcards, attempt):
    """Memory of a job that makes up one run of the longest story (2,300 volumes), one hemisphere after the other."""
    return int((1500 + 2300 * n_targets() / 2 * 8 * 6 / 1e6) * attempt)


def minutes(base):
    """Run time that grows with each retry."""
    return lambda wildcards, attempt: base * attempt


def figure_stems():
    """The figures of this run, in the order of the report; those of an analysis it does not have are left out."""
    values = [stat for stat in ("normalisedscore", "bestlayer") if stat in MAPS]
    regions = ["region_forecast_distances", *(["region_forecast_depths"] if DEPTH else [])]
    regions += [f"region_{stat}" for stat in values]
    symmetry = ["symmetry"] if config["atlas"] else []
    layered = {(grid.model, grid.layer) for grid in GRIDS.values() if grid.model in config["models"]}
    regional = ("brain_scores", "forecast_scores", "forecast_curves") if config["atlas"] or not SURFACE else ()
    return [
        "forecast_curves",
        *(["sources"] if SOURCES - {"true", "shuffled"} else []),
        *(["components", "component_peaks", "component_checks"] if PARTS else []),
        *(["forecast_depths"] if DEPTH else []),
        *(["widths"] if WIDTHS else []),
        *(["recovery"] if SIMULATION else []),
        *(["component_recovery"] if SIMULATION and PARTS and PLANTED_PARTS else []),
        *([f"surface_{stat}" for stat in MAPS] if SURFACE else []),
        *(f"region_{what}" for what in regional),
        *(symmetry if SURFACE else regions),
        *(["finetuning_gains"] if GAINS else []),
        *(["finetuning_training"] if config["finetuning"] else []),
        *(["layers"] if len(layered - {(LISTENERS, 0)}) > 1 else []),
    ]


def figures_in_order():
    """Figures as the report holds them: maps as pixels, the rest as drawings."""
    suffix = {stem: "png" if stem.startswith("surface") else "svg" for stem in figure_stems()}
    return [f"results/{DATASET}/figures/{stem}.{suffix[stem]}" for stem in suffix]


def captions():
    """The caption of each figure; figures of one rule that differ in `stat` share theirs."""
    shared = {f"surface_{stat}": "surface" for stat in MAPS} | {f"region_{stat}": "region" for stat in MAPS}
    return sorted({in_project(f"workflow/report/{shared.get(stem, stem)}.rst") for stem in figure_stems()})


def every_job(files):
    """Every job that makes these files, run or not: what `brainforecast.cost.Job` needs to know of it."""
    sizes, jobs, todo, asked = study_sizes(), {}, list(files), set(files)
    while todo:
        file = todo.pop()
        if not file.startswith(("results/", "resources/")):  # nothing else is made
            continue
        maker = next((rule for rule in workflow.rules if rule.output and rule.is_producer(file)), None)
        wildcards = maker and maker.get_wildcards(file)
        if not maker or (key := (maker.name, *wildcards.items())) in jobs:
            continue
        jobs[key] = {
            "rule": maker.name,
            "sizes": sizes.of(wildcards),
            "threads": maker.resources["_cores"].value,
            "on_gpu": str(maker.conda_env).endswith("gpu.yaml"),
            "benchmark": str(maker.expand_benchmark(wildcards)),
        }
        needed = set(map(str, maker.expand_input(Wildcards(fromdict=wildcards))[0])) - asked
        asked |= needed
        todo += needed
    return list(jobs.values())


def study_sizes():
    """How large the jobs of this study are."""
    return StudySizes(PLAN, list(GRIDS.values()), CELLS, config, f"{workflow.basedir}/workflow/demo")


def steps():
    """Every rule by its files, for whoever looks what has become of its jobs."""
    files = [rule for rule in workflow.rules if rule.log and rule.output and rule.benchmark]
    return [
        {
            "rule": rule.name,
            "log": str(rule.log[0]),
            "benchmark": str(rule.benchmark),
            "outputs": tuple(map(str, rule.output)),
        }
        for rule in files
    ]


def end_orphans():
    """End SLURM jobs that a killed run left behind and that would write what this run is about to write.

    This run holds the folder's lock, so nobody waits for them any more; a job of the same rule and wildcards is one.
    """
    ours = {comment_of(job.name, job.wildcards) for job in workflow.dag.needrun_jobs() if not job.is_group()}
    orphans = [job for job in queued(os.getcwd()) if job.comment in ours]
    try:
        if orphans:
            print(f"brainforecast: {len(orphans)} SLURM jobs of a run that was killed are cancelled", file=sys.stderr)
            cancel(orphans, os.getcwd())
    except BadInput as error:
        raise WorkflowError(str(error))


def get_final_output():
    """The products of a whole run; the report asks for every table, map and figure."""
    tables = in_results("group/{table}.parquet", table=[*GROUP_TABLES, *FINETUNING_TABLES])
    return in_results("report.html") + tables + ([f"results/{DATASET}/truth.parquet"] if SIMULATION else [])
