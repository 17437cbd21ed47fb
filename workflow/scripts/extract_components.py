"""Let a language model hear the futures of every word of a story: the syntactic component of the words to come."""

import pandas as pd
import torch

from brainforecast.activations import read_layer, write_activations
from brainforecast.components import CONVERGENCE_UNITS, hear_futures
from brainforecast.continuations import Hearing
from brainforecast.job import job
from brainforecast.language_model import cut_layers
from brainforecast.pretrained import load_model
from brainforecast.tables import software_versions, write_table


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
    ways = {"activations": activations, "horizon": horizon, "hearing": Hearing(**hearing)}
    components, convergence = hear_futures(words, futures, tokenizer, cut_layers(model, max(layers)), **ways)
    about = {"source": source, "horizon": horizon, **hearing, **software_versions(["torch", "transformers"])}
    write_activations(components, path_to_components, metadata=about)
    write_table(convergence, path_to_convergence, units=CONVERGENCE_UNITS, provenance=about)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        extract_components(
            snakemake.input.words,  # noqa: F821
            snakemake.input.futures,  # noqa: F821
            snakemake.input.activations,  # noqa: F821
            snakemake.output.components,  # noqa: F821
            snakemake.output.convergence,  # noqa: F821
            source=snakemake.params.source,  # noqa: F821
            layers=snakemake.params.layers,  # noqa: F821
            horizon=snakemake.params.horizon,  # noqa: F821
            hearing=snakemake.params.hearing,  # noqa: F821
            threads=snakemake.threads,  # noqa: F821
        )
