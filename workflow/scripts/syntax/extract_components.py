"""Let a language model hear the futures of every word of a story: the syntactic component of the words to come."""

import pandas as pd
import torch

from brainforecast.jobs.context import job
from brainforecast.language.extraction import cut_layers
from brainforecast.language.generation import Extraction
from brainforecast.language.pretrained import load_model
from brainforecast.storage.activations import read_layer, write_activations
from brainforecast.storage.parquet import software_versions, write_table
from brainforecast.syntax.components import CONVERGENCE_UNITS, extract_futures


def extract_components(
    path_to_words: str,
    path_to_futures: str,
    path_to_activations: str,
    path_to_components: str,
    path_to_convergence: str,
    *,
    source: str,
    layers: list[int],
    horizon: int,
    hearing: dict,
    threads: int,
) -> None:
    """Write one tensor per layer, (n_words, horizon, n_features), and how it changes with the number of futures."""
    torch.set_num_threads(threads)
    words, futures = pd.read_parquet(path_to_words)["word"].tolist(), pd.read_parquet(path_to_futures)
    activations = {layer: read_layer(path_to_activations, layer) for layer in layers}
    tokenizer, model = load_model(source)
    ways = {"activations": activations, "horizon": horizon, "hearing": Extraction(**hearing)}
    components, convergence = extract_futures(words, futures, tokenizer, cut_layers(model, max(layers)), **ways)
    about = {"source": source, "horizon": horizon, **hearing, **software_versions(["torch", "transformers"])}
    write_activations(components, path_to_components, metadata=about)
    write_table(convergence, path_to_convergence, units=CONVERGENCE_UNITS, provenance=about)


if __name__ == "__main__":
    with job(snakemake):
        extract_components(
            snakemake.input.words,
            snakemake.input.futures,
            snakemake.input.activations,
            snakemake.output.components,
            snakemake.output.convergence,
            source=snakemake.params.source,
            layers=snakemake.params.layers,
            horizon=snakemake.params.horizon,
            hearing=snakemake.params.hearing,
            threads=snakemake.threads,
        )
