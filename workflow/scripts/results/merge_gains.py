"""Compute the gain of fine-tuning in one subject, by region."""

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.results.finetuning_gains import subject_gains
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import read_json, write_table


def merge_gains(path_to_scores: str, path_to_provenance: str, path_to_table: str) -> None:
    """Write the gains of every snapshot over alpha 0, and of their mean."""
    gains = subject_gains(pd.read_parquet(path_to_scores))
    write_table(gains, path_to_table, units=UNITS, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        merge_gains(snakemake.input.scores, snakemake.input.provenance, snakemake.output.table)
