"""Syntax and semantics: futures that share the grammar of the true one, and their activations."""

from brainforecast.planning.grammar import corpus_of, parser_of


rule build_lexicon:
    """Build the dictionary that futures are drawn from: the words of a text corpus, counted by label."""
    input:
        library("syntax/build_lexicon"),
        corpus=if_exists(*map(STUDY.locate, corpus_of(config))),
    output:
        lexicon="results/{dataset}/lexicon.parquet",
    log:
        "logs/{dataset}/build_lexicon/all.log",
    benchmark:
        "benchmarks/{dataset}/build_lexicon/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("small"),
        runtime=minutes(60),
    params:
        corpus=[STUDY.locate(path) for path in corpus_of(config)],
        parser=parser_of(config),
        language=config["dataset"]["language"],
    script:
        "../scripts/syntax/build_lexicon.py"


rule prepare_futures:
    """Prepare futures of every word of a story: other words with the same labels and the same tree."""
    input:
        library("syntax/prepare_futures"),
        words="results/{dataset}/words/{story}.parquet",
        lexicon="results/{dataset}/lexicon.parquet",
    output:
        futures="results/{dataset}/futures/{story}.parquet",
        labels="results/{dataset}/futures/{story}_labels.parquet",
    log:
        "logs/{dataset}/prepare_futures/{story}.log",
    benchmark:
        "benchmarks/{dataset}/prepare_futures/{story}.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("small"),
        runtime=minutes(120),
    params:
        parser=parser_of(config),
        language=config["dataset"]["language"],
        drawing=STUDY.drawing,
        seed=config["seed"],
    script:
        "../scripts/syntax/prepare_futures.py"


rule extract_components:
    """Extract the syntactic component of upcoming words: the mean activation over the futures of every word."""
    input:
        library("syntax/extract_components"),
        words="results/{dataset}/words/{story}.parquet",
        futures="results/{dataset}/futures/{story}.parquet",
        activations="results/{dataset}/activations/{model}/{story}.safetensors",
        model=lambda w: as_input(STUDY.models.inputs(w.model)),
    output:
        components="results/{dataset}/components/{model}/{story}.safetensors",
        convergence="results/{dataset}/components/{model}/{story}_convergence.parquet",
    log:
        "logs/{dataset}/extract_components/{model}/{story}.log",
    benchmark:
        "benchmarks/{dataset}/extract_components/{model}/{story}.tsv"
    conda:
        "../../envs/gpu.yaml"
    threads: config["threads"]["activations"]
    resources:
        mem_mb=RESOURCES.model_memory("components"),
        runtime=RESOURCES.model_run_time("components"),
        gpu=RESOURCES.gpus("components"),
        gpu_mem_mb=RESOURCES.gpu_memory("components"),
    params:
        source=lambda w: STUDY.models.source(w.model),
        layers=lambda w: STUDY.models.product_layers(w.model, "components"),
        horizon=config["sources"]["syntactic"]["horizon"],
        extraction=lambda w: STUDY.models.extraction(w.model, branches=4),
        loading=lambda w: STUDY.models.loading(w.model),
    script:
        "../scripts/syntax/extract_components.py"


rule summarise_components:
    """Summarise checks of the syntactic and semantic components: labels, trees, convergence, cosines, linear probes."""
    input:
        library("syntax/summarise_components"),
        futures=STUDY.in_results("futures/{story}.parquet", story=STUDY.stories),
        labels=STUDY.in_results("futures/{story}_labels.parquet", story=STUDY.stories),
        activations=STUDY.in_results(
            "activations/{model}/{story}.safetensors", model=STUDY.reported["model"], story=STUDY.stories
        ),
        components=STUDY.in_results(
            "components/{model}/{story}.safetensors", model=STUDY.reported["model"], story=STUDY.stories
        ),
        convergence=STUDY.in_results(
            "components/{model}/{story}_convergence.parquet", model=STUDY.reported["model"], story=STUDY.stories
        ),
        provenance="results/{dataset}/provenance.json",
    output:
        table=report(
            "results/{dataset}/group/component_checks.parquet", caption="../report/tables.rst", category="Tables"
        ),
    log:
        "logs/{dataset}/summarise_components/all.log",
    benchmark:
        "benchmarks/{dataset}/summarise_components/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(4000),
        runtime=minutes(30),
    params:
        model=STUDY.reported["model"],
        layer=STUDY.reported["layer"],
        words_ahead=STUDY.component_checks_ahead,
    script:
        "../scripts/syntax/summarise_components.py"
