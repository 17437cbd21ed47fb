"""The one scoring path: designs belong to a story set, scores to a subject; every analysis is cells of these."""


rule build_design:
    """Reduce the words a story set was heard with, or their windows at every distance, inside each fold."""
    input:
        library("build_design"),
        words=lambda wildcards: in_results("words/{story}.parquet", story=stories_of(wildcards.story_set)),
        activations=words_of_windows,
        continuations=words_ahead,
        responses=lambda wildcards: (
            []
            if lengths_of(wildcards.story_set)
            else in_results("responses/sub-{subject}.safetensors", subject=PLAN.story_sets[wildcards.story_set])
        ),
    output:
        design="results/{dataset}/designs/{story_set}/{model}/layer-{layer}_source-{source}_width-{width}.safetensors",
    log:
        "logs/{dataset}/build_design/{story_set}/{model}/layer-{layer}_source-{source}_width-{width}.log",
    benchmark:
        "benchmarks/{dataset}/build_design/{story_set}/{model}/layer-{layer}_source-{source}_width-{width}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: config["threads"]["score"]
    resources:
        mem_mb=design_megabytes,
        runtime=minutes(60),
    params:
        layer=lambda wildcards: 0 if wildcards.source == "static" else int(wildcards.layer),
        stories=lambda wildcards: stories_of(wildcards.story_set),
        lengths=lambda wildcards: lengths_of(wildcards.story_set),
        features=lambda wildcards: {
            "source": wildcards.source,
            "tr": PLAN.tr,
            "row_offset": config["encoding"]["row_offset"],
            "seed": config["seed"],
            "block": config["sources"]["shuffled"]["block"],
        },
        windows=lambda wildcards: {
            "width": max(int(wildcards.width), 1),  # the present is the window of one word at distance 0
            "distances": list(grid_of(wildcards).distances),
            "n_components": config["encoding"]["n_components"],
        },
        folds=config["encoding"]["folds"],
        word_rate=lambda wildcards: config["encoding"]["word_rate"] and wildcards.width == "0",
    script:
        "../scripts/build_design.py"


rule score_cells:
    """Score one subject with the present alone, or with the present and each window of some blocks of distances."""
    input:
        library("score_cells"),
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
        "../scripts/score_cells.py"
