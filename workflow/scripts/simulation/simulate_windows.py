"""Reduce words and windows of all stories to the components that simulated targets follow, once for all subjects."""

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.simulation.cortex import Cortex, features_of_targets
from brainforecast.simulation.planted import read_stories, write_planted


def simulate_windows(
    path_to_truth: str,
    paths_to_words: list[str],
    paths_to_activations: list[str],
    paths_to_components: list[str],
    path_to_features: str,
    *,
    layers: list[int],
    component_layers: list[int],
    width: int,
    tr: float,
    seed: int,
    cortex: dict,
) -> None:
    """Write the planted features of every word; `cortex` is a section of the config."""
    stories = read_stories(
        paths_to_words, paths_to_activations, paths_to_components, layers=layers, layers_in_parts=component_layers
    )
    settings = Cortex.from_config(cortex, seed=seed, tr=tr, width=width)
    write_planted(features_of_targets(pd.read_parquet(path_to_truth), stories, settings), path_to_features)


if __name__ == "__main__":
    with job(snakemake):
        simulate_windows(
            snakemake.input.truth,
            snakemake.input.words,
            snakemake.input.activations,
            snakemake.input.components,
            snakemake.output.features,
            layers=snakemake.params.layers,
            component_layers=snakemake.params.component_layers,
            width=snakemake.params.width,
            tr=snakemake.params.tr,
            seed=snakemake.params.seed,
            cortex=snakemake.params.cortex,
        )
