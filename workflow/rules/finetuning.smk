"""A language model fine-tuned to forecast: one training per share of the forecasting term; its snapshots are models."""


rule prepare_corpus:
    """Prepare the text that a fine-tuning reads: tokenised once, in blocks that are memory-mapped."""
    input:
        library("finetuning/prepare_corpus"),
        model=lambda w: as_input(STUDY.finetunings.base_inputs(w.finetuning)),
    output:
        corpus=directory("resources/corpora/{finetuning}-{hash}"),
    log:
        "logs/models/prepare_corpus/{finetuning}-{hash}.log",
    benchmark:
        "benchmarks/models/prepare_corpus/{finetuning}-{hash}.tsv"
    conda:
        "../../envs/gpu.yaml"
    threads: config["threads"]["activations"]
    resources:
        mem_mb=RESOURCES.memory("small"),
        runtime=minutes(24 * 60),
    params:
        source=lambda w: STUDY.finetunings.base_source(w.finetuning),
        loading=lambda w: STUDY.finetunings.base_loading(w.finetuning),
        corpus=lambda w: STUDY.corpus(w.finetuning),
        context=lambda w: STUDY.finetunings.training(w.finetuning)["context"],
        n_blocks=lambda w: STUDY.finetunings.n_blocks(w.finetuning),
    script:
        "../scripts/finetuning/prepare_corpus.py"


rule finetune_model:
    """Finetune a language model to forecast, for one share of the forecasting term in the loss; on GPUs if there are any."""
    input:
        library("finetuning/finetune_model"),
        model=lambda w: as_input(STUDY.finetunings.base_inputs(w.finetuning)),
        corpus=lambda w: STUDY.finetunings.corpus_folder(w.finetuning),
    output:
        snapshots=directory("resources/finetuned/{finetuning}-{hash}/alpha-{alpha}"),
    log:
        "logs/models/finetune_model/{finetuning}-{hash}/alpha-{alpha}.log",
    benchmark:
        "benchmarks/models/finetune_model/{finetuning}-{hash}/alpha-{alpha}.tsv"
    conda:
        "../../envs/gpu.yaml"
    threads: config["threads"]["training"]
    resources:
        mem_mb=RESOURCES.model_memory("finetune"),
        runtime=minutes(48 * 60),
        gpu=RESOURCES.gpus("finetune"),
        gpu_mem_mb=RESOURCES.gpu_memory("finetune"),
    params:
        source=lambda w: STUDY.finetunings.base_source(w.finetuning),
        loading=lambda w: STUDY.finetunings.base_loading(w.finetuning),
        objective=lambda w: STUDY.finetunings.objective(w.finetuning),
        training=lambda w: STUDY.finetunings.training(w.finetuning),
        seed=config["seed"],
    script:
        "../scripts/finetuning/finetune_model.py"


rule score_snapshots:
    """Score the snapshots of a training on held-out text: perplexity, and retrieval of the word ahead."""
    input:
        library("finetuning/score_snapshots"),
        model=lambda w: as_input(STUDY.finetunings.base_inputs(w.finetuning)),
        corpus=lambda w: STUDY.finetunings.corpus_folder(w.finetuning),
        snapshots="resources/finetuned/{finetuning}-{hash}/alpha-{alpha}",
    output:
        table="resources/finetuned/{finetuning}-{hash}/alpha-{alpha}_probe.parquet",
    log:
        "logs/models/score_snapshots/{finetuning}-{hash}/alpha-{alpha}.log",
    benchmark:
        "benchmarks/models/score_snapshots/{finetuning}-{hash}/alpha-{alpha}.tsv"
    conda:
        "../../envs/gpu.yaml"
    threads: config["threads"]["training"]
    resources:
        mem_mb=RESOURCES.model_memory("probe"),
        runtime=RESOURCES.model_run_time("probe"),
        gpu=RESOURCES.gpus("probe"),
        gpu_mem_mb=RESOURCES.gpu_memory("probe"),
    params:
        source=lambda w: STUDY.finetunings.base_source(w.finetuning),
        loading=lambda w: STUDY.finetunings.base_loading(w.finetuning),
        objective=lambda w: STUDY.finetunings.objective(w.finetuning),
        settings=lambda w: STUDY.finetunings.probe(w.finetuning),
        seed=config["seed"],
    script:
        "../scripts/finetuning/score_snapshots.py"
