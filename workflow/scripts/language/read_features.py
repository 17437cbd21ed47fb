"""Read the user's own features of a story, one vector per word and layer, or per TR."""

import pandas as pd

from brainforecast.cells import FEATURES
from brainforecast.checkpoints import layers_at
from brainforecast.dataset.feature_files import find_features, read_head
from brainforecast.files import resolve
from brainforecast.jobs.context import job
from brainforecast.language.own_features import read_own_features
from brainforecast.storage.activations import side_by_side, write_activations


def read_features(
    path_to_words: str,
    path_to_features: str,
    path_to_activations: str,
    *,
    layers: list[int] | None,
    concatenated: list[int] | dict | None = None,
) -> None:
    """Write one tensor per layer, or a single one of the `concatenated` layers."""
    words = pd.read_parquet(path_to_words, columns=["word"])["word"].tolist()
    n_layers = max(read_head(path_to_features).layers)  # as of a model: without layer 0
    joined = layers_at(concatenated, n_layers) if concatenated else []
    features, metadata = read_own_features(path_to_features, words, joined or layers)
    metadata |= {"source": path_to_features, "side_by_side": joined, "n_layers": n_layers}
    write_activations(side_by_side(features, joined), path_to_activations, metadata=metadata)


if __name__ == "__main__":
    with job(snakemake):
        folder = resolve(snakemake.params.source.removeprefix(FEATURES).strip())
        read_features(
            snakemake.input.words,
            # a file that is not here while the study is planned is no input
            find_features(folder, snakemake.wildcards.story),
            snakemake.output.activations,
            layers=snakemake.params.layers,
            concatenated=snakemake.params.side_by_side,
        )
