"""Summarise differences of forecast distance between regions over subjects."""

from brainforecast.columns import UNITS
from brainforecast.group_tables import contrast_rows
from brainforecast.job import job
from brainforecast.tables import read_json, write_table

GRID = ["model", "layer", "source", "width"]


def summarise_contrasts(
    paths_to_subjects: list[str], path_to_provenance: str, path_to_table: str, *, contrasts: list[dict]
) -> None:
    """Write effect, interval and test of each contrast."""
    rows = contrast_rows(paths_to_subjects, contrasts, keys=GRID)
    write_table(rows, path_to_table, units=UNITS, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        summarise_contrasts(
            snakemake.input.subjects,  # noqa: F821
            snakemake.input.provenance,  # noqa: F821
            snakemake.output.table,  # noqa: F821
            contrasts=snakemake.params.contrasts,  # noqa: F821
        )
