"""Read a dataset: which of its runs are used, words, targets and responses."""

from brainforecast.dataset.plan import plan_rows


rule build_plan:
    """Build the plan as tables: subjects and their stories, where stories start, and counts next to the paper's."""
    input:
        library("dataset/build_plan"),
        paper=as_input(STUDY.in_project("workflow/report/paper.tsv")),
    output:
        subjects="results/{dataset}/plan/subjects.tsv",
        stories="results/{dataset}/plan/stories.tsv",
        counts="results/{dataset}/plan/counts.tsv",
    log:
        "logs/{dataset}/build_plan/all.log",
    benchmark:
        "benchmarks/{dataset}/build_plan/all.tsv"
    localrule: True
    conda:
        "../../envs/cpu.yaml"
    params:
        rows=plan_rows(STUDY.plan),
        starts=STUDY.story_starts,
        story_sets=STUDY.plan.story_sets,
        cells=[len(grid.distances) for grid in STUDY.grids],
        n_jobs=len(STUDY.fanout.scoring_jobs),
        notes=STUDY.plan.notes,
    script:
        "../scripts/dataset/build_plan.py"


rule build_provenance:
    """Build the list of runs that are used or excluded, with reasons, and the provenance that every table carries."""
    input:
        library("dataset/build_provenance"),
    output:
        exclusions=report("results/{dataset}/exclusions.tsv", caption="../report/exclusions.rst", category="Data"),
        provenance="results/{dataset}/provenance.json",
    log:
        "logs/{dataset}/build_provenance/all.log",
    benchmark:
        "benchmarks/{dataset}/build_provenance/all.tsv"
    localrule: True
    conda:
        "../../envs/cpu.yaml"
    params:
        rows=plan_rows(STUDY.plan),
        story_sets=STUDY.plan.story_sets,
        notes=STUDY.plan.notes,
        tr=STUDY.plan.tr,
        config_hash=config_hash(config),
        simulated=STUDY.is_simulated,
    script:
        "../scripts/dataset/build_provenance.py"


rule fetch_run:
    """Fetch a run that the plan needs and this machine does not have; a broken transfer is resumed."""
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
        mem_mb=megabytes(1000),
        runtime=minutes(60),
    params:
        url=config["dataset"]["url"],
        root=config["dataset"]["root"],
        checksums=config["dataset"]["checksums"],
        scans=config["dataset"]["scans"],
        tr=STUDY.plan.tr,
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
        mem_mb=megabytes(1000),
        runtime=minutes(15),
    params:
        url=lambda w: STUDY.downloads.url(w.path),
        root=config["dataset"]["root"],
        checksums=config["dataset"]["checksums"],
    script:
        "../scripts/dataset/fetch_file.py"


rule read_words:
    """Read the onset and offset of each word of a story, on the clock of the scan."""
    input:
        library("dataset/read_words"),
        alignment=lambda w: as_input(STUDY.plan.stories[w.story].alignment),
        transcript=lambda w: as_input([path for path in [STUDY.plan.stories[w.story].transcript] if path]),
    output:
        words="results/{dataset}/words/{story}.parquet",
    log:
        "logs/{dataset}/read_words/{story}.log",
    benchmark:
        "benchmarks/{dataset}/read_words/{story}.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("small"),
        runtime=minutes(5),
    params:
        shift=lambda w: STUDY.plan.stories[w.story].shift,
        simulated=STUDY.is_simulated,
    script:
        "../scripts/dataset/read_words.py"


rule build_targets:
    """Describe each target: vertex, region (large ones split where the config says so), lobe and coordinates."""
    input:
        library("dataset/build_targets"),
        atlas_L=if_exists(STUDY.anatomy.atlas.get("L")),
        atlas_R=if_exists(STUDY.anatomy.atlas.get("R")),
        atlas_lobes=if_exists(STUDY.anatomy.atlas.get("lobes")),
        surfaces=if_exists(*STUDY.anatomy.surface_files("pial")),
        run=[] if STUDY.on_surface else as_input(STUDY.run_paths(STUDY.subjects[0])[0]),
    output:
        targets="results/{dataset}/targets.parquet",
    log:
        "logs/{dataset}/build_targets/all.log",
    benchmark:
        "benchmarks/{dataset}/build_targets/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("small"),
        runtime=minutes(10),
    params:
        response=config["dataset"]["response"],
        space=config["dataset"]["space"],
        atlas=STUDY.anatomy.atlas or None,
        surfaces=STUDY.anatomy.local_surfaces,
        simulated=STUDY.is_simulated,
    script:
        "../scripts/dataset/build_targets.py"


rule read_responses:
    """Read the responses of a subject to all their stories into one array."""
    input:
        library("dataset/read_responses"),
        runs=lambda w: as_input(STUDY.run_paths(w.subject)),
        words=lambda w: STUDY.in_results("words/{story}.parquet", story=STUDY.stories_of(w.subject)),
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
        mem_mb=RESOURCES.memory("subject"),
        runtime=minutes(30),
    params:
        stories=lambda w: STUDY.stories_of(w.subject),
        n_dropped=lambda w: STUDY.n_dropped(w.subject),
        tr=STUDY.plan.tr,
        response=config["dataset"]["response"],
        space=config["dataset"]["space"],
    script:
        "../scripts/dataset/read_responses.py"
