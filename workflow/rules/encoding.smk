"""The one scoring path: designs belong to a story set, scores to a subject; every analysis is cells of these."""


rule build_design:
    """Reduce the words a story set was heard with, or their windows at every distance, inside each fold."""
    input:
        library("encoding/build_design"),
        words=lambda wildcards: in_results("words/{story}.parquet", story=stories_of(wildcards.story_set)),
        heard=heard_in_designs,
        responses=lambda wildcards: (
            []
            if lengths_of(wildcards.story_set)
            else in_results("responses/sub-{subject}.safetensors", subject=PLAN.story_sets[wildcards.story_set])
        ),
    output:
        designs="results/{dataset}/designs/{story_set}/{model}/{designs}.safetensors",
    log:
        "logs/{dataset}/build_design/{story_set}/{model}/{designs}.log",
    benchmark:
        "benchmarks/{dataset}/build_design/{story_set}/{model}/{designs}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: config["threads"]["score"]
    resources:
        mem_mb=design_megabytes,
        runtime=design_minutes,
    params:
        steps=steps_of,
        stories=lambda wildcards: stories_of(wildcards.story_set),
        lengths=lambda wildcards: lengths_of(wildcards.story_set),
        features={
            "tr": PLAN.tr,
            "row_offset": config["encoding"]["row_offset"],
            "seed": config["seed"],
            "block": config["sources"]["shuffled"]["block"],
        },
        n_components=config["encoding"]["n_components"],
        folds=config["encoding"]["folds"],
    script:
        "../scripts/encoding/build_design.py"


rule score_cells:
    """Score one subject with the present alone, or with the present and each window of some blocks of distances."""
    input:
        library("encoding/score_cells"),
        responses="results/{dataset}/responses/sub-{subject}.safetensors",
        designs=designs_of,
    output:
        scores="results/{dataset}/scores/sub-{subject}/{model}/{cells}.safetensors",
    log:
        "logs/{dataset}/score_cells/sub-{subject}/{model}/{cells}.log",
    benchmark:
        "benchmarks/{dataset}/score_cells/sub-{subject}/{model}/{cells}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: config["threads"]["score"]
    resources:
        mem_mb=score_megabytes,
        runtime=score_minutes,
    params:
        cells=cells_of,
        encoding=encoding_of,
    script:
        "../scripts/encoding/score_cells.py"
