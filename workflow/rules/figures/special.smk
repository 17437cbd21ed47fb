"""Figures of what not every study has: verdicts, syntax and semantics, fine-tuning, a simulation, several models."""


rule plot_recovery:
    """Plot what was planted in a simulated cortex against what the analysis recovers."""
    input:
        library("figures/plot_recovery"),
        truth="results/{dataset}/truth.parquet",
        targets="results/{dataset}/targets.parquet",
        roi_scores=STUDY.of_subjects("roi_scores"),
        roi_distances=STUDY.of_subjects("roi_distances"),
        roi_depths=STUDY.of_subjects("roi_depths"),
        words=STUDY.in_results("words/{story}.parquet", story=STUDY.stories),
    output:
        figure("recovery"),
    log:
        "logs/{dataset}/plot_recovery/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_recovery/all.tsv"
    conda:
        "../../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **FIGURE,
    script:
        "../../scripts/figures/plot_recovery.py"


rule plot_component_peaks:
    """Plot where the semantic forecast score of each region peaks, against the syntactic one."""
    input:
        library("figures/plot_component_peaks"),
        component_peaks="results/{dataset}/group/component_peaks.parquet",
        words=STUDY.in_results("words/{story}.parquet", story=STUDY.stories),
    output:
        figure("component_peaks"),
    log:
        "logs/{dataset}/plot_component_peaks/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_component_peaks/all.tsv"
    conda:
        "../../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **FIGURE,
    script:
        "../../scripts/figures/plot_component_peaks.py"


rule plot_component_checks:
    """Plot checks of the syntactic and the semantic component."""
    input:
        library("figures/plot_component_checks"),
        component_checks="results/{dataset}/group/component_checks.parquet",
    output:
        figure("component_checks"),
    log:
        "logs/{dataset}/plot_component_checks/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_component_checks/all.tsv"
    conda:
        "../../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **FIGURE,
    script:
        "../../scripts/figures/plot_component_checks.py"


rule plot_component_recovery:
    """Plot where syntax and semantics were planted in the simulated cortex, against where they peak."""
    input:
        library("figures/plot_component_recovery"),
        truth="results/{dataset}/truth.parquet",
        targets="results/{dataset}/targets.parquet",
        roi_distances=STUDY.of_subjects("roi_distances"),
        words=STUDY.in_results("words/{story}.parquet", story=STUDY.stories),
    output:
        figure("component_recovery"),
    log:
        "logs/{dataset}/plot_component_recovery/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_component_recovery/all.tsv"
    conda:
        "../../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **FIGURE,
    script:
        "../../scripts/figures/plot_component_recovery.py"


rule plot_gains:
    """Plot the gain of fine-tuning against the share of the forecasting term, and against the steps of training."""
    input:
        library("figures/plot_gains"),
        gains="results/{dataset}/group/finetuning_gains.parquet",
    output:
        figure("finetuning_gains"),
    log:
        "logs/{dataset}/plot_gains/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_gains/all.tsv"
    conda:
        "../../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **CURVES,
    script:
        "../../scripts/figures/plot_gains.py"


rule plot_training:
    """Plot what was learned: both losses and the share over the steps, retrieval of the word ahead, perplexity."""
    input:
        library("figures/plot_training"),
        losses="results/{dataset}/group/finetuning_losses.parquet",
        probe="results/{dataset}/group/finetuning_probe.parquet",
    output:
        figure("finetuning_training"),
    log:
        "logs/{dataset}/plot_training/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_training/all.tsv"
    conda:
        "../../../envs/cpu.yaml"
    resources:
        **SMALL,
    script:
        "../../scripts/figures/plot_training.py"


rule plot_verdicts:
    """Plot F and its mirror in every place against its common shifts, with the verdict."""
    input:
        library("figures/plot_verdicts"),
        verdicts="results/{dataset}/group/verdicts.parquet",
        shifts="results/{dataset}/group/shifts.parquet",
    output:
        figure("verdicts"),
    log:
        "logs/{dataset}/plot_verdicts/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_verdicts/all.tsv"
    conda:
        "../../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **FIGURE,
        verdict=config["verdict"],
    script:
        "../../scripts/figures/plot_verdicts.py"


rule plot_sensitivity:
    """Plot F, M and a contrast in every variant of the reported cell."""
    input:
        library("figures/plot_sensitivity"),
        sensitivity="results/{dataset}/group/sensitivity.parquet",
    output:
        figure("sensitivity"),
    log:
        "logs/{dataset}/plot_sensitivity/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_sensitivity/all.tsv"
    conda:
        "../../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **FIGURE,
        distance=lambda w: VARIANTS.plan.pair[1],
    script:
        "../../scripts/figures/plot_sensitivity.py"


rule plot_model_layers:
    """Plot the brain score of every model against the depth of its layers, on one axis."""
    input:
        library("figures/plot_model_layers"),
        roi_scores="results/{dataset}/group/roi_scores.parquet",
        models="results/{dataset}/group/models.parquet",
    output:
        figure("model_layers"),
    log:
        "logs/{dataset}/plot_model_layers/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_model_layers/all.tsv"
    conda:
        "../../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **FIGURE,
    script:
        "../../scripts/figures/plot_model_layers.py"


rule plot_model_differences:
    """Plot the paired difference of every pair of models, with its interval over subjects."""
    input:
        library("figures/plot_model_differences"),
        differences="results/{dataset}/group/model_comparison.parquet",
        models="results/{dataset}/group/models.parquet",
    output:
        figure("model_differences"),
    log:
        "logs/{dataset}/plot_model_differences/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_model_differences/all.tsv"
    conda:
        "../../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **FIGURE,
    script:
        "../../scripts/figures/plot_model_differences.py"
