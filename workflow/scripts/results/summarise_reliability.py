"""Summarise how well the maps of d* and k* repeat between halves of the subjects and of the stories."""

import pyarrow.parquet as pq

from brainforecast.jobs.context import job
from brainforecast.results.reliability import reliability_rows
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import read_json, write_table

N_SPLITS = 100


def summarise_reliability(
    paths_to_subjects: dict[str, list[str]],
    paths_to_group: dict[str, str],
    path_to_targets: str,
    path_to_provenance: str,
    path_to_table: str,
    *,
    stories: list[list[str]],
    q_level: float,
    seed: int,
) -> None:
    """Write the correlation of the halves of each map."""
    n_targets = pq.read_metadata(path_to_targets).num_rows
    settings = {"stories": stories, "q_level": q_level, "n_splits": N_SPLITS, "seed": seed}
    rows = reliability_rows(paths_to_subjects, paths_to_group, n_targets, **settings)
    write_table(rows, path_to_table, units=UNITS, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        files = snakemake.input
        summarise_reliability(
            {"forecast_distance": files.distances, "forecast_depth": files.depths},
            {"forecast_distance": files.forecast_distance, "forecast_depth": files.forecast_depth},
            files.targets,
            files.provenance,
            snakemake.output.table,
            stories=snakemake.params.stories,
            q_level=snakemake.params.q_level,
            seed=snakemake.params.seed,
        )
