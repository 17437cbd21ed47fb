"""Summarise differences of forecast distance and depth between regions over subjects."""

from brainforecast.jobs.context import job
from brainforecast.results.contrasts import contrast_rows
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import read_json, write_table


def summarise_contrasts(
    paths_to_peaks: dict[str, list[str]], path_to_provenance: str, path_to_table: str, *, contrasts: list[dict]
) -> None:
    """Write effect, interval and test of each contrast."""
    rows = contrast_rows(paths_to_peaks, contrasts)
    write_table(rows, path_to_table, units=UNITS, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        files = snakemake.input
        summarise_contrasts(
            {"forecast_distance": files.distances, "forecast_depth": files.depths},
            files.provenance,
            snakemake.output.table,
            contrasts=snakemake.params.contrasts,
        )
