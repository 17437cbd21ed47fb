"""Around a run on a cluster: nothing left over from one that was killed, and how far it has come."""

if "status" in sys.argv and "--nolock" not in sys.argv:  # Snakemake removes every lock of a folder when it ends
    raise WorkflowError("status: give --nolock too, or the lock of a run that is at work here is removed")


onstart:
    end_orphans()


localrules:
    status,


rule status:
    """Tell which subjects are complete, running, failed or missing, and what the logs of the failed say last."""
    input:
        library("jobs/status"),
    log:
        f"logs/{DATASET}/status/all.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        steps=lambda wildcards: steps(),
        finals={subject: of_subject(subject) for subject in PLAN.subjects},
        dataset=DATASET,
    script:
        "../scripts/jobs/status.py"
