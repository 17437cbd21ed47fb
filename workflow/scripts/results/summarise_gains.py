"""Summarise the gain of fine-tuning over subjects, by region."""

from brainforecast.jobs.context import job
from brainforecast.results.finetuning_gains import group_gains
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import read_json, write_table

MEANS = {
    "brain_score": "Pearson r, mean over subjects",
    "reference": "Pearson r of alpha 0 at the same step or over the same snapshots, mean over subjects",
    "mean": "gain in Pearson r over alpha 0, mean over subjects",
    "gain_percent": "mean / reference, percent; null where the reference is not above 0",
}


def summarise_gains(paths_to_subjects: list[str], path_to_provenance: str, path_to_table: str) -> None:
    """Write mean, interval, percentage and test of each region, training and step."""
    rows = group_gains(paths_to_subjects)
    write_table(rows, path_to_table, units=UNITS | MEANS, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        summarise_gains(
            snakemake.input.subjects,
            snakemake.input.provenance,
            snakemake.output.table,
        )
