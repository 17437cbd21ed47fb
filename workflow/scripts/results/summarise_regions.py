"""Summarise brain and forecast scores over subjects, region by region."""

from brainforecast.jobs.context import job
from brainforecast.results.group_scores import summarise_regions as summarise
from brainforecast.storage.columns import CELL, UNITS
from brainforecast.storage.parquet import read_json, write_table


def summarise_regions(paths_to_subjects: list[str], path_to_provenance: str, path_to_table: str) -> None:
    """Write the group table of regions, lobes and all targets."""
    frames = summarise(paths_to_subjects, ["score", *CELL])
    write_table(frames, path_to_table, units=UNITS, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        summarise_regions(
            snakemake.input.subjects,
            snakemake.input.provenance,
            snakemake.output.table,
        )
