"""What people look at: maps, figures and the report."""


rule build_maps:
    """Write the group maps of the told cell as GIfTI, one file per hemisphere."""
    input:
        library("build_maps"),
        targets="results/{dataset}/targets.parquet",
        brain_scores="results/{dataset}/group/brain_scores.parquet",
        forecast_scores="results/{dataset}/group/forecast_scores.parquet",
        forecast_distance="results/{dataset}/group/forecast_distance.parquet",
    output:
        [f"results/{{dataset}}/maps/hemi-{hemi}_stat-{stat}.func.gii" for stat in MAPS for hemi in "LR"],
    log:
        "logs/{dataset}/build_maps/all.log",
    benchmark:
        "benchmarks/{dataset}/build_maps/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=group_megabytes,
        runtime=minutes(15),
    params:
        cell=config["maps"],
        q_level=config["maps"]["q_level"],
        simulated=bool(SIMULATION),
    script:
        "../scripts/build_maps.py"


rule plot_surfaces:
    """Plot one group map on the inflated cortex, both hemispheres, from outside and inside."""
    input:
        library("plot_surfaces"),
        left="results/{dataset}/maps/hemi-L_stat-{stat}.func.gii",
        right="results/{dataset}/maps/hemi-R_stat-{stat}.func.gii",
    output:
        report("results/{dataset}/figures/surface_{stat}.png", caption="../report/surface_{stat}.rst", category="Maps"),
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
        space=config["dataset"]["space"],
        surfaces=config["surfaces"],
    script:
        "../scripts/plot_surfaces.py"


rule plot_curves:
    """Plot the forecast score against the distance, in words and in seconds, beside its shuffled twin and its mirror."""
    input:
        library("plot_curves"),
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
        curves=config["figures"]["curves"],
        cell=config["maps"],
        simulated=bool(SIMULATION),
    script:
        "../scripts/plot_curves.py"


rule plot_regions:
    """Plot both scores by region, and the forecast score of each region over distances."""
    input:
        library("plot_regions"),
        roi_scores="results/{dataset}/group/roi_scores.parquet",
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
        cell=config["maps"],
        q_level=config["maps"]["q_level"],
        simulated=bool(SIMULATION),
    script:
        "../scripts/plot_regions.py"


rule plot_distances:
    """Plot the forecast distance of each region, for data that has no surface."""
    input:
        library("plot_distances"),
        targets="results/{dataset}/targets.parquet",
        forecast_distance="results/{dataset}/group/forecast_distance.parquet",
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
        cell=config["maps"],
        q_level=config["maps"]["q_level"],
        simulated=bool(SIMULATION),
    script:
        "../scripts/plot_distances.py"


rule plot_layers:
    """Plot the brain score against the layer of the language model."""
    input:
        library("plot_layers"),
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
        simulated=bool(SIMULATION),
    script:
        "../scripts/plot_layers.py"


rule plot_recovery:
    """Plot what was planted in a simulated cortex against what the analysis recovers."""
    input:
        library("plot_recovery"),
        truth="results/{dataset}/truth.parquet",
        targets="results/{dataset}/targets.parquet",
        roi_scores=in_results("subjects/roi_scores.parquet/sub-{subject}.parquet", subject=PLAN.subjects),
        roi_distances=in_results("subjects/roi_distances.parquet/sub-{subject}.parquet", subject=PLAN.subjects),
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
        cell=config["maps"],
    script:
        "../scripts/plot_recovery.py"


rule build_report:
    """Build the report: one file with every figure, table, parameter and exclusion of the run."""
    input:
        library("build_report"),
        targets="results/{dataset}/targets.parquet",
        brain_scores="results/{dataset}/group/brain_scores.parquet",
        forecast_scores="results/{dataset}/group/forecast_scores.parquet",
        forecast_distance="results/{dataset}/group/forecast_distance.parquet",
        roi_scores="results/{dataset}/group/roi_scores.parquet",
        contrasts="results/{dataset}/group/contrasts.parquet",
        roi_distances=in_results("subjects/roi_distances.parquet/sub-{subject}.parquet", subject=PLAN.subjects),
        words=in_results("words/{story}.parquet", story=PLAN.stories),
        responses=in_results("responses/sub-{subject}.safetensors", subject=PLAN.subjects),
        figures=figures_in_order(),
        captions=captions(),
        exclusions="results/{dataset}/exclusions.tsv",
        provenance="results/{dataset}/provenance.json",
        template=in_project("workflow/report/template.html.j2"),
    output:
        report=report("results/{dataset}/report.html", caption="../report/report.rst", category="Report"),
    log:
        "logs/{dataset}/build_report/all.log",
    benchmark:
        "benchmarks/{dataset}/build_report/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=group_megabytes,
        runtime=minutes(15),
    params:
        config=config,
        q_level=config["maps"]["q_level"],
    script:
        "../scripts/build_report.py"
