"""Locate the forecast depth k* of each target over subjects, and the test that masks its map."""

import pyarrow.parquet as pq

from brainforecast.jobs.context import job
from brainforecast.results.forecast_peaks import forecast_depths
from brainforecast.storage.columns import peak_units
from brainforecast.storage.parquet import read_json, write_table


def locate_forecast_depth(
    paths_to_depths: list[str],
    paths_to_forecasts: list[str],
    path_to_targets: str,
    path_to_provenance: str,
    path_to_table: str,
) -> None:
    """Write the group table of k*, with the test of the forecast score averaged over layers."""
    n_targets = pq.read_metadata(path_to_targets).num_rows
    frames = forecast_depths(paths_to_depths, paths_to_forecasts, n_targets)
    write_table(frames, path_to_table, units=peak_units("forecast_depth"), provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        locate_forecast_depth(
            snakemake.input.depths,
            snakemake.input.forecasts,
            snakemake.input.targets,
            snakemake.input.provenance,
            snakemake.output.table,
        )
