"""Around a run: its notes, cost and status, what failed in it, and the cleanup of jobs that a killed run left behind."""

import atexit
import time
from functools import cache

from snakemake.iocontainers import Wildcards
from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

from brainforecast.jobs.clocks import mend_clocks
from brainforecast.jobs.killed_runs import RunMarker, end_orphans
from brainforecast.jobs.slurm import cancel_orphans
from brainforecast.jobs.status import describe_failures, jobs_failed_since
from brainforecast.jobs.workflow_rules import files_of_rules, jobs_before

wants_status = any(re.fullmatch(r"(\w+_)?status(_\w+)?", argument) for argument in sys.argv)  # a module renames it
if wants_status and "--nolock" not in sys.argv:  # Snakemake removes every lock of a folder when it ends
    raise stop(
        "status: give --nolock too, or the lock of a run that is at work here is removed: "
        "snakemake status --nolock --quiet all --configfile <config>, in this order"
    )

STARTED = time.time()

if "--unlock" in sys.argv:
    RunMarker(STUDY.name).forget()
elif workflow.is_main_process and not workflow.output_settings.dryrun and "--nolock" not in sys.argv:
    if RunMarker(STUDY.name).hold():
        print("brainforecast: the lock of a run that was killed is removed", file=sys.stderr)

if workflow.is_main_process and not wants_status:
    for note in STUDY.plan.notes:
        print(f"note on {STUDY.name}: {note}", file=sys.stderr)
    if several := ConfigFiles(CONFIG_FILES).merged():
        print(f"note on {STUDY.name}: {several}", file=sys.stderr)


onstart:
    end_orphans(os.getcwd())
    try:
        cancel_orphans(workflow.dag.needrun_jobs(), os.getcwd())
        mend_clocks(workflow.dag.needrun_jobs(), workflow.dag.jobs)
    except BadInput as error:
        raise stop(error)
    if not wants_status:
        from brainforecast.jobs.stages import (
            StageLines,
            expected_work,
            stage_jobs,
        )  # imports what a plan does without

        predict = lambda: expected_work(
            jobs_before(rules.all.rule, workflow.rules, STUDY.sizes, no_wildcards=Wildcards()),
            f"{WORKFLOW}/cost/laws.tsv",
            f"{WORKFLOW}/cost/measured.tsv",
        )
        planned = stage_jobs(workflow.dag.needrun_jobs(), predict)
        logger.addHandler(StageLines(planned, logger, finished=LogEvent.JOB_FINISHED))


onerror:
    failed = jobs_failed_since(STARTED, files_of_rules(workflow.rules), dataset=STUDY.name)
    # Snakemake prints more after this; at its exit nothing follows, and what failed is the last thing on screen
    atexit.register(print, describe_failures(failed), end="", file=sys.stderr, flush=True)


rule cost:
    """Print jobs, core-hours, memory and disk of every rule, from what earlier jobs took, and whether the disk is there."""
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
        # listed once, though Snakemake evaluates params again and again
        jobs=cache(lambda w: jobs_before(rules.all.rule, workflow.rules, STUDY.sizes, no_wildcards=w)),
        models=lambda w: STUDY.sizes.model_sizes.describe(),
        root=None if config["dataset"]["url"] else config["dataset"]["root"],  # where missing images are expected
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
