"""The noise ceiling: the mean of the other listeners takes the place of the language model, and is scored like one."""


rule merge_listeners:
    """Merge the responses of everyone who heard a story into their sum and their number; one run is held at a time."""
    input:
        library("encoding/merge_listeners"),
        responses=lambda wildcards: in_results(
            "responses/sub-{subject}.safetensors", subject=listeners_of(wildcards.story)
        ),
        targets="results/{dataset}/targets.parquet",
    output:
        sums="results/{dataset}/listeners/{story}_sums.safetensors",
    log:
        "logs/{dataset}/merge_listeners/{story}.log",
    benchmark:
        "benchmarks/{dataset}/merge_listeners/{story}.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=listeners_megabytes,
        runtime=minutes(60),
    script:
        "../scripts/encoding/merge_listeners.py"


rule build_listeners_design:
    """Reduce the mean of the other listeners of a subject's stories inside each fold."""
    input:
        library("encoding/build_listeners_design"),
        responses="results/{dataset}/responses/sub-{subject}.safetensors",
        sums=lambda wildcards: in_results("listeners/{story}_sums.safetensors", story=heard_by(wildcards.subject)),
    output:
        design="results/{dataset}/listeners/sub-{subject}_design.safetensors",
    log:
        "logs/{dataset}/build_listeners_design/sub-{subject}.log",
    benchmark:
        "benchmarks/{dataset}/build_listeners_design/sub-{subject}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: config["threads"]["score"]
    resources:
        mem_mb=listeners_megabytes,
        runtime=minutes(60),
    params:
        n_components=config["encoding"]["n_components"],
        folds=config["encoding"]["folds"],
    script:
        "../scripts/encoding/build_listeners_design.py"
