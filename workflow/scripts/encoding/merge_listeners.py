"""Merge the responses of all subjects to a story into their sum and count."""

import pyarrow.parquet as pq

from brainforecast.jobs.context import job
from brainforecast.jobs.noise_ceiling import sum_responses
from brainforecast.storage.response_sums import write_sums


def merge_listeners(paths_to_responses: list[str], path_to_targets: str, path_to_sums: str, *, story: str) -> None:
    """Write the sums of one story, per volume and target."""
    write_sums(sum_responses(paths_to_responses, story, pq.read_metadata(path_to_targets).num_rows), path_to_sums)


if __name__ == "__main__":
    with job(snakemake):
        merge_listeners(
            snakemake.input.responses,
            snakemake.input.targets,
            snakemake.output.sums,
            story=snakemake.wildcards.story,
        )
