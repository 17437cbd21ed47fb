"""Summarise the scores of regions in simulated brains over subjects."""

import pandas as pd

from brainforecast.controls.group_tables import brain_rows
from brainforecast.controls.region_series import ControlRegions
from brainforecast.jobs.context import job
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import read_json, write_table


def summarise_brains(
    paths_to_scores: list[str], path_to_targets: str, path_to_provenance: str, path_to_table: str, *, brains: list[dict]
) -> None:
    """Write the mean over subjects of each statistic, in each brain and region, lobe and the whole brain."""
    regions = ControlRegions.from_targets(pd.read_parquet(path_to_targets)).names
    table = brain_rows(paths_to_scores, brains, regions)
    write_table(table, path_to_table, units=UNITS, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        summarise_brains(
            snakemake.input.scores,
            snakemake.input.targets,
            snakemake.input.provenance,
            snakemake.output.table,
            brains=snakemake.params.brains,
        )
