"""Look up every word of a story in a dictionary of static vectors: the model's only layer, 0."""

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.language.static_vectors import look_up_words
from brainforecast.storage.activations import write_activations


def read_word_vectors(path_to_words: str, path_to_activations: str, *, source: str, language: str = "en") -> None:
    """Write the tensor of layer 0, one vector per word."""
    words = pd.read_parquet(path_to_words, columns=["word"])["word"].tolist()
    write_activations({0: look_up_words(words, source, language)}, path_to_activations, metadata={"source": source})


if __name__ == "__main__":
    with job(snakemake):
        read_word_vectors(
            snakemake.input.words,
            snakemake.output.activations,
            source=snakemake.params.source,
            language=snakemake.params.language,
        )
