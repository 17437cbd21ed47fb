"""Locate the forecast distance d* of each target over subjects, and the test that masks its map."""

import pyarrow.parquet as pq

from brainforecast.jobs.context import job
from brainforecast.results.forecast_peaks import forecast_distances
from brainforecast.storage.columns import peak_units
from brainforecast.storage.parquet import read_json, write_table


def locate_forecast_distance(
    paths_to_distances: list[str],
    paths_to_forecasts: list[str],
    path_to_targets: str,
    path_to_provenance: str,
    path_to_table: str,
    *,
    distance: int,
    reference: int,
) -> None:
    """Write the group table of d*, with the test of F(distance) - F(reference)."""
    n_targets = pq.read_metadata(path_to_targets).num_rows
    frames = forecast_distances(
        paths_to_distances, paths_to_forecasts, n_targets, distance=distance, reference=reference
    )
    write_table(frames, path_to_table, units=peak_units("forecast_distance"), provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        locate_forecast_distance(
            snakemake.input.distances,
            snakemake.input.forecasts,
            snakemake.input.targets,
            snakemake.input.provenance,
            snakemake.output.table,
            distance=snakemake.params.distance,
            reference=snakemake.params.reference,
        )
