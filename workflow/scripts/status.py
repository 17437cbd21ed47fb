"""Tell which subjects are complete, running, failed or missing, and what the logs of the failed say last."""

import os

from brainforecast.job import job
from brainforecast.slurm_queue import queued
from brainforecast.status import Step, read_status


def status(steps: list[dict], finals: dict[str, list[str]], *, dataset: str) -> None:
    """Print how far a run has come."""
    print(read_status([Step(**step) for step in steps], finals, dataset=dataset, queue=queued(os.getcwd())))


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        status(
            snakemake.params.steps,  # noqa: F821
            snakemake.params.finals,  # noqa: F821
            dataset=snakemake.params.dataset,  # noqa: F821
        )
