"""Reduce the words a story set was heard with, or their windows, inside each fold."""

import pandas as pd

from brainforecast.activations import read_layer
from brainforecast.design_file import write_designs
from brainforecast.designs import build_designs
from brainforecast.job import job
from brainforecast.responses_file import distinct_lengths


def build_design(
    paths_to_words: list[str],
    paths_to_activations: list[str],
    paths_to_continuations: list[str],
    path_to_design: str,
    *,
    stories: list[str],
    lengths: list[list[int]],
    layer: int,
    features: dict,
    windows: dict,
    folds: dict,
    word_rate: bool,
) -> None:
    """Build the design of one (story set, model, layer, source, width) over its distances, for each set of lengths."""
    onsets = [pd.read_parquet(path, columns=["onset"])["onset"].to_numpy() for path in paths_to_words]
    vectors = [read_layer(path, layer) for path in paths_to_activations]
    ahead = [read_layer(path, layer) for path in paths_to_continuations] or [None] * len(stories)
    heard = list(zip(stories, vectors, onsets, ahead, strict=True))
    numbers = {"features": features, "windows": windows, "folds": folds, "word_rate": word_rate}
    write_designs(build_designs(heard, lengths, **numbers), path_to_design)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        build_design(
            snakemake.input.words,  # noqa: F821
            snakemake.input.activations,  # noqa: F821
            snakemake.input.continuations,  # noqa: F821
            snakemake.output.design,  # noqa: F821
            stories=snakemake.params.stories,  # noqa: F821
            lengths=snakemake.params.lengths or distinct_lengths(snakemake.input.responses),  # noqa: F821
            layer=snakemake.params.layer,  # noqa: F821
            features=snakemake.params.features,  # noqa: F821
            windows=snakemake.params.windows,  # noqa: F821
            folds=snakemake.params.folds,  # noqa: F821
            word_rate=snakemake.params.word_rate,  # noqa: F821
        )
