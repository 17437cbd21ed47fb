"""What a run will take, told before it begins."""


rule cost:
    """Tell jobs, core-hours, memory and disk of every rule, from what earlier jobs took; nothing is run."""
    input:
        library("jobs/cost"),
        laws=in_project("workflow/cost/laws.tsv"),
        measured=in_project("workflow/cost/measured.tsv"),
    log:
        f"logs/{DATASET}/cost/all.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        jobs=lambda wildcards: every_job(get_final_output()),
        own=f"benchmarks/measured/{DATASET}.tsv",
    script:
        "../scripts/jobs/cost.py"
