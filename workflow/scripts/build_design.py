"""Reduce the words a story set was heard with, or their windows, inside each fold."""

import pandas as pd

from brainforecast.design_file import write_designs
from brainforecast.design_job import DesignStep, design_of
from brainforecast.job import job
from brainforecast.responses_file import distinct_lengths


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
    write_designs({step.name: design_of(step, stories, onsets, lengths, **numbers) for step in steps}, path_to_designs)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        heard = snakemake.input.heard  # noqa: F821
        files = ("activations", "ahead")
        build_design(
            snakemake.input.words,  # noqa: F821
            snakemake.output.designs,  # noqa: F821
            steps=[
                DesignStep(**step | {key: [heard[place] for place in step[key]] for key in files})
                for step in snakemake.params.steps  # noqa: F821
            ],
            stories=snakemake.params.stories,  # noqa: F821
            lengths=snakemake.params.lengths or distinct_lengths(snakemake.input.responses),  # noqa: F821
            features=snakemake.params.features,  # noqa: F821
            folds=snakemake.params.folds,  # noqa: F821
            n_components=snakemake.params.n_components,  # noqa: F821
        )
