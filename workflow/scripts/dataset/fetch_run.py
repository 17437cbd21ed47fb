"""Download a run that the plan needs and that is not on disk."""

from collections.abc import Mapping
from dataclasses import replace

from brainforecast.dataset.download import expected_file, fetch, file_url, remote_path
from brainforecast.dataset.scans import expected_volumes
from brainforecast.jobs.context import job
from brainforecast.readers.integrity import find_defect


def fetch_run(path: str, path_to_run: str, *, dataset: Mapping, tr: float) -> None:
    """Download one run completely, and check it against the dataset's checksum and number of volumes."""
    n_volumes, min_volumes = expected_volumes(dataset, path, tr)
    remote = remote_path(path, dataset["root"], dataset["derivatives"])
    expected = expected_file(remote, dataset["root"], dataset["checksums"])
    expected = replace(expected, n_volumes=n_volumes, min_volumes=min_volumes)
    fetch(file_url(dataset["url"], remote), path_to_run, expected, find_defect=find_defect)


if __name__ == "__main__":
    with job(snakemake):
        fetch_run(
            snakemake.wildcards.path,
            snakemake.output.run,
            dataset=snakemake.params.dataset,
            tr=snakemake.params.tr,
        )
