"""Simulate the responses of one subject to all stories, both hemispheres."""

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.simulation.bids_writer import write_run
from brainforecast.simulation.cortex import Cortex, features_of_targets, simulate_hemisphere
from brainforecast.simulation.planted import read_stories
from brainforecast.simulation.truth import split_hemispheres


def simulate_listener(
    path_to_truth: str,
    paths_to_words: list[str],
    paths_to_activations: list[str],
    paths_to_components: list[str],
    paths_to_runs: list[str],
    *,
    subject: str,
    layers: list[int],
    component_layers: list[int],
    width: int,
    tr: float,
    seed: int,
    cortex: dict,
) -> None:
    """Write one GIfTI file per story and hemisphere, L before R within a story; `cortex` is a section of the config."""
    table = pd.read_parquet(path_to_truth)
    truth = split_hemispheres(table)
    stories = read_stories(
        paths_to_words, paths_to_activations, paths_to_components, layers=layers, layers_in_parts=component_layers
    )
    settings = Cortex.from_config(cortex, seed=seed, tr=tr, width=width)
    features = features_of_targets(table, stories, settings)
    for hemi, paths in zip(truth, (paths_to_runs[0::2], paths_to_runs[1::2]), strict=True):
        runs = simulate_hemisphere(truth[hemi], stories, features, settings, subject=subject, hemi=hemi)
        for run, path in zip(runs, paths, strict=True):
            write_run(run, path, hemi=hemi, tr=tr)


if __name__ == "__main__":
    with job(snakemake):
        simulate_listener(
            snakemake.input.truth,
            snakemake.input.words,
            snakemake.input.activations,
            snakemake.input.components,
            snakemake.output.runs,
            subject=snakemake.wildcards.subject,
            layers=snakemake.params.layers,
            component_layers=snakemake.params.component_layers,
            width=snakemake.params.width,
            tr=snakemake.params.tr,
            seed=snakemake.params.seed,
            cortex=snakemake.params.cortex,
        )
