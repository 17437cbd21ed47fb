"""Summarise the scores of regions in every variant of the reported cell over subjects."""

import pandas as pd

from brainforecast.controls.region_series import ControlRegions
from brainforecast.controls.sensitivity import sensitivity_rows
from brainforecast.jobs.context import job
from brainforecast.storage.columns import SENSITIVITY_UNITS
from brainforecast.storage.parquet import read_json, write_table


def summarise_sensitivity(
    paths_to_scores: list[str],
    path_to_targets: str,
    path_to_provenance: str,
    path_to_table: str,
    *,
    subjects: list[str],
    wanted: dict,
) -> None:
    """Write the mean over subjects of R, F and M in each place, and of the contrast, for each variant."""
    regions = ControlRegions.from_targets(pd.read_parquet(path_to_targets)).names
    rows = sensitivity_rows(dict(zip(subjects, paths_to_scores, strict=True)), regions, wanted)
    write_table(rows, path_to_table, units=SENSITIVITY_UNITS, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        summarise_sensitivity(
            snakemake.input.scores,
            snakemake.input.targets,
            snakemake.input.provenance,
            snakemake.output.table,
            subjects=snakemake.params.subjects,
            wanted=snakemake.params.table,
        )
