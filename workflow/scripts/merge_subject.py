"""Put the scores of one subject together into its tables: forecast scores, distances, depths and regional means."""

import pandas as pd

from brainforecast.columns import UNITS
from brainforecast.job import job
from brainforecast.regions import Regions
from brainforecast.subject_scores import SubjectScores
from brainforecast.subject_tables import subject_tables
from brainforecast.tables import read_json, write_table


def merge_subject(
    paths_to_scores: list[str], path_to_targets: str, path_to_provenance: str, paths_to_tables: dict[str, str]
) -> None:
    """Write each table of a subject; each row group is one cell."""
    regions = Regions.of(pd.read_parquet(path_to_targets))
    tables = subject_tables(SubjectScores(paths_to_scores), regions)
    provenance = read_json(path_to_provenance)
    for name, path in paths_to_tables.items():
        write_table(tables[name], path, units=UNITS, provenance=provenance)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        merge_subject(
            snakemake.input.scores,  # noqa: F821
            snakemake.input.targets,  # noqa: F821
            snakemake.input.provenance,  # noqa: F821
            dict(snakemake.output.items()),  # noqa: F821
        )
