"""Extract the syntactic component of upcoming words: the mean activation over the futures of every word."""

from dataclasses import asdict

import pandas as pd
import torch

from brainforecast.files import from_input
from brainforecast.jobs.context import job
from brainforecast.language.extraction import ExtractionSettings, complete_settings, cut_layers
from brainforecast.pretrained.loading import LoadSettings, load_model, read_load_settings
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
    loading: LoadSettings,
    extraction: ExtractionSettings,
    threads: int,
) -> None:
    """Write one tensor per layer, (n_words, horizon, n_features), and how it changes with the number of futures."""
    torch.set_num_threads(threads)
    words, futures = pd.read_parquet(path_to_words)["word"].tolist(), pd.read_parquet(path_to_futures)
    activations = {layer: read_layer(path_to_activations, layer) for layer in layers}
    tokenizer, model = load_model(source, settings=loading)
    model = cut_layers(model, max(layers))
    components, convergence = extract_futures(
        words, futures, tokenizer, model, activations=activations, horizon=horizon, extraction=extraction
    )
    used, versions = asdict(complete_settings(extraction, model)), software_versions(["torch", "transformers"])
    provenance = {"source": source, "horizon": horizon, "loading": asdict(loading), **used, **versions}
    write_activations(components, path_to_components, metadata=provenance)
    write_table(convergence, path_to_convergence, units=CONVERGENCE_UNITS, provenance=provenance)


if __name__ == "__main__":
    with job(snakemake):
        extract_components(
            snakemake.input.words,
            snakemake.input.futures,
            snakemake.input.activations,
            snakemake.output.components,
            snakemake.output.convergence,
            source=from_input(snakemake.params.source, snakemake.input.model),
            layers=snakemake.params.layers,
            horizon=snakemake.params.horizon,
            loading=read_load_settings(snakemake.params.loading, snakemake.input.model),
            extraction=ExtractionSettings(**snakemake.params.extraction),
            threads=snakemake.threads,
        )
