"""Let a language model go on from every word of a story, and keep the vectors of the words it expects."""

import pandas as pd
import torch

from brainforecast import continuations
from brainforecast.activations import write_activations
from brainforecast.continuations import Decoding, Hearing
from brainforecast.job import job
from brainforecast.pretrained import load_predictor
from brainforecast.tables import software_versions
from brainforecast.windows import story_seed


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
    ways = {"decoding": Decoding(**decoding), "hearing": Hearing(**hearing), "seed": seed}
    vectors, text = continuations.generate_continuations(words, *load_predictor(source), layers=layers, **ways)
    about = {"source": source, **decoding, **hearing, **software_versions(["torch", "transformers"]), "text": text}
    write_activations(vectors, path_to_continuations, metadata=about)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        generate_continuations(
            snakemake.input.words,  # noqa: F821
            snakemake.output.continuations,  # noqa: F821
            source=snakemake.params.source,  # noqa: F821
            layers=snakemake.params.layers,  # noqa: F821
            decoding=snakemake.params.decoding,  # noqa: F821
            hearing=snakemake.params.hearing,  # noqa: F821
            seed=story_seed(snakemake.params.seed, snakemake.wildcards.story),  # noqa: F821
            threads=snakemake.threads,  # noqa: F821
        )
