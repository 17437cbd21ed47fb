"""A language model is taught to forecast: one training per share of the forecasting term; its snapshots are models."""


rule prepare_corpus:
    """Prepare the text that a fine-tuning reads: tokenised once, in blocks that are memory-mapped."""
    input:
        library("finetuning/prepare_corpus"),
        model=base_files,
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
        mem_mb=megabytes(),
        runtime=minutes(24 * 60),
    params:
        source=base_folder,
        corpus=corpus_of,
        context=lambda wildcards: training_of(wildcards)["context"],
        n_blocks=lambda wildcards: blocks_needed(**training_of(wildcards)),
    script:
        "../scripts/finetuning/prepare_corpus.py"


rule finetune_model:
    """Finetune a language model so that it also forecasts, for one share of that in its loss; on GPUs where there are any."""
    input:
        library("finetuning/finetune_model"),
        model=base_files,
        corpus=lambda wildcards: corpus_folder(wildcards.finetuning),
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
        mem_mb=lambda wildcards, attempt: 6000 * training_of(wildcards)["processes"] * attempt,
        runtime=minutes(48 * 60),
    params:
        source=base_folder,
        objective=objective_of,
        training=training_of,
        seed=config["seed"],
    script:
        "../scripts/finetuning/finetune_model.py"


rule score_snapshots:
    """Score the snapshots of a training on held-out text: perplexity, and retrieval of the word ahead."""
    input:
        library("finetuning/score_snapshots"),
        model=base_files,
        corpus=lambda wildcards: corpus_folder(wildcards.finetuning),
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
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=minutes(120),
    params:
        source=base_folder,
        objective=lambda wildcards: config["finetuning"][wildcards.finetuning]["objective"],
        settings=lambda wildcards: config["finetuning"][wildcards.finetuning]["evaluation"]["probe"],
        seed=config["seed"],
    script:
        "../scripts/finetuning/score_snapshots.py"


rule merge_gains:
    """Merge the brain scores of a subject into what fine-tuning gains over plain language modelling, by region."""
    input:
        library("results/merge_gains"),
        scores="results/{dataset}/subjects/roi_scores.parquet/sub-{subject}.parquet",
        provenance="results/{dataset}/provenance.json",
    output:
        table="results/{dataset}/subjects/finetuning_gains.parquet/sub-{subject}.parquet",
    log:
        "logs/{dataset}/merge_gains/sub-{subject}.log",
    benchmark:
        "benchmarks/{dataset}/merge_gains/sub-{subject}.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(10),
    script:
        "../scripts/results/merge_gains.py"


rule summarise_gains:
    """Summarise the gains of fine-tuning over subjects, by region: mean, interval, signed-rank test, false discovery rate."""
    input:
        library("results/summarise_gains"),
        subjects=of_subjects("finetuning_gains"),
        provenance="results/{dataset}/provenance.json",
    output:
        table=report(
            "results/{dataset}/group/finetuning_gains.parquet", caption="../report/tables.rst", category="Tables"
        ),
    log:
        "logs/{dataset}/summarise_gains/all.log",
    benchmark:
        "benchmarks/{dataset}/summarise_gains/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=group_megabytes,
        runtime=minutes(30),
    script:
        "../scripts/results/summarise_gains.py"


rule plot_gains:
    """Plot the gain of fine-tuning against the share of the forecasting term, and against the steps of training."""
    input:
        library("figures/plot_gains"),
        gains="results/{dataset}/group/finetuning_gains.parquet",
    output:
        report(
            "results/{dataset}/figures/finetuning_gains.png",
            caption="../report/finetuning_gains.rst",
            category="Fine-tuning",
        ),
        "results/{dataset}/figures/finetuning_gains.svg",
    log:
        "logs/{dataset}/plot_gains/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_gains/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(10),
    params:
        n_subjects=N_SUBJECTS,
        curves=config["figures"]["curves"],
        q_level=config["maps"]["q_level"],
        simulated=bool(SIMULATION),
    script:
        "../scripts/figures/plot_gains.py"


rule summarise_training:
    """Summarise the trainings: both losses and the share along the steps, and what each snapshot has learned."""
    input:
        library("results/summarise_training"),
        snapshots=[folder for name in config["finetuning"] for folder in snapshot_folders(name)],
        probes=[f"{folder}_probe.parquet" for name in config["finetuning"] for folder in snapshot_folders(name)],
        provenance="results/{dataset}/provenance.json",
    output:
        losses="results/{dataset}/group/finetuning_losses.parquet",
        probe=report(
            "results/{dataset}/group/finetuning_probe.parquet", caption="../report/tables.rst", category="Tables"
        ),
    log:
        "logs/{dataset}/summarise_training/all.log",
    benchmark:
        "benchmarks/{dataset}/summarise_training/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(10),
    params:
        finetunings=[name for name in config["finetuning"] for _ in snapshot_folders(name)],
    script:
        "../scripts/results/summarise_training.py"


rule plot_training:
    """Plot what was learned: both losses and the share over the steps, retrieval of the word ahead, perplexity."""
    input:
        library("figures/plot_training"),
        losses="results/{dataset}/group/finetuning_losses.parquet",
        probe="results/{dataset}/group/finetuning_probe.parquet",
    output:
        report(
            "results/{dataset}/figures/finetuning_training.png",
            caption="../report/finetuning_training.rst",
            category="Fine-tuning",
        ),
        "results/{dataset}/figures/finetuning_training.svg",
    log:
        "logs/{dataset}/plot_training/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_training/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(10),
    params:
        n_subjects=N_SUBJECTS,
    script:
        "../scripts/figures/plot_training.py"
