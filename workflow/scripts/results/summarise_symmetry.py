"""Summarise differences between the left and the right side of each region over subjects."""

from brainforecast.jobs.context import job
from brainforecast.results.contrasts import symmetry_rows
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import read_json, write_table


def summarise_symmetry(
    paths_to_peaks: dict[str, list[str]],
    paths_to_scores: list[str],
    path_to_provenance: str,
    path_to_table: str,
    *,
    cell: dict,
) -> None:
    """Write left minus right of peaks and scores in the reported cell."""
    rows = symmetry_rows(paths_to_peaks, paths_to_scores, cell)
    write_table(rows, path_to_table, units=UNITS, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        files = snakemake.input
        summarise_symmetry(
            {"forecast_distance": files.distances, "forecast_depth": files.depths},
            files.scores,
            files.provenance,
            snakemake.output.table,
            cell=snakemake.params.cell,
        )
