"""Fetch a run that the plan needs and this machine does not have."""

from brainforecast.fetching import address, fetch, known_of
from brainforecast.job import job


def fetch_run(path: str, path_to_run: str, *, url: str | None, root: str, checksums: str | None) -> None:
    """Bring one file of the dataset, whole, with the checksum the dataset tells."""
    fetch(address(url, path), path_to_run, known_of(path, root, checksums))


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        wildcards, params = snakemake.wildcards, snakemake.params  # noqa: F821
        fetch_run(
            f"{wildcards.path}_desc-{wildcards.desc}.func.gii",
            snakemake.output.run,  # noqa: F821
            url=params.url,
            root=params.root,
            checksums=params.checksums,
        )
