"""Download a run that the plan needs and that is not on disk."""

from dataclasses import replace

from brainforecast.dataset.download import expected_file, fetch, file_url
from brainforecast.dataset.scans import expected_volumes
from brainforecast.jobs.context import job
from brainforecast.readers.integrity import find_defect


def fetch_run(
    path: str, path_to_run: str, *, url: str | None, root: str, checksums: str | None, scans: str, tr: float
) -> None:
    """Download one run completely, and check it against the dataset's checksum and number of volumes."""
    n_volumes, min_volumes = expected_volumes({"root": root, "scans": scans}, path, tr)
    expected = replace(expected_file(path, root, checksums), n_volumes=n_volumes, min_volumes=min_volumes)
    fetch(file_url(url, path), path_to_run, expected, find_defect=find_defect)


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
