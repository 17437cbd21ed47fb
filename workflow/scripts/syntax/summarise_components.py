"""Summarise the checks of the syntactic and the semantic component of activations."""

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.storage.activations import read_layer
from brainforecast.storage.parquet import read_json, write_table
from brainforecast.syntax.diagnostics import UNITS, StoryComponents, check_convergence, check_futures, check_parts


def summarise_components(
    paths_to_futures: list[str],
    paths_to_labels: list[str],
    paths_to_activations: list[str],
    paths_to_components: list[str],
    paths_to_convergence: list[str],
    path_to_provenance: str,
    path_to_table: str,
    *,
    model: str,
    layer: int,
    words_ahead: list[int],
) -> None:
    """Write the checks of all stories together: labels, trees, convergence, cosines, probes."""
    labels = [pd.read_parquet(path) for path in paths_to_labels]
    futures = [pd.read_parquet(path).assign(story=number) for number, path in enumerate(paths_to_futures)]
    paths = zip(paths_to_activations, paths_to_components, labels, strict=True)
    stories = [
        StoryComponents(read_layer(true, layer), read_layer(parts, layer), table["label"])
        for true, parts, table in paths
    ]
    convergence = [pd.read_parquet(path, filters=[("layer", "==", layer)]) for path in paths_to_convergence]
    rows = [*check_convergence(convergence), *check_parts(stories, words_ahead)]
    rows = [
        *check_futures(pd.concat(futures), pd.concat(labels)),
        *({**row, "model": model, "layer": layer} for row in rows),
    ]
    write_table(
        pd.DataFrame(rows, columns=list(UNITS)), path_to_table, units=UNITS, provenance=read_json(path_to_provenance)
    )


if __name__ == "__main__":
    with job(snakemake):
        summarise_components(
            list(snakemake.input.futures),
            list(snakemake.input.labels),
            list(snakemake.input.activations),
            list(snakemake.input.components),
            list(snakemake.input.convergence),
            snakemake.input.provenance,
            snakemake.output.table,
            model=snakemake.params.model,
            layer=snakemake.params.layer,
            words_ahead=snakemake.params.words_ahead,
        )
