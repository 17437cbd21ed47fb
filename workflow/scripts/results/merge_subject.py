"""Merge the score files of one subject into its tables: forecast scores, distances, depths and regional means."""

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.results.regions import Regions
from brainforecast.results.subject_scores import SubjectScores
from brainforecast.results.subject_tables import subject_tables
from brainforecast.storage.columns import UNITS
from brainforecast.storage.listener_correlation import read_listener_correlation
from brainforecast.storage.parquet import read_json, write_table


def merge_subject(
    paths_to_scores: list[str],
    paths_to_correlation: list[str],
    path_to_targets: str,
    path_to_provenance: str,
    paths_to_tables: dict[str, str],
) -> None:
    """Write each table of a subject, with the correlation of its file, if any; each row group is one cell."""
    regions = Regions.from_targets(pd.read_parquet(path_to_targets))
    correlations = [read_listener_correlation(path) for path in paths_to_correlation]
    tables = subject_tables(SubjectScores(paths_to_scores), regions, correlations)
    provenance = read_json(path_to_provenance)
    for name, path in paths_to_tables.items():
        write_table(tables[name], path, units=UNITS, provenance=provenance)


if __name__ == "__main__":
    with job(snakemake):
        merge_subject(
            snakemake.input.scores,
            snakemake.input.correlation,
            snakemake.input.targets,
            snakemake.input.provenance,
            dict(snakemake.output.items()),
        )
