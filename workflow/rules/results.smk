"""From scores to the tables of each subject, and to the tables and maps of the group."""


rule merge_subject:
    """Merge the scores of a subject into its tables, with forecast scores, distances, depths and regional means."""
    input:
        library("results/merge_subject"),
        scores=lambda w: STUDY.score_files(w.subject),
        correlation=lambda w: STUDY.listener_correlation(w.subject),
        targets="results/{dataset}/targets.parquet",
        provenance="results/{dataset}/provenance.json",
    output:
        **PRODUCTS.subject_tables,
    log:
        "logs/{dataset}/merge_subject/sub-{subject}.log",
    benchmark:
        "benchmarks/{dataset}/merge_subject/sub-{subject}.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("merge"),
        runtime=minutes(30),
    script:
        "../scripts/results/merge_subject.py"


rule summarise_scores:
    """Summarise brain or forecast scores over subjects: mean, standard error, signed-rank test, false discovery rate."""
    input:
        library("results/summarise_scores"),
        subjects=lambda w: STUDY.of_subjects(w.score),
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
        mem_mb=RESOURCES.memory("group"),
        runtime=minutes(60),
    script:
        "../scripts/results/summarise_scores.py"


rule locate_best_layer:
    """Locate the layer with the highest brain score, of each target and model with several layers."""
    input:
        library("results/locate_best_layer"),
        subjects=STUDY.of_subjects("brain_scores"),
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
        mem_mb=RESOURCES.memory("group"),
        runtime=minutes(30),
    script:
        "../scripts/results/locate_best_layer.py"


rule summarise_regions:
    """Summarise both scores by region, by lobe and over all targets."""
    input:
        library("results/summarise_regions"),
        subjects=STUDY.of_subjects("roi_scores"),
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
        mem_mb=RESOURCES.memory("group"),
        runtime=minutes(30),
    script:
        "../scripts/results/summarise_regions.py"


rule locate_forecast_distance:
    """Locate d*, the distance at which each target's forecast score peaks, and the test that masks its map."""
    input:
        library("results/locate_forecast_distance"),
        distances=STUDY.of_subjects("forecast_distance"),
        forecasts=STUDY.of_subjects("forecast_scores"),
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
        mem_mb=RESOURCES.memory("group"),
        runtime=minutes(60),
    params:
        distance=config["maps"]["distance"],
        reference=config["maps"]["reference"],
    script:
        "../scripts/results/locate_forecast_distance.py"


rule locate_forecast_depth:
    """Locate k*, the layer at which each target's forecast score peaks, and the test that masks its map."""
    input:
        library("results/locate_forecast_depth"),
        depths=STUDY.of_subjects("forecast_depth"),
        forecasts=STUDY.of_subjects("forecast_scores"),
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
        mem_mb=RESOURCES.memory("group"),
        runtime=minutes(60),
    script:
        "../scripts/results/locate_forecast_depth.py"


rule summarise_reliability:
    """Summarise how well the maps of d* and k* repeat between halves of the subjects and of the stories."""
    input:
        library("results/summarise_reliability"),
        distances=STUDY.of_subjects("forecast_distance"),
        depths=STUDY.of_subjects("forecast_depth"),
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
        mem_mb=RESOURCES.memory("group"),
        runtime=minutes(60),
    params:
        stories=[STUDY.stories_of(subject) for subject in STUDY.subjects],
        q_level=config["maps"]["q_level"],
        seed=config["seed"],
    script:
        "../scripts/results/summarise_reliability.py"


rule summarise_widths:
    """Summarise the forecast score by the width of the window, at the distance that is best for the other subjects."""
    input:
        library("results/summarise_widths"),
        subjects=STUDY.of_subjects("roi_scores"),
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
        mem_mb=RESOURCES.memory("group"),
        runtime=minutes(180),
    params:
        seed=config["seed"],
    script:
        "../scripts/results/summarise_widths.py"


rule summarise_contrasts:
    """Summarise differences of d* and k* between regions, and what signal-to-noise alone makes of no difference."""
    input:
        library("results/summarise_contrasts"),
        distances=STUDY.of_subjects("roi_distances"),
        depths=STUDY.of_subjects("roi_depths"),
        scores=STUDY.of_subjects("roi_scores"),
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
        mem_mb=RESOURCES.memory("group"),
        runtime=minutes(30),
    params:
        contrasts=config["contrasts"],
        seed=config["seed"],
    script:
        "../scripts/results/summarise_contrasts.py"


