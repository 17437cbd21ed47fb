"""Compared to what: common shifts, simulated brains and the verdict (config `verdict`); variants (also `sensitivity`)."""


rule prepare_shifts:
    """Prepare the common shifts: one of each story for all its listeners, drawn from the volumes that all of them have."""
    input:
        library("controls/prepare_shifts"),
        responses=STUDY.in_results("responses/sub-{subject}.safetensors", subject=STUDY.subjects),
        provenance="results/{dataset}/provenance.json",
    output:
        draws="results/{dataset}/group/shift_draws.parquet",
    log:
        "logs/{dataset}/prepare_shifts/all.log",
    benchmark:
        "benchmarks/{dataset}/prepare_shifts/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        **SMALL,
    params:
        shortest=lambda w: STUDY.verdict.shortest_shift,
        n_shifts=lambda w: config["verdict"]["shifts"],
        seed=config["seed"],
    script:
        "../scripts/controls/prepare_shifts.py"


rule score_shifts:
    """Score the mean series of each region of one subject under every common shift, in each base."""
    input:
        library("controls/score_shifts"),
        responses="results/{dataset}/responses/sub-{subject}.safetensors",
        designs=lambda w: CONTROLS.design_files(w.subject),
        draws="results/{dataset}/group/shift_draws.parquet",
        targets="results/{dataset}/targets.parquet",
    output:
        scores="results/{dataset}/controls/shifts/sub-{subject}.safetensors",
    log:
        "logs/{dataset}/score_shifts/sub-{subject}.log",
    benchmark:
        "benchmarks/{dataset}/score_shifts/sub-{subject}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: config["threads"]["score"]
    resources:
        mem_mb=RESOURCES.memory("shifts"),
        runtime=RESOURCES.run_time("shifts"),
    params:
        cells=lambda w: CONTROLS.cells(),
        encoding=lambda w: CONTROLS.encoding,
    script:
        "../scripts/controls/score_shifts.py"


rule summarise_shifts:
    """Summarise the statistics of each region, lobe and the whole brain over subjects, under every common shift."""
    input:
        library("controls/summarise_shifts"),
        scores=STUDY.in_results("controls/shifts/sub-{subject}.safetensors", subject=STUDY.subjects),
        targets="results/{dataset}/targets.parquet",
        provenance="results/{dataset}/provenance.json",
    output:
        table="results/{dataset}/group/shifts.parquet",
    log:
        "logs/{dataset}/summarise_shifts/all.log",
    benchmark:
        "benchmarks/{dataset}/summarise_shifts/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("small"),
        runtime=minutes(30),
    params:
        bases=lambda w: CONTROLS.bases,
    script:
        "../scripts/controls/summarise_shifts.py"


rule simulate_brains:
    """Simulate brains of known kinds in one subject, each at the study's own brain scores, and score their regions."""
    input:
        library("controls/simulate_brains"),
        responses="results/{dataset}/responses/sub-{subject}.safetensors",
        designs=lambda w: CONTROLS.design_files(w.subject, "verdict"),
        draws="results/{dataset}/group/shift_draws.parquet",
        shifts="results/{dataset}/group/shifts.parquet",
        targets="results/{dataset}/targets.parquet",
        words=STUDY.in_results("words/{story}.parquet", story=STUDY.stories),
        activations=STUDY.in_results(
            f"activations/{config['maps']['model']}/{{story}}.safetensors", story=STUDY.stories
        ),
    output:
        scores="results/{dataset}/controls/brains/sub-{subject}.safetensors",
    log:
        "logs/{dataset}/simulate_brains/sub-{subject}.log",
    benchmark:
        "benchmarks/{dataset}/simulate_brains/sub-{subject}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: config["threads"]["score"]
    resources:
        mem_mb=RESOURCES.memory("brains"),
        runtime=RESOURCES.run_time("brains"),
    params:
        cells=lambda w: CONTROLS.cells("verdict"),
        encoding=lambda w: CONTROLS.encoding,
        brains=lambda w: STUDY.verdict.brains,
        words=lambda w: CONTROLS.words,
        tr=STUDY.plan.tr,
        seed=config["seed"],
    script:
        "../scripts/controls/simulate_brains.py"


