"""How far ahead, and at which level, does the brain predict speech? A table of contents: the work is in workflow/rules."""

from pathlib import Path

if not workflow.overwrite_configfiles:  # a config given on the command line stands alone: it is not mixed with the demo

    configfile: Path(workflow.basedir) / "config" / "config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/common_models.smk"
include: "workflow/rules/common_scoring.smk"
include: "workflow/rules/common_resources.smk"
include: "workflow/rules/common_products.smk"
include: "workflow/rules/common_jobs.smk"
include: "workflow/rules/dataset.smk"
include: "workflow/rules/plan.smk"
include: "workflow/rules/activations.smk"
include: "workflow/rules/finetuning.smk"
include: "workflow/rules/encoding.smk"
include: "workflow/rules/listeners.smk"
include: "workflow/rules/group.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/syntax.smk"
include: "workflow/rules/cost.smk"
include: "workflow/rules/cluster.smk"


if SIMULATION:

    include: "workflow/rules/simulation.smk"
    include: "workflow/rules/demo.smk" if SIMULATION["stories"] else "workflow/rules/rehearsal.smk"


report: "workflow/report/workflow.rst"


localrules:
    all,
    build_plan,
    build_provenance,
    cost,
    fetch_data,
    fetch_model,
    fetch_models,
    plan,


rule all:
    """Everything a config asks for: tables, maps, figures and the report."""
    default_target: True
    input:
        get_final_output(),


rule plan:
    """Which runs are used, why the others are not, how many cells and jobs: seconds, before an image is here."""
    input:
        in_results("exclusions.tsv", "plan/subjects.tsv", "plan/stories.tsv", "plan/counts.tsv"),


rule fetch_data:
    """What this config fetches of a dataset, its surfaces and its atlas: for a node with a network."""
    input:
        fetched_files(),


rule fetch_models:
    """Every language model of the hub that this config names, into the hub's cache: for a node with a network."""
    input:
        expand("resources/hub/{model}.json", model=filter(is_of_hub, config["models"])),
