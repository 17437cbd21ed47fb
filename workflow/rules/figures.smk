"""The figures of every analysis; planning/products.py declares their captions and categories."""


rule plot_surfaces:
    """Plot one group map on the inflated cortex, both hemispheres, from outside, inside and below."""
    input:
        library("figures/plot_surfaces"),
        maps=[f"results/{{dataset}}/{path}" for path in PRODUCTS.map_names.files("{stat}")],
        beside=lambda w: PRODUCTS.maps_beside(w.stat),
        targets="results/{dataset}/targets.parquet",
        surfaces=if_exists(*STUDY.anatomy.surface_files("inflated", "sulc")),
    output:
        figure("surface_{stat}"),
    log:
        "logs/{dataset}/plot_surfaces/{stat}.log",
    benchmark:
        "benchmarks/{dataset}/plot_surfaces/{stat}.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        space=config["dataset"]["space"],
        density=STUDY.anatomy.density if STUDY.anatomy.has_meshes else None,
        surfaces=STUDY.anatomy.local_surfaces,
    script:
        "../scripts/figures/plot_surfaces.py"


rule build_interactive_maps:
    """Build the data of the report's interactive brain: every group map on the inflated and the pial cortex."""
    input:
        library("figures/build_interactive_maps"),
        **{stat: [f"results/{{dataset}}/{path}" for path in PRODUCTS.map_names.files(stat)] for stat in PRODUCTS.maps},
        targets="results/{dataset}/targets.parquet",
        surfaces=if_exists(*STUDY.anatomy.surface_files("inflated", "pial", "sulc")),
    output:
        data="results/{dataset}/figures/interactive_maps.json",
    log:
        "logs/{dataset}/build_interactive_maps/all.log",
    benchmark:
        "benchmarks/{dataset}/build_interactive_maps/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        stats=PRODUCTS.maps,
        space=config["dataset"]["space"],
        density=STUDY.anatomy.density if STUDY.anatomy.has_meshes else None,
        surfaces=STUDY.anatomy.local_surfaces,
    script:
        "../scripts/figures/build_interactive_maps.py"


rule plot_volumes:
    """Plot one group map of voxels as axial slices, on the template of the space if nilearn ships it."""
    input:
        library("figures/plot_volumes"),
        maps=[f"results/{{dataset}}/{path}" for path in PRODUCTS.map_names.files("{stat}")],
        beside=lambda w: PRODUCTS.maps_beside(w.stat),
    output:
        figure("volume_{stat}"),
    log:
        "logs/{dataset}/plot_volumes/{stat}.log",
    benchmark:
        "benchmarks/{dataset}/plot_volumes/{stat}.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        space=config["dataset"]["space"],
    script:
        "../scripts/figures/plot_volumes.py"


rule plot_curves:
    """Plot the forecast score against the distance, in words and in seconds, with its shuffled control and its mirror."""
    input:
        library("figures/plot_curves"),
        roi_scores="results/{dataset}/group/roi_scores.parquet",
        words=STUDY.in_results("words/{story}.parquet", story=STUDY.stories),
    output:
        figure("forecast_curves"),
    log:
        "logs/{dataset}/plot_curves/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_curves/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **CURVES,
        name="forecast_curves",
    script:
        "../scripts/figures/plot_curves.py"


use rule plot_curves as plot_sources with:
    output:
        figure("sources"),
    log:
        "logs/{dataset}/plot_sources/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_sources/all.tsv"
    params:
        **CURVES,
        name="sources",


use rule plot_curves as plot_components with:
    output:
        figure("components"),
    log:
        "logs/{dataset}/plot_components/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_components/all.tsv"
    params:
        **CURVES,
        name="components",


rule plot_depths:
    """Plot the forecast score against the layer of the language model, with its shuffled control."""
    input:
        library("figures/plot_depths"),
        roi_scores="results/{dataset}/group/roi_scores.parquet",
    output:
        figure("forecast_depths"),
    log:
        "logs/{dataset}/plot_depths/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_depths/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **CURVES,
    script:
        "../scripts/figures/plot_depths.py"


rule plot_widths:
    """Plot the forecast score against the width of the window, and that of each upcoming word alone."""
    input:
        library("figures/plot_widths"),
        widths="results/{dataset}/group/widths.parquet",
        roi_scores="results/{dataset}/group/roi_scores.parquet",
        words=STUDY.in_results("words/{story}.parquet", story=STUDY.stories),
    output:
        figure("widths"),
    log:
        "logs/{dataset}/plot_widths/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_widths/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **CURVES,
        of_series=widths_are_of_series(STUDY.grids, STUDY.reported),
    script:
        "../scripts/figures/plot_widths.py"


