"""From scores to tables: those of each subject, and what they have in common."""


rule merge_subject:
    """Merge the scores of a subject into its tables, with forecast scores, distances, depths and regional means."""
    input:
        library("results/merge_subject"),
        scores=lambda wildcards: scores_of(wildcards.subject),
        targets="results/{dataset}/targets.parquet",
        provenance="results/{dataset}/provenance.json",
    output:
        brain_scores="results/{dataset}/subjects/brain_scores.parquet/sub-{subject}.parquet",
        forecast_scores="results/{dataset}/subjects/forecast_scores.parquet/sub-{subject}.parquet",
        forecast_distance="results/{dataset}/subjects/forecast_distance.parquet/sub-{subject}.parquet",
        forecast_depth="results/{dataset}/subjects/forecast_depth.parquet/sub-{subject}.parquet",
        roi_scores="results/{dataset}/subjects/roi_scores.parquet/sub-{subject}.parquet",
        roi_distances="results/{dataset}/subjects/roi_distances.parquet/sub-{subject}.parquet",
        roi_depths="results/{dataset}/subjects/roi_depths.parquet/sub-{subject}.parquet",
    log:
        "logs/{dataset}/merge_subject/sub-{subject}.log",
    benchmark:
        "benchmarks/{dataset}/merge_subject/sub-{subject}.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=merge_megabytes,
        runtime=minutes(30),
    script:
        "../scripts/results/merge_subject.py"


rule summarise_scores:
    """Summarise brain or forecast scores over subjects: mean, standard error, signed-rank test, false discovery rate."""
    input:
        library("results/summarise_scores"),
        subjects=lambda wildcards: in_results(
            f"subjects/{wildcards.score}.parquet/sub-{{subject}}.parquet", subject=PLAN.subjects
        ),
        targets="results/{dataset}/targets.parquet",
        provenance="results/{dataset}/provenance.json",
    output:
        table="results/{dataset}/group/{score}.parquet",
    log:
        "logs/{dataset}/summarise_scores/{score}.log",
    benchmark:
        "benchmarks/{dataset}/summarise_scores/{score}.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=group_megabytes,
        runtime=minutes(60),
    params:
        value=lambda wildcards: wildcards.score.removesuffix("s"),
        cell=lambda wildcards: CELL_COLUMNS[wildcards.score],
    script:
        "../scripts/results/summarise_scores.py"


rule locate_best_layer:
    """Locate the layer with the highest brain score, of each target and model with several layers."""
    input:
        library("results/locate_best_layer"),
        subjects=in_results("subjects/brain_scores.parquet/sub-{subject}.parquet", subject=PLAN.subjects),
        targets="results/{dataset}/targets.parquet",
        provenance="results/{dataset}/provenance.json",
    output:
        table="results/{dataset}/group/best_layer.parquet",
    log:
        "logs/{dataset}/locate_best_layer/all.log",
    benchmark:
        "benchmarks/{dataset}/locate_best_layer/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=group_megabytes,
        runtime=minutes(30),
    script:
        "../scripts/results/locate_best_layer.py"


rule summarise_regions:
    """Summarise both scores by region, lobe and over everything."""
    input:
        library("results/summarise_regions"),
        subjects=in_results("subjects/roi_scores.parquet/sub-{subject}.parquet", subject=PLAN.subjects),
        provenance="results/{dataset}/provenance.json",
    output:
        table=report("results/{dataset}/group/roi_scores.parquet", caption="../report/tables.rst", category="Tables"),
    log:
        "logs/{dataset}/summarise_regions/all.log",
    benchmark:
        "benchmarks/{dataset}/summarise_regions/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=group_megabytes,
        runtime=minutes(30),
    script:
        "../scripts/results/summarise_regions.py"


rule locate_forecast_distance:
    """Locate d*, the distance at which each target's forecast score peaks, and test where it may be drawn."""
    input:
        library("results/locate_forecast_distance"),
        distances=of_subjects("forecast_distance"),
        forecasts=of_subjects("forecast_scores"),
        targets="results/{dataset}/targets.parquet",
        provenance="results/{dataset}/provenance.json",
    output:
        table="results/{dataset}/group/forecast_distance.parquet",
    log:
        "logs/{dataset}/locate_forecast_distance/all.log",
    benchmark:
        "benchmarks/{dataset}/locate_forecast_distance/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=group_megabytes,
        runtime=minutes(60),
    params:
        distance=config["maps"]["distance"],
        reference=config["maps"]["reference"],
    script:
        "../scripts/results/locate_forecast_distance.py"


