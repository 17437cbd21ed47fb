"""Put the scores of one subject together into its tables, with forecast scores, distances and regional means."""

import pandas as pd

from brainforecast import subject_tables
from brainforecast.columns import UNITS
from brainforecast.job import job
from brainforecast.regions import Regions
from brainforecast.scores_file import read_scores
from brainforecast.tables import read_json, write_table


def merge_subject(
    paths_to_scores: list[str],
    path_to_targets: str,
    path_to_provenance: str,
    *,
    path_to_brain_scores: str,
    path_to_forecast_scores: str,
    path_to_forecast_distances: str,
    path_to_region_scores: str,
    path_to_region_distances: str,
) -> None:
    """Write the five tables of a subject; each row group is one cell."""
    scores = subject_tables.join_blocks(map(read_scores, paths_to_scores))
    forecasts = subject_tables.forecast_scores(scores)
    regions = Regions.of(pd.read_parquet(path_to_targets))
    provenance = read_json(path_to_provenance)
    tables = {
        path_to_brain_scores: subject_tables.brain_score_rows(scores),
        path_to_forecast_scores: subject_tables.forecast_score_rows(forecasts),
        path_to_forecast_distances: subject_tables.forecast_distance_rows(forecasts),
        path_to_region_scores: subject_tables.region_score_rows(scores, forecasts, regions),
        path_to_region_distances: subject_tables.region_distance_rows(forecasts, regions),
    }
    for path, frames in tables.items():
        write_table(frames, path, units=UNITS, provenance=provenance)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        merge_subject(
            snakemake.input.scores,  # noqa: F821
            snakemake.input.targets,  # noqa: F821
            snakemake.input.provenance,  # noqa: F821
            path_to_brain_scores=snakemake.output.brain_scores,  # noqa: F821
            path_to_forecast_scores=snakemake.output.forecast_scores,  # noqa: F821
            path_to_forecast_distances=snakemake.output.forecast_distances,  # noqa: F821
            path_to_region_scores=snakemake.output.region_scores,  # noqa: F821
            path_to_region_distances=snakemake.output.region_distances,  # noqa: F821
        )
