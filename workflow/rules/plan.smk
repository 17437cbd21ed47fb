"""The study as planned, before any of it is done."""


rule build_plan:
    """Tell who is used with which stories, where stories start, and the counts beside the paper's."""
    input:
        library("dataset/build_plan"),
        paper=in_project("workflow/report/paper.tsv"),
    output:
        subjects="results/{dataset}/plan/subjects.tsv",
        stories="results/{dataset}/plan/stories.tsv",
        counts="results/{dataset}/plan/counts.tsv",
    log:
        "logs/{dataset}/build_plan/all.log",
    benchmark:
        "benchmarks/{dataset}/build_plan/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        rows=plan_rows(PLAN),
        starts=[
            {"story": run.story, "n_dropped": run.n_dropped, "shift": PLAN.stories[run.story].shift}
            for runs in PLAN.runs.values()
            for run in runs
        ],
        story_sets=PLAN.story_sets,
        cells=[len(grid.distances) for grid in GRIDS.values()],
        n_jobs=len(CELLS),
        notes=PLAN.notes,
    script:
        "../scripts/dataset/build_plan.py"
