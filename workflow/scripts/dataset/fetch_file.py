"""Download an alignment, a transcript, a surface or an atlas that is not on disk."""

from brainforecast.dataset.download import expected_file, fetch
from brainforecast.jobs.context import job
from brainforecast.readers.integrity import find_defect


def fetch_file(path: str, path_to_file: str, *, url: str, root: str, checksums: str | None) -> None:
    """Download one file completely, and check it against the dataset's checksum where there is one."""
    fetch(url, path_to_file, expected_file(path, root, checksums), find_defect=find_defect)


if __name__ == "__main__":
    with job(snakemake):
        fetch_file(
            snakemake.wildcards.path,
            snakemake.output.file,
            url=snakemake.params.url,
            root=snakemake.params.root,
            checksums=snakemake.params.checksums,
        )