rule plot_regions:
    """Plot the brain score of each region."""
    input:
        library("figures/plot_regions"),
        roi_scores="results/{dataset}/group/roi_scores.parquet",
        subjects=PRODUCTS.subject_dots("roi_scores"),
    output:
        figure("region_brain_scores"),
    log:
        "logs/{dataset}/plot_regions/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_regions/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **FIGURE,
        score="brain_score",
    script:
        "../scripts/figures/plot_regions.py"


use rule plot_regions as plot_region_forecasts with:
    output:
        figure("region_forecast_scores"),
    log:
        "logs/{dataset}/plot_region_forecasts/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_region_forecasts/all.tsv"
    params:
        **FIGURE,
        score="forecast_score",


rule plot_region_curves:
    """Plot the forecast score of each region over distances."""
    input:
        library("figures/plot_region_curves"),
        roi_scores="results/{dataset}/group/roi_scores.parquet",
        words=STUDY.in_results("words/{story}.parquet", story=STUDY.stories),
    output:
        figure("region_forecast_curves"),
    log:
        "logs/{dataset}/plot_region_curves/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_region_curves/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **FIGURE,
    script:
        "../scripts/figures/plot_region_curves.py"


rule plot_distances:
    """Plot the forecast distance of each region, for region time series."""
    input:
        library("figures/plot_distances"),
        targets="results/{dataset}/targets.parquet",
        forecast_distance="results/{dataset}/group/forecast_distance.parquet",
        subjects=PRODUCTS.subject_dots("forecast_distance"),
        words=STUDY.in_results("words/{story}.parquet", story=STUDY.stories),
    output:
        figure("region_forecast_distances"),
    log:
        "logs/{dataset}/plot_distances/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_distances/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **FIGURE,
    script:
        "../scripts/figures/plot_distances.py"


rule plot_region_depths:
    """Plot the forecast depth of each region, for region time series."""
    input:
        library("figures/plot_region_depths"),
        targets="results/{dataset}/targets.parquet",
        forecast_depth="results/{dataset}/group/forecast_depth.parquet",
        subjects=PRODUCTS.subject_dots("forecast_depth"),
    output:
        figure("region_forecast_depths"),
    log:
        "logs/{dataset}/plot_region_depths/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_region_depths/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **FIGURE,
    script:
        "../scripts/figures/plot_region_depths.py"


rule plot_region_values:
    """Plot the best layer of each region, or its brain score over its noise ceiling, for region time series."""
    input:
        library("figures/plot_region_values"),
        **PRODUCTS.map_tables,
        targets="results/{dataset}/targets.parquet",
    output:
        figure("region_{stat}"),
    log:
        "logs/{dataset}/plot_region_values/{stat}.log",
    benchmark:
        "benchmarks/{dataset}/plot_region_values/{stat}.tsv"
    wildcard_constraints:
        stat="bestlayer|normalisedscore",
    conda:
        "../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **FIGURE,
        scored=scored_values(STUDY),
    script:
        "../scripts/figures/plot_region_values.py"


rule plot_symmetry:
    """Plot the forecast distance of each region in the left hemisphere against the right."""
    input:
        library("figures/plot_symmetry"),
        roi_distances=STUDY.of_subjects("roi_distances"),
        symmetry="results/{dataset}/group/symmetry.parquet",
        roi_scores="results/{dataset}/group/roi_scores.parquet",
        words=STUDY.in_results("words/{story}.parquet", story=STUDY.stories),
    output:
        figure("symmetry"),
    log:
        "logs/{dataset}/plot_symmetry/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_symmetry/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **FIGURE,
    script:
        "../scripts/figures/plot_symmetry.py"


rule plot_layers:
    """Plot the brain score against the layer of the language model."""
    input:
        library("figures/plot_layers"),
        roi_scores="results/{dataset}/group/roi_scores.parquet",
    output:
        figure("layers"),
    log:
        "logs/{dataset}/plot_layers/all.log",
    benchmark:
        "benchmarks/{dataset}/plot_layers/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        **FIGURE,
        models=MODELS,
    script:
        "../scripts/figures/plot_layers.py"
