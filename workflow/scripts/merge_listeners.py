"""Merge the responses of everyone who heard a story into their sum and their number."""

import pyarrow.parquet as pq

from brainforecast.job import job
from brainforecast.listeners_file import add_up, write_sums


def merge_listeners(paths_to_responses: list[str], path_to_targets: str, path_to_sums: str, *, story: str) -> None:
    """Write the sums of one story, per volume and target."""
    write_sums(add_up(paths_to_responses, story, pq.read_metadata(path_to_targets).num_rows), path_to_sums)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        merge_listeners(
            snakemake.input.responses,  # noqa: F821
            snakemake.input.targets,  # noqa: F821
            snakemake.output.sums,  # noqa: F821
            story=snakemake.wildcards.story,  # noqa: F821
        )