rule locate_forecast_depth:
    """Locate k*, the layer at which each target's forecast score peaks, and test where it may be drawn."""
    input:
        library("results/locate_forecast_depth"),
        depths=of_subjects("forecast_depth"),
        forecasts=of_subjects("forecast_scores"),
        targets="results/{dataset}/targets.parquet",
        provenance="results/{dataset}/provenance.json",
    output:
        table="results/{dataset}/group/forecast_depth.parquet",
    log:
        "logs/{dataset}/locate_forecast_depth/all.log",
    benchmark:
        "benchmarks/{dataset}/locate_forecast_depth/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=group_megabytes,
        runtime=minutes(60),
    script:
        "../scripts/results/locate_forecast_depth.py"


rule summarise_reliability:
    """Summarise how well the maps of d* and k* repeat between halves of the subjects and of the folds."""
    input:
        library("results/summarise_reliability"),
        distances=of_subjects("forecast_distance"),
        depths=of_subjects("forecast_depth"),
        forecast_distance="results/{dataset}/group/forecast_distance.parquet",
        forecast_depth="results/{dataset}/group/forecast_depth.parquet",
        targets="results/{dataset}/targets.parquet",
        provenance="results/{dataset}/provenance.json",
    output:
        table=report("results/{dataset}/group/reliability.parquet", caption="../report/tables.rst", category="Tables"),
    log:
        "logs/{dataset}/summarise_reliability/all.log",
    benchmark:
        "benchmarks/{dataset}/summarise_reliability/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=group_megabytes,
        runtime=minutes(60),
    params:
        q_level=config["maps"]["q_level"],
        seed=config["seed"],
    script:
        "../scripts/results/summarise_reliability.py"


rule summarise_widths:
    """Summarise the forecast score by the width of the window, at the distance that other subjects choose."""
    input:
        library("results/summarise_widths"),
        subjects=of_subjects("roi_scores"),
        provenance="results/{dataset}/provenance.json",
    output:
        table=report("results/{dataset}/group/widths.parquet", caption="../report/tables.rst", category="Tables"),
    log:
        "logs/{dataset}/summarise_widths/all.log",
    benchmark:
        "benchmarks/{dataset}/summarise_widths/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=group_megabytes,
        runtime=minutes(30),
    script:
        "../scripts/results/summarise_widths.py"


rule summarise_contrasts:
    """Summarise differences of d* and k* between regions, each subject with itself."""
    input:
        library("results/summarise_contrasts"),
        distances=of_subjects("roi_distances"),
        depths=of_subjects("roi_depths"),
        provenance="results/{dataset}/provenance.json",
    output:
        table=report("results/{dataset}/group/contrasts.parquet", caption="../report/tables.rst", category="Tables"),
    log:
        "logs/{dataset}/summarise_contrasts/all.log",
    benchmark:
        "benchmarks/{dataset}/summarise_contrasts/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=group_megabytes,
        runtime=minutes(30),
    params:
        contrasts=config["contrasts"],
    script:
        "../scripts/results/summarise_contrasts.py"


rule summarise_symmetry:
    """Summarise differences between the left and the right side of each region, each subject with itself."""
    input:
        library("results/summarise_symmetry"),
        distances=of_subjects("roi_distances"),
        depths=of_subjects("roi_depths"),
        scores=of_subjects("roi_scores"),
        provenance="results/{dataset}/provenance.json",
    output:
        table=report("results/{dataset}/group/symmetry.parquet", caption="../report/tables.rst", category="Tables"),
    log:
        "logs/{dataset}/summarise_symmetry/all.log",
    benchmark:
        "benchmarks/{dataset}/summarise_symmetry/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=group_megabytes,
        runtime=minutes(30),
    params:
        cell=config["maps"],
    script:
        "../scripts/results/summarise_symmetry.py"
