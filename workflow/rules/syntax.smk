"""Syntax and semantics: futures that share the grammar of the true one, and what the language model makes of them."""


rule build_lexicon:
    """Build the dictionary that futures are drawn from: the words of a text corpus, counted by label."""
    input:
        library("syntax/build_lexicon"),
        corpus=[path for text in config["sources"]["syntactic"]["corpus"] for path in existing(text)],
    output:
        lexicon="results/{dataset}/lexicon.parquet",
    log:
        "logs/{dataset}/build_lexicon/all.log",
    benchmark:
        "benchmarks/{dataset}/build_lexicon/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(60),
    params:
        corpus=[locate(text) for text in config["sources"]["syntactic"]["corpus"]],
        parser=config["sources"]["syntactic"]["parser"],
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
        mem_mb=megabytes(),
        runtime=minutes(120),
    params:
        parser=config["sources"]["syntactic"]["parser"],
        drawing=lambda wildcards: {
            key: config["sources"]["syntactic"][key]
            for key in ("n_futures", "horizon", "n_candidates", "threshold", "too_few", "function_words")
        },
        seed=config["seed"],
    script:
        "../scripts/syntax/prepare_futures.py"


rule extract_components:
    """Extract the syntactic component of the words to come: the mean activation over the futures of every word."""
    input:
        library("syntax/extract_components"),
        words="results/{dataset}/words/{story}.parquet",
        futures="results/{dataset}/futures/{story}.parquet",
        activations="results/{dataset}/activations/{model}/{story}.safetensors",
        model=converted,
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
        mem_mb=lambda wildcards, attempt: 6000 * attempt,
        runtime=minutes(240),
    params:
        source=lambda wildcards: model_folder(wildcards.model),
        layers=lambda wildcards: layers_in_parts(wildcards.model),
        horizon=config["sources"]["syntactic"]["horizon"],
        hearing=lambda wildcards: branch_hearing(wildcards.model, 4),
    script:
        "../scripts/syntax/extract_components.py"


rule summarise_components:
    """Summarise whether the syntactic and the semantic part of the words to come are what they are called."""
    input:
        library("syntax/summarise_components"),
        futures=in_results("futures/{story}.parquet", story=PLAN.stories),
        labels=in_results("futures/{story}_labels.parquet", story=PLAN.stories),
        activations=in_results("activations/{model}/{story}.safetensors", model=TOLD["model"], story=PLAN.stories),
        components=in_results("components/{model}/{story}.safetensors", model=TOLD["model"], story=PLAN.stories),
        convergence=in_results(
            "components/{model}/{story}_convergence.parquet", model=TOLD["model"], story=PLAN.stories
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
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=minutes(30),
    params:
        model=TOLD["model"],
        layer=TOLD["layer"],
        places=sorted({1, min(4, PARTS_HORIZON), min(8, PARTS_HORIZON), PARTS_HORIZON}),  # words ahead
    script:
        "../scripts/syntax/summarise_components.py"


rule locate_component_peaks:
    """Locate the distance at which the syntactic and the semantic forecast score of each region peak."""
    input:
        library("results/locate_component_peaks"),
        distances=of_subjects("roi_distances"),
        provenance="results/{dataset}/provenance.json",
    output:
        table=report(
            "results/{dataset}/group/component_peaks.parquet", caption="../report/tables.rst", category="Tables"
        ),
    log:
        "logs/{dataset}/locate_component_peaks/all.log",
    benchmark:
        "benchmarks/{dataset}/locate_component_peaks/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=group_megabytes,
        runtime=minutes(30),
    script:
        "../scripts/results/locate_component_peaks.py"


use rule plot_curves as plot_components with:
    output:
        report(
            "results/{dataset}/figures/components.png",
            caption="../report/components.rst",
            category="Syntax and semantics",
        ),
        "results/{dataset}/figures/components.svg",
    log:
        "logs/{dataset}/plot_components/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_components/all.tsv"
    params:
        **CURVES,
        figure="components",


rule plot_component_peaks:
    """Plot where the semantic forecast score of each region peaks, against the syntactic one."""
    input:
        library("figures/plot_component_peaks"),
        component_peaks="results/{dataset}/group/component_peaks.parquet",
        words=in_results("words/{story}.parquet", story=PLAN.stories),
    output:
        report(
            "results/{dataset}/figures/component_peaks.png",
            caption="../report/component_peaks.rst",
            category="Syntax and semantics",
        ),
        "results/{dataset}/figures/component_peaks.svg",
    log:
        "logs/{dataset}/plot_component_peaks/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_component_peaks/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(10),
    params:
        n_subjects=N_SUBJECTS,
        cell=config["maps"],
        q_level=config["maps"]["q_level"],
        simulated=bool(SIMULATION),
    script:
        "../scripts/figures/plot_component_peaks.py"


rule plot_component_checks:
    """Plot whether the syntactic and the semantic part are what they are called."""
    input:
        library("figures/plot_component_checks"),
        component_checks="results/{dataset}/group/component_checks.parquet",
    output:
        report(
            "results/{dataset}/figures/component_checks.png",
            caption="../report/component_checks.rst",
            category="Syntax and semantics",
        ),
        "results/{dataset}/figures/component_checks.svg",
    log:
        "logs/{dataset}/plot_component_checks/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_component_checks/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(10),
    params:
        n_subjects=N_SUBJECTS,
        cell=config["maps"],
        simulated=bool(SIMULATION),
    script:
        "../scripts/figures/plot_component_checks.py"


rule plot_component_recovery:
    """Plot where syntax and semantics were planted in the simulated cortex, against where they peak."""
    input:
        library("figures/plot_component_recovery"),
        truth="results/{dataset}/truth.parquet",
        targets="results/{dataset}/targets.parquet",
        roi_distances=of_subjects("roi_distances"),
        words=in_results("words/{story}.parquet", story=PLAN.stories),
    output:
        report(
            "results/{dataset}/figures/component_recovery.png",
            caption="../report/component_recovery.rst",
            category="Syntax and semantics",
        ),
        "results/{dataset}/figures/component_recovery.svg",
    log:
        "logs/{dataset}/plot_component_recovery/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_component_recovery/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(10),
    params:
        n_subjects=N_SUBJECTS,
        cell=config["maps"],
    script:
        "../scripts/figures/plot_component_recovery.py"
