"""Let one simulated listener hear all stories, and write the responses of both hemispheres."""

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.simulation.bids_writer import read_stories, split_hemispheres, write_run
from brainforecast.simulation.cortex import Cortex, features_to_plant, parts_to_plant, simulate_hemisphere


def simulate_listener(
    path_to_truth: str,
    paths_to_words: list[str],
    paths_to_activations: list[str],
    paths_to_components: list[str],
    paths_to_runs: list[str],
    *,
    listener: str,
    layers: list[int],
    layers_in_parts: list[int],
    tr: float,
    **numbers: object,
) -> None:
    """Write one GIfTI file per story and hemisphere, story by story, L before R; `numbers` describe the `Cortex`."""
    table = pd.read_parquet(path_to_truth)
    truth, parts = split_hemispheres(table), parts_to_plant(table)
    kept = {"layers": layers, "layers_in_parts": layers_in_parts}
    stories = read_stories(paths_to_words, paths_to_activations, paths_to_components, **kept)
    cortex = Cortex(tr=tr, **numbers)
    features = features_to_plant(stories, cortex, parts)
    for hemi, paths in zip(truth, (paths_to_runs[0::2], paths_to_runs[1::2]), strict=True):
        runs = simulate_hemisphere(truth[hemi], stories, features, cortex, listener=listener, hemi=hemi)
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
            listener=snakemake.wildcards.subject,
            layers=snakemake.params.layers,
            layers_in_parts=snakemake.params.layers_in_parts,
            width=snakemake.params.width,
            tr=snakemake.params.tr,
            seed=snakemake.params.seed,
            **snakemake.params.cortex,
        )
