"""Locate the layer with the highest brain score, target by target."""

import pyarrow.parquet as pq

from brainforecast.jobs.context import job
from brainforecast.results.best_layer import best_layers
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import read_json, write_table

BEST = {"mean": "layer, mean over subjects of each one's argmax over layers", "sem": "layer, its standard error"}


def locate_best_layer(
    paths_to_subjects: list[str], path_to_targets: str, path_to_provenance: str, path_to_table: str
) -> None:
    """Write the group table of the best layer of each model that has several."""
    table = best_layers(paths_to_subjects, pq.read_metadata(path_to_targets).num_rows)
    write_table(table, path_to_table, units=UNITS | BEST, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        locate_best_layer(
            snakemake.input.subjects,
            snakemake.input.targets,
            snakemake.input.provenance,
            snakemake.output.table,
        )
