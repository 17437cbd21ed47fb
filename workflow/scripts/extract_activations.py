"""Let a language model hear a story and keep its activations, one vector per word and layer."""

import pandas as pd
import torch

from brainforecast import language_model
from brainforecast.activations import side_by_side, write_activations
from brainforecast.checkpoints import layers_at
from brainforecast.job import job
from brainforecast.pretrained import load_model
from brainforecast.tables import software_versions


def extract_activations(
    path_to_words: str,
    path_to_activations: str,
    *,
    source: str,
    layers: list[int] | None,
    threads: int,
    together: list[int] | dict | None = None,
    **hearing: object,
) -> None:
    """Write one tensor per layer, or one of the layers `together`; `hearing` goes to the library as it is."""
    torch.set_num_threads(threads)
    words = pd.read_parquet(path_to_words, columns=["word"])["word"].tolist()
    tokenizer, model = load_model(source)
    joined = layers_at(together or [], model.config.num_hidden_layers)
    heard = language_model.extract_activations(words, tokenizer, model, layers=joined or layers, **hearing)
    activations = side_by_side(heard, joined)
    metadata = {"source": source, "side_by_side": joined, **hearing, **software_versions(["torch", "transformers"])}
    write_activations(activations, path_to_activations, metadata=metadata)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        extract_activations(
            snakemake.input.words,  # noqa: F821
            snakemake.output.activations,  # noqa: F821
            source=snakemake.params.source,  # noqa: F821
            layers=snakemake.params.layers,  # noqa: F821
            together=snakemake.params.side_by_side,  # noqa: F821
            context=snakemake.params.context,  # noqa: F821
            stride=snakemake.params.stride,  # noqa: F821
            word_vector=snakemake.params.word_vector,  # noqa: F821
            batch_size=snakemake.params.batch_size,  # noqa: F821
            threads=snakemake.threads,  # noqa: F821
        )
