"""Simulate the run of one subject and one story of a dataset, both hemispheres."""

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.simulation.bids_writer import write_run
from brainforecast.simulation.cortex import Cortex, simulate_hemisphere
from brainforecast.simulation.rehearsal import read_features, story_in_run
from brainforecast.simulation.truth import split_hemispheres


def simulate_run(
    path_to_truth: str,
    path_to_words: str,
    path_to_features: str,
    paths_to_runs: list[str],
    *,
    subject: str,
    n_dropped: int,
    width: int,
    tr: float,
    seed: int,
    cortex: dict,
) -> None:
    """Write one GIfTI file per hemisphere, L before R; `cortex` is a section of the config."""
    settings = Cortex.from_config(cortex, seed=seed, tr=tr, width=width)
    story = story_in_run(path_to_words, n_dropped=n_dropped, tr=tr)
    features = read_features(path_to_features, story.name)
    truth = split_hemispheres(pd.read_parquet(path_to_truth))
    for hemi, path in zip(truth, paths_to_runs, strict=True):
        [run] = simulate_hemisphere(truth[hemi], [story], features, settings, subject=subject, hemi=hemi)
        write_run(run, path, hemi=hemi, tr=tr)


if __name__ == "__main__":
    with job(snakemake):
        simulate_run(
            snakemake.input.truth,
            snakemake.input.words,
            snakemake.input.features,
            snakemake.output.runs,
            subject=snakemake.wildcards.subject,
            n_dropped=snakemake.params.n_dropped,
            width=snakemake.params.width,
            tr=snakemake.params.tr,
            seed=snakemake.params.seed,
            cortex=snakemake.params.cortex,
        )
