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
        run="resources/{dataset}/{path}",
    log:
        "logs/{dataset}/fetch_run/{path}.log",
    benchmark:
        "benchmarks/{dataset}/fetch_run/{path}.tsv"
    wildcard_constraints:
        path="sub-.+",
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(60),
    params:
        dataset=config["dataset"],
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
        stimuli=config["stimuli"],
        section=lambda w: STUDY.plan.stories[w.story].section,
        span=lambda w: STUDY.plan.stories[w.story].span,
        language=config["dataset"]["language"],
        simulated=STUDY.is_simulated,
    script:
        "../scripts/dataset/read_words.py"


rule build_targets:
    """Describe each target: vertex, region (large ones split where the config says so), lobe and coordinates."""
    input:
        library("dataset/build_targets"),
        atlas_L=if_exists(STUDY.anatomy.named_atlas_files.get("L")),
        atlas_R=if_exists(STUDY.anatomy.named_atlas_files.get("R")),
        atlas_lobes=if_exists(STUDY.anatomy.named_atlas_files.get("lobes")),
        atlas_others=if_exists(*STUDY.anatomy.other_atlas_files),
        surfaces=if_exists(*STUDY.anatomy.surface_files("pial")),
        runs=as_input(STUDY.anatomy.described_files),
        masks=lambda w: as_input(STUDY.anatomy.mask_files()),
    output:
        targets="results/{dataset}/targets.parquet",
        geometry="results/{dataset}/geometry.json",
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
        density=STUDY.anatomy.density,
        atlases=STUDY.anatomy.atlases,
        is_own=STUDY.anatomy.has_own_atlas,
        n_masks=lambda w: [n for n in (len(STUDY.anatomy.mask_files(subject)) for subject in STUDY.subjects) if n],
        has_meshes=STUDY.anatomy.has_meshes,
        surfaces=STUDY.anatomy.local_surfaces,
        simulated=STUDY.is_simulated,
    script:
        "../scripts/dataset/build_targets.py"


rule denoise_runs:
    """Denoise the runs of a subject: confounds and drifts regressed out, volumes censored, targets standardised."""
    input:
        library("dataset/denoise_runs"),
        runs=lambda w: as_input(STUDY.run_paths(w.subject)),
        confounds=lambda w: as_input(STUDY.denoising.confounds(w.subject)),
        own_atlas=lambda w: if_exists(*STUDY.anatomy.own_files(w.subject)),
        own_masks=lambda w: as_input(STUDY.anatomy.own_masks(w.subject)),
        targets="results/{dataset}/targets.parquet",
    output:
        denoised=temp("results/{dataset}/denoised/sub-{subject}.safetensors"),
    log:
        "logs/{dataset}/denoise_runs/sub-{subject}.log",
    benchmark:
        "benchmarks/{dataset}/denoise_runs/sub-{subject}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: config["threads"]["score"]
    resources:
        mem_mb=RESOURCES.memory("denoise"),
        runtime=minutes(60),
    params:
        runs=lambda w: STUDY.denoising.runs(w.subject),
        own_atlas=lambda w: STUDY.anatomy.own_atlas(w.subject),
        settings=STUDY.denoising.settings,
    script:
        "../scripts/dataset/denoise_runs.py"


rule read_responses:
    """Read the responses of a subject to all their stories into one array."""
    input:
        library("dataset/read_responses"),
        runs=lambda w: as_input(STUDY.run_paths(w.subject)),
        denoised=lambda w: as_input(STUDY.denoising.denoised(w.subject)),
        own_atlas=lambda w: if_exists(*STUDY.anatomy.own_files(w.subject)),
        own_masks=lambda w: as_input(STUDY.anatomy.own_masks(w.subject)),
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
        runs=lambda w: STUDY.denoising.runs(w.subject),
        own_atlas=lambda w: STUDY.anatomy.own_atlas(w.subject),
    script:
        "../scripts/dataset/read_responses.py"
