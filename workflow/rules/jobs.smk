"""Around a run: its cost, its status, and the cleanup of jobs that a killed run left behind."""

from brainforecast.jobs.slurm import cancel_orphans
from brainforecast.jobs.workflow_rules import files_of_rules, jobs_before

wants_status = any(re.fullmatch(r"(\w+_)?status(_\w+)?", argument) for argument in sys.argv)  # a module renames it
if wants_status and "--nolock" not in sys.argv:  # Snakemake removes every lock of a folder when it ends
    raise WorkflowError("status: give --nolock too, or the lock of a run that is at work here is removed")


onstart:
    try:
        cancel_orphans(workflow.dag.needrun_jobs(), os.getcwd())
    except BadInput as error:
        raise WorkflowError(str(error))


rule cost:
    """Print jobs, core-hours, memory and disk of every rule, from what earlier jobs took; nothing is run."""
    input:
        library("jobs/cost"),
        laws=as_input(STUDY.in_project("workflow/cost/laws.tsv")),
        measured=as_input(STUDY.in_project("workflow/cost/measured.tsv")),
    log:
        f"logs/{STUDY.name}/cost/all.log",
    localrule: True
    conda:
        "../../envs/cpu.yaml"
    params:
        jobs=lambda w: jobs_before(rules.all.rule, workflow.rules, STUDY.sizes, no_wildcards=w),
    script:
        "../scripts/jobs/cost.py"


rule status:
    """Print which subjects are complete, running, failed or missing, and the last log line of what failed."""
    input:
        library("jobs/status"),
    log:
        f"logs/{STUDY.name}/status/all.log",
    localrule: True
    conda:
        "../../envs/cpu.yaml"
    params:
        rules=lambda w: files_of_rules(workflow.rules),
        final_files=lambda w: {
            subject: expand(rules.merge_subject.output, dataset=STUDY.name, subject=subject)
            for subject in STUDY.subjects
        },
        dataset=STUDY.name,
    script:
        "../scripts/jobs/status.py"
