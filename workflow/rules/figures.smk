"""The figures of every analysis."""


rule plot_surfaces:
    """Plot one group map on the inflated cortex, both hemispheres, from outside and inside."""
    input:
        library("figures/plot_surfaces"),
        left="results/{dataset}/maps/hemi-L_stat-{stat}.func.gii",
        right="results/{dataset}/maps/hemi-R_stat-{stat}.func.gii",
        targets="results/{dataset}/targets.parquet",
        surfaces=surfaces_of("inflated", "sulc"),
    output:
        report("results/{dataset}/figures/surface_{stat}.png", caption="../report/surface.rst", category="Maps"),
        "results/{dataset}/figures/surface_{stat}.svg",
    log:
        "logs/{dataset}/plot_surfaces/{stat}.log",
    benchmark:
        "benchmarks/{dataset}/plot_surfaces/{stat}.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(10),
    params:
        n_subjects=N_SUBJECTS,
        space=config["dataset"]["space"],
        surfaces=SURFACES,
    script:
        "../scripts/figures/plot_surfaces.py"


rule plot_curves:
    """Plot the forecast score against the distance, in words and in seconds, beside its shuffled twin and its mirror."""
    input:
        library("figures/plot_curves"),
        roi_scores="results/{dataset}/group/roi_scores.parquet",
        words=in_results("words/{story}.parquet", story=PLAN.stories),
    output:
        report(
            "results/{dataset}/figures/forecast_curves.png",
            caption="../report/forecast_curves.rst",
            category="Forecast",
        ),
        "results/{dataset}/figures/forecast_curves.svg",
    log:
        "logs/{dataset}/plot_curves/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_curves/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(10),
    params:
        **CURVES,
        figure="forecast_curves",
    script:
        "../scripts/figures/plot_curves.py"


use rule plot_curves as plot_sources with:
    output:
        report("results/{dataset}/figures/sources.png", caption="../report/sources.rst", category="Forecast"),
        "results/{dataset}/figures/sources.svg",
    log:
        "logs/{dataset}/plot_sources/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_sources/all.tsv"
    params:
        **CURVES,
        figure="sources",


rule plot_depths:
    """Plot the forecast score against the layer of the language model, beside its shuffled twin."""
    input:
        library("figures/plot_depths"),
        roi_scores="results/{dataset}/group/roi_scores.parquet",
    output:
        report(
            "results/{dataset}/figures/forecast_depths.png",
            caption="../report/forecast_depths.rst",
            category="Forecast",
        ),
        "results/{dataset}/figures/forecast_depths.svg",
    log:
        "logs/{dataset}/plot_depths/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_depths/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(10),
    params:
        n_subjects=N_SUBJECTS,
        curves=config["figures"]["curves"],
        cell=config["maps"],
        simulated=bool(SIMULATION),
    script:
        "../scripts/figures/plot_depths.py"


rule plot_widths:
    """Plot the forecast score against the width of the window, and that of each upcoming word alone."""
    input:
        library("figures/plot_widths"),
        widths="results/{dataset}/group/widths.parquet",
        roi_scores="results/{dataset}/group/roi_scores.parquet",
        words=in_results("words/{story}.parquet", story=PLAN.stories),
    output:
        report("results/{dataset}/figures/widths.png", caption="../report/widths.rst", category="Forecast"),
        "results/{dataset}/figures/widths.svg",
    log:
        "logs/{dataset}/plot_widths/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_widths/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(10),
    params:
        n_subjects=N_SUBJECTS,
        curves=config["figures"]["curves"],
        cell=config["maps"],
        q_level=config["maps"]["q_level"],
        simulated=bool(SIMULATION),
    script:
        "../scripts/figures/plot_widths.py"


rule plot_regions:
    """Plot both scores by region, and the forecast score of each region over distances."""
    input:
        library("figures/plot_regions"),
        roi_scores="results/{dataset}/group/roi_scores.parquet",
        words=in_results("words/{story}.parquet", story=PLAN.stories),
    output:
        brain_scores=[
            report(
                "results/{dataset}/figures/region_brain_scores.png",
                caption="../report/region_brain_scores.rst",
                category="Regions",
            ),
            "results/{dataset}/figures/region_brain_scores.svg",
        ],
        forecast_scores=[
            report(
                "results/{dataset}/figures/region_forecast_scores.png",
                caption="../report/region_forecast_scores.rst",
                category="Regions",
            ),
            "results/{dataset}/figures/region_forecast_scores.svg",
        ],
        forecast_curves=[
            report(
                "results/{dataset}/figures/region_forecast_curves.png",
                caption="../report/region_forecast_curves.rst",
                category="Regions",
            ),
            "results/{dataset}/figures/region_forecast_curves.svg",
        ],
    log:
        "logs/{dataset}/plot_regions/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_regions/all.tsv"
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
        "../scripts/figures/plot_regions.py"


