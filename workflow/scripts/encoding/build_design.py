"""Reduce the words a story set was heard with, or their windows, inside each fold."""

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.jobs.encoding_steps import DesignStep, build_step
from brainforecast.storage.designs import write_designs
from brainforecast.storage.responses import distinct_lengths


def build_design(
    paths_to_words: list[str],
    path_to_designs: str,
    *,
    steps: list[DesignStep],
    stories: list[str],
    lengths: list[list[int]],
    features: dict,
    folds: dict,
    n_components: int,
) -> None:
    """Build the designs of some (layer, source, width), each over its distances, for each set of lengths."""
    onsets = [pd.read_parquet(path, columns=["onset"])["onset"].to_numpy() for path in paths_to_words]
    numbers = {"features": features, "folds": folds, "n_components": n_components}
    write_designs({step.name: build_step(step, stories, onsets, lengths, **numbers) for step in steps}, path_to_designs)


if __name__ == "__main__":
    with job(snakemake):
        heard = snakemake.input.heard
        files = ("activations", "ahead")
        build_design(
            snakemake.input.words,
            snakemake.output.designs,
            steps=[
                DesignStep(**step | {key: [heard[place] for place in step[key]] for key in files})
                for step in snakemake.params.steps
            ],
            stories=snakemake.params.stories,
            lengths=snakemake.params.lengths or distinct_lengths(snakemake.input.responses),
            features=snakemake.params.features,
            folds=snakemake.params.folds,
            n_components=snakemake.params.n_components,
        )
