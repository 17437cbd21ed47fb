"""Let a language model hear a story and keep its activations, one vector per word and layer."""

import pandas as pd
import torch

from brainforecast.checkpoints import layers_at
from brainforecast.jobs.context import job
from brainforecast.language import extraction
from brainforecast.language.pretrained import load_model
from brainforecast.storage.activations import side_by_side, write_activations
from brainforecast.storage.parquet import software_versions


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
    heard = extraction.extract_activations(words, tokenizer, model, layers=joined or layers, **hearing)
    activations = side_by_side(heard, joined)
    metadata = {"source": source, "side_by_side": joined, **hearing, **software_versions(["torch", "transformers"])}
    write_activations(activations, path_to_activations, metadata=metadata)


if __name__ == "__main__":
    with job(snakemake):
        extract_activations(
            snakemake.input.words,
            snakemake.output.activations,
            source=snakemake.params.source,
            layers=snakemake.params.layers,
            together=snakemake.params.side_by_side,
            context=snakemake.params.context,
            stride=snakemake.params.stride,
            word_vector=snakemake.params.word_vector,
            batch_size=snakemake.params.batch_size,
            threads=snakemake.threads,
        )
