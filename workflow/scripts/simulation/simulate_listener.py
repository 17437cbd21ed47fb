"""Simulate the responses of one subject to all stories, both hemispheres."""

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.simulation.bids_writer import write_run
from brainforecast.simulation.cortex import Cortex, simulate_hemisphere
from brainforecast.simulation.planted import read_planted, read_stories
from brainforecast.simulation.truth import split_hemispheres


def simulate_listener(
    path_to_truth: str,
    paths_to_words: list[str],
    path_to_features: str,
    paths_to_runs: list[str],
    *,
    subject: str,
    width: int,
    tr: float,
    seed: int,
    cortex: dict,
) -> None:
    """Write one GIfTI file per story and hemisphere, L before R within a story; `cortex` is a section of the config."""
    truth = split_hemispheres(pd.read_parquet(path_to_truth))
    stories, features = read_stories(paths_to_words), read_planted(path_to_features)
    settings = Cortex.from_config(cortex, seed=seed, tr=tr, width=width)
    for hemi, paths in zip(truth, (paths_to_runs[0::2], paths_to_runs[1::2]), strict=True):
        runs = simulate_hemisphere(truth[hemi], stories, features, settings, subject=subject, hemi=hemi)
        for run, path in zip(runs, paths, strict=True):
            write_run(run, path, hemi=hemi, tr=tr)


if __name__ == "__main__":
    with job(snakemake):
        simulate_listener(
            snakemake.input.truth,
            snakemake.input.words,
            snakemake.input.features,
            snakemake.output.runs,
            subject=snakemake.wildcards.subject,
            width=snakemake.params.width,
            tr=snakemake.params.tr,
            seed=snakemake.params.seed,
            cortex=snakemake.params.cortex,
        )
