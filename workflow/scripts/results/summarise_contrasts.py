"""Summarise differences of forecast distance and depth between regions over subjects."""

from brainforecast.jobs.context import job
from brainforecast.results.contrasts import contrast_rows
from brainforecast.storage.columns import CONTRAST_UNITS
from brainforecast.storage.parquet import read_json, write_table

N_DRAWS = 999


def summarise_contrasts(
    paths_to_peaks: dict[str, list[str]],
    paths_to_scores: list[str],
    path_to_provenance: str,
    path_to_table: str,
    *,
    contrasts: list[dict],
    seed: int,
) -> None:
    """Write effect, interval, tests and bias of each contrast."""
    rows = contrast_rows(paths_to_peaks, paths_to_scores, contrasts, n_draws=N_DRAWS, seed=seed)
    write_table(rows, path_to_table, units=CONTRAST_UNITS, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        files = snakemake.input
        summarise_contrasts(
            {"forecast_distance": files.distances, "forecast_depth": files.depths},
            files.scores,
            files.provenance,
            snakemake.output.table,
            contrasts=snakemake.params.contrasts,
            seed=snakemake.params.seed,
        )
