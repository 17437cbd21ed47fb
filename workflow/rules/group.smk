"""From scores to tables: those of each subject, and what they have in common."""


rule merge_subject:
    """Merge the scores of a subject into its tables, with forecast scores, forecast distances and regional means."""
    input:
        library("merge_subject"),
        scores=lambda wildcards: scores_of(wildcards.subject),
        targets="results/{dataset}/targets.parquet",
        provenance="results/{dataset}/provenance.json",
    output:
        brain_scores="results/{dataset}/subjects/brain_scores.parquet/sub-{subject}.parquet",
        forecast_scores="results/{dataset}/subjects/forecast_scores.parquet/sub-{subject}.parquet",
        forecast_distances="results/{dataset}/subjects/forecast_distance.parquet/sub-{subject}.parquet",
        region_scores="results/{dataset}/subjects/roi_scores.parquet/sub-{subject}.parquet",
        region_distances="results/{dataset}/subjects/roi_distances.parquet/sub-{subject}.parquet",
    log:
        "logs/{dataset}/merge_subject/sub-{subject}.log",
    benchmark:
        "benchmarks/{dataset}/merge_subject/sub-{subject}.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: int((1500 + 20 * n_cells() * n_targets() * 4 / 1e6) * attempt),
        runtime=minutes(30),
    script:
        "../scripts/merge_subject.py"


rule summarise_scores:
    """Summarise brain or forecast scores over subjects: mean, standard error, signed-rank test, false discovery rate."""
    input:
        library("summarise_scores"),
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
        "../scripts/summarise_scores.py"


rule summarise_regions:
    """Summarise both scores by region, lobe and over everything."""
    input:
        library("summarise_regions"),
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
        "../scripts/summarise_regions.py"


rule locate_forecast_distance:
    """Locate d*, the distance at which each target's forecast score peaks, and test where it may be drawn."""
    input:
        library("locate_forecast_distance"),
        distances=in_results("subjects/forecast_distance.parquet/sub-{subject}.parquet", subject=PLAN.subjects),
        forecasts=in_results("subjects/forecast_scores.parquet/sub-{subject}.parquet", subject=PLAN.subjects),
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
        "../scripts/locate_forecast_distance.py"


rule summarise_contrasts:
    """Summarise differences of d* between regions, each subject with itself."""
    input:
        library("summarise_contrasts"),
        subjects=in_results("subjects/roi_distances.parquet/sub-{subject}.parquet", subject=PLAN.subjects),
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
        "../scripts/summarise_contrasts.py"
