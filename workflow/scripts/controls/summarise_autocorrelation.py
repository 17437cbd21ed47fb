"""Summarise the autocorrelation of the region series over regions, runs and subjects."""

import pandas as pd

from brainforecast.controls.autocorrelation import autocorrelation_rows
from brainforecast.controls.region_series import ControlRegions
from brainforecast.jobs.context import job
from brainforecast.progress import log_progress
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import read_json, write_table
from brainforecast.storage.responses import load_responses


def summarise_autocorrelation(
    paths_to_responses: list[str], path_to_targets: str, path_to_provenance: str, path_to_table: str, *, tr: float
) -> None:
    """Write the mean at each lag; one subject is in memory at a time."""
    regions = ControlRegions.from_targets(pd.read_parquet(path_to_targets))
    paths = log_progress(paths_to_responses, len(paths_to_responses), "subject")
    subjects = ((regions.series(measured), measured.n_trs) for measured in map(load_responses, paths))
    table = autocorrelation_rows(subjects, tr)
    write_table(table, path_to_table, units=UNITS, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        summarise_autocorrelation(
            snakemake.input.responses,
            snakemake.input.targets,
            snakemake.input.provenance,
            snakemake.output.table,
            tr=snakemake.params.tr,
        )
