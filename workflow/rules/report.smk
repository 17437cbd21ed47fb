"""The group maps as files, and the report."""


rule build_maps:
    """Write the group maps of the told cell as GIfTI, one file per hemisphere."""
    input:
        library("results/build_maps"),
        targets="results/{dataset}/targets.parquet",
        brain_scores="results/{dataset}/group/brain_scores.parquet",
        best_layer="results/{dataset}/group/best_layer.parquet",
        forecast_scores="results/{dataset}/group/forecast_scores.parquet",
        forecast_distance="results/{dataset}/group/forecast_distance.parquet",
        forecast_depth="results/{dataset}/group/forecast_depth.parquet",
        words=in_results("words/{story}.parquet", story=PLAN.stories),
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
        "../scripts/results/build_maps.py"


rule build_report:
    """Build the report: one file with every figure, table, parameter and exclusion of the run."""
    input:
        library("report/build_report"),
        targets="results/{dataset}/targets.parquet",
        brain_scores="results/{dataset}/group/brain_scores.parquet",
        forecast_scores="results/{dataset}/group/forecast_scores.parquet",
        forecast_distance="results/{dataset}/group/forecast_distance.parquet",
        roi_scores="results/{dataset}/group/roi_scores.parquet",
        forecast_depth="results/{dataset}/group/forecast_depth.parquet",
        reliability="results/{dataset}/group/reliability.parquet",
        widths="results/{dataset}/group/widths.parquet",
        symmetry="results/{dataset}/group/symmetry.parquet",
        contrasts="results/{dataset}/group/contrasts.parquet",
        component_peaks=in_results("group/component_peaks.parquet") if PARTS else [],
        component_checks=in_results("group/component_checks.parquet") if PARTS else [],
        roi_distances=in_results("subjects/roi_distances.parquet/sub-{subject}.parquet", subject=PLAN.subjects),
        roi_depths=in_results("subjects/roi_depths.parquet/sub-{subject}.parquet", subject=PLAN.subjects),
        finetuning_gains=finetuning_table("finetuning_gains"),
        finetuning_losses=finetuning_table("finetuning_losses"),
        finetuning_probe=finetuning_table("finetuning_probe"),
        words=in_results("words/{story}.parquet", story=PLAN.stories),
        responses=in_results("responses/sub-{subject}.safetensors", subject=PLAN.subjects),
        figures=figures_in_order(),
        captions=captions(),
        exclusions="results/{dataset}/exclusions.tsv",
        provenance="results/{dataset}/provenance.json",
        paper=in_project("workflow/report/paper.tsv"),
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
        "../scripts/report/build_report.py"
