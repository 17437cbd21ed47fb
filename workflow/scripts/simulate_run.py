"""Simulate the run of one subject and one story of a dataset, both hemispheres."""

import pandas as pd

from brainforecast.job import job
from brainforecast.simulated_dataset import split_hemispheres, write_run
from brainforecast.simulated_runs import read_features, story_in_run
from brainforecast.simulation import Cortex, simulate_hemisphere


def simulate_run(
    path_to_truth: str,
    path_to_words: str,
    path_to_features: str,
    paths_to_runs: list[str],
    *,
    listener: str,
    n_dropped: int,
    tr: float,
    **numbers: object,
) -> None:
    """Write one GIfTI file per hemisphere, L before R; `numbers` describe the `Cortex`."""
    story, cortex = story_in_run(path_to_words, n_dropped=n_dropped, tr=tr), Cortex(tr=tr, **numbers)
    features = read_features(path_to_features, story.name)
    truth = split_hemispheres(pd.read_parquet(path_to_truth))
    for hemi, path in zip(truth, paths_to_runs, strict=True):
        [run] = simulate_hemisphere(truth[hemi], [story], features, cortex, listener=listener, hemi=hemi)
        write_run(run, path, hemi=hemi, tr=tr)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        simulate_run(
            snakemake.input.truth,  # noqa: F821
            snakemake.input.words,  # noqa: F821
            snakemake.input.features,  # noqa: F821
            snakemake.output.runs,  # noqa: F821
            listener=snakemake.wildcards.subject,  # noqa: F821
            n_dropped=snakemake.params.n_dropped,  # noqa: F821
            width=snakemake.params.width,  # noqa: F821
            tr=snakemake.params.tr,  # noqa: F821
            seed=snakemake.params.seed,  # noqa: F821
            **snakemake.params.cortex,  # noqa: F821
        )
