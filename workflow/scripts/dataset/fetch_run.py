"""Fetch a run that the plan needs and this machine does not have."""

from dataclasses import replace

from brainforecast.dataset.download import address, expected_file, fetch
from brainforecast.dataset.scans import expected_volumes
from brainforecast.jobs.context import job
from brainforecast.readers.integrity import find_defect


def fetch_run(
    path: str, path_to_run: str, *, url: str | None, root: str, checksums: str | None, scans: str, tr: float
) -> None:
    """Bring one run of the dataset, whole, with the checksum and of the length that the dataset tells."""
    n_volumes, least = expected_volumes({"root": root, "scans": scans}, path, tr)
    known = replace(expected_file(path, root, checksums), n_volumes=n_volumes, least=least)
    fetch(address(url, path), path_to_run, known, find_defect=find_defect)


if __name__ == "__main__":
    with job(snakemake):
        wildcards, params = snakemake.wildcards, snakemake.params
        fetch_run(
            f"{wildcards.path}_desc-{wildcards.desc}.func.gii",
            snakemake.output.run,
            url=params.url,
            root=params.root,
            checksums=params.checksums,
            scans=params.scans,
            tr=params.tr,
        )
