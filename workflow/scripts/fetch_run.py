"""Fetch a run that the plan needs and this machine does not have."""

from dataclasses import replace

from brainforecast.fetching import address, fetch, known_of
from brainforecast.job import job
from brainforecast.scans import told_volumes


def fetch_run(
    path: str, path_to_run: str, *, url: str | None, root: str, checksums: str | None, scans: str, tr: float
) -> None:
    """Bring one run of the dataset, whole, with the checksum and of the length that the dataset tells."""
    n_volumes, least = told_volumes({"root": root, "scans": scans}, path, tr)
    known = replace(known_of(path, root, checksums), n_volumes=n_volumes, least=least)
    fetch(address(url, path), path_to_run, known)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        wildcards, params = snakemake.wildcards, snakemake.params  # noqa: F821
        fetch_run(
            f"{wildcards.path}_desc-{wildcards.desc}.func.gii",
            snakemake.output.run,  # noqa: F821
            url=params.url,
            root=params.root,
            checksums=params.checksums,
            scans=params.scans,
            tr=params.tr,
        )
