"""From activations and scores to the tables that describe and compare the models."""


rule summarise_models:
    """Summarise what each model is and how its activations were made: context, layers, share of unknown tokens."""
    input:
        library("results/summarise_models"),
        activations=STUDY.in_results("activations/{model}/{story}.safetensors", model=MODELS, story=STUDY.stories),
        provenance="results/{dataset}/provenance.json",
    output:
        table=report("results/{dataset}/group/models.parquet", caption="../../report/tables.rst", category="Tables"),
    log:
        "logs/{dataset}/summarise_models/all.log",
    benchmark:
        "benchmarks/{dataset}/summarise_models/all.tsv"
    conda:
        "../../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("small"),
        runtime=minutes(10),
    params:
        models=MODELS,
    script:
        "../../scripts/results/summarise_models.py"


rule summarise_comparison:
    """Summarise the score of each model at its best layer, and the paired differences between models."""
    input:
        library("results/summarise_comparison"),
        subjects=STUDY.of_subjects("roi_scores"),
        models="results/{dataset}/group/models.parquet",
        provenance="results/{dataset}/provenance.json",
    output:
        scores=report(
            "results/{dataset}/group/model_scores.parquet", caption="../../report/tables.rst", category="Tables"
        ),
        differences=report(
            "results/{dataset}/group/model_comparison.parquet", caption="../../report/tables.rst", category="Tables"
        ),
    log:
        "logs/{dataset}/summarise_comparison/all.log",
    benchmark:
        "benchmarks/{dataset}/summarise_comparison/all.tsv"
    conda:
        "../../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("group"),
        runtime=minutes(60),
    params:
        window={key: config["maps"][key] for key in ("source", "width", "distance")},
        seed=config["seed"],
    script:
        "../../scripts/results/summarise_comparison.py"
