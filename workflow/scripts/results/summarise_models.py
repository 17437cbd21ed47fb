"""Summarise what each model is, and how the activations of each story were made."""

from pathlib import Path

from brainforecast.jobs.context import job
from brainforecast.results.models import model_rows
from brainforecast.storage.columns import MODEL_UNITS
from brainforecast.storage.parquet import read_json, write_table


def summarise_models(
    paths_to_activations: list[str],
    path_to_provenance: str,
    path_to_table: str,
    *,
    models: dict[str, dict],
) -> None:
    """Write a row per model and story; a path ends in the names of both."""
    files = {(path.parent.name, path.stem): path for path in map(Path, paths_to_activations)}
    rows = model_rows(files, models)
    write_table(rows, path_to_table, units=MODEL_UNITS, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        summarise_models(
            list(snakemake.input.activations),
            snakemake.input.provenance,
            snakemake.output.table,
            models=snakemake.params.models,
        )
