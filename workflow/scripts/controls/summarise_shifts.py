"""Summarise the scores of regions under common shifts over subjects."""

import pandas as pd

from brainforecast.controls.group_tables import shift_rows
from brainforecast.controls.region_series import ControlRegions
from brainforecast.jobs.context import job
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import read_json, write_table


def summarise_shifts(
    paths_to_scores: list[str], path_to_targets: str, path_to_provenance: str, path_to_table: str, *, bases: list[str]
) -> None:
    """Write the mean over subjects of each statistic, base, draw and region, lobe and the whole brain."""
    regions = ControlRegions.from_targets(pd.read_parquet(path_to_targets)).names
    frames = shift_rows(paths_to_scores, bases, regions)
    write_table(frames, path_to_table, units=UNITS, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        summarise_shifts(
            snakemake.input.scores,
            snakemake.input.targets,
            snakemake.input.provenance,
            snakemake.output.table,
            bases=snakemake.params.bases,
        )
