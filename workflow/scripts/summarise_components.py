"""Summarise whether the syntactic and the semantic part of the words to come are what they are called."""

import pandas as pd

from brainforecast.activations import read_layer
from brainforecast.component_checks import UNITS, Heard, check_convergence, check_futures, check_parts
from brainforecast.job import job
from brainforecast.tables import read_json, write_table


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
    places: list[int],
) -> None:
    """Write the checks of all stories together: labels, trees, convergence, cosines, probes."""
    labels = [pd.read_parquet(path) for path in paths_to_labels]
    futures = [pd.read_parquet(path).assign(story=number) for number, path in enumerate(paths_to_futures)]
    paths = zip(paths_to_activations, paths_to_components, labels, strict=True)
    stories = [Heard(read_layer(true, layer), read_layer(parts, layer), table["label"]) for true, parts, table in paths]
    convergence = [pd.read_parquet(path, filters=[("layer", "==", layer)]) for path in paths_to_convergence]
    rows = [*check_convergence(convergence), *check_parts(stories, places)]
    rows = [
        *check_futures(pd.concat(futures), pd.concat(labels)),
        *({**row, "model": model, "layer": layer} for row in rows),
    ]
    write_table(
        pd.DataFrame(rows, columns=list(UNITS)), path_to_table, units=UNITS, provenance=read_json(path_to_provenance)
    )


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        summarise_components(
            list(snakemake.input.futures),  # noqa: F821
            list(snakemake.input.labels),  # noqa: F821
            list(snakemake.input.activations),  # noqa: F821
            list(snakemake.input.components),  # noqa: F821
            list(snakemake.input.convergence),  # noqa: F821
            snakemake.input.provenance,  # noqa: F821
            snakemake.output.table,  # noqa: F821
            model=snakemake.params.model,  # noqa: F821
            layer=snakemake.params.layer,  # noqa: F821
            places=snakemake.params.places,  # noqa: F821
        )
