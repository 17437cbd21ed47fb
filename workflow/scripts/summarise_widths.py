"""Summarise the forecast score by the width of the window, at the distance that other subjects choose."""

from brainforecast.columns import UNITS
from brainforecast.job import job
from brainforecast.tables import read_json, write_table
from brainforecast.widths import width_rows

CHOSEN = {"distance": "words, the distance chosen for most subjects, each from the mean of the others"}


def summarise_widths(paths_to_subjects: list[str], path_to_provenance: str, path_to_table: str) -> None:
    """Write mean, interval and test of each region and width."""
    rows = width_rows(paths_to_subjects)
    write_table(rows, path_to_table, units=UNITS | CHOSEN, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        summarise_widths(
            snakemake.input.subjects,  # noqa: F821
            snakemake.input.provenance,  # noqa: F821
            snakemake.output.table,  # noqa: F821
        )
