"""Let a language model go on from every word of a story, and keep the vectors of the words it expects."""

import pandas as pd
import torch

from brainforecast.encoding.windows import story_seed
from brainforecast.jobs.context import job
from brainforecast.language import generation
from brainforecast.language.generation import Decoding, Extraction
from brainforecast.language.pretrained import load_predictor
from brainforecast.storage.activations import write_activations
from brainforecast.storage.parquet import software_versions


def generate_continuations(
    path_to_words: str,
    path_to_continuations: str,
    *,
    source: str,
    layers: list[int],
    decoding: dict,
    hearing: dict,
    seed: tuple[int, int],
    threads: int,
) -> None:
    """Write one tensor per layer, (n_words, horizon, n_features), and what the model said."""
    torch.set_num_threads(threads)
    words = pd.read_parquet(path_to_words, columns=["word"])["word"].tolist()
    ways = {"decoding": Decoding(**decoding), "hearing": Extraction(**hearing), "seed": seed}
    vectors, text = generation.generate_continuations(words, *load_predictor(source), layers=layers, **ways)
    about = {"source": source, **decoding, **hearing, **software_versions(["torch", "transformers"]), "text": text}
    write_activations(vectors, path_to_continuations, metadata=about)


if __name__ == "__main__":
    with job(snakemake):
        generate_continuations(
            snakemake.input.words,
            snakemake.output.continuations,
            source=snakemake.params.source,
            layers=snakemake.params.layers,
            decoding=snakemake.params.decoding,
            hearing=snakemake.params.hearing,
            seed=story_seed(snakemake.params.seed, snakemake.wildcards.story),
            threads=snakemake.threads,
        )