rule summarise_symmetry:
    """Summarise differences between the left and the right side of each region, within subjects."""
    input:
        library("results/summarise_symmetry"),
        distances=STUDY.of_subjects("roi_distances") if STUDY.has_forecast else [],
        depths=STUDY.of_subjects("roi_depths") if STUDY.has_forecast else [],
        scores=STUDY.of_subjects("roi_scores"),
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
        mem_mb=RESOURCES.memory("group"),
        runtime=minutes(30),
    params:
        cell=config["maps"],
    script:
        "../scripts/results/summarise_symmetry.py"


rule locate_component_peaks:
    """Locate the distance at which the syntactic and the semantic forecast score of each region peak."""
    input:
        library("results/locate_component_peaks"),
        distances=STUDY.of_subjects("roi_distances"),
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
        mem_mb=RESOURCES.memory("group"),
        runtime=minutes(30),
    script:
        "../scripts/results/locate_component_peaks.py"


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
        mem_mb=RESOURCES.memory("small"),
        runtime=minutes(10),
    script:
        "../scripts/results/merge_gains.py"


rule summarise_gains:
    """Summarise the gains of fine-tuning over subjects, by region: mean, interval, signed-rank test, false discovery rate."""
    input:
        library("results/summarise_gains"),
        subjects=STUDY.of_subjects("finetuning_gains"),
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
        mem_mb=RESOURCES.memory("group"),
        runtime=minutes(30),
    script:
        "../scripts/results/summarise_gains.py"


rule summarise_training:
    """Summarise the trainings: both losses and the share along the steps, and what each snapshot has learned."""
    input:
        library("results/summarise_training"),
        snapshots=STUDY.finetunings.snapshot_folders,
        probes=[f"{folder}_probe.parquet" for folder in STUDY.finetunings.snapshot_folders],
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
        mem_mb=RESOURCES.memory("small"),
        runtime=minutes(10),
    script:
        "../scripts/results/summarise_training.py"


rule build_maps:
    """Build the group maps of the reported cell, one file a statistic and hemisphere, as a BIDS derivative."""
    input:
        library("results/build_maps"),
        **PRODUCTS.map_tables,
        targets="results/{dataset}/targets.parquet",
        geometry="results/{dataset}/geometry.json",
        words=STUDY.in_results("words/{story}.parquet", story=STUDY.stories),
        sources=if_exists(*dataset_descriptions(config)),
    output:
        maps=[f"results/{{dataset}}/{path}" for path in PRODUCTS.map_files],
        sidecars=[f"results/{{dataset}}/{path}" for path in sidecars(PRODUCTS.map_files)],
        description="results/{dataset}/maps/dataset_description.json",
        readme="results/{dataset}/maps/README.md",
        ignored="results/{dataset}/maps/.bidsignore",
    log:
        "logs/{dataset}/build_maps/all.log",
    benchmark:
        "benchmarks/{dataset}/build_maps/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("group"),
        runtime=minutes(15),
    params:
        cell=config["maps"],
        q_level=config["maps"]["q_level"],
        scored=scored_values(STUDY),
        simulated=STUDY.is_simulated,
    script:
        "../scripts/results/build_maps.py"


rule build_subject_maps:
    """Build the maps of one subject, of the reported cell: scores, ceiling, forecast distance and depth."""
    input:
        library("results/build_subject_maps"),
        **PRODUCTS.subject_map_tables,
        targets="results/{dataset}/targets.parquet",
        geometry="results/{dataset}/geometry.json",
        words=STUDY.in_results("words/{story}.parquet", story=STUDY.stories),
    output:
        maps=[f"results/{{dataset}}/{path}" for path in PRODUCTS.maps_of("{subject}")],
        sidecars=[f"results/{{dataset}}/{path}" for path in sidecars(PRODUCTS.maps_of("{subject}"))],
    log:
        "logs/{dataset}/build_subject_maps/sub-{subject}.log",
    benchmark:
        "benchmarks/{dataset}/build_subject_maps/sub-{subject}.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("group"),
        runtime=minutes(15),
    params:
        cell=config["maps"],
        q_level=config["maps"]["q_level"],
        scored=scored_values(STUDY),
        simulated=STUDY.is_simulated,
    script:
        "../scripts/results/build_subject_maps.py"
