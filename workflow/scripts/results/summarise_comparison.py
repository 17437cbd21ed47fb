"""Summarise the scores of several models, each at its selected layer, and their paired differences."""

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.results.model_comparison import compare_models
from brainforecast.results.models import depths_of_models
from brainforecast.storage.columns import MODEL_UNITS
from brainforecast.storage.parquet import read_json, write_table

N_DRAWS = 4999


def summarise_comparison(
    paths_to_subjects: list[str],
    path_to_models: str,
    path_to_provenance: str,
    path_to_scores: str,
    path_to_differences: str,
    *,
    window: dict,
    seed: int,
    n_draws: int = N_DRAWS,
) -> None:
    """Write a row per model and region, and a row per pair of models and region."""
    models, provenance = pd.read_parquet(path_to_models), read_json(path_to_provenance)
    kinds = dict(models[["model", "model_kind"]].drop_duplicates().itertuples(index=False))
    depths = depths_of_models(models)
    tables = compare_models(paths_to_subjects, kinds, depths, window, n_draws=n_draws, seed=seed)
    for table, path in zip(tables, (path_to_scores, path_to_differences), strict=True):
        write_table(table, path, units=MODEL_UNITS, provenance=provenance)


if __name__ == "__main__":
    with job(snakemake):
        summarise_comparison(
            snakemake.input.subjects,
            snakemake.input.models,
            snakemake.input.provenance,
            snakemake.output.scores,
            snakemake.output.differences,
            window=snakemake.params.window,
            seed=snakemake.params.seed,
        )
