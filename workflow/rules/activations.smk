"""Language models hear the stories: one job per model and story, on a GPU where there is one."""


rule convert_model:
    """Convert a model that a package ships into a folder that loads fast; once."""
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
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=minutes(15),
    params:
        source=lambda wildcards: config["models"][wildcards.model]["source"],
    script:
        "../scripts/language/convert_model.py"


rule fetch_model:
    """Fetch a language model of the hub into the hub's cache; on the login node, the other jobs ask no network."""
    input:
        library("language/fetch_model"),
    output:
        about="resources/hub/{model}.json",
    log:
        "logs/models/fetch_model/{model}.log",
    benchmark:
        "benchmarks/models/fetch_model/{model}.tsv"
    wildcard_constraints:
        model=any_of(filter(is_of_hub, config["models"])),
    conda:
        "../../envs/gpu.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=minutes(60),
    params:
        source=lambda wildcards: config["models"][wildcards.model]["source"],
    script:
        "../scripts/language/fetch_model.py"


rule extract_activations:
    """Extract the activations of every word of a story, all layers that some analysis needs in one pass."""
    input:
        library("language/extract_activations"),
        words="results/{dataset}/words/{story}.parquet",
        model=converted,
    output:
        activations="results/{dataset}/activations/{model}/{story}.safetensors",
    log:
        "logs/{dataset}/extract_activations/{model}/{story}.log",
    benchmark:
        "benchmarks/{dataset}/extract_activations/{model}/{story}.tsv"
    wildcard_constraints:
        model=any_of(model for model in MODELS if not is_dictionary(model)),
    conda:
        "../../envs/gpu.yaml"
    threads: config["threads"]["activations"]
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=minutes(60),
    params:
        source=lambda wildcards: model_folder(wildcards.model),
        layers=lambda wildcards: layers_needed(wildcards.model),
        side_by_side=lambda wildcards: MODELS[wildcards.model]["side_by_side"],
        context=lambda wildcards: MODELS[wildcards.model]["context"],
        stride=lambda wildcards: MODELS[wildcards.model]["stride"],
        word_vector=lambda wildcards: MODELS[wildcards.model]["word_vector"],
        batch_size=lambda wildcards: MODELS[wildcards.model]["batch_size"],
    script:
        "../scripts/language/extract_activations.py"


rule read_word_vectors:
    """Read the static vector of every word of a story, for models that are a dictionary of vectors."""
    input:
        library("language/read_word_vectors"),
        words="results/{dataset}/words/{story}.parquet",
        vectors=converted,
    output:
        activations="results/{dataset}/activations/{model}/{story}.safetensors",
    log:
        "logs/{dataset}/read_word_vectors/{model}/{story}.log",
    benchmark:
        "benchmarks/{dataset}/read_word_vectors/{model}/{story}.tsv"
    wildcard_constraints:
        model=any_of(filter(is_dictionary, MODELS)),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=minutes(10),
    params:
        source=lambda wildcards: config["models"][wildcards.model]["source"],
    script:
        "../scripts/language/read_word_vectors.py"


rule generate_continuations:
    """Generate what the model expects to follow every word of a story, and keep the activations of these words."""
    input:
        library("language/generate_continuations"),
        words="results/{dataset}/words/{story}.parquet",
        model=converted,
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
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=minutes(240),
    params:
        source=lambda wildcards: model_folder(wildcards.model),
        layers=lambda wildcards: layers_of([g for g in GRIDS.values() if g.source == "generated"], wildcards.model),
        decoding=config["sources"]["generated"],
        hearing=lambda wildcards: branch_hearing(wildcards.model, 16),
        seed=config["seed"],
    script:
        "../scripts/language/generate_continuations.py"
