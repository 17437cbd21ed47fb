"""What is read from a dataset: runs, words, targets, responses, and which of them are used."""


rule build_provenance:
    """Tell which runs are used and why the others are not, and what decides the numbers of this run."""
    input:
        library("dataset/build_provenance"),
    output:
        exclusions=report("results/{dataset}/exclusions.tsv", caption="../report/exclusions.rst", category="Data"),
        provenance="results/{dataset}/provenance.json",
    log:
        "logs/{dataset}/build_provenance/all.log",
    benchmark:
        "benchmarks/{dataset}/build_provenance/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        rows=plan_rows(PLAN),
        story_sets=PLAN.story_sets,
        notes=PLAN.notes,
        tr=PLAN.tr,
        config_hash=config_hash(config),
        simulated=bool(SIMULATION),
    script:
        "../scripts/dataset/build_provenance.py"


rule fetch_run:
    """Fetch a run that the plan needs and this machine does not have; a broken transfer goes on where it stopped."""
    input:
        ancient(library("dataset/fetch_run")),  # an edit of the library is no reason to fetch again
    output:
        run="resources/{dataset}/{path}_desc-{desc}.func.gii",
    log:
        "logs/{dataset}/fetch_run/{path}_desc-{desc}.log",
    benchmark:
        "benchmarks/{dataset}/fetch_run/{path}_desc-{desc}.tsv"
    wildcard_constraints:
        path="sub-.+",
        desc="[A-Za-z0-9]+",
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=minutes(60),
    params:
        url=config["dataset"]["url"],
        root=config["dataset"]["root"],
        checksums=config["dataset"]["checksums"],
        scans=config["dataset"]["scans"],
        tr=PLAN.tr,
    script:
        "../scripts/dataset/fetch_run.py"


rule fetch_file:
    """Fetch an alignment, a transcript, a surface or an atlas that this machine does not have, as `fetch_run` does."""
    input:
        ancient(library("dataset/fetch_file")),  # an edit of the library is no reason to fetch again
    output:
        file="resources/{dataset}/{path}",
    log:
        "logs/{dataset}/fetch_file/{path}.log",
    benchmark:
        "benchmarks/{dataset}/fetch_file/{path}.tsv"
    wildcard_constraints:
        path="(stimuli|freesurfer)/.+",
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=minutes(15),
    params:
        url=url_of,
        root=config["dataset"]["root"],
        checksums=config["dataset"]["checksums"],
    script:
        "../scripts/dataset/fetch_file.py"


rule read_words:
    """Read when each word of a story is heard, on the clock of the scan."""
    input:
        library("dataset/read_words"),
        alignment=lambda wildcards: PLAN.stories[wildcards.story].alignment,
        transcript=lambda wildcards: list(filter(None, [PLAN.stories[wildcards.story].transcript])),
    output:
        words="results/{dataset}/words/{story}.parquet",
    log:
        "logs/{dataset}/read_words/{story}.log",
    benchmark:
        "benchmarks/{dataset}/read_words/{story}.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(5),
    params:
        shift=lambda wildcards: PLAN.stories[wildcards.story].shift,
        simulated=bool(SIMULATION),
    script:
        "../scripts/dataset/read_words.py"


rule build_targets:
    """Describe each target: vertex, region (large ones cut where the config asks), lobe and place."""
    input:
        library("dataset/build_targets"),
        atlas=[path for key in ATLAS_FILES for path in watched(ATLAS.get(key))],
        surfaces=surfaces_of("pial"),
        run=[] if SURFACE else paths_of(PLAN.subjects[0])[0],
    output:
        targets="results/{dataset}/targets.parquet",
    log:
        "logs/{dataset}/build_targets/all.log",
    benchmark:
        "benchmarks/{dataset}/build_targets/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(10),
    params:
        response=config["dataset"]["response"],
        space=config["dataset"]["space"],
        atlas=ATLAS or None,
        surfaces=SURFACES,
        simulated=bool(SIMULATION),
    script:
        "../scripts/dataset/build_targets.py"


rule read_responses:
    """Read the responses of a subject to all their stories into one array."""
    input:
        library("dataset/read_responses"),
        runs=lambda wildcards: paths_of(wildcards.subject),
        words=lambda wildcards: in_results(
            "words/{story}.parquet", story=[run.story for run in PLAN.runs[wildcards.subject]]
        ),
        targets="results/{dataset}/targets.parquet",
    output:
        responses="results/{dataset}/responses/sub-{subject}.safetensors",
    log:
        "logs/{dataset}/read_responses/sub-{subject}.log",
    benchmark:
        "benchmarks/{dataset}/read_responses/sub-{subject}.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=subject_megabytes,
        runtime=minutes(30),
    params:
        stories=lambda wildcards: [run.story for run in PLAN.runs[wildcards.subject]],
        n_dropped=lambda wildcards: [run.n_dropped for run in PLAN.runs[wildcards.subject]],
        tr=PLAN.tr,
        response=config["dataset"]["response"],
        space=config["dataset"]["space"],
    script:
        "../scripts/dataset/read_responses.py"
