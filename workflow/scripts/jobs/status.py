"""Tell which subjects are complete, running, failed or missing, and what the logs of the failed say last."""

import os

from brainforecast.jobs.context import job
from brainforecast.jobs.slurm import queued
from brainforecast.jobs.status import Step, read_status


def status(steps: list[dict], finals: dict[str, list[str]], *, dataset: str) -> None:
    """Print how far a run has come."""
    print(read_status([Step(**step) for step in steps], finals, dataset=dataset, queue=queued(os.getcwd())))


if __name__ == "__main__":
    with job(snakemake):
        status(
            snakemake.params.steps,
            snakemake.params.finals,
            dataset=snakemake.params.dataset,
        )
