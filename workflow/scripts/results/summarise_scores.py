"""Summarise one score over subjects, target by target."""

import pyarrow.parquet as pq

from brainforecast.jobs.context import job
from brainforecast.results.group_scores import summarise_score
from brainforecast.storage.columns import SCORE_CELLS, UNITS
from brainforecast.storage.parquet import read_json, write_table


def summarise_scores(
    paths_to_subjects: list[str],
    path_to_targets: str,
    path_to_provenance: str,
    path_to_table: str,
    *,
    score: str,
) -> None:
    """Write the group table of `brain_scores`, with their ceiling, or of `forecast_scores`: a frame for each cell."""
    n_targets = pq.read_metadata(path_to_targets).num_rows
    frames = summarise_score(paths_to_subjects, score.removesuffix("s"), SCORE_CELLS[score], n_targets)
    write_table(frames, path_to_table, units=UNITS, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        summarise_scores(
            snakemake.input.subjects,
            snakemake.input.targets,
            snakemake.input.provenance,
            snakemake.output.table,
            score=snakemake.wildcards.score,
        )
