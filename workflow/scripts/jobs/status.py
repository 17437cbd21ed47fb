"""Report which subjects are complete, running, failed or missing, and the last log line of each failed job."""

import os
import sys

from brainforecast.jobs.context import job
from brainforecast.jobs.slurm import queued
from brainforecast.jobs.status import RuleFiles, read_status, takes_colour


def status(rules: list[dict], final_files: dict[str, list[str]], *, dataset: str) -> None:
    """Print the state of a run."""
    rules = [RuleFiles(**files) for files in rules]
    found = read_status(rules, final_files, dataset=dataset, queue=queued(os.getcwd()))
    print(found.table(coloured=takes_colour(sys.stdout)))


if __name__ == "__main__":
    with job(snakemake):
        status(
            snakemake.params.rules,
            snakemake.params.final_files,
            dataset=snakemake.params.dataset,
        )