rule summarise_brains:
    """Summarise the statistics of each region, lobe and the whole brain over subjects, in every simulated brain."""
    input:
        library("controls/summarise_brains"),
        scores=STUDY.in_results("controls/brains/sub-{subject}.safetensors", subject=STUDY.subjects),
        targets="results/{dataset}/targets.parquet",
        provenance="results/{dataset}/provenance.json",
    output:
        table="results/{dataset}/group/simulated_brains.parquet",
    log:
        "logs/{dataset}/summarise_brains/all.log",
    benchmark:
        "benchmarks/{dataset}/summarise_brains/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("small"),
        runtime=minutes(30),
    params:
        brains=lambda w: STUDY.verdict.brains,
    script:
        "../scripts/controls/summarise_brains.py"


rule summarise_verdicts:
    """Summarise shifts and simulated brains to the verdict of every claim, and to what the verdicts rest on."""
    input:
        library("controls/summarise_verdicts"),
        shifts="results/{dataset}/group/shifts.parquet",
        draws="results/{dataset}/group/shift_draws.parquet",
        brains="results/{dataset}/group/simulated_brains.parquet",
        contrasts="results/{dataset}/group/contrasts.parquet",
        sensitivity="results/{dataset}/group/sensitivity.parquet",
        targets="results/{dataset}/targets.parquet",
        provenance="results/{dataset}/provenance.json",
    output:
        verdicts=report("results/{dataset}/group/verdicts.parquet", caption="../report/tables.rst", category="Tables"),
        checks=report(
            "results/{dataset}/group/verdict_checks.parquet", caption="../report/tables.rst", category="Tables"
        ),
    log:
        "logs/{dataset}/summarise_verdicts/all.log",
    benchmark:
        "benchmarks/{dataset}/summarise_verdicts/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("group"),
        runtime=minutes(30),
    params:
        verdict=config["verdict"],
        contrasts=config["contrasts"],
        cell=config["maps"],
    script:
        "../scripts/controls/summarise_verdicts.py"


rule summarise_autocorrelation:
    """Summarise the autocorrelation of the mean series of all regions inside runs: the gap of strict folds is from it."""
    input:
        library("controls/summarise_autocorrelation"),
        responses=STUDY.in_results("responses/sub-{subject}.safetensors", subject=STUDY.subjects),
        targets="results/{dataset}/targets.parquet",
        provenance="results/{dataset}/provenance.json",
    output:
        table="results/{dataset}/group/autocorrelation.parquet",
    log:
        "logs/{dataset}/summarise_autocorrelation/all.log",
    benchmark:
        "benchmarks/{dataset}/summarise_autocorrelation/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("subject"),
        runtime=minutes(60),
    params:
        tr=STUDY.plan.tr,
    script:
        "../scripts/controls/summarise_autocorrelation.py"


rule score_sensitivity:
    """Score the mean series of each region of one subject in every variant of the reported cell."""
    input:
        library("controls/score_sensitivity"),
        responses="results/{dataset}/responses/sub-{subject}.safetensors",
        designs=lambda w: VARIANTS.design_files(w.subject),
        targets="results/{dataset}/targets.parquet",
        autocorrelation=lambda w: VARIANTS.autocorrelation(*VARIANTS.built),
    output:
        scores="results/{dataset}/controls/sensitivity/sub-{subject}.safetensors",
    log:
        "logs/{dataset}/score_sensitivity/sub-{subject}.log",
    benchmark:
        "benchmarks/{dataset}/score_sensitivity/sub-{subject}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: config["threads"]["score"]
    resources:
        mem_mb=RESOURCES.memory("subject"),
        runtime=RESOURCES.run_time("sensitivity"),
    params:
        variants=lambda w: VARIANTS.cells,
    script:
        "../scripts/controls/score_sensitivity.py"


rule summarise_sensitivity:
    """Summarise the scores of each region, lobe and the whole brain over subjects, in every variant."""
    input:
        library("controls/summarise_sensitivity"),
        scores=STUDY.in_results("controls/sensitivity/sub-{subject}.safetensors", subject=STUDY.subjects),
        targets="results/{dataset}/targets.parquet",
        provenance="results/{dataset}/provenance.json",
    output:
        table=report("results/{dataset}/group/sensitivity.parquet", caption="../report/tables.rst", category="Tables"),
    log:
        "logs/{dataset}/summarise_sensitivity/all.log",
    benchmark:
        "benchmarks/{dataset}/summarise_sensitivity/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("small"),
        runtime=minutes(30),
    params:
        table=lambda w: VARIANTS.table,
        subjects=STUDY.subjects,
    script:
        "../scripts/controls/summarise_sensitivity.py"
