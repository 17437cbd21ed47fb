"""Fetch an alignment, a transcript, a surface or an atlas that this machine does not have."""

from brainforecast.fetching import fetch, known_of
from brainforecast.job import job


def fetch_file(path: str, path_to_file: str, *, url: str, root: str, checksums: str | None) -> None:
    """Bring one file, whole, with the checksum the dataset tells."""
    fetch(url, path_to_file, known_of(path, root, checksums))


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        fetch_file(
            snakemake.wildcards.path,  # noqa: F821
            snakemake.output.file,  # noqa: F821
            url=snakemake.params.url,  # noqa: F821
            root=snakemake.params.root,  # noqa: F821
            checksums=snakemake.params.checksums,  # noqa: F821
        )