rule plot_distances:
    """Plot the forecast distance of each region, for data that has no surface."""
    input:
        library("figures/plot_distances"),
        targets="results/{dataset}/targets.parquet",
        forecast_distance="results/{dataset}/group/forecast_distance.parquet",
        words=in_results("words/{story}.parquet", story=PLAN.stories),
    output:
        report(
            "results/{dataset}/figures/region_forecast_distances.png",
            caption="../report/region_forecast_distances.rst",
            category="Regions",
        ),
        "results/{dataset}/figures/region_forecast_distances.svg",
    log:
        "logs/{dataset}/plot_distances/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_distances/all.tsv"
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
        "../scripts/figures/plot_distances.py"


rule plot_region_depths:
    """Plot the forecast depth of each region, for data that has no surface."""
    input:
        library("figures/plot_region_depths"),
        targets="results/{dataset}/targets.parquet",
        forecast_depth="results/{dataset}/group/forecast_depth.parquet",
    output:
        report(
            "results/{dataset}/figures/region_forecast_depths.png",
            caption="../report/region_forecast_depths.rst",
            category="Regions",
        ),
        "results/{dataset}/figures/region_forecast_depths.svg",
    log:
        "logs/{dataset}/plot_region_depths/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_region_depths/all.tsv"
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
        "../scripts/figures/plot_region_depths.py"


rule plot_region_values:
    """Plot the best layer of each region, or its brain score over its noise ceiling, for data that has no surface."""
    input:
        library("figures/plot_region_values"),
        targets="results/{dataset}/targets.parquet",
        brain_scores="results/{dataset}/group/brain_scores.parquet",
        best_layer="results/{dataset}/group/best_layer.parquet",
        forecast_scores="results/{dataset}/group/forecast_scores.parquet",
        forecast_distance="results/{dataset}/group/forecast_distance.parquet",
        forecast_depth="results/{dataset}/group/forecast_depth.parquet",
    output:
        report("results/{dataset}/figures/region_{stat}.png", caption="../report/region.rst", category="Regions"),
        "results/{dataset}/figures/region_{stat}.svg",
    log:
        "logs/{dataset}/plot_region_values/{stat}.log",
    benchmark:
        "benchmarks/{dataset}/plot_region_values/{stat}.tsv"
    wildcard_constraints:
        stat="bestlayer|normalisedscore",
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
        "../scripts/figures/plot_region_values.py"


rule plot_symmetry:
    """Plot the forecast distance of each region in the left hemisphere against the right."""
    input:
        library("figures/plot_symmetry"),
        roi_distances=in_results("subjects/roi_distances.parquet/sub-{subject}.parquet", subject=PLAN.subjects),
        symmetry="results/{dataset}/group/symmetry.parquet",
        words=in_results("words/{story}.parquet", story=PLAN.stories),
    output:
        report("results/{dataset}/figures/symmetry.png", caption="../report/symmetry.rst", category="Regions"),
        "results/{dataset}/figures/symmetry.svg",
    log:
        "logs/{dataset}/plot_symmetry/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_symmetry/all.tsv"
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
        "../scripts/figures/plot_symmetry.py"


rule plot_layers:
    """Plot the brain score against the layer of the language model."""
    input:
        library("figures/plot_layers"),
        roi_scores="results/{dataset}/group/roi_scores.parquet",
    output:
        report("results/{dataset}/figures/layers.png", caption="../report/layers.rst", category="Layers"),
        "results/{dataset}/figures/layers.svg",
    log:
        "logs/{dataset}/plot_layers/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_layers/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(10),
    params:
        n_subjects=N_SUBJECTS,
        simulated=bool(SIMULATION),
    script:
        "../scripts/figures/plot_layers.py"


rule plot_recovery:
    """Plot what was planted in a simulated cortex against what the analysis recovers."""
    input:
        library("figures/plot_recovery"),
        truth="results/{dataset}/truth.parquet",
        targets="results/{dataset}/targets.parquet",
        roi_scores=in_results("subjects/roi_scores.parquet/sub-{subject}.parquet", subject=PLAN.subjects),
        roi_distances=in_results("subjects/roi_distances.parquet/sub-{subject}.parquet", subject=PLAN.subjects),
        roi_depths=in_results("subjects/roi_depths.parquet/sub-{subject}.parquet", subject=PLAN.subjects),
        words=in_results("words/{story}.parquet", story=PLAN.stories),
    output:
        report("results/{dataset}/figures/recovery.png", caption="../report/recovery.rst", category="Simulation"),
        "results/{dataset}/figures/recovery.svg",
    log:
        "logs/{dataset}/plot_recovery/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_recovery/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(10),
    params:
        n_subjects=N_SUBJECTS,
        cell=config["maps"],
    script:
        "../scripts/figures/plot_recovery.py"
