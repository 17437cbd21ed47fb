"""Activations of language models: one job per model and story, on a GPU where there is one."""


rule convert_model:
    """Convert a model that ships in a package to a folder that loads fast; once."""
    input:
        library("language/convert_model"),
    output:
        model=directory("resources/models/{model}"),
    log:
        "logs/models/convert_model/{model}.log",
    benchmark:
        "benchmarks/models/convert_model/{model}.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.conversion_memory,
        runtime=minutes(60),
    params:
        source=lambda w: config["models"][w.model]["source"],
    script:
        "../scripts/language/convert_model.py"


rule fetch_model:
    """Fetch a language model from the hub to the hub's cache, on the login node: the other jobs need no network."""
    input:
        library("language/fetch_model"),
    output:
        provenance="resources/hub/{model}.json",
    log:
        "logs/models/fetch_model/{model}.log",
    benchmark:
        "benchmarks/models/fetch_model/{model}.tsv"
    wildcard_constraints:
        model=any_of(STUDY.models.hub),
    localrule: True
    conda:
        "../../envs/gpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("small"),
        runtime=minutes(60),
    params:
        source=lambda w: config["models"][w.model]["source"],
        revision=lambda w: config["models"][w.model]["revision"],
        weights=lambda w: config["models"][w.model]["weights"],
    script:
        "../scripts/language/fetch_model.py"


rule extract_activations:
    """Extract the activations of every word of a story, all layers that some analysis needs in one pass."""
    input:
        library("language/extract_activations"),
        words="results/{dataset}/words/{story}.parquet",
        model=lambda w: as_input(STUDY.models.inputs(w.model)),
    output:
        activations="results/{dataset}/activations/{model}/{story}.safetensors",
    log:
        "logs/{dataset}/extract_activations/{model}/{story}.log",
    benchmark:
        "benchmarks/{dataset}/extract_activations/{model}/{story}.tsv"
    wildcard_constraints:
        model=any_of(STUDY.models.language_models),
    conda:
        "../../envs/gpu.yaml"
    threads: config["threads"]["activations"]
    resources:
        mem_mb=RESOURCES.model_memory("extract"),
        runtime=RESOURCES.model_run_time("extract"),
        gpu=RESOURCES.gpus("extract"),
        gpu_mem_mb=RESOURCES.gpu_memory("extract"),
    params:
        source=lambda w: STUDY.models.source(w.model),
        layers=lambda w: STUDY.models.layers(w.model),
        side_by_side=lambda w: STUDY.models.entries[w.model]["side_by_side"],
        extraction=lambda w: STUDY.models.extraction(w.model),
        loading=lambda w: STUDY.models.loading(w.model),
    script:
        "../scripts/language/extract_activations.py"


rule extract_speech:
    """Extract the activations of a speech model for every word of a story, from the audio up to the word's end."""
    input:
        library("language/extract_speech"),
        words="results/{dataset}/words/{story}.parquet",
        audio=lambda w: as_input(STUDY.audio_of(w.story)),
        model=lambda w: as_input(STUDY.models.inputs(w.model)),
    output:
        activations="results/{dataset}/activations/{model}/{story}.safetensors",
    log:
        "logs/{dataset}/extract_speech/{model}/{story}.log",
    benchmark:
        "benchmarks/{dataset}/extract_speech/{model}/{story}.tsv"
    wildcard_constraints:
        model=any_of(STUDY.models.speech),
    conda:
        "../../envs/gpu.yaml"
    threads: config["threads"]["activations"]
    resources:
        mem_mb=RESOURCES.model_memory("extract"),
        runtime=RESOURCES.model_run_time("extract"),
        gpu=RESOURCES.gpus("extract"),
        gpu_mem_mb=RESOURCES.gpu_memory("extract"),
    params:
        source=lambda w: STUDY.models.source(w.model),
        layers=lambda w: STUDY.models.layers(w.model),
        side_by_side=lambda w: STUDY.models.entries[w.model]["side_by_side"],
        extraction=lambda w: STUDY.models.extraction(w.model),
        loading=lambda w: STUDY.models.loading(w.model),
        shift=lambda w: STUDY.plan.stories[w.story].shift,
    script:
        "../scripts/language/extract_speech.py"


rule read_word_vectors:
    """Read the static vector of every word of a story, for models that are a dictionary of vectors."""
    input:
        library("language/read_word_vectors"),
        words="results/{dataset}/words/{story}.parquet",
        vectors=lambda w: as_input(STUDY.models.inputs(w.model)),
    output:
        activations="results/{dataset}/activations/{model}/{story}.safetensors",
    log:
        "logs/{dataset}/read_word_vectors/{model}/{story}.log",
    benchmark:
        "benchmarks/{dataset}/read_word_vectors/{model}/{story}.tsv"
    wildcard_constraints:
        model=any_of(STUDY.models.dictionaries),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes_of_inputs(1),
        runtime=minutes(10),
    params:
        source=lambda w: config["models"][w.model]["source"],
        language=config["dataset"]["language"],
    script:
        "../scripts/language/read_word_vectors.py"


rule read_features:
    """Read your own features of a story, for models that are a folder of them."""
    input:
        library("language/read_features"),
        words="results/{dataset}/words/{story}.parquet",
        features=lambda w: as_input(STUDY.models.feature_files(w.model, w.story)),
    output:
        activations="results/{dataset}/activations/{model}/{story}.safetensors",
    log:
        "logs/{dataset}/read_features/{model}/{story}.log",
    benchmark:
        "benchmarks/{dataset}/read_features/{model}/{story}.tsv"
    wildcard_constraints:
        model=any_of(STUDY.models.features),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes_of_inputs(3),
        runtime=minutes(10),
    params:
        source=lambda w: config["models"][w.model]["source"],
        layers=lambda w: STUDY.models.layers(w.model),
        side_by_side=lambda w: config["models"][w.model]["side_by_side"],
    script:
        "../scripts/language/read_features.py"


rule generate_continuations:
    """Generate continuations after every word of a story, and keep the activations of their words."""
    input:
        library("language/generate_continuations"),
        words="results/{dataset}/words/{story}.parquet",
        model=lambda w: as_input(STUDY.models.inputs(w.model)),
    output:
        continuations="results/{dataset}/continuations/{model}/{story}.safetensors",
    log:
        "logs/{dataset}/generate_continuations/{model}/{story}.log",
    benchmark:
        "benchmarks/{dataset}/generate_continuations/{model}/{story}.tsv"
    conda:
        "../../envs/gpu.yaml"
    threads: config["threads"]["activations"]
    resources:
        mem_mb=RESOURCES.model_memory("generate"),
        runtime=RESOURCES.model_run_time("generate"),
        gpu=RESOURCES.gpus("generate"),
        gpu_mem_mb=RESOURCES.gpu_memory("generate"),
    params:
        source=lambda w: STUDY.models.source(w.model),
        layers=lambda w: STUDY.models.product_layers(w.model, "continuations"),
        decoding=config["sources"]["generated"],
        extraction=lambda w: STUDY.models.extraction(w.model, branches=16),
        loading=lambda w: STUDY.models.loading(w.model),
        seed=config["seed"],
    script:
        "../scripts/language/generate_continuations.py"
