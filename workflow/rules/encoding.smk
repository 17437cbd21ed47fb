"""The one scoring path: designs belong to a story set, scores to a subject; every analysis is cells of these."""


rule build_design:
    """Build the designs of a story set: activations per TR, or windows at every distance, reduced by PCA in each fold."""
    input:
        library("encoding/build_design"),
        unpack(lambda w: STUDY.design_inputs(w.story_set, w.model, w.designs)),
        words=lambda w: STUDY.in_results("words/{story}.parquet", story=STUDY.stories_of_set(w.story_set)),
        audio=lambda w: as_input(STUDY.audio_files(w.story_set, w.model, w.designs)),
        responses=lambda w: STUDY.uncounted_responses(w.story_set),
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
        mem_mb=RESOURCES.memory("design"),
        runtime=RESOURCES.run_time("design"),
    params:
        steps=lambda w: STUDY.design_steps(w.model, w.designs),
        stories=lambda w: STUDY.stories_of_set(w.story_set),
        lengths=lambda w: STUDY.lengths_of_set(w.story_set),
        features={
            "tr": STUDY.plan.tr,
            "row_offset": config["encoding"]["row_offset"],
            "seed": config["seed"],
            "block": config["sources"]["shuffled"]["block"],
        },
        n_components=config["encoding"]["n_components"],
        folds=config["encoding"]["folds"],
        language=config["dataset"]["language"],
        shifts=lambda w: STUDY.audio_shifts(w.story_set, w.model, w.designs),
    script:
        "../scripts/encoding/build_design.py"


use rule build_design as build_variant_design with:
    input:
        library("encoding/build_design"),
        unpack(lambda w: VARIANTS.design_inputs(w.story_set, w.variant)),
        words=lambda w: STUDY.in_results("words/{story}.parquet", story=STUDY.stories_of_set(w.story_set)),
        audio=lambda w: as_input(VARIANTS.audio_files(w.story_set, w.variant)),
        responses=lambda w: STUDY.uncounted_responses(w.story_set),
        autocorrelation=lambda w: VARIANTS.autocorrelation(w.variant),
    output:
        designs="results/{dataset}/variants/{story_set}/{variant}.safetensors",
    log:
        "logs/{dataset}/build_variant_design/{story_set}/{variant}.log",
    benchmark:
        "benchmarks/{dataset}/build_variant_design/{story_set}/{variant}.tsv"
    params:
        steps=lambda w: VARIANTS.design_steps(w.variant),
        stories=lambda w: STUDY.stories_of_set(w.story_set),
        lengths=lambda w: STUDY.lengths_of_set(w.story_set),
        features=lambda w: VARIANTS.features(w.variant),
        n_components=lambda w: VARIANTS.plan.variant(w.variant).n_components,
        folds=lambda w: VARIANTS.folds(w.variant),
        language=config["dataset"]["language"],
        shifts=lambda w: VARIANTS.audio_shifts(w.story_set, w.variant),


rule merge_listeners:
    """Merge the responses of all subjects to a story into their sum and count; one run is in memory at a time."""
    input:
        library("encoding/merge_listeners"),
        responses=lambda w: STUDY.in_results("responses/sub-{subject}.safetensors", subject=STUDY.subjects_of(w.story)),
        targets="results/{dataset}/targets.parquet",
    output:
        sums=temp("results/{dataset}/listeners/{story}_sums.safetensors"),  # remade in minutes, read by no other rule
    log:
        "logs/{dataset}/merge_listeners/{story}.log",
    benchmark:
        "benchmarks/{dataset}/merge_listeners/{story}.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("noise_ceiling"),
        runtime=minutes(60),
    script:
        "../scripts/encoding/merge_listeners.py"


rule build_listeners_design:
    """Build the design of the noise ceiling, the other subjects' mean response reduced by PCA, and correlate with it."""
    input:
        library("encoding/build_listeners_design"),
        responses="results/{dataset}/responses/sub-{subject}.safetensors",
        sums=lambda w: STUDY.in_results(
            "listeners/{story}_sums.safetensors", story=dict.fromkeys(STUDY.stories_of(w.subject))
        ),
    output:
        design="results/{dataset}/listeners/sub-{subject}_design.safetensors",
        correlation="results/{dataset}/listeners/sub-{subject}_correlation.safetensors",
    log:
        "logs/{dataset}/build_listeners_design/sub-{subject}.log",
    benchmark:
        "benchmarks/{dataset}/build_listeners_design/sub-{subject}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: config["threads"]["score"]
    resources:
        mem_mb=RESOURCES.memory("noise_ceiling"),
        runtime=minutes(60),
    params:
        n_components=config["encoding"]["n_components"],
        folds=config["encoding"]["folds"],
    script:
        "../scripts/encoding/build_listeners_design.py"


rule score_cells:
    """Score one subject with the present alone, or with the present and each window of some blocks of distances."""
    input:
        library("encoding/score_cells"),
        responses="results/{dataset}/responses/sub-{subject}.safetensors",
        designs=lambda w: STUDY.design_files(w.subject, w.model, w.cells),
        targets=lambda w: STUDY.targets_of(w.model, w.cells),
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
        mem_mb=RESOURCES.memory("score"),
        runtime=RESOURCES.run_time("score"),
    params:
        cells=lambda w: STUDY.fanout.cells(w.model, w.cells, w.subject),
        encoding=lambda w: STUDY.encoding(w.model, w.cells),
    script:
        "../scripts/encoding/score_cells.py"
