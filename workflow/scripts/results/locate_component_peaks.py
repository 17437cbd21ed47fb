"""Locate the distance at which the syntactic and the semantic forecast score of each region peak."""

from brainforecast.jobs.context import job
from brainforecast.results.component_peaks import PEAK_UNITS, component_peak_rows
from brainforecast.storage.parquet import read_json, write_table


def locate_component_peaks(paths_to_peaks: list[str], path_to_provenance: str, path_to_table: str) -> None:
    """Write the group's table of peaks; it has no rows if no analysis splits windows into components."""
    peaks = component_peak_rows(paths_to_peaks)
    write_table(peaks, path_to_table, units=PEAK_UNITS, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        locate_component_peaks(
            list(snakemake.input.distances),
            snakemake.input.provenance,
            snakemake.output.table,
        )
